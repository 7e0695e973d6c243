"""The papers of the evidence pack: the programme, the list of who attended, and the overview that one reads first.

All are PDF/A-3a and PDF/UA-1, to be kept and to be read by everybody. The same facts give the same bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from events.attendance.evidence.parts import Figure, Grid
from events.attendance.evidence.printable import funding_block, organisers_of, page_numbers, printable
from events.paper.setting import set_page
from events.programme.models import Event, Session
from events.programme.wording import moment_and_zone, when

#: Names on one list of participants: so many are printed in a few seconds, and nobody else's paper waits longer for it.
MOST_NAMES = 250
#: Files of a folder that the overview names one by one; of more it says how many there are, and the manifest has them.
MOST_FILES = 30


@dataclass(frozen=True)
class Shown:
    """A figure as the overview prints it: the number, its file, and how one gets it from there."""

    label: str
    value: int
    file: str
    how: str


@dataclass(frozen=True)
class Packed:
    """A file as the overview lists it."""

    name: str
    about: str
    sha256: str


def programme_pdf(event: Event, sessions: Sequence[Session], required: set[int]) -> bytes:
    """The programme with its speakers and the minutes that each session counts."""
    lines = [
        {
            "number": number,
            "title": printable(str(session)),
            "summary": printable(session.summary),
            "when": printable(str(when(session))),
            "minutes": session.credited_minutes,
            "is_chosen": session.is_chosen,
            "is_required": session.pk in required,
            "speakers": [
                (printable(one.name), printable(one.affiliation), one.get_part_display()) for one in session.speakers.all()
            ],
        }
        for number, session in enumerate(sessions, start=1)
    ]
    texts = {
        "summary": printable(event.summary),
        "outcomes": [line for line in map(printable, event.learning_outcomes.splitlines()) if line],
    }
    return _pdf("programme", event, _("Programme"), event.updated_at, lines=lines, **texts)


def list_names(people: int) -> list[str]:
    """What the lists of participants are called: one, or as many as their number needs."""
    if people <= MOST_NAMES:
        return ["03-attendance/participants.pdf"] if people else []
    starts = range(1, people + 1, MOST_NAMES)
    return [f"03-attendance/participants-{start:05}-{min(start + MOST_NAMES - 1, people):05}.pdf" for start in starts]


def list_pdf(event: Event, hours: Grid, sessions: Mapping[Any, Sequence[str]], part: int) -> bytes:
    """The list of participants, the ``part``-th of its lists: the sessions they attended and the hours, as in the tables.

    ``sessions`` are the numbers of those at which somebody is recorded as present, by registration.
    """
    first = part * MOST_NAMES
    place = {column.name: number for number, column in enumerate(hours.columns)}
    rows = [
        {
            "number": number,
            "name": printable(str(row[place["name"]])),
            "organisation": printable(", ".join(filter(None, (str(row[place[name]]) for name in ("organisation", "country"))))),
            "sessions": ", ".join(sessions.get(row[place["registration"]], ())) or "–",
            "minutes": "–" if row[place["minutes_attended"]] is None else row[place["minutes_attended"]],
            "share": row[place["share"]],
            "earned": row[place["earned"]],
        }
        for number, row in enumerate(hours.rows[first : first + MOST_NAMES], start=first + 1)
    ]
    facts = {"rows": rows, "first": first + 1, "last": first + len(rows), "people": len(hours.rows)}
    has_gaps = any("?" in str(row["name"]) for row in rows)
    return _pdf("participants", event, _("Participants and their hours"), event.updated_at, has_gaps=has_gaps, **facts)


def overview_pdf(
    event: Event,
    *,
    at: datetime,
    figures: Sequence[tuple[str, Figure]],
    remarks: Sequence[str],
    rules: Sequence[str],
    files: Sequence[Packed],
) -> bytes:
    """What one reads first: what the pack comes to and from where each figure is, what is missing, the rules, the files."""
    groups: list[tuple[str, list[Shown]]] = []
    for name, one in figures:
        folder = name.partition("/")[0]
        if not groups or groups[-1][0] != folder:
            groups.append((folder, []))
        groups[-1][1].append(Shown(printable(one.label), one.value, name, printable(how_it_is_counted(one))))
    return _pdf(
        "overview",
        event,
        _("Evidence of an event"),
        at,
        groups=[(_folder_name(folder), shown) for folder, shown in groups],
        remarks=[printable(one) for one in remarks],
        rules=[printable(one) for one in rules],
        folders=[*_folders(files)],
        made=printable(moment_and_zone(at, event.timezone)),
        address=f"{settings.SITE_URL}{event.get_absolute_url()}",
    )


def how_it_is_counted(figure: Figure) -> str:
    """How anybody gets a figure from its table, in the reader's language."""
    match figure.counted:
        case "sum":
            said = _("The sum of the column “{column}”").format(column=figure.column)
        case "different":
            said = _("How many different values the column “{column}” has").format(column=figure.column)
        case _:
            said = _("How many rows there are")
    conditions = "; ".join(_("“{column}” = “{value}”").format(column=heading, value=value) for heading, value in figure.where)
    return _("{said}, where {conditions}").format(said=said, conditions=conditions) if conditions else said


def _folder_name(folder: str) -> str:
    names = {
        "00-overview": _("Overview"),
        "01-programme": _("Programme"),
        "02-registrations": _("Registrations"),
        "03-attendance": _("Attendance"),
        "04-signature-sheets": _("Signature sheets"),
        "05-webinar-reports": _("Reports of webinars"),
        "06-evaluation": _("Evaluation"),
        "07-certificates": _("Certificates"),
        "08-funding": _("Funding"),
        "09-other-evidence": _("Other evidence"),
    }
    return names.get(folder, folder)


def _folders(files: Sequence[Packed]) -> Iterator[dict[str, Any]]:
    by_folder: dict[str, list[Packed]] = {}
    for file in files:
        by_folder.setdefault(file.name.partition("/")[0] if "/" in file.name else "00-overview", []).append(file)
    for folder, of_folder in by_folder.items():
        shown = [Packed(one.name, printable(one.about), one.sha256) for one in of_folder[:MOST_FILES]]
        yield {"name": _folder_name(folder), "files": shown, "more": len(of_folder) - len(shown)}


def _pdf(template: str, event: Event, heading: str, at: datetime, **context: Any) -> bytes:
    where = event.venue.one_line if event.venue else event.get_format_display()
    html = render_to_string(
        f"pdf/evidence_{template}.html",
        {
            "language": get_language() or "en",
            "heading": heading,
            "title": printable(event.title),
            "organisers": printable(", ".join(organisers_of(event))),
            "where": printable(where),
            "when": printable(str(when(event))),
            "form": event.get_format_display(),
            "funding": funding_block(event),
            "created": at.isoformat(timespec="seconds"),
            "page": page_numbers(),
            **context,
        },
    )
    return set_page(html, "evidence.css")
