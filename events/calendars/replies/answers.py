"""The calendar of a reply: which event, whose answer, and which one (RFC 5546 §3.2.3, §3.2.7)."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from events.calendars.replies.mails import CalendarPart, Unreadable, one_line

MOST_COMPONENTS = 50
MOST_LINES = 5000
MOST_ATTENDEES = 500
MOST_COMMENT = 500

#: The farthest that a moment may be away: a database takes no year 0, and a page no year 9999.
YEARS = range(1970, 2200)

_FOLD = re.compile(r"\r?\n[ \t]")
_BEGIN = re.compile(r"^BEGIN:", re.IGNORECASE | re.MULTILINE)
_MAILTO = re.compile(r"\s*(?:mailto:)?\s*(?P<address>[^\s@?]{1,120}@[^\s@?]{1,250})\s*(?:\?.*)?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Attendee:
    """An ATTENDEE: the address in lower case, PARTSTAT, and to whom it is delegated."""

    address: str
    answer: str
    delegate: str = ""


@dataclass(frozen=True)
class Said:
    """What a reply says. Moments are in UTC; ``starts`` and ``ends`` have no zone where the zone is not known."""

    method: str
    uid: str
    attendees: tuple[Attendee, ...]
    organiser: str = ""  # may be missing: outlook.com leaves it out
    sequence: int = 0
    stamp: datetime | None = None
    comment: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    is_of_one_date: bool = False  # it has a RECURRENCE-ID; nothing of ours recurs

    def of(self, address: str) -> Attendee | None:
        """The attendee with this address."""
        return next((one for one in self.attendees if one.address == address.lower()), None)


def read(part: CalendarPart) -> Said:
    """Read it. Raises Unreadable."""
    import icalendar  # noqa: PLC0415 - it costs a process 4 MB, and only who receives mail needs it

    text = _bounded(part.text)
    try:
        calendar = icalendar.Calendar.from_ical(text)
        events = list(calendar.walk("VEVENT"))
        method = one_line(str(calendar.get("METHOD", "")), 20).upper()
    except Exception as error:
        raise Unreadable(f"Its calendar is broken ({type(error).__name__}).") from error
    if method and part.method and method != part.method:
        raise Unreadable("Its METHOD is not that of its MIME header.")  # RFC 6047 §2.4: then it is not to be believed
    if not events:
        raise Unreadable("Its calendar has no event.")
    uids = {_text(event, "UID") for event in events}
    if len(uids) != 1 or not all(uids):
        raise Unreadable("Its calendar has not exactly one UID.")
    return _said(events, method or part.method, uids.pop())


def _bounded(text: str) -> str:
    """The lines without folds, NULs and time zones.

    Definitions of zones are taken out: the library would compute every change of a zone that a stranger invented, and remember
    it for all. Zones are known by their names.
    """
    text = _FOLD.sub("", text.replace("\x00", "")).replace("\r\n", "\n").replace("\r", "\n")
    if len(_BEGIN.findall(text)) > MOST_COMPONENTS:
        raise Unreadable("Its calendar has too many components.")
    lines = text.split("\n")  # not splitlines: it also cuts at U+2028 and the like, and a title can hold lines of its own
    if len(lines) > MOST_LINES:
        raise Unreadable("Its calendar has too many lines.")
    return "\r\n".join(_without_zones(lines)) + "\r\n"


def _without_zones(lines: Iterable[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        tag = line.strip().upper()
        if tag == "BEGIN:VTIMEZONE":
            inside = True
        elif tag == "END:VTIMEZONE":
            inside = False
        elif line.strip() and not inside:
            yield line


def _said(events: list[Any], method: str, uid: str) -> Said:
    """What the one event says; of several, that without a RECURRENCE-ID."""
    event = next((one for one in events if "RECURRENCE-ID" not in one), events[0])
    found = [attendee for value in _all(event, "ATTENDEE")[:MOST_ATTENDEES] if (attendee := _attendee(value))]
    comments = (one_line(str(value), MOST_COMMENT) for value in _all(event, "COMMENT")[:5])
    return Said(
        method=method,
        uid=uid,
        attendees=tuple(found),
        organiser=next((address for value in _all(event, "ORGANIZER") if (address := _address(value))), ""),
        sequence=_number(event),
        stamp=_moment(event, "DTSTAMP", of_date=False, zoned=True),
        comment=" / ".join(comment for comment in comments if comment)[:MOST_COMMENT],
        starts=_moment(event, "DTSTART"),
        ends=_moment(event, "DTEND"),
        is_of_one_date="RECURRENCE-ID" in event,
    )


def _all(event: Any, name: str) -> list[Any]:
    value = event.get(name)
    return [] if value is None else value if isinstance(value, list) else [value]


def _text(event: Any, name: str) -> str:
    found = _all(event, name)
    return one_line(str(found[0]), 300) if len(found) == 1 else ""


def _attendee(value: Any) -> Attendee | None:
    address = _address(value)
    if not address:
        return None
    parameters = getattr(value, "params", {})
    delegates = parameters.get("DELEGATED-TO", "")
    delegate = str(delegates[0] if isinstance(delegates, list) and delegates else delegates)
    answer = one_line(str(parameters.get("PARTSTAT", "NEEDS-ACTION")), 20).upper()
    return Attendee(address, answer, _plain(delegate.strip('"')))


def _address(value: Any) -> str:
    """The address of an ATTENDEE or ORGANIZER: iCloud writes a path of its own as the value, and the address in EMAIL."""
    return _plain(str(value)) or _plain(str(getattr(value, "params", {}).get("EMAIL", "")))


def _plain(value: str) -> str:
    match = _MAILTO.fullmatch(value[:400].strip('"'))
    return one_line(match["address"], 254).lower() if match else ""


def _number(event: Any) -> int:
    """SEQUENCE. One that is not there is 0 (RFC 5546 §3.2.3)."""
    with suppress(ValueError, TypeError, OverflowError):
        return min(max(int(str(event.get("SEQUENCE", 0))), 0), 2**31 - 1)
    return 0


def _moment(event: Any, name: str, *, of_date: bool = True, zoned: bool = False) -> datetime | None:
    """A moment in UTC; where its zone is not known it has none, or (``zoned``) is taken for UTC. A date is its midnight."""
    with suppress(Exception):  # whatever it is, it is no moment
        value = event[name].dt
        if isinstance(value, date) and not isinstance(value, datetime):
            if not of_date:
                return None
            value = datetime.combine(value, time())  # without a zone: that of the event
        if not isinstance(value, datetime) or value.year not in YEARS:
            return None
        if value.tzinfo is not None:
            return value.astimezone(UTC)
        return value.replace(tzinfo=UTC) if zoned else value
    return None
