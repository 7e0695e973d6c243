"""Webex: the attendance report of meetings, webinars and events, and the older “session detail” of the usage report."""

from collections.abc import Sequence

from events.attendance.reports.headings import has, rows, words
from events.attendance.reports.shapes import RawLine
from network.sheet_files import Line

HEADINGS = {
    "meeting": words("Meeting Name", "Event Name", "Webinar Name", "Name des Meetings", "Meetingname", "Name des Webinars"),
    "name": words("Display Name", "Name", "Anzeigename", "Teilnehmername"),
    "first_name": words("First Name", "Vorname"),
    "last_name": words("Last Name", "Nachname"),
    "email": words("Attendee Email", "Email", "E-Mail", "E-Mail des Teilnehmers", "Teilnehmer-E-Mail", "E-Mail-Adresse"),
    "joined": words("Join Time", "Start Time", "Beitrittszeit", "Zeitpunkt des Beitritts", "Teilnahmezeit", "Startzeit"),
    "left": words("Leave Time", "End Time", "Austrittszeit", "Verlassenszeit", "Zeitpunkt des Verlassens", "Endzeit"),
    "duration": words("Attendance Duration", "Anwesenheitsdauer", "Teilnahmedauer"),
    "plain_duration": words("Duration", "Dauer"),
    "connection": words("Connection Type", "Verbindungstyp", "Verbindungsart"),
    "day": words("Date", "Datum"),
    "invited": words("Invited", "Eingeladen"),
    "registered": words("Registered", "Registriert"),
}
ATTENDANCE = frozenset({"joined", "left", "duration"})
DETAIL = frozenset({"name", "day", "invited", "joined", "left"})


def is_mine(lines: Sequence[Line]) -> bool:
    """Whether Webex wrote it."""
    return has(lines, HEADINGS, ATTENDANCE, DETAIL)


def read(lines: Sequence[Line]) -> list[RawLine]:
    """Each connection."""
    return [
        RawLine(
            row.number,
            row["name"] or f"{row['first_name']} {row['last_name']}".strip(),
            row["email"],
            row["joined"],
            row["left"],
            row["duration"] or row["plain_duration"],
            day=row["day"],
        )
        for _columns, row in rows(lines, HEADINGS, ATTENDANCE, DETAIL)
    ]
