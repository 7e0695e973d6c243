"""What is in a feed, and the stored body that answers nearly every request.

A stored body is valid as long as what it was built from is: the revision of the events, the day (the window moves with
it) and, for a personal feed, the person's own facts. To find that out costs one or two look-ups by an index. A stale feed
is built anew from stored texts, under the lock of its row, and compared: if its bytes are the same, nothing moves.
"""

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Q, QuerySet, Subquery
from django.utils import timezone, translation
from django.utils.translation import gettext

from events.calendars import catalogue, entries, ical, timezones
from events.calendars.models import EntryText, Feed, PersonalAddress, Revision
from events.programme.models import Event
from events.programme.queries import visible_to
from events.registrations.models import Registration

# About 3 months back and 18 ahead: Thunderbird needs 3.5 seconds for 1,000 entries.
BACK, AHEAD = timedelta(days=92), timedelta(days=549)
REFRESH = "PT1H"  # how often to look, for the programs that let themselves be told
LARGE = 500_000  # octets; what is larger is packed quickly rather than tightly, because somebody waits

Texts = QuerySet[EntryText]


@dataclass(frozen=True)
class Shape:
    """What a feed says of itself."""

    name: str
    description: str
    page: str
    address: str = ""  # where it comes from; empty for a secret one, because files are passed on
    zone: str = catalogue.NETWORK_ZONE
    colour: str = ""


class Stored(NamedTuple):
    """A stored feed, valid at this moment, without its body."""

    pk: int
    etag: str
    modified_at: datetime


class Content(NamedTuple):
    """A body with its tag and date: read together, so that they belong together."""

    etag: str
    modified_at: datetime | None
    body: bytes


class Plan(NamedTuple):
    """What a feed is to be built from."""

    facts: str  # what its validity depends on besides the events; at most 40 characters
    shape: Shape
    texts: Texts


def public(name: str, language: str) -> Stored | None:
    """The public feed of that name as it is now, or None if there is no such feed."""
    key = f"{name}/{language}"
    return _valid(key, "") or (_rebuilt(key, lambda: _public_plan(name, language)) if catalogue.find(name) else None)


def personal(digest: str) -> tuple[PersonalAddress, Stored] | None:
    """The feed of a personal address, by the SHA-256 of its token, or None if there is no such address.

    A revoked address has an empty calendar.
    """
    owner = _owner(digest)
    if owner is None:
        return None
    key = f"personal/{owner.address.pk}"

    def plan() -> Plan:
        now = _owner(digest)
        return _personal_plan(now or owner)

    return owner.address, _valid(key, owner.facts) or _rebuilt(key, plan)


def content(pk: int, *, zipped: bool) -> Content:
    """The body that is stored now, or its gzip."""
    etag, modified_at, body = Feed.objects.values_list("etag", "modified_at", "zipped" if zipped else "body").get(pk=pk)
    return Content(etag, modified_at, bytes(body))


def file_of(event: Event, audience: str, language: str, chosen: frozenset[int] | None = None) -> bytes:
    """The calendar file of one event: all its sessions, of removed ones those to come, for one audience.

    With ``chosen``, of the sessions to choose from only these. It has no name: Outlook would make a new calendar of it.
    """
    texts = _of(language).filter(audience=audience, entry__event=event)
    if chosen is not None:
        texts = texts.filter(_sessions(chosen))
    current = texts.exclude(entry__session=None, entry__ends_at__lt=_start(timezone.now().date()))
    return f"{HEAD}{_components(current)}".encode()


def title(name: str) -> str:
    """The name of a calendar, with the site's before it: a person has several."""
    return f"{settings.SITE_NAME}: {name}"


