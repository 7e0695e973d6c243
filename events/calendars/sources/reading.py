"""From the kept lines of a foreign calendar to its dates within a window: what, when and where, once for each occurrence.

The recurrence is worked out by recurring-ical-events. It runs in a process of its own (``python -m …sources.reading``, see
``apart``), which has so much time and memory and no more: a file can ask for work that never ends, and not all of these can be
told from others by looking. So nothing here needs Django.

A single event that cannot be read is left out and counted. What its author marked as private is left out, too, and so is what
came from us: calendars that take each other in would go round for ever.
"""

import hashlib
import json
import re
import resource
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from icalendar.prop import vDDDTypes
from x_wr_timezone import UTCChangingWalker

from events.calendars.sources.dates import Date, Reading, Window
from events.calendars.sources.lines import Found, Unreadable, name_and_value, take_apart
from events.calendars.sources.plain import one_line, plain
from events.calendars.sources.recurrence import Refused, mended
from events.calendars.sources.zones import Zones, iana

MOST_DATES = 1_000  # in the window, of one source
MOST_REMARKS = 20
LONGEST_TITLE, LONGEST_PLACE, LONGEST_LINK, LONGEST_DESCRIPTION = 300, 300, 500, 500
MOST_CATEGORIES, LONGEST_CATEGORY = 5, 60
LONGEST_EVENT = timedelta(days=400)
FIRST_YEAR, LAST_YEAR = 1900, 2100

# In the process apart: seconds of the processor, and octets.
MOST_SECONDS, MOST_MEMORY = 20, 1024 * 2**20

_TIMES = {"DTSTART", "DTEND", "RECURRENCE-ID", "RDATE", "EXDATE"}
_TZID = re.compile(r';TZID=("[^"]*"|[^;:"]*)', re.IGNORECASE)
_LINK = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?", re.IGNORECASE)
_LENGTH = "X-OWN-LENGTH"  # a property of our own, on its way through the library
_STATUSES = {"CANCELLED", "TENTATIVE"}


