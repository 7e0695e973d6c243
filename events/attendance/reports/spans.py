"""Time that somebody was connected: several connections are one presence, and only what lies within the session counts."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from events.attendance.reports.shapes import Span


def joined(spans: Iterable[Span]) -> list[Span]:
    """The union: in order, without overlaps; two that touch are one."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def clipped(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    """The part of them that lies between two moments."""
    return [(max(one, start), min(other, end)) for one, other in spans if max(one, start) < min(other, end)]


def minutes(spans: Iterable[Span]) -> int:
    """How long they are together, to the nearest minute; half a minute counts as one."""
    seconds = sum((end - start for start, end in spans), timedelta()) // timedelta(seconds=1)
    return (seconds + 30) // 60
