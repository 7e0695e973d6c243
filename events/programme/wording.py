"""How an event's time, kind and state are said to people. Pages, mails and paper share these words."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as format_date
from django.utils.functional import cached_property
from django.utils.translation import gettext, pgettext

from events.programme.models import Event, Session
from events.programme.periods import SECOND, day_in_words, moment_in_words
from network.vocabulary import zone_named


class HasTimes(Protocol):
    """The times of ``models.Timed``."""

    @property
    def all_day(self) -> bool: ...  # noqa: D102
    @property
    def starts_at(self) -> datetime: ...  # noqa: D102
    @property
    def ends_at(self) -> datetime: ...  # noqa: D102
    @property
    def first_day(self) -> date: ...  # noqa: D102
    @property
    def last_day(self) -> date: ...  # noqa: D102


def days_in_words(first_day: date, last_day: date) -> str:
    """“14 June 2027”, “14 to 16 June 2027”, “28 June to 2 July 2027”, “30 December 2027 to 2 January 2028”."""
    if first_day == last_day:
        return day_in_words(first_day)
    if (first_day.year, first_day.month) == (last_day.year, last_day.month):
        first = format_date(first_day, pgettext("a day before “to 16 June 2027”, in the letters of Django's date filter", "j"))
    elif first_day.year == last_day.year:
        first = format_date(
            first_day, pgettext("a day and month before “to 2 July 2027”, in the letters of Django's date filter", "j F")
        )
    else:
        first = day_in_words(first_day)
    return gettext("%(first)s to %(last)s") % {"first": first, "last": day_in_words(last_day)}


@dataclass(frozen=True)
class When:
    """When something is, as seen from one zone. ``timed`` is an event, a session, or a row of a list."""

    timed: HasTimes
    zone: str

    @cached_property
    def first(self) -> datetime | date:
        """The start: a local datetime, or the first day of whole days."""
        return self.timed.first_day if self.timed.all_day else self.timed.starts_at.astimezone(zone_named(self.zone))

    @cached_property
    def last(self) -> datetime | date:
        """The end: a local datetime, or the last day of whole days."""
        return self.timed.last_day if self.timed.all_day else self.timed.ends_at.astimezone(zone_named(self.zone))

    @property
    def tz(self) -> ZoneInfo:
        """The zone itself."""
        return zone_named(self.zone)

    @property
    def first_day(self) -> date:
        """The day it starts on, in this zone."""
        return self.first.date() if isinstance(self.first, datetime) else self.first

    @property
    def last_day(self) -> date:
        """The day it ends on, in this zone; what ends at midnight ends on the day before."""
        return (self.last - SECOND).date() if isinstance(self.last, datetime) else self.last

    @property
    def is_one_day(self) -> bool:
        """Starts and ends on the same day."""
        return self.first_day == self.last_day

    @property
    def days(self) -> str:
        """“Tuesday 14 June 2027”, or “14 to 16 June 2027”."""
        if self.is_one_day:
            return weekday_and_date(self.first_day)
        return days_in_words(self.first_day, self.last_day)

    @property
    def hours(self) -> str:
        """“09:00–16:00” on one day; “09:00 on the first day to 13:00 on the last” over several; empty for whole days."""
        if not isinstance(self.first, datetime) or not isinstance(self.last, datetime):
            return ""
        first, last = f"{self.first:%H:%M}", f"{self.last:%H:%M}"
        if self.is_one_day:
            return f"{first}–{last}"
        return gettext("%(first)s on the first day to %(last)s on the last") % {"first": first, "last": last}

    @property
    def start_hour(self) -> str:
        """For lists: “09:00–16:00” on one day, “from 09:00” over several; empty for whole days."""
        if self.is_one_day or not self.hours:
            return self.hours
        return gettext("from %(time)s") % {"time": f"{self.first:%H:%M}"}

    @property
    def zone_name(self) -> str:
        """“Europe/Vienna, CEST”: what stands beside every time; empty for whole days, which have none."""
        if not isinstance(self.first, datetime):
            return ""
        return zone_name(self.first, self.zone)

    def __str__(self) -> str:
        """Everything in one line."""
        if not self.hours:
            return self.days
        return f"{self.days}, {self.hours} ({self.zone_name})"


def when(timed: Event | Session, zone: str | None = None) -> When:
    """When an event or a session is, in its event's own zone unless another is asked for."""
    own = timed.timezone if isinstance(timed, Event) else timed.event.timezone
    return When(timed, zone or own)


def zone_name(moment: datetime, zone: str) -> str:
    """“Europe/Vienna, CEST”: the zone and what it is called at that moment, where it has such a name."""
    short = moment.tzname() or ""
    # Zones without an abbreviation of their own have names such as “+03”.
    return zone if not short.isalpha() or short == zone else f"{zone}, {short}"


def weekday_and_date(day: date) -> str:
    """“Tuesday 14 June 2027”, as the reader's language writes it."""
    return format_date(day, pgettext("a date with its weekday, in the letters of Django's date filter", "l j F Y"))


def moment_and_zone(moment: datetime, zone: str) -> str:
    """An instant with its zone's name: “14 June 2027, 09:00 (Europe/Vienna, CEST)”."""
    local = moment.astimezone(zone_named(zone))
    return f"{moment_in_words(local)} ({zone_name(local, zone)})"
