"""What the list and the month of “what is on” show: one row for each event, put into words once, cheap to render.

A page of the list has 15 ms of processor time in all, so it reads plain columns instead of whole events.
"""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext, ngettext, pgettext

from events.programme.models import Event, Session
from events.programme.wording import When, weekday_and_date
from network.vocabulary import eu_country_code

ROWS = 30
ENTRIES_A_DAY = 6
OFF = {Event.State.CANCELLED, Event.State.POSTPONED}
STYLES = {Event.State.CANCELLED: "bad", Event.State.POSTPONED: "care"}


class Listed(NamedTuple):
    """The columns of an event that a list shows, in the order of ``COLUMNS``."""

    pk: int
    slug: str
    title: str
    summary: str
    kind: str
    state: str
    format: str
    timezone: str
    all_day: bool
    starts_at: datetime
    ends_at: datetime
    first_day: date
    last_day: date
    places: int | None
    places_taken: int
    registration_opens_at: datetime | None
    registration_closes_at: datetime | None
    centre: str
    city: str | None
    country: str | None


COLUMNS = (*Listed._fields[:-3], "organising_centre__short_name", "venue__city", "venue__country")


@dataclass(frozen=True)
class Row:
    """An event in a list."""

    event: Listed
    now: datetime

    @cached_property
    def when(self) -> When:
        """Its time, in its own zone."""
        return When(self.event, self.event.timezone)

    @property
    def place(self) -> str:
        """Where: a city with its country, online, or both."""
        event = self.event
        if event.format == Event.Format.ONLINE or not event.city:
            return str(Event.Format(event.format).label)
        city = f"{event.city} ({eu_country_code(event.country or '')})"
        return gettext("%(city)s and online") % {"city": city} if event.format == Event.Format.HYBRID else city

    @property
    def standing(self) -> tuple[str, str]:
        """Whether one can still come, in words, and the style of their badge: "plain" for none."""
        event = self.event
        if event.state != Event.State.PUBLISHED:
            state = Event.State(event.state)
            return str(state.label), STYLES.get(state, "quiet")
        if event.ends_at <= self.now:
            return gettext("Over"), "quiet"
        if event.starts_at <= self.now:
            return gettext("Under way"), "note"
        if event.registration_closes_at and event.registration_closes_at <= self.now:
            return gettext("Registration is closed"), "plain"
        if event.registration_opens_at and event.registration_opens_at > self.now:
            form = pgettext("a day and month, in the letters of Django's date filter", "j F")
            day = format_date(event.registration_opens_at.astimezone(self.when.tz), form)
            return gettext("Registration opens on %(day)s") % {"day": day}, "plain"
        if event.places is None:
            return gettext("Places for everybody"), "plain"
        if left := event.places - event.places_taken:
            words = ngettext("%(left)s of %(places)s place left", "%(left)s of %(places)s places left", event.places)
            return words % {"left": left, "places": event.places}, "plain"
        return gettext("Full, waiting list open"), "care"

    @property
    def address(self) -> str:
        """Of its page."""
        return _address().replace("-", self.event.slug)

    @property
    def is_off(self) -> bool:
        """Does not take place at the time shown."""
        return self.event.state in OFF

    @property
    def kind_label(self) -> str:
        """The word for its kind."""
        return str(Event.Kind(self.event.kind).label)

    @property
    def state_label(self) -> str:
        """The word for its state."""
        return str(Event.State(self.event.state).label)


@lru_cache(maxsize=1)
def _address() -> str:
    """The address of an event named “-”: reversing it for every row would be most of a row's time."""
    return reverse("event", args=["-"])


def read(events: QuerySet[Event], start: int, stop: int, now: datetime) -> list[Row]:
    """Rows of a part of the list, in one query."""
    return [Row(Listed._make(columns), now) for columns in events.values_list(*COLUMNS)[start:stop]]


@dataclass
class Group:
    """Rows under one heading."""

    key: str
    heading: str
    rows: list[Row] = field(default_factory=list)


def grouped(rows: Iterable[Row], *, past: bool = False) -> list[Group]:
    """Rows by month, in the order given. What has begun already stands under a heading of its own."""
    groups: list[Group] = []
    for row in rows:
        under_way = not past and row.event.starts_at <= row.now
        key = "now" if under_way else f"{row.event.first_day:%Y-%m}"
        if not groups or groups[-1].key != key:
            groups.append(Group(key, gettext("Under way") if under_way else month_name(row.event.first_day)))
        groups[-1].rows.append(row)
    return groups


def month_name(day: date) -> str:
    """“June 2027”."""
    return format_date(day, pgettext("a month, in the letters of Django's date filter", "F Y"))


@dataclass(frozen=True)
class Slice:
    """A page of a list whose length nobody counted: it is as quick with 5,000 events as with 50."""

    number: int
    rows: list[Row]
    has_next: bool

    @classmethod
    def of(cls, events: QuerySet[Event], number: int, now: datetime) -> "Slice":
        """The page with this number, from 1."""
        start = (number - 1) * ROWS
        rows = read(events, start, start + ROWS + 1, now)
        return cls(number, rows[:ROWS], len(rows) > ROWS)

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
    def in_words(self) -> str:
        """With its weekday: on a phone the month has no columns that name it."""
        return weekday_and_date(self.day)


def weeks(rows: list[Row], year: int, month: int, today: date) -> list[list[Day]]:
    """The month as a calendar's weeks from Monday, each event on the days of its sessions. One query."""
    by_day: dict[date, list[Entry]] = {}
    by_event = {row.event.pk: row for row in rows}
    sessions = Session.objects.filter(event__in=list(by_event)).order_by("starts_at", "pk")
    seen: set[tuple[Any, date]] = set()
    for key, all_day, starts_at, first, last in sessions.values_list("event", "all_day", "starts_at", "first_day", "last_day"):
        row = by_event[key]
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
            if (key, day) in seen:  # in the order of time: a day shows an event's first session
                continue
            seen.add((key, day))
            time = f"{starts_at.astimezone(row.when.tz):%H:%M}" if day == first and not all_day else ""
            by_day.setdefault(day, []).append(Entry(row, time, continues=day != row.event.first_day))
    for entries in by_day.values():
        entries.sort(key=lambda entry: entry.time)
    return [[_cell(day, month, today, by_day.get(day, [])) for day in week] for week in _days(year, month)]


def _days(year: int, month: int) -> list[list[date]]:
    return calendar.Calendar().monthdatescalendar(year, month)


def _cell(day: date, month: int, today: date, entries: list[Entry]) -> Day:
    if day.month != month:
        return Day(day, outside=True, today=False, entries=[], more=0)
    shown = entries if len(entries) <= ENTRIES_A_DAY + 1 else entries[:ENTRIES_A_DAY]
    return Day(day, outside=False, today=day == today, entries=shown, more=len(entries) - len(shown))
