"""The verbs of mail: queue a message with the change that caused it, deliver it later."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from events.mail.composing import Letter, compose, language_for
from events.mail.delivery import WITH_CODE, deliver
from events.mail.models import Message
from events.mail.tasks import deliver_messages
from network.models import Person
from network.rules import require

__all__ = ["deliver", "queue", "queue_letter", "queue_to_many", "try_again"]

#: How many messages one task sends, and how many rows one statement writes.
CHUNK = 50

#: Tasks of messages that somebody waits for, at the sign-in page, overtake all others (the scale ends at 100).
URGENT = 50


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
    message = _message(kind, letter, language, cause, person=person, recipient=recipient)
    with transaction.atomic():
        try:
            with transaction.atomic():  # a savepoint: a cause already told must not break the caller's transaction
                message.save()
        except IntegrityError:
            if cause is None or not Message.objects.filter(cause=cause).exists():
                raise
            return None
        deliver_messages.using(priority=URGENT if kind in WITH_CODE else 0).enqueue([message.pk])
    return message


def queue_to_many(
    *,
    kind: str,
    people: Iterable[tuple[Person, Mapping[str, Any]]],
    cause: Callable[[Person], str],
) -> int:
    """Queue one message for each person, with the context beside them. Returns how many are new.

    Letters are composed once for each language, zone and context that differ, and written in chunks: a few statements for
    hundreds of people. Whoever was told already (by ``cause``) is left out.
    """
    wanted = {cause(person): (person, context) for person, context in people}
    told = set(Message.objects.filter(cause__in=wanted).order_by().values_list("cause", flat=True))
    letters: dict[Any, Letter] = {}
    messages = []
    for name, (person, context) in wanted.items():
        if name in told:
            continue
        language = language_for(person)
        key = (language, person.timezone, tuple(sorted(context.items(), key=lambda pair: pair[0])))
        if key not in letters:
            letters[key] = compose(kind, context, language=language, zone=person.timezone)
        messages.append(_message(kind, letters[key], language, name, person=person))
    with transaction.atomic():
        for start in range(0, len(messages), CHUNK):
            written = Message.objects.bulk_create(messages[start : start + CHUNK])
            deliver_messages.enqueue([message.pk for message in written])
    return len(messages)


def try_again(*, message: Message, by: Person) -> Message:
    """Queue a message that was given up once more, from the first attempt. One that is sent or queued stays as it is.

    Raises NotAllowed. A message whose code was blanked cannot be sent again: its reader asks for a new code.
    """
    require(by, "events.read_messages")
    with transaction.atomic():
        message = Message.objects.select_for_update().get(pk=message.pk)
        if message.state == Message.State.FAILED and message.text:
            message.state, message.attempts, message.next_attempt_at = Message.State.QUEUED, 0, timezone.now()
            message.save(update_fields=["state", "attempts", "next_attempt_at"])
            deliver_messages.enqueue([message.pk])
    return message


def _message(
    kind: str, letter: Letter, language: str, cause: str | None, *, person: Person | None, recipient: str = ""
) -> Message:
    if not (recipient or person):
        raise ValueError("A message needs a person or an address.")
    return Message(
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
