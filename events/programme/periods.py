"""When something is: two instants or whole days, with everything that daylight saving does to them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from events.programme.models import Timed
from network.errors import Invalid
from network.vocabulary import validate_time_zone, zone_named

FIRST_YEAR, LAST_YEAR = 2000, 2100
SECOND = timedelta(seconds=1)


def known_zone(name: str) -> ZoneInfo:
    """The IANA zone of that name. Raises Invalid at ``timezone``."""
    try:
        validate_time_zone(name)
    except ValidationError as error:
        raise Invalid({"timezone": error.messages}) from None
    return zone_named(name)


def instant(moment: datetime, zone: ZoneInfo) -> datetime:
    """The instant, in UTC and to the second, of an aware moment or of a wall clock in ``zone``.

    A wall clock that the end of summer time lets happen twice is its first occurrence; to mean the second, state the offset.
    A wall clock that the start of summer time skips raises Invalid at ``""``, with the reason.
    """
    if moment.tzinfo is not None:
        try:
            utc = moment.astimezone(UTC).replace(microsecond=0)
        except OverflowError:  # year 1 or 9999 with an offset
            raise Invalid({"": [_years()]}) from None
        _require_sane_year(utc)
        return utc
    _require_sane_year(moment)
    wall = moment.replace(microsecond=0, fold=0)
    utc = wall.replace(tzinfo=zone).astimezone(UTC)
    if utc.astimezone(zone).replace(tzinfo=None, fold=0) != wall:
        raise Invalid({"": [_gap_message(wall, zone)]})
    return utc


def nearest_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a wall clock in ``zone``; a skipped one counts on from before the gap (02:30 becomes 03:30)."""
    return wall.replace(tzinfo=zone, fold=0, microsecond=0).astimezone(UTC)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day in ``zone``, in UTC, also where summer time skips or repeats midnight."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def day_in_words(day: date) -> str:
    """28 March 2027, as the reader's language writes it."""
    return date_format(day, "DATE_FORMAT")


def moment_in_words(moment: datetime) -> str:
    """28 March 2027, 09:30, on the clock that the moment carries."""
    return date_format(moment, "DATETIME_FORMAT")


def _require_sane_year(moment: date) -> None:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Invalid({"": [_years()]})


def require_sane_year(path: str, moment: datetime) -> None:
    """Raise Invalid at ``path`` for a moment that not every zone has on its clock, or that nobody can mean."""
    try:
        _require_sane_year(moment.astimezone(UTC))
    except (Invalid, OverflowError):
        raise Invalid({path: [_years()]}) from None


def _years() -> str:
    return _("The year must be between %(first)s and %(last)s.") % {"first": FIRST_YEAR, "last": LAST_YEAR}


def _gap_message(wall: datetime, zone: ZoneInfo) -> str:
    """Say which hour the zone skips. ``wall`` lies in it: by the rules of PEP 495, fold tells the offsets around the gap."""
    before, after = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    low, high = after.astimezone(UTC), before.astimezone(UTC)  # the clock is put forward between the two
    offset = before.utcoffset()
    while high - low > SECOND:
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return _("%(time)s does not exist on %(day)s in %(zone)s: the clock goes from %(from)s to %(to)s.") % {
        "time": f"{wall:%H:%M}",
        "day": day_in_words(wall),
        "zone": zone.key,
        "from": f"{(low.astimezone(zone) + SECOND):%H:%M}",
        "to": f"{high.astimezone(zone):%H:%M}",
    }