class Faulty(Exception):
    """An event that cannot be shown; ``code`` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Grounded(UTCChangingWalker):
    """Gives times without a zone that of their calendar (X-WR-TIMEZONE).

    What is in UTC stays in UTC, where the library would move it into the zone: rules in UTC are meant in UTC (RFC 5545 §3.3.5).
    """

    def is_UTC(self, dt: datetime) -> bool:  # noqa: N802 - the library's name
        """Never moved."""
        return False

    def is_Floating(self, dt: datetime) -> bool:  # noqa: N802
        """Without a zone. The library asks for the zone’s name, and a VTIMEZONE need not give it one (TZNAME)."""
        return dt.tzinfo is None

    def walk_value_vDDDTypes(self, value: vDDDTypes) -> vDDDTypes:  # noqa: N802
        """As there, and its parameters stay (RANGE=THISANDFUTURE)."""
        moved = super().walk_value_vDDDTypes(value)
        moved.params = value.params
        return moved


def read(text: str, window: Window) -> Reading:
    """The dates of a kept calendar within the window, by time. Raises Unreadable."""
    found = take_apart(text)
    zone = iana(found.zone) or window.zone
    left_out: list[tuple[str, str]] = []
    dates: list[Date] = []
    for uid, events in _series(found, zone, window, left_out).items():
        title = _words(events[0], "SUMMARY", LONGEST_TITLE)
        again = len(events) - len({_recurrence_id(event) for event in events})
        left_out += [(title, "same-uid")] * again
        try:
            dates += _dates(uid, events, zone, window)
        except Faulty as error:
            left_out += [(title, error.code)] * (len(events) - again)
        if len(dates) > MOST_DATES:
            raise Unreadable("too-many-dates", MOST_DATES)
    codes = Counter(code for _title, code in left_out)
    if found.events and codes["ours"] == len(found.events):
        raise Unreadable("ours")
    if found.events and codes.total() - codes["private"] - codes["ours"] == len(found.events):
        raise Unreadable("nothing-readable", left_out[0][1])
    dates.sort(key=lambda one: (one.starts, one.uid, one.key))
    return Reading(dates, len(found.events), len(left_out), [list(remark) for remark in left_out[:MOST_REMARKS]])


def _series(found: Found, zone: str, window: Window, left_out: list[tuple[str, str]]) -> dict[str, list[icalendar.Event]]:
    """The events by their UID: those that belong together."""
    zones = Zones(found.zones)
    series: dict[str, list[icalendar.Event]] = defaultdict(list)
    for lines in found.events:
        try:
            event = _event(lines, zones, ZoneInfo(zone), window)
        except Faulty as error:
            title = next((value for name, value in map(name_and_value, lines) if name == "SUMMARY"), "")
            left_out.append((one_line(title)[:80], error.code))
        else:
            series[str(event["UID"])].append(event)
    return series


def _event(lines: list[str], zones: Zones, zone: ZoneInfo, window: Window) -> icalendar.Event:
    """One VEVENT, with all its times in a zone. Raises Faulty."""
    values = defaultdict(list)
    for name, value in map(name_and_value, lines):
        values[name].append(value.strip())
    uid = (values["UID"] or [""])[0]
    if (values["CLASS"] or ["PUBLIC"])[0].upper() in {"PRIVATE", "CONFIDENTIAL"}:
        raise Faulty("private")
    if window.own_host and uid.lower().endswith(f"@{window.own_host}"):
        raise Faulty("ours")
    if not values["SUMMARY"] or not values["SUMMARY"][0]:
        raise Faulty("no-title")
    if not values["DTSTART"]:
        raise Faulty("no-start")
    if values["EXRULE"]:
        raise Faulty("rule")
    uid = uid or hashlib.sha256("\n".join(values["SUMMARY"] + values["DTSTART"]).encode()).hexdigest()
    try:
        return _parsed(uid, list(_rewritten(lines, zones)), values["RRULE"], zone, window)
    except Faulty:
        raise
    except Refused:
        raise Faulty("rule") from None
    except Exception as error:
        raise Faulty("format") from error  # whatever a stranger wrote into it, the other events are shown


def _parsed(uid: str, lines: list[str], rules: list[str], zone: ZoneInfo, window: Window) -> icalendar.Event:
    """The event as icalendar reads it, with grounded times and mended rules. Raises anything."""
    event = icalendar.Event.from_ical("\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""]))
    if not isinstance(event, icalendar.Event) or event.errors:
        raise Faulty("format")
    event = Grounded(zone).walk_event(event)
    starts = _at(event, "DTSTART")
    if not FIRST_YEAR <= starts.year <= LAST_YEAR:
        raise Faulty("year")
    event["UID"] = icalendar.vText(uid)
    if isinstance(starts, datetime) and not any("PERIOD" in line for line in lines if line.upper().startswith("RDATE")):
        event[_LENGTH] = icalendar.vText(_length(event, starts))
    if rules:
        event["RRULE"] = [icalendar.vRecur.from_ical(mended(rule, starts, window.last)) for rule in rules]
    return event


def _length(event: icalendar.Event, starts: datetime) -> str:
    """Days by the calendar and seconds by the clock, of every occurrence (RFC 5545 §3.8.5.3).

    The library adds on the wall clock: half an hour over the change to summer time would end before it begins.
    """
    if "DURATION" in event:
        length: timedelta = _at(event, "DURATION")
        return f"{length.days} {length.seconds}"
    ends = _at(event, "DTEND") if "DTEND" in event else starts
    return f"0 {int((_instant(ends) - _instant(starts)).total_seconds())}"


def _rewritten(lines: list[str], zones: Zones) -> Iterator[str]:
    """The lines as icalendar reads them rightly: names of zones that it knows, and no number that is none."""
    for line in lines:
        name, value = name_and_value(line)
        if name in _TIMES:
            yield _zoned(line, value, zones)
        elif name not in {"UID", "RRULE", "CLASS"} and (name != "SEQUENCE" or value.strip().isdecimal()):
            yield line


def _zoned(line: str, value: str, zones: Zones) -> str:
    """A line with its zone by a name that icalendar knows; without one where it says nothing: beside UTC and days."""
    match = _TZID.search(line, 0, len(line) - len(value))
    if match is None:
        return line
    if value.strip().upper().endswith("Z") or "T" not in value.upper():
        return line[: match.start()] + line[match.end() :]
    zone = zones.named(match[1])
    if not zone:
        raise Faulty("zone")
    return f"{line[: match.start()]};TZID={zone}{line[match.end() :]}"


def _recurrence_id(event: icalendar.Event) -> str:
    return _iso(_at(event, "RECURRENCE-ID")) if "RECURRENCE-ID" in event else ""


def _dates(uid: str, events: list[icalendar.Event], zone: str, window: Window) -> list[Date]:
    """The occurrences of one series in the window. Raises Faulty."""
    calendar = icalendar.Calendar()
    for event in events:
        calendar.add_component(event)
    recurs = any(name in event for event in events for name in ("RRULE", "RDATE", "RECURRENCE-ID"))
    first, last = (datetime.combine(day, time.min, UTC) for day in (window.first, window.last + timedelta(days=1)))
    dates: dict[str, Date] = {}
    try:
        for event in recurring_ical_events.of(calendar).between(first, last):
            key = _iso(_at(event, "RECURRENCE-ID")) if recurs else ""
            if key in dates:  # RANGE=THISANDFUTURE gives all that follow the same one
                key = f"{key}/{_iso(_at(event, 'DTSTART'))}"
            dates[key] = _date(uid, key, event, zone)
    except Faulty:
        raise
    except Exception as error:  # the library trusts what it reads
        raise Faulty("format") from error
    return list(dates.values())


def _date(uid: str, key: str, event: icalendar.Event, zone: str) -> Date:
    starts, ends = _at(event, "DTSTART"), _at(event, "DTEND")
    all_day = not isinstance(starts, datetime)
    if ends - starts > LONGEST_EVENT:
        raise Faulty("too-long")
    if all_day:
        ends = max(ends - timedelta(days=1), starts)
    else:
        if isinstance(starts.tzinfo, ZoneInfo) and starts.tzinfo.key != "UTC":
            zone = starts.tzinfo.key
        if _LENGTH in event:
            days, seconds = map(int, str(event[_LENGTH]).split())
            ends = max(_instant(starts + timedelta(days=days)) + timedelta(seconds=seconds), _instant(starts))
    status = str(event.get("STATUS", "")).strip().upper()
    return Date(
        uid=uid,
        key=key,
        all_day=all_day,
        starts=_iso(starts),
        ends=_iso(ends),
        zone=zone,
        title=_words(event, "SUMMARY", LONGEST_TITLE),
        place=_words(event, "LOCATION", LONGEST_PLACE),
        description=_cut(plain(_first(event, "DESCRIPTION")), LONGEST_DESCRIPTION),
        link=_link(_first(event, "URL")),
        categories=_categories(event),
        status=status if status in _STATUSES else "CONFIRMED",
    )


def _at(event: icalendar.Event, name: str) -> Any:
    """A date or a datetime. Raises anything where it is neither."""
    value: Any = event[name]
    return value.dt


def _iso(moment: date) -> str:
    """A day, or an instant in UTC."""
    return _instant(moment).isoformat() if isinstance(moment, datetime) else moment.isoformat()


def _instant(moment: datetime) -> datetime:
    """In UTC. A wall clock that is skipped counts with the offset before the gap (RFC 5545 §3.3.5)."""
    found = moment.astimezone(UTC)
    if found.astimezone(moment.tzinfo).replace(tzinfo=None) != moment.replace(tzinfo=None):  # a VTIMEZONE takes the one after
        before = (moment - timedelta(hours=3)).utcoffset() or timedelta()
        found = (moment.replace(tzinfo=None) - before).replace(tzinfo=UTC)
    return found.replace(microsecond=0)


def _first(event: icalendar.Event, name: str) -> str:
    value: Any = event.get(name, "")
    return str(value[0] if isinstance(value, list) else value)


def _words(event: icalendar.Event, name: str, most: int) -> str:
    return _cut(one_line(_first(event, name)), most)


def _cut(value: str, most: int) -> str:
    """At most so many characters, cut between words where there are any."""
    return value if len(value) <= most else value[: most - 2].rsplit(maxsplit=1)[0] + " …"


def _link(value: str) -> str:
    """A page to read on; nothing else can be clicked on our pages."""
    return value if len(value) <= LONGEST_LINK and _LINK.fullmatch(value) else ""


def _categories(event: icalendar.Event) -> list[str]:
    found: Any = event.get("CATEGORIES", [])
    names = (one_line(str(name)) for part in (found if isinstance(found, list) else [found]) for name in part.cats)
    return list(dict.fromkeys(_cut(name, LONGEST_CATEGORY) for name in names if name))[:MOST_CATEGORIES]


def main() -> None:
    """Read what standard input says, within limits of time and memory, and tell it on standard output."""
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    asked: dict[str, Any] = json.load(sys.stdin)
    first, last = (date.fromisoformat(asked.pop(name)) for name in ("first", "last"))
    try:
        reading = read(asked.pop("text"), Window(first=first, last=last, **asked))
    except Unreadable as error:
        answer: dict[str, Any] = {"code": error.code, "detail": error.detail}
    else:
        answer = asdict(reading)
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
