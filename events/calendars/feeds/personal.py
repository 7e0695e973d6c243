"""The feeds at secret addresses: what somebody takes part in, and what a centre plans."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext

from events.calendars.entries.keeping import DRAFTS, EVENTS
from events.calendars.feeds import bodies, catalogue, store
from events.calendars.feeds.alarms import Alarm
from events.calendars.models import Entry, EntryText, Feed, PersonalAddress
from events.programme.models import Event, Speaker
from events.programme.queries import of_centres
from events.registrations.models import Registration
from network.models import Centre, Person
from network.rules import may

Audience, Kind = EntryText.Audience, Entry.Kind


def feed(digest: str) -> tuple[PersonalAddress, store.Stored] | None:
    """The feed of a personal address, by the SHA-256 of its token, or None if there is no such address.

    A revoked address has an empty calendar.
    """
    owner = _owner(digest)
    if owner is None:
        return None
    key = _key(owner.address)
    # Who speaks where, and until when places can be changed, moves with the events; so these need no facts of their own.
    scopes = (EVENTS,) if owner.address.centre_id is None else (EVENTS, DRAFTS)
    stored = store.valid(key, owner.facts, scopes)
    return owner.address, stored or store.rebuilt(key, lambda: _recipe(_owner(digest) or owner), scopes)


def close(address: PersonalAddress) -> None:
    """Write the empty calendar of an address that is revoked, so that nothing of its person stays stored."""
    feed(address.digest)
    store.forget(Feed.objects.filter(key=_key(address)), forms_only=True)


#: What its owner wishes, and whose it is: of these columns the feed is made.
_WISHES = ("name", "revoked_at", "centre_id", "language", "alarm_minutes", "hides_cancelled", "in_blocks")


def _key(address: PersonalAddress) -> str:
    return f"personal/{address.pk}"


@dataclass(frozen=True)
class _Owner:
    """A personal address with the facts of its person, from one query; for a centre's, another for the person's roles."""

    address: PersonalAddress
    is_open: bool  # not revoked, of an active person, who organises for its centre if it has one; else it is empty
    language: str
    zone: str
    # Live ones only: event, state, since when, and a session that was chosen (0: none).
    registrations: tuple[tuple[int, str, datetime, int], ...]

    @property
    def facts(self) -> str:
        """A digest. The facts are read rather than counted: there is no counter to forget, and no lock to wait for."""
        wishes = [getattr(self.address, name) for name in _WISHES]
        seen = repr((wishes, self.is_open, self.language, self.zone, self.registrations))
        return hashlib.sha256(seen.encode()).hexdigest()[:32]


def _owner(digest: str) -> _Owner | None:
    columns = ("pk", "last_used_at", "person_id", *_WISHES)
    rows = list(
        PersonalAddress.objects.filter(digest=digest).values_list(
            *columns,
            *("person__is_active", "person__language", "person__timezone"),
            *("person__registrations__event_id", "person__registrations__state", "person__registrations__changed_at"),
            "person__registrations__choices__session_id",
        )
    )
    if not rows:
        return None
    address = PersonalAddress(**dict(zip(columns, rows[0], strict=False)))
    active, language, zone, *_registration = rows[0][len(columns) :]
    live = [(event, state, at, session or 0) for *_same, event, state, at, session in rows if state in Registration.LIVE]
    is_open = active and address.revoked_at is None and _may_read(address)
    language = address.language or language
    return _Owner(
        address=address,
        is_open=is_open,
        language=language if language in catalogue.languages() else settings.LANGUAGE_CODE,
        zone=zone,
        registrations=tuple(sorted(live)) if is_open and address.centre_id is None else (),
    )


def _may_read(address: PersonalAddress) -> bool:
    """One's own calendar always; a centre's for as long as one organises for it."""
    if address.centre_id is None:
        return True
    return may(Person(pk=address.person_id), "events.read_centre_calendar", Centre(pk=address.centre_id))


def _recipe(owner: _Owner) -> store.Recipe:
    address = owner.address
    centre = Centre.objects.get(pk=address.centre_id) if address.centre_id else None
    with translation.override(owner.language):
        shape = bodies.Shape(
            name=bodies.title(address.name),
            description=gettext("All that %(centre)s plans, drafts too. For its staff.") % {"centre": centre.short_name}
            if centre
            else gettext("The events that you registered for or speak at."),
            page=f"{settings.SITE_URL}/my/calendars/",
            zone=centre.timezone if centre else owner.zone,
        )
    chosen = _of_centre(centre, address) if centre else _of_person(owner)
    texts = bodies.in_language(owner.language).filter(chosen if owner.is_open else Q(pk__in=()))
    if address.hides_cancelled:
        texts = texts.exclude(entry__cancelled=True)
    alarm = None if address.alarm_minutes is None else Alarm(address.alarm_minutes, address.pk)
    since = {event: at for event, _state, at, _session in owner.registrations}
    components = bodies.components(bodies.in_window(texts, store.today()), zone=shape.zone, alarm=alarm, since=since)

    def write(modified_at: datetime) -> bytes:
        return bodies.calendar(shape, modified_at, components)

    return store.Recipe(write, owner.facts)


def _of_centre(centre: Centre, address: PersonalAddress) -> Q:
    """All events that it organises or shares, whoever may see them, and drafts. A draft has a text for staff and no other."""
    events = Event.objects.filter(of_centres([centre.pk])).order_by().values("pk")
    audiences = (Audience.PUBLIC, Audience.STAFF)
    return Q(audience__in=audiences, entry__event__in=events) & _slots(Q(entry__kind=Kind.SESSION), address)


def _of_person(owner: _Owner) -> Q:
    """What they registered for and what they speak at, and until when a place can be changed.

    What wings above have to say to a person (the deadlines of a jury, of a visit) is one more term here, of entries of
    their own kind.
    """
    speaking = list(Speaker.objects.filter(person=owner.address.person_id).order_by().values_list("session", flat=True))
    attended = Q(entry__kind=Kind.SESSION) & bodies.sessions(frozenset(session for *_rest, session in owner.registrations))
    offered = Q(entry__kind=Kind.SESSION)  # who is invited has yet to choose
    if speaking:  # else a session would stand there twice
        attended, offered = attended & ~Q(entry__session__in=speaking), offered & ~Q(entry__session__in=speaking)
    states: dict[str, set[int]] = {}
    for event, state, *_rest in owner.registrations:
        states.setdefault(state, set()).add(event)
    live = set[int]().union(*states.values())
    confirmed, invited = states.pop(Registration.State.CONFIRMED, set()), states.pop(Registration.State.INVITED, set())
    unsure = set[int]().union(*states.values())
    chosen = Q(audience=Audience.PARTICIPANT, entry__event__in=confirmed) & _slots(attended, owner.address)
    chosen |= Q(audience=Audience.TENTATIVE, entry__event__in=unsure) & _slots(attended, owner.address)
    chosen |= Q(audience=Audience.TENTATIVE, entry__event__in=invited) & _slots(offered, owner.address)
    chosen |= Q(audience=Audience.PARTICIPANT, entry__kind=Kind.DEADLINE, entry__event__in=live)
    # Who speaks has to be there at that time, with or without a registration, also where the rest is one block.
    return chosen | Q(audience=Audience.PARTICIPANT, entry__kind=Kind.SESSION, entry__session__in=speaking)


def _slots(sessions: Q, address: PersonalAddress) -> Q:
    """These sessions; for who wishes so, one block instead where their event has one."""
    if not address.in_blocks:
        return sessions
    return (sessions & ~Q(bodies.blocks())) | (Q(entry__kind=Kind.WHOLE) & Q(bodies.blocks()))
