"""The verbs of mail: queue a message with the change that caused it. The worker delivers it; see ``delivery``."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from events.mail.composing import Letter, compose, language_for
from events.mail.delivery import deliver
from events.mail.models import Message
from events.mail.notices import Notice, queue_all
from network.models import Person
from network.rules import require

__all__ = ["Notice", "deliver", "queue", "queue_all", "queue_letter", "try_again"]


def queue(
    *,
    kind: str,
    context: Mapping[str, Any],
    person: Person | None = None,
    recipient: str = "",
    language: str = "",
    cause: str | None = None,
) -> Message | None:
    """Compose ``templates/mail/<kind>.txt`` in the reader's language and queue it in this transaction.

    The first line of the template is ``Subject: …``; the HTML part follows from the text. Address and language default to
    the person's. Returns None if this ``cause`` was already told.
    """
    language = language_for(person, language)
    composed = compose(kind, context, language=language, zone=person.timezone if person else None)
    return queue_letter(kind=kind, letter=composed, person=person, recipient=recipient, language=language, cause=cause)


def queue_letter(
    *, kind: str, letter: Letter, language: str, person: Person | None = None, recipient: str = "", cause: str | None = None
) -> Message | None:
    """Queue a letter that is composed already. Returns None if this ``cause`` was already told."""
    if not (recipient or person):
        raise ValueError("A message needs a person or an address.")
    message = Message(
        kind=kind,
        cause=cause,
        person=person,
        recipient=recipient or (person.email if person else ""),
        language=language,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        next_attempt_at=timezone.now(),
    )
    try:
        with transaction.atomic():  # a savepoint: a cause already told must not break the caller's transaction
            message.save()
    except IntegrityError:
        if cause is None or not Message.objects.filter(cause=cause).exists():
            raise
        return None
    return message


def try_again(*, message: Message, by: Person) -> Message:
    """Queue a message that was given up once more, from the first attempt. One that is sent or queued stays as it is.

    Raises NotAllowed. A message whose code was blanked cannot be sent again: its reader asks for a new code. Nor can a discreet
    one: that it was given up is not told.
    """
    require(by, "events.read_messages")
    with transaction.atomic():
        message = Message.objects.select_for_update().get(pk=message.pk)
        if message.shown_state == Message.State.FAILED and (message.text or message.facts):
            message.state, message.attempts, message.next_attempt_at = Message.State.QUEUED, 0, timezone.now()
            message.save(update_fields=["state", "attempts", "next_attempt_at"])
    return message
