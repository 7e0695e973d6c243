"""The content lines of a foreign calendar: only those that we use, whatever else is in the file.

Attendees, organisers, alarms, attachments and all other components never get further than this. What is kept is a calendar
again, without folding, so that it can be stored and read anew. Nothing here needs Django: ``reading`` runs in a process apart.
"""

import re
from dataclasses import dataclass, field

MOST_BYTES = 5 * 2**20
MOST_LINES = 200_000
MOST_EVENTS = 5_000
MOST_ZONES = 200
MOST_LINES_OF_A_ZONE = 2_000
DEEPEST = 5  # VCALENDAR, VEVENT, VALARM and one to spare
LONGEST_TEXT = 20_000  # of a line of text; a list of dates may be longer

_OF_CALENDAR = {"X-WR-TIMEZONE"}
_OF_EVENT = {
    *("UID", "SEQUENCE", "RECURRENCE-ID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE"),
    *("SUMMARY", "DESCRIPTION", "LOCATION", "URL", "CATEGORIES", "STATUS", "CLASS"),
}
_OF_ZONE = {"TZID", "X-LIC-LOCATION", "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE", "TZNAME"}
_TEXTS = {"SUMMARY", "DESCRIPTION", "LOCATION", "CATEGORIES"}
_FOLD = re.compile(rb"\n[ \t]")
_NAME = re.compile(r"[A-Za-z0-9-]+")
_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), 127])


class Unreadable(Exception):
    """This is not a calendar that can be read. ``code`` is stable (its words are in ``words``); ``detail`` completes them."""

    def __init__(self, code: str, detail: object = "") -> None:
        self.code, self.detail = code, str(detail)[:200]
        super().__init__(f"{code} {self.detail}".strip())


@dataclass
class Found:
    """A calendar taken apart: its zone, its VTIMEZONEs and VEVENTs, each as the lines within it."""

    zone: str = ""  # X-WR-TIMEZONE
    zones: list[list[str]] = field(default_factory=list)
    events: list[list[str]] = field(default_factory=list)

    def as_text(self) -> str:
        """A calendar of what is kept."""
        content = ["BEGIN:VCALENDAR", *([f"X-WR-TIMEZONE:{self.zone}"] if self.zone else [])]
        for name, components in (("VTIMEZONE", self.zones), ("VEVENT", self.events)):
            for lines in components:
                content += [f"BEGIN:{name}", *lines, f"END:{name}"]
        return "\n".join([*content, "END:VCALENDAR", ""])


def kept(body: bytes) -> str:
    """What we keep of a file, as a calendar. Raises Unreadable."""
    return take_apart(_decoded(body)).as_text()


def take_apart(text: str) -> Found:
    """The components of a calendar whose lines are unfolded. Several calendars in one file are one. Raises Unreadable."""
    lines = [line for line in text.split("\n") if line.strip()]
    _require_calendar(lines)
    found, path = Found(), list[str]()
    for line in lines:
        match = _NAME.match(line)
        name = match[0].upper() if match else ""
        if name == "BEGIN":
            _begin(line[6:].strip().upper(), path, found)
            if path[1:2] == ["VTIMEZONE"] and len(path) == 3:
                found.zones[-1].append(line)
        elif name == "END":
            if not path or path[-1] != line[4:].strip().upper():
                raise Unreadable("structure")
            if path[1:2] == ["VTIMEZONE"] and len(path) == 3:
                found.zones[-1].append(line)
            path.pop()
        elif not path:
            raise Unreadable("structure")
        else:
            _keep(name, line, path, found)
    if path:
        raise Unreadable("half")
    return found


def name_and_value(line: str) -> tuple[str, str]:
    """The name of a content line, and all behind the colon that ends its parameters."""
    match = _NAME.match(line)
    if match is None:
        return "", ""
    is_quoted = False
    for place in range(match.end(), len(line)):
        if line[place] == '"':
            is_quoted = not is_quoted
        elif line[place] == ":" and not is_quoted:
            return match[0].upper(), line[place + 1 :]
    return match[0].upper(), ""


def _decoded(body: bytes) -> str:
    """The text with one line for each property. What is not UTF-8 is taken for the code page of western Windows."""
    if len(body) > MOST_BYTES:
        raise Unreadable("too-large", MOST_BYTES // 2**20)
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        body = body.decode("utf-16", "replace").encode()
    body = body.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if body.count(b"\n") > MOST_LINES:
        raise Unreadable("too-many-lines", MOST_LINES)
    body = _FOLD.sub(b"", body)  # before decoding: some programs fold in the middle of a character
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = body.decode("cp1252", "replace")
    return text.translate(_CONTROLS)


def _require_calendar(lines: list[str]) -> None:
    if not lines:
        raise Unreadable("nothing")
    if lines[0].strip().upper() != "BEGIN:VCALENDAR":
        raise Unreadable("html" if lines[0].lstrip().startswith("<") else "no-calendar")
    if lines[-1].strip().upper() != "END:VCALENDAR":
        raise Unreadable("half")


def _begin(name: str, path: list[str], found: Found) -> None:
    path.append(name)
    if (path[0] != "VCALENDAR") or len(path) > DEEPEST:
        raise Unreadable("structure")
    if path[1:] == ["VEVENT"]:
        if len(found.events) == MOST_EVENTS:
            raise Unreadable("too-many-events", MOST_EVENTS)
        found.events.append([])
    elif path[1:] == ["VTIMEZONE"]:
        if len(found.zones) == MOST_ZONES:
            raise Unreadable("too-many-zones", MOST_ZONES)
        found.zones.append([])


def _keep(name: str, line: str, path: list[str], found: Found) -> None:
    inner = path[1:2]
    if len(path) == 1 and name in _OF_CALENDAR:
        found.zone = found.zone or name_and_value(line)[1].strip()[:100]
    elif path[1:] == ["VEVENT"] and name in _OF_EVENT:
        found.events[-1].append(_shortened(line) if name in _TEXTS else line)
    elif inner == ["VTIMEZONE"] and len(path) <= 3 and name in _OF_ZONE:
        if len(found.zones[-1]) == MOST_LINES_OF_A_ZONE:
            raise Unreadable("structure")
        found.zones[-1].append(line)


def _shortened(line: str) -> str:
    """A line of text of a bearable length, not cut within an escape."""
    if len(line) <= LONGEST_TEXT:
        return line
    cut = line[:LONGEST_TEXT]
    return cut[:-1] if (len(cut) - len(cut.rstrip("\\"))) % 2 else cut
