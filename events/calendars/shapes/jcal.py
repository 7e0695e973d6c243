"""jCal (RFC 7265): a calendar as JSON, made from the lines that are stored. Same lines, same bytes."""

import json
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

# A name, its parameters, the value (RFC 5545 §3.1). The parts of a parameter begin with different characters: no backtracking.
_LINE = re.compile(r'([\w-]+)((?:;[\w-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)', re.DOTALL | re.ASCII)
_PARAMETER = re.compile(r';([\w-]+)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)', re.ASCII)
_PARAMETER_VALUE = re.compile(r'"([^"]*)"|([^",]+)')
_CARET = re.compile(r"\^([\^n'])")  # RFC 6868
_CARETS = {"^": "^", "n": "\n", "'": '"'}
_BACKSLASH = re.compile(r"\\(.)", re.DOTALL)  # RFC 5545 §3.3.11
_COMMA = re.compile(r"((?:[^\\,]|\\.)*)(?:,|$)", re.DOTALL)

#: The type of a value where the line states none (RFC 5545, 7986, 9073, 9253). What is not here is of unknown type.
_TYPES = {
    name: kind
    for kind, names in {
        "text": "action calscale categories class color comment contact description location location-type method name "
        "participant-type prodid refid related-to resources resource-type status summary transp tzid tzname uid version",
        "date-time": "completed created dtend dtstamp dtstart due exdate last-modified rdate recurrence-id acknowledged",
        "integer": "percent-complete priority repeat sequence",
        "uri": "attach concept conference image link source tzurl url",
        "cal-address": "attendee calendar-address organizer",
        "duration": "duration refresh-interval trigger",
        "float": "geo",
        "utc-offset": "tzoffsetfrom tzoffsetto",
        "recur": "exrule rrule",
        "period": "freebusy",
    }.items()
    for name in names.split()
}
_MANY = {"categories", "exdate", "freebusy", "rdate", "resources"}  # of several values, apart by commas

Parameters = dict[str, str | list[str]]


def jcal(calendar: str) -> bytes:
    """The calendar as ``application/calendar+json``. Raises ValueError for what is no calendar."""
    root: list[Any] = ["", [], []]
    open_components = [root]
    for line in calendar.replace("\r\n ", "").split("\r\n"):
        name, colon, value = line.partition(":")
        if name == "BEGIN":
            component: list[Any] = [value.lower(), [], []]
            open_components[-1][2].append(component)
            open_components.append(component)
        elif name == "END":
            if open_components.pop()[0] != value.lower():
                raise ValueError(f"{line} ends what has not begun")
        elif colon and ";" not in name:
            open_components[-1][1].append(_plain(name.lower(), value))
        elif line:
            open_components[-1][1].append(_property(line))
    if open_components != [root] or len(root[2]) != 1 or root[1]:
        raise ValueError("not one calendar")
    return json.dumps(root[2][0], ensure_ascii=False, separators=(",", ":")).encode()


def _plain(name: str, value: str) -> list[Any]:
    """``[name, parameters, type, value, …]`` (RFC 7265 §3.4) of a line without parameters, as most are."""
    return _written(name, {}, _TYPES.get(name, "unknown"), value)


def _property(line: str) -> list[Any]:
    """The same of a line with parameters."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"not a content line: {line[:60]}")
    name, stated, value = found.groups()
    parameters = {key.lower(): _parameter(text) for key, text in _PARAMETER.findall(stated)}
    name = name.lower()
    kind = str(parameters.pop("value", "")).lower() or _TYPES.get(name, "unknown")
    return _written(name, parameters, kind, value)


def _written(name: str, parameters: Parameters, kind: str, value: str) -> list[Any]:
    read = _READERS.get(kind, str)
    if name in _MANY:
        return [name, parameters, kind, *map(read, _several(value))]
    return [name, parameters, kind, read(value)]


def _parameter(text: str) -> str | list[str]:
    """One value, or a list of several, without quotes and carets (RFC 7265 §3.4, RFC 6868)."""
    if "^" not in text:  # most often one value, which needs no more than to lose its quotes
        if text[:1] == '"' and text.count('"') == 2:
            if text[-1] == '"':
                return text[1:-1]
        elif "," not in text and '"' not in text:
            return text
    values = [
        _CARET.sub(lambda caret: _CARETS[caret[1]], quoted or bare) for quoted, bare in _PARAMETER_VALUE.findall(text)
    ] or [""]
    return values if len(values) > 1 else values[0]


def _several(value: str) -> list[str]:
    """The values of a list; a comma behind a backslash is part of a text."""
    if "\\" not in value:
        return value.split(",")
    return [part[1] for part in _COMMA.finditer(value + ",")][:-1]


def _text(value: str) -> str:
    return _BACKSLASH.sub(lambda escaped: "\n" if escaped[1] in "nN" else escaped[1], value) if "\\" in value else value


def _date(value: str) -> str:
    return f"{value[:4]}-{value[4:6]}-{value[6:]}"


def _time(value: str) -> str:
    return f"{value[:2]}:{value[2:4]}:{value[4:]}"


def _moment(value: str) -> str:
    return f"{_date(value[:8])}T{_time(value[9:])}"


def _offset(value: str) -> str:
    """``+0200`` as ``+02:00``; seconds where there are some."""
    return ":".join([value[:3], *(value[start:end] for start, end in pairwise(range(3, len(value) + 1, 2)))])


def _period(value: str) -> list[str]:
    """Start, and end or duration (RFC 7265 §3.6.9)."""
    start, _slash, end = value.partition("/")
    return [_moment(start), end if end.startswith(("P", "+", "-")) else _moment(end)]


def _recur(value: str) -> dict[str, Any]:
    """Part by part: several values are a list, numbers are numbers (RFC 7265 §3.6.10)."""
    rule: dict[str, Any] = {}
    for part in value.split(";"):
        name, _equals, stated = part.partition("=")
        if name == "UNTIL":
            rule["until"] = _moment(stated) if "T" in stated else _date(stated)
            continue
        values = [int(item) if item.lstrip("+-").isdigit() else item for item in stated.split(",")]
        rule[name.lower()] = values if len(values) > 1 else values[0]
    return rule


def _float(value: str) -> float | list[float]:
    """A number, or the two of GEO (RFC 7265 §3.4.1.2)."""
    numbers = [float(number) for number in value.split(";")]
    return numbers if len(numbers) > 1 else numbers[0]


_READERS: dict[str, Callable[[str], Any]] = {
    "text": _text,
    "date-time": _moment,
    "date": _date,
    "time": _time,
    "utc-offset": _offset,
    "period": _period,
    "recur": _recur,
    "integer": int,
    "float": _float,
    "boolean": lambda value: value.upper() == "TRUE",
}
