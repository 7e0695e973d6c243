"""What a person's calendar is to be told of an event, beside what it was told.

A message about a registration is composed when it leaves, and only then is it decided what it carries: what the calendar
should show now is compared with what it was told last, whatever became of other messages meanwhile. So the order in which
messages leave does not matter, a message that is tried again carries the same bytes, and two messages after one change carry
the same SEQUENCE.

- Who has a place is invited to each date that is theirs, or to a congress as one block.
- An iTIP message has one UID: each further date is news for a message of its own.
- CANCEL goes only to whom a REQUEST went.
- What is over stays as it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from events.calendars.invitations import messages
from events.calendars.invitations.addresses import new_token
from events.calendars.invitations.messages import Part
from events.calendars.invitations.signals import invitation_due
from events.calendars.models import Entry, Invitation
from events.calendars.subscribing.queries import wants_invitations
from events.programme.models import Event
from events.registrations.models import Registration
from network.journal import because
from network.models import Person

Kind = Entry.Kind
Method = Invitation.Method

#: Of so many dates each has an invitation. Of more, people would get a mailbox full: they subscribe to their calendar.
MOST_DATES = 12


@dataclass(frozen=True)
class News:
    """Something that a person's calendar has yet to be told, with what names it once and for all."""

    entry: Entry
    cause: str


@dataclass(frozen=True)
class Told:
    """What a message tells a calendar."""

    entry: Entry | None = None
    part: Part | None = None
    others: tuple[News, ...] = ()  # for messages of their own
    is_too_many: bool = False  # dates to be invited to


@dataclass
class _Affairs:
    """A person, an event, and what the person's calendar knows of it."""

    event: Event
    entries: list[Entry]
    person: Person
    place: Registration | None  # confirmed
    wishes: bool  # to be invited by mail
    invitations: dict[int, Invitation]  # by entry
    now: datetime

    def __post_init__(self) -> None:
        dates = self._dates() if self.place is not None and self.event.state == Event.State.PUBLISHED else []
        self.is_too_many = len(dates) > MOST_DATES and self.wishes
        if not self.wishes:
            dates = [entry for entry in dates if self._still_true(entry)]
        elif self.is_too_many:
            dates = [entry for entry in dates if self._stands(entry)]
        self.wanted = [entry for entry in dates if entry.ends_at > self.now]

    def _dates(self) -> list[Entry]:
        """What the person takes part in: a congress as one block, else the sessions that are for everybody or their choice."""
        block = next((entry for entry in self.entries if entry.kind == Kind.WHOLE and not entry.cancelled), None)
        if block is not None:
            return [block]
        chosen = self.place.chosen if self.place is not None else frozenset()
        return [
            entry
            for entry in self.entries
            if entry.kind == Kind.SESSION and not entry.cancelled and (not entry.is_chosen or entry.session_id in chosen)
        ]

    def _stands(self, entry: Entry) -> bool:
        """Whether an invitation to it was sent and not called off."""
        told = self.invitations.get(entry.pk)
        return told is not None and told.method == Method.REQUEST

    def _still_true(self, entry: Entry) -> bool:
        """Whether what was sent is true. Who wants no invitations keeps such a one, and gets no further REQUEST."""
        return self._stands(entry) and self.invitations[entry.pk].fingerprint == entry.fingerprint

    def _is_of_another(self, told: Invitation) -> bool:
        """Whether it was about a former registration: what was answered to it, and shows in the calendar, is about that one."""
        return self.wishes and self.place is not None and told.registration_id != self.place.pk

    def method(self, entry: Entry) -> str | None:
        """How the calendar is to be told of it; None if not at all."""
        if entry in self.wanted:
            return Method.REQUEST
        return Method.CANCEL if entry.pk in self.invitations else None

    def is_news(self, entry: Entry) -> bool:
        """Whether it differs from what the calendar was told, in more than words."""
        method, told = self.method(entry), self.invitations.get(entry.pk)
        if entry.ends_at <= self.now or method is None:
            return False
        if told is None or told.method != method:
            return True
        return method == Method.REQUEST and (told.fingerprint != entry.fingerprint or self._is_of_another(told))

    def news(self) -> list[Entry]:
        """What is to be told: invitations before what is called off, each in the order of time."""
        return sorted(filter(self.is_news, self.entries), key=lambda entry: entry not in self.wanted)

    def as_news(self, entry: Entry) -> News:
        """With a cause that comes once: the next SEQUENCE, and what it is about."""
        told = self.invitations.get(entry.pk)
        number = entry.sequence if told is None else max(entry.sequence, told.sequence + 1)
        cause = f"invitation:{self.person.pk}:{entry.pk}:{number}:{self.method(entry)}:{entry.fingerprint[:16]}"
        return News(entry, cause)

    def related(self, entry: Entry) -> str:
        """The UID of another entry of the course, as in feeds. A block stands alone."""
        sessions = sorted((one for one in self.entries if one.kind == Kind.SESSION), key=lambda one: one.pk)
        return next((one.uid for one in sessions if one != entry), "") if entry.kind == Kind.SESSION else ""


