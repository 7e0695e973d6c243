"""What the worker looks after: the mailbox of replies, places that are to be given back, and replies that are old."""

import imaplib
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from imap_tools import ImapToolsError

from events.calendars.models import Invitation, Reply
from events.calendars.replies.actions import give_back_due
from events.calendars.replies.mailboxes import KEPT as MAILS_KEPT
from events.calendars.replies.mailboxes import look_into_imap, remove_old_from_imap
from network.chores import Chore, chores

logger = logging.getLogger(__name__)

#: What people answered, and said with it, is kept so long after the event: until the organiser has closed its books.
KEPT = timedelta(days=183)

#: Mails that do not fit their invitation, or that could not be read.
STRAY_KEPT = MAILS_KEPT


def look() -> int:
    """Look into the mailbox, if the settings name one. Returns how many mails were ours."""
    return _at_mailbox(look_into_imap)


def _at_mailbox(act: Callable[[], int]) -> int:
    if not settings.REPLIES_IMAP_HOST:
        return 0
    try:
        return act()
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        # Its words may name people. A server that is away for a minute is nothing to wake somebody for.
        logger.warning("The mailbox of replies cannot be read (%s); it is looked into again.", type(error).__name__)
        return 0


def set_aside_directory() -> Path:
    """Where mails that came by standard input stay if they cannot be read."""
    return settings.DATA_DIR / "replies" / "Set aside"


def forget() -> int:
    """Remove replies half a year after their event, and mails that are no answers after a month. Returns how many rows.

    With its replies an invitation forgets what was answered. Its attendee stays as long as the registration: it is the
    person's own address, and a mail client knows the conversation by it.
    """
    now = timezone.now()
    old = Reply.objects.filter(invitation__entry__event__ends_at__lt=now - KEPT)
    stray = Reply.objects.filter(registration=None, received_at__lt=now - STRAY_KEPT)
    removed = sum(found.delete()[0] for found in (old, stray))
    answered = Invitation.objects.filter(entry__event__ends_at__lt=now - KEPT, answered_at__isnull=False)
    answered.update(answer=Invitation.Answer.NEEDS_ACTION, answered_at=None)  # forgotten, not changed: no entry in the journal
    for file in set_aside_directory().glob("*.eml"):
        if file.stat().st_mtime < time.time() - STRAY_KEPT.total_seconds():
            file.unlink(missing_ok=True)
    _at_mailbox(remove_old_from_imap)
    return removed


chores.append(Chore("mailbox of replies", seconds=60, run=look))
chores.append(Chore("places that were declined by mail", seconds=20, run=give_back_due))
chores.append(Chore("old replies", seconds=3600, run=forget))
