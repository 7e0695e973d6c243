"""The bytes of a calendar: what it says of itself, the zones that its entries name, the entries.

Entries come as they are stored, so that the same facts are the same bytes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone

from events.calendars.entries import ical, timezones
from events.calendars.entries.colours import COLOURS
from events.calendars.feeds import catalogue
from events.calendars.feeds.alarms import Alarm
from events.calendars.models import Entry, EntryText
from events.programme.models import Event

# About 3 months back and 18 ahead: Thunderbird needs 3.5 seconds for 1,000 entries.
BACK, AHEAD = timedelta(days=92), timedelta(days=549)
REFRESH = "PT1H"  # how often to look, for the programs that let themselves be told

Texts = QuerySet[EntryText]

HEAD = ical.lines(
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Procure2Innovate//Calendar//EN",
    "CALSCALE:GREGORIAN",
    "METHOD:PUBLISH",
)


@dataclass(frozen=True)
class Shape:
    """What a feed says of itself."""

    name: str
    description: str
    page: str
    address: str = ""  # where it comes from; empty for a secret one, because files are passed on
    zone: str = catalogue.NETWORK_ZONE
    colour: str = ""


def calendar(shape: Shape, modified_at: datetime, components: bytes) -> bytes:
    """The calendar. It has no UID of its own: vdirsyncer would keep one event of all."""
    css, apple = COLOURS[shape.colour]
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
    return f"{HEAD}{properties}".encode() + components


def file_of(event: Event, audience: str, language: str, chosen: frozenset[int] | None = None) -> bytes:
    """The calendar file of one event: all its sessions, of removed ones those to come, for one audience.

    With ``chosen``, of the sessions to choose from only these. It has no name: Outlook would make a new calendar of it.
    """
    texts = in_language(language).filter(audience=audience, entry__event=event, entry__kind=Entry.Kind.SESSION)
    if chosen is not None:
        texts = texts.filter(sessions(chosen))
    current = texts.exclude(entry__session=None, entry__ends_at__lt=_start(timezone.now().date()))
    return HEAD.encode() + components(current)


def title(name: str) -> str:
    """The name of a calendar, with the site's before it: a person has several."""
    return f"{settings.SITE_NAME}: {name}"


def in_language(language: str) -> Texts:
    """Texts in a language."""
    return EntryText.objects.filter(language=language)


def in_window(texts: Texts, today: date) -> Texts:
    """What a feed shows on a day: past entries for a while, cancelled ones to their end."""
    return texts.filter(entry__ends_at__gte=_start(today - BACK), entry__starts_at__lt=_start(today + AHEAD)).exclude(
        entry__cancelled=True, entry__ends_at__lt=_start(today)
    )


def sessions(chosen: frozenset[int]) -> Q:
    """Entries of sessions that are for everybody, and of those that somebody chose."""
    return Q(entry__is_chosen=False) | Q(entry__session_id__in=chosen)


def blocks() -> Exists:
    """Of texts: whether their event is told in one block, because it has such an entry that holds.

    One that is cancelled while sessions go on does not: the sessions tell the truth then.
    """
    going_on = Entry.objects.filter(kind=Entry.Kind.SESSION, event=OuterRef("event"), cancelled=False)
    holding = Q(cancelled=False) | ~Exists(going_on)
    return Exists(Entry.objects.filter(holding, kind=Entry.Kind.WHOLE, event=OuterRef("entry__event")))


def components(
    texts: Texts,
    zone: str = catalogue.NETWORK_ZONE,
    alarm: Alarm | None = None,
    since: Mapping[int, datetime] = MappingProxyType({}),
) -> bytes:
    """The zones that the entries name, the entries in the order of their start and UID, and the end.

    RFC 5545 §3.4 wants at least one component: without entries it is the VTIMEZONE of ``zone``. ``since`` tells, of the keys
    of events, since when the reader has the state there that they have: for them the entry is not older than that.
    """
    columns = (*_ORDER, "component", "entry__zone", "entry__event_id", *(_FOR_ALARMS if alarm else ()))
    # Sorted here: a database would carry all the texts through its sort, PostgreSQL through a file. The rows are unique by UID.
    rows = [row[len(_ORDER) :] for row in sorted(texts.order_by().annotate(starts=_STARTS).values_list(*columns))]
    zones = {row[1] for row in rows if row[1]}
    if not rows:
        zones = {zone if timezones.rule(zone) else catalogue.NETWORK_ZONE}
    if since:
        rows = [(_restamped(row[0], since.get(row[2])), *row[1:]) for row in rows]
    entries = (_reminding(alarm, row) if alarm else row[0] for row in rows)
    return "".join([*map(timezones.vtimezone, sorted(zones)), *entries, "END:VCALENDAR\r\n"]).encode()


#: When it starts, as text: the order is the same, and nobody needs the moment.
_STARTS = Cast("entry__starts_at", CharField())
_ORDER = ("starts", "entry__uid")
_FOR_ALARMS = ("audience", "entry__cancelled", "entry__uid", "entry__title", "entry__all_day")


_STAMPS = re.compile(r"^(DTSTAMP|LAST-MODIFIED):(\d{8}T\d{6}Z)(?=\r$)", re.MULTILINE)


def _restamped(component: str, moment: datetime | None) -> str:
    """The entry, changed at this moment at the earliest.

    Whose registration is confirmed is given another text of it, which may have been written earlier than the one they had;
    and programs leave alone what seems to be no newer.
    """
    if moment is None:
        return component
    stamp = ical.utc(moment)
    return _STAMPS.sub(lambda line: f"{line[1]}:{max(line[2], stamp)}", component)


def _reminding(alarm: Alarm, row: tuple[Any, ...]) -> str:
    """The entry with the alarm; without, where nothing takes place, where one has no place at it yet, and in drafts."""
    component, _zone, _event, audience, cancelled, uid, title, all_day = row
    if cancelled or audience in {EntryText.Audience.TENTATIVE, EntryText.Audience.STAFF}:
        return str(component)
    return alarm.inserted(component, uid=uid, title=title, all_day=all_day)


def _start(day: date) -> datetime:
    return datetime.combine(day, clock.min, UTC)