# --- What a personal feed depends on -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Owner:
    """A personal address with the facts of its person, from one query."""

    address: PersonalAddress
    language: str
    zone: str
    registrations: tuple[tuple[int, str, int], ...]  # event, state and a session that was chosen (0: none), live ones only

    @property
    def facts(self) -> str:
        """A digest. The facts are read rather than counted: there is no counter to forget, and no lock to wait for."""
        seen = repr((self.address.name, self.address.revoked_at, self.language, self.zone, self.registrations))
        return hashlib.sha256(seen.encode()).hexdigest()[:32]


def _owner(digest: str) -> _Owner | None:
    rows = list(
        PersonalAddress.objects.filter(digest=digest).values_list(
            *("pk", "name", "revoked_at", "last_used_at", "person__is_active", "person__language", "person__timezone"),
            *("person__registrations__event_id", "person__registrations__state"),
            "person__registrations__choices__session_id",
        )
    )
    if not rows:
        return None
    pk, name, revoked_at, last_used_at, active, language, zone, *_registration = rows[0]
    live = [(event, state, session or 0) for *_same, event, state, session in rows if state in Registration.LIVE]
    open_to = active and revoked_at is None
    return _Owner(
        address=PersonalAddress(pk=pk, name=name, revoked_at=revoked_at, last_used_at=last_used_at),
        language=language if language in catalogue.languages() else settings.LANGUAGE_CODE,
        zone=zone,
        registrations=tuple(sorted(live)) if open_to else (),
    )


def _personal_plan(owner: _Owner) -> Plan:
    states: dict[str, set[int]] = {}
    for event, state, _session in owner.registrations:
        states.setdefault(state, set()).add(event)
    confirmed, invited = states.pop(Registration.State.CONFIRMED, ()), states.pop(Registration.State.INVITED, ())
    others = set[int]().union(*states.values())
    theirs = _sessions(frozenset(session for _event, _state, session in owner.registrations))
    with translation.override(owner.language):
        shape = Shape(
            name=title(owner.address.name),
            description=gettext("The events that you registered for, confirmed or not."),
            page=f"{settings.SITE_URL}/my/calendars/",
            zone=owner.zone,
        )
    chosen = Q(audience=EntryText.Audience.PARTICIPANT, entry__event_id__in=confirmed) & theirs
    chosen |= Q(audience=EntryText.Audience.TENTATIVE, entry__event_id__in=others) & theirs
    chosen |= Q(audience=EntryText.Audience.TENTATIVE, entry__event_id__in=invited)  # who is invited has yet to choose
    return Plan(owner.facts, shape, _of(owner.language).filter(chosen))


def _sessions(chosen: frozenset[int]) -> Q:
    """Entries of sessions that are for everybody, and of those that somebody chose."""
    return Q(entry__is_chosen=False) | Q(entry__session_id__in=chosen)


def _public_plan(name: str, language: str) -> Plan:
    with translation.override(language):
        feed = catalogue.find(name)
        if feed is None:
            raise LookupError(name)
        shape = Shape(
            name=title(feed.title),
            description=gettext("Events of the European network of competence centres for innovation procurement."),
            page=f"{settings.SITE_URL}/calendars/",
            address=catalogue.address(name, language),
            zone=feed.zone,
            colour=feed.colour,
        )
    events = visible_to(AnonymousUser()).filter(feed.events)
    return Plan("", shape, _of(language).filter(audience=EntryText.Audience.PUBLIC, entry__event__in=events))


# --- The store -----------------------------------------------------------------------------------------------------


def _valid(key: str, facts: str) -> Stored | None:
    """The stored feed, if it is still true: one query, two look-ups."""
    number = Revision.objects.filter(pk=entries.EVENTS).values("number")
    row = Feed.objects.filter(key=key).values_list("pk", "etag", "modified_at", "revisions", "day", Subquery(number)).first()
    if row is None:
        return None
    pk, etag, modified_at, revisions, day, now = row
    return Stored(pk, etag, modified_at) if (revisions, day) == (_state(now, facts), _today()) else None


