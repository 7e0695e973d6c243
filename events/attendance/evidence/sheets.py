"""Signature sheets on paper: names and organisations in the order of the door, in large type, with room to sign.

One sheet for a session, or one for a day with a column for each of its sessions. Only who prints imports WeasyPrint.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import get_language

from events.attendance.evidence.printable import funding_block, organisers_of, page_numbers, printable
from events.attendance.queries import roster
from events.paper.setting import set_page
from events.programme.models import Event, Session
from events.programme.wording import moment_and_zone, when
from events.registrations.models import Registration

#: Signatures beside each other on one sheet; a day with more sessions has more tables.
MOST_COLUMNS = 4
#: Empty lines for people who come without a registration.
BLANK_LINES = 6


@dataclass(frozen=True)
class Row:
    """A participant, and for each session whether they are expected there."""

    number: int
    name: str
    organisation: str
    expected: list[bool]


def days_of(event: Event, sessions: Sequence[Session]) -> dict[date, list[tuple[int, Session]]]:
    """The sessions of each day, with their numbers in the programme, by the clock of the event."""
    found: dict[date, list[tuple[int, Session]]] = {}
    for number, session in enumerate(sessions, start=1):
        session.event = event
        found.setdefault(when(session).first_day, []).append((number, session))
    return found


def sheet_pdf(event: Event, sessions: Sequence[tuple[int, Session]], *, of: int, printed_at: datetime) -> bytes:
    """The sheet of one session, or of the sessions of one day, in the reader's language. ``of`` is how many sessions there are.

    Two queries for each session.
    """
    parts = [sessions[start : start + MOST_COLUMNS] for start in range(0, len(sessions), MOST_COLUMNS)]
    rosters = {session.pk: roster(session) for _number, session in sessions}
    tables = [_part(part, rosters) for part in parts]
    html = render_to_string(
        "pdf/sheet.html",
        {
            "language": get_language() or "en",
            "title": printable(event.title),
            "organisers": printable(", ".join(organisers_of(event))),
            "where": printable(event.venue.one_line) if event.venue else event.get_format_display(),
            "when": printable(_when(event, sessions)),
            "parts": tables,
            "one": sessions[0][1] if len(sessions) == 1 else None,
            "name_of_one": printable(f"{sessions[0][0]}. {sessions[0][1]}") if len(sessions) == 1 and of > 1 else "",
            "blank": range(BLANK_LINES),
            "funding": funding_block(event),
            "has_gaps": any("?" in row.name for part in tables for row in part["rows"]),
            "people": len({row.registration.pk for rows in rosters.values() for row in rows}),
            "printed": printable(moment_and_zone(printed_at, event.timezone)),
            "printed_at": printed_at.isoformat(timespec="seconds"),
            "page": page_numbers(),
        },
    )
    return set_page(html, "sheet.css")


def _when(event: Event, sessions: Sequence[tuple[int, Session]]) -> str:
    if len(sessions) == 1:
        return str(when(sessions[0][1]))
    first = when(sessions[0][1])
    return f"{first.days} ({first.zone_name})" if first.zone_name else first.days


def _part(sessions: Sequence[tuple[int, Session]], rosters: dict[int, Any]) -> dict[str, Any]:
    """One table: the columns, and everybody who is expected at one of them, by name."""
    expected: dict[int, set[int]] = {}
    people: dict[int, Registration] = {}
    for _number, session in sessions:
        for row in rosters[session.pk]:
            people[row.registration.pk] = row.registration
            expected.setdefault(row.registration.pk, set()).add(session.pk)
    by_name = sorted(people.values(), key=lambda one: (one.person.name.casefold(), one.pk))
    rows = [
        Row(
            number,
            printable(one.person.name),
            _organisation(one),
            [session.pk in expected[one.pk] for _number, session in sessions],
        )
        for number, one in enumerate(by_name, start=1)
    ]
    columns = [(printable(f"{number}. {session}"), when(session).hours) for number, session in sessions]
    return {"rows": rows, "columns": columns, "many": len(sessions) > 1}


def _organisation(registration: Registration) -> str:
    """The organisation that somebody comes from and where it is, as funders ask for it."""
    organisation = registration.person.organisation
    if organisation is None:
        return ""
    return printable(", ".join(filter(None, (organisation.name, organisation.city, str(organisation.country.name)))))