@dataclass(frozen=True)
class Period:
    """All four times of ``models.Timed``, computed together, and the zone they were stated in.

    ``starts_at`` and ``ends_at`` are instants in UTC, the end excluded. ``first_day`` and ``last_day`` are days in the zone,
    both included; something that ends at midnight ends on the day before.
    """

    timezone: str
    all_day: bool
    starts_at: datetime
    ends_at: datetime
    first_day: date
    last_day: date

    @classmethod
    def timed(cls, starts: datetime, ends: datetime, timezone: str) -> "Period":
        """From two moments: aware, or the wall clock of ``timezone`` (see ``instant`` for hours that happen twice or never).

        Raises Invalid at ``timezone``, ``starts`` or ``ends``.
        """
        zone = known_zone(timezone)
        errors: dict[str, list[str]] = {}
        instants: dict[str, datetime] = {}
        for name, moment in (("starts", starts), ("ends", ends)):
            try:
                instants[name] = instant(moment, zone)
            except Invalid as error:
                errors[name] = error.errors[""]
        if not errors and instants["ends"] <= instants["starts"]:
            errors["ends"] = [_("The end must be later than the start.")]
        if errors:
            raise Invalid(errors)
        return cls._between(instants["starts"], instants["ends"], timezone, zone)

    @classmethod
    def whole_days(cls, first_day: date, last_day: date, timezone: str) -> "Period":
        """From the first to the last day, both included, in ``timezone``.

        The instants are the start of the first day and the start of the day after the last.
        Raises Invalid at ``timezone``, ``first_day`` or ``last_day``.
        """
        zone = known_zone(timezone)
        errors: dict[str, list[str]] = {}
        for name, day in (("first_day", first_day), ("last_day", last_day)):
            try:
                _require_sane_year(day)
            except Invalid as error:
                errors[name] = error.errors[""]
        if not errors and last_day < first_day:
            errors["last_day"] = [_("The last day must not be before the first.")]
        if errors:
            raise Invalid(errors)
        starts_at, ends_at = start_of_day(first_day, zone), start_of_day(last_day + timedelta(days=1), zone)
        if ends_at <= starts_at:  # Samoa had no 30 December 2011
            raise Invalid({"first_day": [_("This day does not exist in %(zone)s.") % {"zone": timezone}]})
        return cls(timezone, True, starts_at, ends_at, first_day, last_day)

    @classmethod
    def of(cls, thing: Timed, timezone: str) -> "Period":
        """As stored."""
        return cls(timezone, thing.all_day, thing.starts_at, thing.ends_at, thing.first_day, thing.last_day)

    @classmethod
    def _between(cls, starts_at: datetime, ends_at: datetime, timezone: str, zone: ZoneInfo) -> "Period":
        last_moment = ends_at - SECOND
        return cls(timezone, False, starts_at, ends_at, starts_at.astimezone(zone).date(), last_moment.astimezone(zone).date())

    @property
    def zone(self) -> ZoneInfo:
        """The zone."""
        return zone_named(self.timezone)

    @property
    def starts(self) -> datetime:
        """The start as the zone's clock shows it, with its offset."""
        return self.starts_at.astimezone(self.zone)

    @property
    def ends(self) -> datetime:
        """The end as the zone's clock shows it, with its offset."""
        return self.ends_at.astimezone(self.zone)

    @property
    def days(self) -> int:
        """How many days it touches."""
        return (self.last_day - self.first_day).days + 1

    def distance_to(self, starts: datetime | date) -> timedelta:
        """How far the wall clock is from this start to another; a date means the same time of day on that date.

        Raises Invalid at ``starts``: whole days cannot start at a time of day.
        """
        if not isinstance(starts, datetime):
            return starts - self.first_day
        if self.all_day:
            raise Invalid({"starts": [_("This is about whole days: give a date, without a time of day.")]})
        try:
            new = instant(starts, self.zone).astimezone(self.zone)
        except Invalid as error:
            raise Invalid({"starts": error.errors[""]}) from None
        return new.replace(tzinfo=None) - self.starts.replace(tzinfo=None)

    def shifted(self, distance: timedelta) -> "Period":
        """Moved along by a distance on the wall clock: 9:00 stays 9:00 also across a change to summer time.

        Whole days move by whole days. Raises Invalid, as ``timed`` and ``whole_days`` do.
        """
        if not distance:
            return self
        try:
            if self.all_day:
                return Period.whole_days(self.first_day + distance, self.last_day + distance, self.timezone)
            starts, ends = (moment.replace(tzinfo=None) + distance for moment in (self.starts, self.ends))
        except OverflowError:
            raise Invalid({"starts": [_years()]}) from None
        if ends <= starts:  # it lies in the hour that happens twice: keep its length
            begin = Period.timed(starts, starts + SECOND, self.timezone).starts_at
            return Period._between(begin, begin + (self.ends_at - self.starts_at), self.timezone, self.zone)
        return Period.timed(starts, ends, self.timezone)

    def contains(self, other: "Period") -> bool:
        """Whether ``other`` lies within: by days if both are whole days, else by instants."""
        if self.all_day and other.all_day:
            return self.first_day <= other.first_day and other.last_day <= self.last_day
        return self.starts_at <= other.starts_at and other.ends_at <= self.ends_at

    def write_to(self, thing: Timed) -> None:
        """Set all times of a row; saving it is the caller's."""
        thing.all_day = self.all_day
        thing.starts_at, thing.ends_at = self.starts_at, self.ends_at
        thing.first_day, thing.last_day = self.first_day, self.last_day