def _rebuilt(key: str, plan: Callable[[], Plan]) -> Stored:
    """Build the feed under its lock. Who waited for the lock finds it done; the number is read before the texts are."""
    with transaction.atomic():
        empty = Feed(
            key=key, revisions="", day=date.min, body=b"", zipped=b"", etag="", modified_at=datetime.min.replace(tzinfo=UTC)
        )
        Feed.objects.bulk_create([empty], ignore_conflicts=True)
        feed = Feed.objects.select_for_update().get(key=key)
        number = Revision.objects.filter(pk=entries.EVENTS).values_list("number", flat=True).first()
        facts, shape, texts = plan()
        state, today = _state(number, facts), _today()
        if (feed.revisions, feed.day) != (state, today):
            rest = _components(_in_window(texts, today), zone=shape.zone)
            body = _body(shape, feed.modified_at, rest)
            if body != bytes(feed.body):
                # Forward, also where an entry only left the window: Apple would stay with what it has for ever.
                feed.modified_at = max(timezone.now().replace(microsecond=0), feed.modified_at + timedelta(seconds=1))
                body = _body(shape, feed.modified_at, rest)
                feed.body, feed.etag = body, hashlib.sha256(body).hexdigest()
                feed.zipped = gzip.compress(body, compresslevel=1 if len(body) > LARGE else 6, mtime=0)
            feed.revisions, feed.day = state, today
            feed.save()
    return Stored(feed.pk, feed.etag, feed.modified_at)


def _state(number: int | None, facts: str) -> str:
    return f"{number or 0} {facts}"


def _today() -> date:
    return timezone.now().date()


def _start(day: date) -> datetime:
    return datetime.combine(day, clock.min, UTC)


# --- The bytes -----------------------------------------------------------------------------------------------------

HEAD = ical.lines(
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Procure2Innovate//Calendar//EN",
    "CALSCALE:GREGORIAN",
    "METHOD:PUBLISH",
)


def _of(language: str) -> Texts:
    """Texts in a language, in the order of a feed: the same for the same facts."""
    return EntryText.objects.filter(language=language).order_by("entry__starts_at", "entry__uid")


def _in_window(texts: Texts, today: date) -> Texts:
    """What a feed shows on a day: past entries for a while, cancelled ones to their end."""
    return texts.filter(entry__ends_at__gte=_start(today - BACK), entry__starts_at__lt=_start(today + AHEAD)).exclude(
        entry__cancelled=True, entry__ends_at__lt=_start(today)
    )


def _components(texts: Texts, zone: str = catalogue.NETWORK_ZONE) -> str:
    """The zones that the entries name, the entries, and the end.

    RFC 5545 §3.4 wants at least one component: without entries it is the VTIMEZONE of ``zone``.
    """
    rows = list(texts.values_list("component", "entry__event__timezone"))
    zones = {zone for component, zone in rows if f";TZID={zone}:" in component}
    if not rows:
        zones = {zone if timezones.rule(zone) else catalogue.NETWORK_ZONE}
    return "".join([*map(timezones.vtimezone, sorted(zones)), *(component for component, _zone in rows), "END:VCALENDAR\r\n"])


def _body(shape: Shape, modified_at: datetime, rest: str) -> bytes:
    """The calendar. It has no UID of its own: vdirsyncer would keep one event of all."""
    css, apple = catalogue.COLOURS[shape.colour]
    name, description = ical.text(shape.name), ical.text(shape.description)
    properties = ical.lines(
        f"NAME:{name}",
        f"X-WR-CALNAME:{name}",
        f"DESCRIPTION:{description}",
        f"X-WR-CALDESC:{description}",
        f"X-WR-TIMEZONE:{shape.zone}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
        f"COLOR:{css}",
        f"X-APPLE-CALENDAR-COLOR:{apple}",
        *([f"SOURCE;VALUE=URI:{ical.uri(shape.address)}"] if shape.address else []),
        f"URL:{ical.uri(shape.page)}",
        f"LAST-MODIFIED:{ical.utc(modified_at)}",
    )
    return f"{HEAD}{properties}{rest}".encode()
