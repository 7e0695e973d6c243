"""Dates, times and durations as the tools write them: of several countries, with twelve hours or twenty-four.

A report is written in one way throughout. “03/04/2027” is decided by all dates of the file together, then by the day of the
session; what was decided is shown before anything is recorded.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Literal

from django.utils.translation import gettext as _

from events.programme.periods import nearest_instant
from network.errors import Invalid
from network.vocabulary import time_zones, zone_named

Order = Literal["day", "month"]

_MONTHS = {
    1: "jan january jän jänner januar",
    2: "feb february februar feber",
    3: "mar march mär märz mrz",
    4: "apr april",
    5: "may mai",
    6: "jun june juni",
    7: "jul july juli",
    8: "aug august",
    9: "sep sept september",
    10: "oct october okt oktober",
    11: "nov november",
    12: "dec december dez dezember",
}
MONTHS = {name: number for number, names in _MONTHS.items() for name in names.split()}

#: What tools write where there is no time: somebody never came, or has not left yet.
NOTHING = {"", "-", "--", "–", "—", "n/a", "na", "null"}

NUMERIC = re.compile(r"(?<!\d)(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?!\d)")
YEAR_FIRST = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})(?!\d)")
DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.?\s+([^\W\d_]{3,9})\.?,?\s+(\d{4})")
MONTH_DAY = re.compile(r"([^\W\d_]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*(?:([ap])\.?\s?m\b\.?)?", re.IGNORECASE)
ZONE = re.compile(r"\b(UTC|GMT|Z|CET|CEST|MEZ|MESZ|EET|EEST|WET|WEST|BST)\b|([+-])(\d{1,2}):?(\d{2})?$", re.IGNORECASE)
OFFSET = re.compile(r"(?:UTC|GMT)\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
ABBREVIATED = {"UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2}
ABBREVIATED |= {"EET": 2, "EEST": 3}

DURATION = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*"
    r"(?:(h|hrs?|hours?|std|stunden?)|(m|mins?|minutes?|minuten?)|(s|secs?|seconds?|sek|sekunden?))(?![^\W\d_])\.?",
    re.IGNORECASE,
)


#: Where a zone is named, so much is looked at: a search for “Area/City” in endless letters takes the square of their number.
LONGEST_LINE = 500


class Unreadable(Exception):
    """A text that is no moment. The reader of the report adds the line."""


def is_nothing(text: str) -> bool:
    """Whether no time is written here."""
    return text.strip().lower() in NOTHING


def _plain(text: str) -> str:
    """With ordinary spaces: Teams puts a narrow one before AM and PM."""
    return " ".join(text.replace("\N{LEFT-TO-RIGHT MARK}", "").replace("\N{RIGHT-TO-LEFT MARK}", "").split())


def order_of(texts: Iterable[str], days: Collection[date]) -> tuple[Order | Literal[""], str]:
    """Whether the day or the month comes first in dates such as 03/04/2027, and how that is known (see Report).

    Raises Invalid at ``file`` where some can only be read in one way and some only in the other.
    """
    found = {match.group(0): match for text in texts if (match := NUMERIC.search(text)) and match.group(2) != "."}
    pairs = [(int(one.group(1)), int(one.group(3)), _year(one.group(4))) for one in found.values()]
    if not pairs:
        return "", ""
    day_first, month_first = any(first > 12 for first, _, _ in pairs), any(second > 12 for _, second, _ in pairs)
    if day_first and month_first:
        raise Invalid({"file": [_("In some dates of this file the day comes first, in others the month. Export it again.")]})
    if day_first or month_first:
        return ("day" if day_first else "month"), ""
    fits: dict[Order, int] = {
        "day": sum(_is_near(year, second, first, days) for first, second, year in pairs),
        "month": sum(_is_near(year, first, second, days) for first, second, year in pairs),
    }
    if fits["day"] != fits["month"]:
        return max(fits, key=lambda order: fits[order]), "session"
    if all(first == second for first, second, _ in pairs):
        return "", ""  # 04/04: both say the same
    return ("month" if any(re.search(r"\d\s?[ap]\.?m", text, re.IGNORECASE) for text in texts) else "day"), "guess"


def _is_near(year: int, month: int, day: int, days: Collection[date]) -> bool:
    try:
        meant = date(year, month, day)
    except ValueError:
        return False
    return any(abs((meant - one).days) <= 1 for one in days)


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


@dataclass(frozen=True)
class Clock:
    """Reads the moments of one report: in its order of day and month, by the clock of its zone."""

    order: Order | Literal[""]
    zone: tzinfo

    def read(self, text: str, day: str = "") -> datetime:
        """The instant, in UTC. ``day`` is a date that stands in a column of its own. Raises Unreadable."""
        try:
            return _read(_plain(f"{day} {text}") if day else _plain(text), self.order or "day", self.zone)
        except (ValueError, OverflowError):
            raise Unreadable(text) from None


@lru_cache(maxsize=4096)
def _read(text: str, order: Order, zone: tzinfo) -> datetime:
    day, rest = _day(text, order)
    hour, minute, second = 0, 0, 0
    if clock := CLOCK.search(rest):
        hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
        if clock[4]:
            if not 1 <= hour <= 12:
                raise ValueError(text)
            hour = hour % 12 + (12 if clock[4].lower() == "p" else 0)
        rest = rest[clock.end() :]
    elif any(letter.isalnum() for letter in rest):
        raise ValueError(text)
    wall = datetime.combine(day, time(hour, minute, second))
    stated = zone_in(rest)
    if stated is not None:
        return wall.replace(tzinfo=stated).astimezone(UTC)
    if hasattr(zone, "key"):
        return nearest_instant(wall, zone)  # type: ignore[arg-type]
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _day(text: str, order: Order) -> tuple[date, str]:
    """The date, and what stands after it."""
    if match := YEAR_FIRST.search(text):
        day = date(int(match[1]), int(match[3]), int(match[4]))
    elif match := NUMERIC.search(text):
        first, second, year = int(match[1]), int(match[3]), _year(match[4])
        day = date(year, second, first) if match[2] == "." or order == "day" else date(year, first, second)
    elif match := DAY_MONTH.search(text):
        day = date(int(match[3]), _month(match[2]), int(match[1]))
    elif match := MONTH_DAY.search(text):
        day = date(int(match[3]), _month(match[1]), int(match[2]))
    else:
        raise ValueError(text)
    if not 2000 <= day.year <= 2100:
        raise ValueError(text)
    return day, text[match.end() :]


def _month(name: str) -> int:
    number = MONTHS.get(name.lower())
    if number is None:
        raise ValueError(name)
    return number


def zone_in(text: str) -> tzinfo | None:
    """The zone that a text ends with: an abbreviation, an offset; None if there is none."""
    if match := OFFSET.search(text):
        return _offset(match[1], match[2], match[3])
    if match := ZONE.search(text.strip()):
        if match[1]:
            hours = ABBREVIATED[match[1].upper()]
            return UTC if not hours else timezone(timedelta(hours=hours))
        return _offset(match[2], match[3], match[4])
    return None


def _offset(sign: str, hours: str, minutes: str | None) -> tzinfo:
    distance = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if distance > timedelta(hours=14):
        raise ValueError(hours)
    return timezone(-distance if sign == "-" else distance) if distance else UTC


def zone_called(text: str) -> tuple[str, tzinfo] | None:
    """The zone that a heading or a line of the report names, by its IANA name or its distance from UTC."""
    text = text[:LONGEST_LINE]
    for word in re.findall(r"[A-Za-z_]+/[A-Za-z_/]+", text):
        if word in time_zones():
            return word, zone_named(word)
    # Windows says “(UTC+01:00) Amsterdam, Berlin” in summer too, so a city says more than the distance beside it.
    for word in re.findall(r"[^\W\d_]+", text):
        if (zone := f"Europe/{word}") in time_zones():
            return zone, zone_named(zone)
    try:
        found = zone_in(text)
    except ValueError:
        return None
    if found is None:
        return None
    return ("UTC" if found is UTC else str(found)), found


def duration(text: str) -> int | None:
    """Seconds of “1h 30m 51s”, “59 Min. 3 Sek.”, “204 mins”, “01:02:03” or “62” (minutes); None where nothing is said."""
    said = _plain(text)
    if is_nothing(said):
        return None
    if re.fullmatch(r"\d{1,6}(?:[.,]\d+)?", said):
        return round(float(said.replace(",", ".")) * 60)
    if match := re.fullmatch(r"(\d{1,3}):(\d{2})(?::(\d{2}))?", said):
        if match[3] is None:  # hours and minutes
            return int(match[1]) * 3600 + int(match[2]) * 60
        return int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])
    parts = DURATION.findall(said[:80])
    if not parts:
        return None
    seconds = 0.0
    for number, hours, minutes, _seconds in parts:
        seconds += float(number[:9].replace(",", ".")) * (3600 if hours else 60 if minutes else 1)
    return round(seconds)
