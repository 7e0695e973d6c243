"""Microsoft Teams: the attendance report with its numbered sections, its forerunner, and the old list of comings and goings."""

from collections.abc import Iterable, Sequence

from events.attendance.reports.headings import has, rows, words
from events.attendance.reports.shapes import RawLine
from network.sheet_files import Line

HEADINGS = {
    "name": words("Name", "Full Name", "Vollständiger Name"),
    "first": words("First Join", "First Join Time", "Erster Beitritt", "Erste Teilnahme"),
    "last": words("Last Leave", "Last Leave Time", "Letztes Verlassen", "Letzter Austritt"),
    "joined": words("Join Time", "Beitrittszeit", "Beitrittszeitpunkt", "Zeitpunkt des Beitritts", "Uhrzeit des Beitritts"),
    "left": words(
        "Leave Time", "Austrittszeit", "Verlassenszeit", "Zeitpunkt des Verlassens", "Uhrzeit des Verlassens", "Verlassen um",
        "Zeitpunkt des Austritts",
    ),
    "duration": words(
        "In-Meeting Duration", "Duration", "Dauer", "Dauer der Besprechung", "Besprechungsdauer", "Dauer in der Besprechung",
        "Dauer während der Besprechung", "Dauer der Teilnahme",
    ),
    "email": words("Email", "E-Mail", "E-Mail-Adresse"),
    "upn": words("Participant ID (UPN)", "Teilnehmer-ID (UPN)"),
    "role": words("Role", "Rolle"),
    "action": words("User Action", "Benutzeraktion", "Aktion"),
    "stamp": words("Timestamp", "Zeitstempel"),
}  # fmt: skip
SUMMARY = frozenset({"name", "first", "last"})
ACTIVITY = frozenset({"name", "joined", "left", "duration"})
ACTIONS = frozenset({"name", "action", "stamp"})
LEFT = ("left", "verlass", "gegangen", "ausgetreten")


def is_mine(lines: Sequence[Line]) -> bool:
    """Whether Teams wrote it."""
    return has(lines, HEADINGS, SUMMARY, ACTIVITY | {"role"}, ACTIONS)


def read(lines: Sequence[Line]) -> list[RawLine]:
    """Each connection by section 3 (or the older forms); people whom only section 2 names, by the length that it states."""
    exact, summaries, actions = list[RawLine](), list[RawLine](), list[tuple[int, str, str, str]]()
    for columns, row in rows(lines, HEADINGS, SUMMARY, ACTIVITY, ACTIONS):
        email = row["email"] if "@" in row["email"] else row["upn"] if "@" in row["upn"] else ""
        if columns.keys() >= SUMMARY:
            line = RawLine(row.number, row["name"], email, row["first"], row["last"], row["duration"], is_summary=True)
            summaries.append(line)
        elif columns.keys() >= ACTIVITY:
            exact.append(RawLine(row.number, row["name"], email, row["joined"], row["left"], row["duration"]))
        else:
            actions.append((row.number, row["name"], row["action"], row["stamp"]))
    known = {_who(line) for line in exact}
    return [*exact, *(line for line in summaries if _who(line) not in known), *_paired(actions)]


def _who(line: RawLine) -> str:
    return line.email.lower() or line.name.lower()


def _paired(actions: Iterable[tuple[int, str, str, str]]) -> list[RawLine]:
    """From “Joined” and “Left” of each person, in the order of the file, the connections. Who has not left stays to the end."""
    found, since = list[RawLine](), dict[str, tuple[int, str]]()
    for number, name, action, stamp in actions:
        if any(word in action.lower() for word in LEFT):
            if name in since:
                begun, start = since.pop(name)
                found.append(RawLine(begun, name, joined=start, left=stamp))
        else:
            since.setdefault(name, (number, stamp))
    found += [RawLine(number, name, joined=start) for name, (number, start) in since.items()]
    return sorted(found, key=lambda line: line.number)
