"""What the list and the month of “what is on” show: one row for each event, put into words once, cheap to render."""

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext, ngettext, pgettext
from django_countries import countries

from events.programme.models import Event, Venue
from events.programme.wording import When, when
from network.models import Centre, Competence, Sector
from network.vocabulary import LANGUAGES, eu_country_code

ROWS = 30
ENTRIES_A_DAY = 6
OFF = {Event.State.CANCELLED, Event.State.POSTPONED}


@dataclass(frozen=True)
class Row:
    """An event in a list."""

    event: Event
    now: datetime

    @cached_property
    def when(self) -> When:
        """Its time, in its own zone."""
        return when(self.event)

    @property
    def place(self) -> str:
        """Where: a city with its country, online, or both."""
        event = self.event
        city = f"{event.venue.city} ({eu_country_code(event.venue.country.code)})" if event.venue else ""
        if event.format == Event.Format.ONLINE or not city:
            return str(event.get_format_display())
        return gettext("%(city)s and online") % {"city": city} if event.format == Event.Format.HYBRID else city

    @property
    def standing(self) -> tuple[str, str]:
        """Whether one can still come, in words, and how to show them: good, care, bad or quiet."""
        event = self.event
        if event.state != Event.State.PUBLISHED:
            return str(event.get_state_display()), {"cancelled": "bad", "postponed": "care"}.get(event.state, "quiet")
        if event.ends_at <= self.now:
            return gettext("Over"), "quiet"
        if event.starts_at <= self.now:
            return gettext("Under way"), "note"
        if event.registration_closes_at and event.registration_closes_at <= self.now:
            return gettext("Registration is closed"), "plain"
        if event.registration_opens_at and event.registration_opens_at > self.now:
            day = format_date(
                event.registration_opens_at.astimezone(self.when.tz),
                pgettext("a day and month, in the letters of Django's date filter", "j F"),
            )
            return gettext("Registration opens on %(day)s") % {"day": day}, "plain"
        left = event.places_left
        if left is None:
            return gettext("Places for everybody"), "plain"
        if left:
            words = ngettext("%(left)s of %(places)s place left", "%(left)s of %(places)s places left", event.places or 0)
            return words % {"left": left, "places": event.places}, "plain"
        return gettext("Full, waiting list open"), "care"

    @property
    def is_off(self) -> bool:
        """Does not take place at the time shown."""
        return self.event.state in OFF


@dataclass
class Group:
    """Rows under one heading."""

    key: str
    heading: str
    rows: list[Row] = field(default_factory=list)


def grouped(events: Iterable[Event], now: datetime, *, past: bool = False) -> list[Group]:
    """Rows by month, in the order given. What has begun already stands under a heading of its own."""
    groups: list[Group] = []
    for event in events:
        row = Row(event, now)
        if not past and event.starts_at <= now:
            key, heading = "now", gettext("Under way")
        else:
            key = f"{event.first_day:%Y-%m}"
            heading = ""
        if not groups or groups[-1].key != key:
            groups.append(Group(key, heading or month_name(event.first_day)))
        groups[-1].rows.append(row)
    return groups


def month_name(day: date) -> str:
    """“June 2027”."""
    return format_date(day, "F Y")


@dataclass(frozen=True)
class Slice:
    """A page of a list whose length nobody counted: it is as quick with 5,000 events as with 50."""

    number: int
    object_list: list[Event]
    has_next: bool

    @classmethod
    def of(cls, events: QuerySet[Event], number: int, size: int = ROWS) -> "Slice":
        """The page with this number, from 1."""
        start = (number - 1) * size
        found = list(events[start : start + size + 1])
        return cls(number, found[:size], len(found) > size)

    @property
    def has_previous(self) -> bool:
        """Not the first."""
        return self.number > 1

    @property
    def has_other_pages(self) -> bool:
        """There is more than this page."""
        return self.has_next or self.has_previous

    @property
    def previous_page_number(self) -> int:
        """The page before."""
        return self.number - 1

    @property
    def next_page_number(self) -> int:
        """The page after."""
        return self.number + 1


@dataclass(frozen=True)
class Entry:
    """An event on one day of the month."""

    row: Row
    time: str
    continues: bool


@dataclass(frozen=True)
class Day:
    """A cell of the month."""

    day: date
    outside: bool
    today: bool
    entries: list[Entry]
    more: int

    @property
    def name(self) -> str:
        """“Monday 14 June”: what a phone and a screen reader say."""
        return format_date(self.day, pgettext("a day with its weekday, in the letters of Django's date filter", "l j F"))


def weeks(events: Iterable[Event], year: int, month: int, now: datetime, today: date) -> list[list[Day]]:
    """The month as a calendar's weeks from Monday, each event on the days of its sessions, which are read already."""
    by_day: dict[date, list[Entry]] = {}
    for event in events:
        row = Row(event, now)
        seen: set[date] = set()
        for session in event.sessions.all():  # in the order of time: a day shows its first
            day = session.first_day
            while day <= session.last_day:
                if day not in seen:
                    begins = day == session.first_day
                    time = f"{session.starts_at.astimezone(row.when.tz):%H:%M}" if begins and not session.all_day else ""
                    by_day.setdefault(day, []).append(Entry(row, time, continues=day != event.first_day))
                    seen.add(day)
                day += timedelta(days=1)
    for entries in by_day.values():
        entries.sort(key=lambda entry: entry.time)
    return [
        [
            Day(
                day,
                day.month != month,
                day == today,
                by_day.get(day, [])[:ENTRIES_A_DAY] if day.month == month else [],
                max(len(by_day.get(day, [])) - ENTRIES_A_DAY, 0) if day.month == month else 0,
            )
            for day in week
        ]
        for week in calendar.Calendar().monthdatescalendar(year, month)
    ]


@dataclass(frozen=True)
class Choice:
    """An option of a filter, ready to be shown."""

    value: str
    label: str
    chosen: bool


def choices(chosen: Mapping[str, str]) -> dict[str, list[Choice]]:
    """What one can filter by: only countries, centres and languages that the network has, three short queries.

    Plain lists instead of form widgets: those cost a template for each of 200 options.
    """

    def options(name: str, pairs: Iterable[tuple[Any, Any]]) -> list[Choice]:
        value = chosen.get(name, "")
        return [Choice(str(key), str(label), str(key) == value) for key, label in pairs]

    centres = list(Centre.objects.values_list("slug", "short_name", "country"))
    codes = {code for _slug, _name, code in centres} | set(
        Venue.objects.order_by().values_list("country", flat=True).distinct()
    )
    by_name = sorted(((eu_country_code(code), countries.name(code)) for code in codes), key=lambda pair: pair[1])
    return {
        "kind": options("kind", Event.Kind.choices),
        "format": options("format", Event.Format.choices),
        "country": options("country", by_name),
        "centre": options("centre", ((slug, f"{eu_country_code(code)} – {name}") for slug, name, code in centres)),
        "sector": options("sector", ((sector.pk, sector) for sector in Sector.objects.all())),
        "competence": options("competence", ((item.pk, item) for item in Competence.objects.all())),
        "language": options("language", sorted(LANGUAGES, key=lambda pair: str(pair[1]))),
    }
