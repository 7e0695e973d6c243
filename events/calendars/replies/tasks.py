"""What the worker looks after: the mailbox of replies, places that are to be given back, and replies that are old."""

import imaplib
import logging
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from imap_tools import ImapToolsError

from events.calendars.models import Reply
from events.calendars.replies.actions import give_back_due
from events.calendars.replies.mailboxes import look_into_imap
from network.chores import Chore, chores

logger = logging.getLogger(__name__)

#: What people answered, and said with it, is kept so long after the event: until the organiser has closed its books.
KEPT = timedelta(days=183)

#: Mails about no invitation, or that could not be read.
STRAY_KEPT = timedelta(days=30)


def look() -> int:
    """Look into the mailbox, if the settings name one. Returns how many mails were ours."""
    if not settings.REPLIES_IMAP_HOST:
        return 0
    try:
        return look_into_imap()
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        # Its words may name people. A server that is away for a minute is nothing to wake somebody for.
        logger.warning("The mailbox of replies cannot be read (%s); it is looked into again.", type(error).__name__)
        return 0


def set_aside_directory() -> Path:
    """Where mails that came by standard input stay if they cannot be read."""
    return settings.DATA_DIR / "replies" / "Set aside"


def forget() -> int:
    """Remove replies half a year after their event, and what belongs to none after a month. Returns how many rows."""
    now = timezone.now()
    old = Reply.objects.filter(invitation__entry__event__ends_at__lt=now - KEPT)
    stray = Reply.objects.filter(invitation=None, received_at__lt=now - STRAY_KEPT)
    removed = sum(found.delete()[0] for found in (old, stray))
    for file in set_aside_directory().glob("*.eml"):
        if file.stat().st_mtime < time.time() - STRAY_KEPT.total_seconds():
            file.unlink(missing_ok=True)
    return removed


chores.append(Chore("mailbox of replies", seconds=60, run=look))
chores.append(Chore("places that were declined by mail", seconds=20, run=give_back_due))
chores.append(Chore("old replies", seconds=3600, run=forget))
