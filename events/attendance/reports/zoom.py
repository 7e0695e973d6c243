"""Zoom: the participants of a meeting (usage report), and the attendee report of a webinar with its sections."""

from collections.abc import Sequence

from events.attendance.reports.headings import Row, has, rows, words
from events.attendance.reports.shapes import RawLine
from network.sheet_files import Line

HEADINGS = {
    "original": words(
        "Name (Original Name)", "User Name (Original Name)", "Name (Originalname)", "Name (ursprünglicher Name)",
        "Benutzername (Originalname)", "Benutzername (ursprünglicher Name)", "Name (Original-Name)",
    ),
    "name": words("Name", "User Name", "Benutzername", "Participant", "Teilnehmer", "Teilnehmername"),
    "first_name": words("First Name", "Vorname"),
    "last_name": words("Last Name", "Nachname"),
    "email": words("User Email", "Email", "E-mail", "Email Address", "Benutzer-E-Mail", "E-Mail-Adresse"),
    "joined": words(
        "Join Time", "Beitrittszeit", "Beitrittszeitpunkt", "Zeitpunkt des Beitritts", "Teilnahmezeit", "Uhrzeit des Beitritts"
    ),
    "left": words(
        "Leave Time", "Austrittszeit", "Verlassenszeit", "Zeitpunkt des Verlassens", "Uhrzeit des Verlassens", "Verlassen um",
        "Zeit des Verlassens",
    ),
    "minutes": words(
        "Duration (Minutes)", "Total Duration (Minutes)", "Time in Session (minutes)", "Dauer (Minuten)",
        "Gesamtdauer (Minuten)", "Zeit in Sitzung (Minuten)", "Zeit in der Sitzung (Minuten)", "Zeit in Session (Minuten)",
    ),
    "attended": words("Attended", "Teilgenommen"),
    "waiting": words("In Waiting Room", "Im Warteraum", "In Warteraum"),
}  # fmt: skip
EXACT = frozenset({"joined", "left"})
NEEDED = (frozenset({"original", "minutes"}), frozenset({"name", "minutes"}) | EXACT)
YES = {"yes", "ja", "true", "wahr"}
NO = {"no", "nein", "false", "falsch"}


def is_mine(lines: Sequence[Line]) -> bool:
    """Whether Zoom wrote it: it alone says “(Minutes)” beside people."""
    return has(lines, HEADINGS, *NEEDED)


def read(lines: Sequence[Line]) -> list[RawLine]:
    """Hosts, panelists and attendees of all sections who came. Time in the waiting room does not count."""
    found = []
    for columns, row in rows(lines, HEADINGS, *NEEDED):
        if row["attended"].lower() in NO or row["waiting"].lower() in YES:
            continue
        is_exact = columns.keys() >= EXACT
        found.append(
            RawLine(
                row.number,
                _name(row),
                row["email"],
                row["joined"],
                row["left"],
                row["minutes"],
                is_summary=not is_exact,
            )
        )
    return found


def _name(row: Row) -> str:
    return row["original"] or row["name"] or f"{row['first_name']} {row['last_name']}".strip()
