"""The programme as tables: the sessions, and what was changed about them and about the rules."""

from collections.abc import Iterator, Sequence

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _

from events.attendance.evidence.parts import Column, Grid
from events.attendance.evidence.tables.wording import (
    actor_of,
    after_column,
    at,
    journal_columns,
    local,
    reason_of,
    yes_or_no,
)
from events.attendance.hours import clock_minutes, minutes_of
from events.attendance.models import AttendanceTerms
from events.programme.desk_history import Reader, entries_of
from events.programme.models import Event, EventCompetence, Session, Speaker
from events.programme.wording import when
from network.sheets import Cell

#: What the journal knows and nobody outside needs: the address of the meeting.
SECRET = ("join_link",)


def sessions_table(event: Event, sessions: Sequence[Session], required: set[int]) -> Grid:
    """Each session with its times, its speakers and the minutes that it counts. ``required``: those that must be attended."""
    columns = [
        Column("session_no", _("No."), _("The number of the session in the programme.")),
        Column("session", _("Session"), _("The title of the session.")),
        Column("about", _("What it is about"), _("The summary of the session.")),
        Column("starts", at(event, _("Starts")), _("When it starts; the day alone where it lasts whole days.")),
        Column("ends", at(event, _("Ends")), _("When it ends; the day alone where it lasts whole days.")),
        Column("when", _("When"), _("The same in words.")),
        Column("length", _("Length in minutes"), _("By the clock; empty for whole days.")),
        Column(
            "minutes",
            _("Minutes that count"),
            _("What the session counts: the minutes that the organiser stated, else its length. Empty: neither is known."),
        ),
        Column("chosen", _("Participants chose it"), _("Whether only those who chose it are expected.")),
        Column("required", _("Must be attended"), _("Whether a certificate needs this session.")),
        Column("speakers", _("Speakers"), _("Who stood on the programme, with their organisation and part.")),
    ]
    rows: list[list[Cell]] = []
    for number, session in enumerate(sessions, start=1):
        speakers = [
            f"{one.name}{f' ({one.affiliation})' if one.affiliation else ''}, {one.get_part_display()}"
            for one in session.speakers.all()
        ]
        whole = session.all_day
        rows.append(
            [
                number,
                str(session),
                session.summary,
                session.first_day.isoformat() if whole else local(event, session.starts_at),
                session.last_day.isoformat() if whole else local(event, session.ends_at),
                str(when(session)),
                None if whole else clock_minutes(session),
                minutes_of(session),
                yes_or_no(session.is_chosen),
                yes_or_no(session.pk in required),
                "; ".join(speakers),
            ]
        )
    return Grid(columns, rows)


def changes_table(event: Event) -> Grid:
    """What was changed about the event, its sessions and what a certificate needs, oldest first."""
    columns = [
        *journal_columns(event),
        Column("what", _("What"), _("The event, a session, a speaker, a competence, or what a certificate needs.")),
        Column("field", _("Which entry"), _("What was changed about it; empty where it was added or removed as a whole.")),
        Column("before", _("Before"), _("What it said before; long texts are cut.")),
        Column("after_it", _("After"), _("What it said afterwards; long texts are cut.")),
        Column("why", _("Why"), _("The reason that was given.")),
        after_column(),
    ]
    return Grid(columns, [*_change_rows(event)])


def _change_rows(event: Event) -> Iterator[list[Cell]]:
    types = ContentType.objects.get_for_models(Event, EventCompetence, Session, Speaker)
    entries = list(entries_of(event).filter(content_type__in=types.values()))
    terms = AttendanceTerms.objects.filter(event=event).order_by().values("pk")
    of_terms = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(AttendanceTerms), object_id__in=terms)
    entries += list(of_terms.select_related("actor", "content_type"))
    entries.sort(key=lambda entry: (entry.timestamp, entry.pk))
    for entry in entries:
        for name in SECRET:
            (entry.changes or {}).pop(name, None)
    reader = Reader(entries, event)
    for entry in entries:
        change = reader.change(entry)
        if change is None:
            continue
        what = _("What a certificate needs") if entry.content_type.model_class() is AttendanceTerms else change.what
        last = [reason_of(entry), yes_or_no(entry.timestamp > event.ends_at)]
        head = [local(event, entry.timestamp), actor_of(entry), what]
        if not change.lines:
            yield [*head, "", "", "", *last]
        for line in change.lines:
            yield [*head, line.label, line.before, line.after, *last]
