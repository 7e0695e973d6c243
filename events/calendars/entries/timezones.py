"""VTIMEZONE components that every program reads alike.

One STANDARD, at most one DAYLIGHT, each with a yearly RRULE of one BYDAY. That is the only shape that Outlook, Google and
ical.js (Thunderbird) all read right: lists of RDATEs, which libraries like to write, give wrong hours for half the year.

The rule is found by watching the zone database, never by its idea of "daylight saving": Dublin's is negative there.
A zone, or a moment, that such a rule cannot tell truthfully is written in UTC instead (see ``tells``).
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from events.calendars.entries import ical
from network.vocabulary import zone_named

YEARS = range(2026, 2038)  # a rule has to hold in all of them
EPOCH = 1970  # rules are written as if they had begun then
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Change:
    """When the clock is changed each year: such as the last Sunday in March, when it shows 2:00."""

    month: int
    week: int  # 1 to 4, or -1 for the last
    weekday: int  # 0 is Monday
    at: time  # what the clock shows just before

    def on(self, year: int) -> datetime:
        """The wall clock just before the change of that year."""
        weekday_of_first, length = calendar.monthrange(year, self.month)
        days = range(1 + (self.weekday - weekday_of_first) % 7, length + 1, 7)
        return datetime.combine(date(year, self.month, days[-1] if self.week == -1 else days[self.week - 1]), self.at)

    @property
    def rrule(self) -> str:
        """As a recurrence rule."""
        return f"FREQ=YEARLY;BYMONTH={self.month};BYDAY={self.week}{WEEKDAYS[self.weekday]}"


@dataclass(frozen=True)
class Rule:
    """The clock of a zone: its offset in winter and, where clocks are changed, in summer."""

    zone: str
    winter: timedelta
    winter_name: str
    summer: timedelta | None = None
    summer_name: str = ""
    to_summer: Change | None = None
    to_winter: Change | None = None

    def offset(self, moment: datetime) -> timedelta:
        """The offset from UTC that a reader of this rule works out."""
        if self.summer is None or self.to_summer is None or self.to_winter is None:
            return self.winter
        clock = moment.astimezone(UTC).replace(tzinfo=None)
        year = (clock + self.winter).year
        starts = self.to_summer.on(year) - self.winter
        ends = self.to_winter.on(year) - self.summer
        if starts < ends:
            return self.summer if starts <= clock < ends else self.winter
        return self.winter if ends <= clock < starts else self.summer  # the southern half of the world

    def vtimezone(self) -> str:
        """The component."""
        content = ["BEGIN:VTIMEZONE", f"TZID:{self.zone}"]
        if self.summer is None or self.to_summer is None or self.to_winter is None:
            content += _observance("STANDARD", self.winter_name, self.winter, self.winter)
        else:
            for kind, name, before, after, change in (
                ("DAYLIGHT", self.summer_name, self.winter, self.summer, self.to_summer),
                ("STANDARD", self.winter_name, self.summer, self.winter, self.to_winter),
            ):
                content += _observance(kind, name, before, after, change)
        return ical.lines(*content, "END:VTIMEZONE")


def _observance(kind: str, name: str, before: timedelta, after: timedelta, change: Change | None = None) -> list[str]:
    """One half of a VTIMEZONE. Its DTSTART is the wall clock just before the change (RFC 5545 §3.6.5)."""
    starts = f"{change.on(EPOCH):%Y%m%dT%H%M%S}" if change else f"{EPOCH}0101T000000"
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{starts}",
        f"TZOFFSETFROM:{ical.offset(before)}",
        f"TZOFFSETTO:{ical.offset(after)}",
        *([f"RRULE:{change.rrule}"] if change else []),
        f"TZNAME:{ical.text(name)}",
        f"END:{kind}",
    ]


@cache
def rule(zone: str) -> Rule | None:
    """The rule of an IANA zone, or None where no such rule holds in all ``YEARS`` (Morocco's clock follows the moon)."""
    info = zone_named(zone)
    changes = list(_changes(info))
    if not changes:
        moment = datetime(YEARS[0], 1, 1, tzinfo=info)
        return Rule(zone, _offset(moment), moment.tzname() or zone)
    ups = [change for change in changes if change.after > change.before]
    downs = [change for change in changes if change.after < change.before]
    to_summer, to_winter = _yearly(ups), _yearly(downs)
    if to_summer is None or to_winter is None:
        return None
    up, down = ups[0], downs[0]
    found = Rule(zone, down.after, down.name, up.after, up.name, to_summer, to_winter)
    same = all((change.before, change.after) == (found.winter, found.summer) for change in ups)
    back = all((change.before, change.after) == (found.summer, found.winter) for change in downs)
    return found if same and back else None


@cache
def vtimezone(zone: str) -> str:
    """The VTIMEZONE of an IANA zone that has a rule."""
    found = rule(zone)
    if found is None:
        raise ValueError(f"{zone} has no yearly rule")
    return found.vtimezone()


def tells(zone: str, moment: datetime) -> bool:
    """Whether wall clock and VTIMEZONE of ``zone`` lead every reader back to this very moment.

    Not so in the hour that comes twice in autumn, nor where the zone's true offset is not that of its rule.
    """
    found = rule(zone)
    if found is None:
        return False
    local = moment.astimezone(zone_named(zone))
    here = _offset(local)
    return here == found.offset(moment) and here == _offset(local.replace(fold=0)) == _offset(local.replace(fold=1))


def wall_clock(zone: str, moment: datetime) -> str:
    """The date and time that the clocks of the zone show, as in ``DTSTART;TZID=…`` (RFC 5545 §3.3.5, form 3)."""
    return f"{moment.astimezone(zone_named(zone)):%Y%m%dT%H%M%S}"


@dataclass(frozen=True)
class _Seen:
    """A change of the clock as it happened."""

    clock: datetime  # the wall clock just before
    before: timedelta
    after: timedelta
    name: str


def _changes(info: ZoneInfo) -> Iterator[_Seen]:
    """Every change in ``YEARS``."""
    moment, end = datetime(YEARS[0], 1, 1, tzinfo=UTC), datetime(YEARS[-1] + 1, 1, 1, tzinfo=UTC)
    while moment < end:
        tomorrow = moment + timedelta(days=1)
        if _at(info, moment) != _at(info, tomorrow):
            low, high = moment, tomorrow
            while high - low > timedelta(minutes=1):
                middle = low + timedelta(minutes=(high - low) // timedelta(minutes=1) // 2)
                low, high = (middle, high) if _at(info, middle) == _at(info, moment) else (low, middle)
            before = _at(info, low)
            name = high.astimezone(info).tzname() or info.key
            yield _Seen((high + before).replace(tzinfo=None), before, _at(info, high), name)
        moment = tomorrow


def _yearly(seen: list[_Seen]) -> Change | None:
    """The one rule that all these changes follow, one in each year."""
    if [change.clock.year for change in seen] != list(YEARS):
        return None
    months = {change.clock.month for change in seen}
    weekdays = {change.clock.weekday() for change in seen}
    times = {change.clock.time() for change in seen}
    if not len(months) == len(weekdays) == len(times) == 1:
        return None
    last = all(change.clock.day + 7 > calendar.monthrange(change.clock.year, change.clock.month)[1] for change in seen)
    weeks = {-1} if last else {(change.clock.day - 1) // 7 + 1 for change in seen}
    if len(weeks) != 1:
        return None
    return Change(months.pop(), weeks.pop(), weekdays.pop(), times.pop())


def _at(info: ZoneInfo, moment: datetime) -> timedelta:
    return _offset(moment.astimezone(info))


def _offset(moment: datetime) -> timedelta:
    value = moment.utcoffset()
    if value is None:
        raise ValueError("a moment without a zone")
    return value
