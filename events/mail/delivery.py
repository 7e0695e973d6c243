"""Delivery: from the queue to the mail server.

The queue is the table of messages: those in the state QUEUED whose ``next_attempt_at`` has come are due. There is no task for
each of them. A worker first *claims* a message: in one short transaction it locks the row (rows that others hold are skipped,
so that several workers share the work), counts the attempt and pushes ``next_attempt_at`` ten minutes ahead. While the claim
runs no other worker touches the message; nothing is locked while the letter is composed and the mail server is spoken to. Then
it sends, then it notes that the message is sent.

- Whoever waits at the sign-in page comes first: each claim looks for urgent messages before all others.
- A failing server loses none: the message stays queued and is tried again after longer and longer waits.
- A message that cannot be composed is a failed attempt like any other. It keeps nobody back.
- A worker that dies before sending loses none: its claim runs out, and the message is due again.
- A worker that dies in the moment between the server's “accepted” and our note cannot know, and nobody can: SMTP has no
  transaction. We then send again with the same Message-ID, by which mail systems recognise a repeated copy. If it is only the
  database that goes away in this moment, the note is written as soon as it is back.
- Of what is no longer true when it is to leave, nothing is sent: see ``letters``.
"""

import logging
import smtplib
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import InterfaceError, OperationalError, connections, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from events.calendars.invitations.messages import Part
from events.mail.composing import Letter
from events.mail.enclosing import enclose
from events.mail.kinds import DISCREET, URGENT, WITH_CODE
from events.mail.letters import letter_of
from events.mail.mime import MailWithCalendar
from events.mail.models import Message

logger = logging.getLogger(__name__)

State = Message.State

CLAIM = timedelta(minutes=10)  # longer than any conversation with a mail server: EMAIL_TIMEOUT is 20 s a step

#: Waits between attempts: ten attempts over two days.
WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 2 * 60, 4 * 60, 8 * 60, 12 * 60, 20 * 60))
CODE_WAITS = tuple(timedelta(seconds=s) for s in (5, 10, 20, 40, 60, 120, 240))

#: A batch shares one connection to the mail server. It is short, for servers that allow few mails a connection, and for
#: whoever does other things between batches.
BATCH = 20
BATCH_SECONDS = 5.0

#: Seconds to wait before each further try to note that a message is sent, while the database is away.
NOTE_WAITS = (0.5, 1, 2, 4, 8, 15, 30, 60)


def deliver(*, message_id: int) -> datetime | None:
    """Send one queued message, or note why not. Returns when to try again; None if it is sent, given up or not due.

    Sent is sent once: a message that is sent, claimed by another worker or not yet due is left alone.
    """
    message = _claim(message_id)
    if message is None:
        return None
    with _Line() as line:
        return _attempt(message, line)


def deliver_due(*, is_stopped: Callable[[], bool] = lambda: False) -> int:
    """Send a batch of due messages, urgent ones first, then those that wait longest. Returns how many were tried.

    ``is_stopped`` is asked between messages.
    """
    tried, ends = 0, time.monotonic() + BATCH_SECONDS
    with _Line() as line:
        while tried < BATCH and time.monotonic() < ends and not is_stopped():
            message = _claim()
            if message is None:
                break
            _attempt(message, line)
            tried += 1
    return tried


def _claim(message_id: int | None = None) -> Message | None:
    """Take a due message for this worker: this one, or the next. None if there is none to be sent now."""
    now = timezone.now()
    due = Message.objects.filter(state=State.QUEUED, next_attempt_at__lte=now).order_by("next_attempt_at", "pk")
    if message_id is not None:
        due = due.filter(pk=message_id)
    if not due.exists():  # without a lock: workers ask twice a second
        return None
    with transaction.atomic():
        free = due.select_for_update(skip_locked=True)
        message = free.filter(kind__in=URGENT).first() or free.first()
        if message is None:
            return None
        Message.objects.filter(pk=message.pk).update(attempts=F("attempts") + 1, next_attempt_at=now + CLAIM)
    message.attempts += 1
    return message


class _Line:
    """The connection to the mail server: opened for the first mail, kept for the next, and given up after any failure."""

    def __init__(self) -> None:
        self._connection: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.hang_up()

    def send(self, mail: EmailMultiAlternatives) -> None:
        """Send it. Whatever goes wrong is raised, and the next mail gets a fresh connection."""
        try:
            if self._connection is None:
                self._connection = get_connection()
                self._connection.open()
            self._connection.send_messages([mail])
        except Exception:
            self.hang_up()
            raise

    def hang_up(self) -> None:
        """Close the connection. What goes wrong in it no longer concerns any message."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.close()


def _attempt(message: Message, line: _Line) -> datetime | None:
    """Compose, send and note one claimed message. Returns when to try again, or None."""
    try:
        letter = _compose(message)
        if letter is None:
            _finish(message, State.DROPPED, last_error="")
            return None
        line.send(_as_mail(message, letter.calendar))
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is noted and tried again; the worker goes on
        return _note_failure(message, error)
    _note_sent(message)
    return None


def _compose(message: Message) -> Letter | None:
    """Write the letter into the message, as things are now, and store it. None if it is no longer true.

    What it carries for the calendar is not stored: there would be a secret of its reader in the table of messages. Nor is a
    discreet message, or its text would tell that it was still needed.
    """
    letter = letter_of(message, enclose(message))
    if letter is not None and message.facts:
        message.subject, message.text, message.html = letter.subject, letter.text, letter.html
        if message.kind not in DISCREET or settings.DEBUG:
            _mine(message).update(subject=letter.subject, text=letter.text, html=letter.html)
    return letter


def _as_mail(message: Message, calendar: Part | None) -> EmailMultiAlternatives:
    """The mail. Its Message-ID is the same with every attempt; automatic answers are asked not to come (RFC 3834)."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    mail = MailWithCalendar(
        message.subject,
        message.text,
        to=[message.recipient],
        reply_to=_reply_to(message, calendar),
        calendar=calendar,
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


def _reply_to(message: Message, calendar: Part | None) -> list[str]:
    """Where answers go: people's to people; with an invitation also to its ORGANIZER, who comes first.

    Nextcloud takes a CANCEL only if the ORGANIZER is the sender or the first in Reply-To.
    """
    readers = [message.facts["reply_to"]] if "reply_to" in message.facts else [settings.CONTACT_EMAIL] if calendar else []
    return [*([calendar.answers_to] if calendar and calendar.answers_to else []), *readers]


def _note_sent(message: Message) -> None:
    """Note that the server has it, also if the database is away for a moment: unnoted, it would be sent again."""
    sent_at = timezone.now()
    for wait in NOTE_WAITS:
        try:
            return _finish(message, State.SENT, sent_at=sent_at, last_error="")
        except (OperationalError, InterfaceError) as error:
            logger.error("Message %s is sent, and the database does not answer (%s).", message.pk, type(error).__name__)  # noqa: TRY400
            connections.close_all()
            time.sleep(wait)
    return _finish(message, State.SENT, sent_at=sent_at, last_error="")


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
    if message.kind in DISCREET and state == State.DROPPED:  # looks like one that was sent, at the first attempt
        state, fields = State.SENT, {**fields, "sent_at": timezone.now()}
    if message.kind in DISCREET and state == State.SENT:
        fields["attempts"] = 1
    _mine(message).update(state=state, **blank, **fields)


def _mine(message: Message) -> QuerySet[Message]:
    return Message.objects.filter(pk=message.pk, state=State.QUEUED, attempts=message.attempts)