def tell(*, registration: Registration, language: str, entry: int | None = None, again: bool = False) -> Told | None:
    """What a message about this registration tells its person's calendar; noted as told in the same transaction.

    Without ``entry`` it is the first news, or else the first date once more, and the other news wait for messages of their
    own. With an ``entry`` it is this one: only if there is news of it, or (``again``) however that may be.

    None if there is nothing to tell.
    """
    if not _concerns_calendar(registration):
        return None
    with transaction.atomic(), because(by=None, reason="Invitation by mail"):
        # One message to a person after another: what it was told last is read and written in one step.
        person = Person.objects.select_for_update(no_key=True).get(pk=registration.person_id)
        affairs = _affairs_of(registration.event_id, person)
        news = affairs.news()
        if entry is None:
            # A message about a former registration tells what ended; of a place that there is again another message tells.
            is_present = affairs.place == registration
            news = [one for one in news if is_present or one not in affairs.wanted]
            subject = next(iter([*news, *(affairs.wanted if is_present and affairs.wishes else [])]), None)
        else:
            subject = next((one for one in affairs.entries if one.pk == entry and (again or one in news)), None)
        method = None if subject is None else affairs.method(subject)
        if subject is None or method is None:
            return Told(is_too_many=True) if affairs.is_too_many and entry is None else None
        part = _note(affairs, subject, method, affairs.place or registration, language)
        others = tuple(affairs.as_news(one) for one in news if one != subject) if entry is None else ()
        return Told(subject, part, others, is_too_many=affairs.is_too_many)


def present(*, person: Person, entry: int, language: str) -> Part | None:
    """What a person's calendar was last told of an entry, once more and with nothing noted; None if it was told nothing."""
    told = Invitation.objects.select_related("entry", "registration__person").filter(person=person, entry=entry).first()
    if told is None:
        return None
    affairs = _affairs_of(told.registration.event_id, person)
    return messages.part_of(told, affairs.event, language=language, related=affairs.related(told.entry))


def resend(invitation: Invitation) -> None:
    """Let a message tell the calendar once more: the present REQUEST, or CANCEL if the place is gone.

    It has the next SEQUENCE, because clients show no buttons for one that they know. Asking again before it has left is
    asking once.
    """
    with transaction.atomic():
        locked = Invitation.objects.select_for_update().select_related("registration__person").get(pk=invitation.pk)
        Invitation.objects.filter(pk=locked.pk).update(told="")  # no fact, so nothing for the journal
        invitation_due.send(Invitation, invitation=locked)


def is_to_come(registration: Registration) -> bool:
    """Whether a registration that has a place brings invitations by mail."""
    person, entries = registration.person, _entries_of(registration.event_id)
    wishes = wants_invitations(person)
    return bool(_Affairs(registration.event, entries, person, registration, wishes, {}, timezone.now()).wanted)


def _concerns_calendar(registration: Registration) -> bool:
    """Whether the person has a place, or was ever invited. Most messages about waiting and pending end here."""
    same = {"person": registration.person_id}
    if Registration.objects.filter(event=registration.event_id, state=Registration.State.CONFIRMED, **same).exists():
        return True
    return Invitation.objects.filter(entry__event=registration.event_id, **same).exists()


def _affairs_of(event_id: int, person: Person) -> _Affairs:
    event = (
        Event.objects.select_related("organising_centre", "venue")
        .prefetch_related("co_organisers", "sectors", "sessions__speakers")
        .get(pk=event_id)
    )
    place = Registration.objects.filter(event=event, person=person, state=Registration.State.CONFIRMED)
    told = Invitation.objects.select_for_update(of=("self",)).filter(person=person, entry__event=event).order_by("pk")
    return _Affairs(
        event=event,
        entries=_entries_of(event_id),
        person=person,
        place=place.prefetch_related("choices").first(),
        wishes=wants_invitations(person),
        invitations={invitation.entry_id: invitation for invitation in told},
        now=timezone.now(),
    )


def _entries_of(event_id: int) -> list[Entry]:
    found: Iterable[Entry] = Entry.objects.filter(event=event_id, kind__in=[Kind.SESSION, Kind.WHOLE])
    return sorted(found, key=lambda entry: (entry.starts_at, entry.uid))


def _note(affairs: _Affairs, entry: Entry, method: str, registration: Registration, language: str) -> Part:
    """The message, noted as the last that was told. What is told already has the revision that it had."""
    event, related, now = affairs.event, affairs.related(entry), affairs.now.replace(microsecond=0)
    invitation = affairs.invitations.get(entry.pk)
    if invitation is None:
        invitation = Invitation(entry=entry, token=new_token(), sequence=entry.sequence, stamp=now)
    elif entry.ends_at <= affairs.now:
        method = invitation.method
    registration.person, invitation.entry = affairs.person, entry
    moved = invitation.pk is not None and invitation.registration_id != registration.pk
    invitation.registration, invitation.method, invitation.attendee = registration, method, affairs.person.email
    told = messages.digest(messages.component(invitation, event, language=language, related=related))
    if told != invitation.told or (moved and method == Method.REQUEST):  # to a new registration nothing is answered yet
        if invitation.pk is not None:
            invitation.sequence = max(entry.sequence, invitation.sequence + 1)
            invitation.stamp = max(now, invitation.stamp + timedelta(seconds=1))
        invitation.told, invitation.fingerprint = told, entry.fingerprint
        if method == Method.REQUEST:
            invitation.answer = Invitation.Answer.NEEDS_ACTION  # as ATTENDEE says: what was answered was an older question
        invitation.save()
    elif moved:
        invitation.save()
    return messages.part_of(invitation, event, language=language, related=related)
