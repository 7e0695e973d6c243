"""Delivery: from the queue to the mail server.

A worker first *claims* a message: in one short transaction it locks the row, counts the attempt and pushes
``next_attempt_at`` ten minutes ahead. While the claim runs no other worker touches the message; nothing is locked while the
mail server is spoken to. Then it sends, then it notes that the message is sent.

- A failing server loses none: the message stays queued and is tried again after longer and longer waits.
- A worker that dies before sending loses none: its claim runs out and the next sweep takes the message.
- A worker that dies in the moment between the server's “accepted” and our note cannot know, and nobody can: SMTP has no
  transaction. We then send again with the same Message-ID, by which mail systems recognise a repeated copy.
"""

import logging
import smtplib
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from events.mail.models import Message

logger = logging.getLogger(__name__)

State = Message.State

CLAIM = timedelta(minutes=10)  # longer than any conversation with a mail server: EMAIL_TIMEOUT is 20 s a step

#: Waits between attempts: ten attempts over two days.
WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 2 * 60, 4 * 60, 8 * 60, 12 * 60, 20 * 60))

#: Messages with a code: worthless after a quarter of an hour, so they are tried often and briefly. Once they are sent or
#: given up their text is blanked, so that reading the table of messages signs nobody in.
WITH_CODE = ("sign-in-code",)
CODE_WAITS = tuple(timedelta(seconds=s) for s in (5, 10, 20, 40, 60, 120, 240))

#: A message that should have gone this long ago has lost its task.
OVERDUE = timedelta(minutes=2)


def deliver(*, message_id: int) -> datetime | None:
    """Send one queued message, or note why not. Returns when to try again; None if it is sent, given up or not due.

    Sent is sent once: a message that is sent, claimed by another worker or not yet due is left alone.
    """
    message = _claim(message_id)
    if message is None:
        return None
    try:
        _as_mail(message).send()
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is noted and tried again; the worker goes on
        return _note_failure(message, error)
    _finish(message, State.SENT, sent_at=timezone.now(), last_error="")
    return None


def deliver_overdue(*, limit: int = 50) -> int:
    """Send queued messages whose time has long come: their task was lost with a worker. Returns how many were tried."""
    ids = overdue(limit=limit)
    for message_id in ids:
        deliver(message_id=message_id)
    return len(ids)


def overdue(*, limit: int) -> list[int]:
    """Queued messages whose time has long come, the oldest first."""
    due = Message.objects.filter(state=State.QUEUED, next_attempt_at__lt=timezone.now() - OVERDUE)
    return list(due.order_by("next_attempt_at").values_list("pk", flat=True)[:limit])


def _claim(message_id: int) -> Message | None:
    """Take the message for this worker, or None if it is not to be sent now."""
    now = timezone.now()
    with transaction.atomic():
        message = Message.objects.select_for_update().filter(pk=message_id).first()
        if message is None or message.state != State.QUEUED or message.next_attempt_at > now:
            return None
        Message.objects.filter(pk=message_id).update(attempts=F("attempts") + 1, next_attempt_at=now + CLAIM)
    message.attempts += 1
    return message


def _as_mail(message: Message) -> EmailMultiAlternatives:
    """The mail. Its Message-ID is the same with every attempt; automatic answers are asked not to come (RFC 3834)."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    mail = EmailMultiAlternatives(
        message.subject,
        message.text,
        to=[message.recipient],
        headers={
            "Message-ID": f"<message-{message.pk}.{int(message.created_at.timestamp() * 1_000_000)}@{host}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "Content-Language": message.language,
        },
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    return mail


def _note_failure(message: Message, error: Exception) -> datetime | None:
    """Keep what went wrong, and say when to try again: later each time, and not at all where it cannot help."""
    # The server's words may hold the address: they are for the secretariat's list, not for the log.
    logger.warning("Message %s was not delivered at attempt %s: %s", message.pk, message.attempts, type(error).__name__)
    words = f"{type(error).__name__}: {error}"[:500]
    waits = CODE_WAITS if message.kind in WITH_CODE else WAITS
    if _is_final(error) or message.attempts > len(waits):
        _finish(message, State.FAILED, last_error=words)
        return None
    again = timezone.now() + waits[message.attempts - 1]
    # Only while the claim is ours: if it ran out, another worker has the message.
    _mine(message).update(next_attempt_at=again, last_error=words)
    return again


def _is_final(error: Exception) -> bool:
    """Whether the server refused the address for good (RFC 5321 §4.2.1: a 5yz reply)."""
    return isinstance(error, smtplib.SMTPRecipientsRefused) and all(code >= 500 for code, _text in error.recipients.values())


def _finish(message: Message, state: str, **fields: object) -> None:
    blank = {"text": "", "html": ""} if message.kind in WITH_CODE and not settings.DEBUG else {}
    _mine(message).update(state=state, **blank, **fields)


def _mine(message: Message) -> QuerySet[Message]:
    return Message.objects.filter(pk=message.pk, state=State.QUEUED, attempts=message.attempts)
