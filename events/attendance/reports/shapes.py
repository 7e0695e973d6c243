"""What a webinar's attendance report is to us, whichever tool wrote it, and how it is kept until somebody says yes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NotRequired, TypedDict

#: From and until when somebody was connected, in UTC.
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class RawLine:
    """One line of a report as its tool wrote it: who, and when in the tool's own words. ``number`` is the line of the file.

    ``is_summary``: its times are those of the first coming and the last going, and only ``duration`` says how long it was.
    """

    number: int
    name: str
    email: str = ""
    joined: str = ""
    left: str = ""
    duration: str = ""
    day: str = ""
    is_summary: bool = False


@dataclass(frozen=True)
class Seen:
    """A person of the report. ``minutes`` is set where the report says how long they were there but not exactly when."""

    name: str
    email: str
    spans: tuple[Span, ...]
    minutes: int | None = None


@dataclass(frozen=True)
class Report:
    """What was read. ``zone`` is whose clock the times are of; ``order`` and ``how`` say how its dates were understood."""

    tool: str
    people: list[Seen]
    zone: str
    is_zone_stated: bool
    order: str = (
        ""  # "day" or "month" comes first where dates are written with strokes; empty: they can be read in one way only
    )
    how: str = ""  # "" (in the dates themselves), "session" (by the session's day), "guess"


class Reading(TypedDict):
    """``ReportImport.reading``: as in Report."""

    zone: str
    is_zone_stated: bool
    order: str
    how: str


class Entry(TypedDict):
    """A person in ``ReportImport.people``. Recorded, it names the registration that it was matched to, and how."""

    name: str
    email: str
    spans: list[list[str]]
    minutes: int | None
    registration: NotRequired[int | None]
    how: NotRequired[str]


def kept(span: Iterable[datetime]) -> list[str]:
    """A span as it is stored."""
    return [moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for moment in span]


def spans_in(stored: Iterable[Iterable[str]]) -> list[Span]:
    """Stored spans as moments."""
    return [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in stored]
