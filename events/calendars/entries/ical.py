"""How iCalendar is written: escaping, parameters, folding (RFC 5545 §3.1, §3.3.11; RFC 6868).

We write the few properties that we need by hand. It is about ten times quicker than building objects (benchmarks/entries.py),
and nothing is added that we did not ask for: no random UID, no time of rendering, no foreign time zone. icalendar builds the
same, equal in meaning, in the tests, where ical.js and khal read it too.
"""

import re
from datetime import UTC, date, datetime, timedelta

OCTETS = 75  # the longest line, without its end (RFC 5545 §3.1)

# What a TEXT value cannot hold: all controls but tab and newline (RFC 5545 §3.1, CONTROL), and halves of surrogate pairs, which
# are no characters and have no octets in UTF-8.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_CARETS = str.maketrans({"^": "^^", "\n": "^n", '"': "^'", "\\": "/"})


def clean(value: str) -> str:
    """Text that iCalendar can hold: lines end with a newline, there are no control characters and no lone surrogates."""
    return _UNWRITABLE.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))


def text(value: str) -> str:
    """A TEXT value (RFC 5545 §3.3.11)."""
    return clean(value).translate(_ESCAPED)


def texts(values: list[str]) -> str:
    """Several TEXT values of one property, such as CATEGORIES.

    A backslash becomes a slash: behind one, ical.js takes the comma between two values for a part of the first.
    """
    return ",".join(text(value.replace("\\", "/")) for value in values)


def parameter(value: str) -> str:
    r"""A parameter's value: quoted, with what quotes cannot hold written as RFC 6868 says.

    A backslash becomes a slash: by RFC 5545 §3.2 it is a character like others there, but ical.js reads ``\;`` as ``;`` and
    ``\n`` as the end of a line. What readers disagree on is not written.
    """
    return f'"{clean(value).translate(_CARETS)}"'


def uri(value: str) -> str:
    """A URI value. It is not escaped, so a stray space or line end is percent-encoded."""
    return clean(value).replace("\n", "%0A").replace(" ", "%20").replace("\t", "%09")


def utc(moment: datetime) -> str:
    """A date with UTC time (RFC 5545 §3.3.5, form 2)."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def day(value: date) -> str:
    """A date (RFC 5545 §3.3.4)."""
    return value.strftime("%Y%m%d")


def offset(value: timedelta) -> str:
    """A UTC offset such as +0200 (RFC 5545 §3.3.14)."""
    seconds = int(value.total_seconds())
    minutes, rest = divmod(abs(seconds), 60)
    sign = "-" if seconds < 0 else "+"
    return f"{sign}{minutes // 60:02}{minutes % 60:02}" + (f"{rest:02}" if rest else "")


def fold(line: str) -> str:
    """End a content line, in pieces of at most 75 octets. A character is never cut: some programs would show ``��``."""
    raw = line.encode()
    if len(raw) <= OCTETS:
        return line + "\r\n"
    pieces = []
    start, room = 0, OCTETS
    while len(raw) - start > room:
        end = start + room
        while raw[end] & 0xC0 == 0x80:  # in the middle of a character
            end -= 1
        pieces.append(raw[start:end])
        start, room = end, OCTETS - 1  # a continuation starts with a space
    pieces.append(raw[start:])
    return b"\r\n ".join(pieces).decode() + "\r\n"


def lines(*content: str) -> str:
    """Content lines, folded and ended."""
    return "".join(map(fold, content))
