"""BigBlueButton: the table that its learning dashboard saves, and the data (JSON) that the dashboard itself reads."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from events.attendance.reports.headings import has, rows, words
from events.attendance.reports.shapes import RawLine, Seen
from network.sheet_files import Line

HEADINGS = {
    "name": words("Name"),
    "moderator": words("Moderator"),
    "score": words(
        "Activity Score", "Aktivitätspunkte", "Aktivitätswert", "Aktivitätspunktzahl", "Aktivitätsgrad", "Aktivitätslevel"
    ),
    "joined": words("Join", "Joined", "Beitritt", "Beigetreten", "Teilnahme", "Teilgenommen"),
    "left": words("Left", "Verlassen", "Gegangen", "Ausgetreten"),
    "duration": words("Duration", "Dauer"),
}
NEEDED = frozenset({"name", "moderator", "joined", "duration"})


def is_mine(lines: Sequence[Line]) -> bool:
    """Whether BigBlueButton wrote it."""
    return has(lines, HEADINGS, NEEDED)


def read(lines: Sequence[Line]) -> list[RawLine]:
    """Everybody, with the first coming, the last going, and how long they were there in all. It knows no addresses.

    The last line sums up anonymous answers of polls; it has no times and is nobody.
    """
    return [
        RawLine(row.number, row["name"], "", row["joined"], row["left"], row["duration"], is_summary=True)
        for _columns, row in rows(lines, HEADINGS, NEEDED)
        if row["joined"]
    ]


def people_in(content: bytes) -> list[Seen] | None:
    """People of the dashboard's data, where each connection has its times (milliseconds of UTC); None if it is no such data."""
    try:
        found = json.loads(content.decode("utf-8-sig"))
        users = found["users"]
        ended = _moment(found.get("endedOn"))
        return [_person(user, ended) for user in users.values()]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError):
        return None


def _person(user: Mapping[str, Any], ended: datetime | None) -> Seen:
    spans = []
    for session in _sessions(user):
        start, end = _moment(session["registeredOn"]), _moment(session.get("leftOn")) or ended
        if start and end:
            spans.append((start, end))
    name = "".join(letter for letter in str(user["name"]) if letter.isprintable())
    return Seen(name, "", tuple(spans))


def _sessions(user: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Of each of the person's connections, which older versions did not divide into sessions."""
    for one in user.get("intIds", {}).values():
        yield from one.get("sessions") or [one]


def _moment(milliseconds: Any) -> datetime | None:
    if not isinstance(milliseconds, int | float) or milliseconds <= 0:
        return None
    return datetime.fromtimestamp(int(milliseconds) // 1000, UTC)
