"""What an organiser writes to participants."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.mail.actions import Notice, queue_all
from events.mail.models import Circular
from events.programme.models import Event
from events.registrations.models import Registration
from network.errors import Invalid, Refused
from network.journal import because
from network.models import Person
from network.rules import require

MISSING = gettext_lazy("Write something: people read it.")
SUBJECT_LENGTH, TEXT_LENGTH = 200, 10_000

#: So many to the participants of one event in an hour. Further ones wait: people who get too many messages read none.
MOST, PERIOD = 5, timedelta(hours=1)


class TooManyMessages(Refused):
    """The organisers of the event wrote often enough for now."""

    code = "too_many_messages"
    message = gettext_lazy("Five messages about this event were sent in the last hour. Wait a little before the next.")


class NobodyToWriteTo(Refused):
    """The selection is empty."""

    code = "nobody_to_write_to"
    message = gettext_lazy("Nobody would get this message. Choose other registrations.")


def readers(registrations: QuerySet[Registration]) -> QuerySet[Registration]:
    """Those of the registrations whose person can be written to, the last one of each person first."""
    return registrations.filter(person__is_active=True).order_by("person", "-pk")


def write_to(*, event: Event, registrations: QuerySet[Registration], subject: str, text: str, by: Person, key: str) -> Circular:
    """Queue what the organiser wrote for each person of these registrations, once, however many registrations they have.

    ``text`` is plain text: it is shown as it was typed, and paragraphs are kept. ``key`` names the form that was sent: sent
    again, it returns the circular of the first time and queues nothing. Returns the circular with its ``recipients``.

    Raises:
        NotAllowed: ``by`` does not run the event.
        Invalid: subject or text is missing or too long, or the key is that of another message.
        NobodyToWriteTo: there are no such registrations at the event.
        TooManyMessages: five in an hour are enough.
    """
    require(by, "events.manage_registrations", event)
    subject, text = checked(subject, text)
    with because(by=by), transaction.atomic():
        if (before := _of_key(key, event, by)) is not None:
            return before
        people: dict[int, Registration] = {}
        for registration in readers(registrations.filter(event=event)).select_related("person"):
            people.setdefault(registration.person_id, registration)
        if not people:
            raise NobodyToWriteTo
        # Not under a lock: two organisers who press at the same moment may reach six, which harms nobody.
        if Circular.objects.filter(event=event, created_at__gt=timezone.now() - PERIOD).count() >= MOST:
            raise TooManyMessages
        circular = Circular(event=event, person=by, subject=subject, text=text, recipients=len(people), key=key)
        try:
            with transaction.atomic():
                circular.save()
        except IntegrityError:  # the same form, sent twice at the same time: the other one was first
            if (before := _of_key(key, event, by)) is None:
                raise
            return before
        queue_all(
            Notice(
                kind="circular",
                person=registration.person,
                facts={"circular": circular.pk, "registration": registration.pk, "reply_to": by.email},
                cause=f"circular:{circular.pk}:{registration.person_id}",
            )
            for registration in people.values()
        )
    return circular


def checked(subject: str, text: str) -> tuple[str, str]:
    """Subject and text as they are kept. Raises Invalid, at each field that is wrong."""
    subject = " ".join(subject.split())
    text = "\n".join(line.rstrip() for line in text.splitlines()).strip()
    errors = {}
    for field, said, limit in (("subject", subject, SUBJECT_LENGTH), ("text", text, TEXT_LENGTH)):
        if not said:
            errors[field] = [str(MISSING)]
        elif len(said) > limit:
            errors[field] = [_("Keep it to {limit} characters; these are {length}.").format(limit=limit, length=len(said))]
    if errors:
        raise Invalid(errors)
    return subject, text


def _of_key(key: str, event: Event, by: Person) -> Circular | None:
    """What was sent with this key before. Raises Invalid if it was something else, or the key is none."""
    if not 0 < len(key) <= 40:
        raise Invalid({"": [_("This form is not complete. Open the page again.")]})
    before = Circular.objects.filter(key=key).first()
    if before is not None and (before.event_id, before.person_id) != (event.pk, by.pk):
        raise Invalid({"": [_("This form is not complete. Open the page again.")]})
    return before
