"""The journal of attendance as a table: what was recorded, changed or taken back, when, by whom and why."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from events.attendance.evidence.parts import Column, Grid
from events.attendance.evidence.tables.wording import (
    actor_of,
    after_column,
    journal_columns,
    local,
    reason_of,
    registration_column,
    session_columns,
    yes_or_no,
)
from events.attendance.models import AttendanceRecord
from events.programme.models import Event, Session
from events.registrations.models import Registration
from network.sheets import Cell


def entries_of(event: Event, sessions: Sequence[Session]) -> list[LogEntry]:
    """The journal of the event's records, of those that were taken back too, oldest first. One query."""
    model = ContentType.objects.get_for_model(AttendanceRecord)
    keys = [str(session.pk) for session in sessions]
    rows = AttendanceRecord.objects.filter(session__event=event).order_by().values("pk")
    gone = LogEntry.objects.filter(content_type=model, action=LogEntry.Action.DELETE, changes__session__0__in=keys).order_by()
    found = LogEntry.objects.filter(content_type=model).filter(
        Q(object_id__in=rows) | Q(object_id__in=gone.values("object_id"))
    )
    return list(found.select_related("actor").order_by("timestamp", "pk"))


def first_noted(entries: Sequence[LogEntry]) -> dict[int, datetime]:
    """When each record was written down, by its key."""
    return {entry.object_id: entry.timestamp for entry in entries if entry.action == LogEntry.Action.CREATE}


def changes_table(event: Event, sessions: Sequence[Session], entries: Sequence[LogEntry], names: Mapping[int, str]) -> Grid:
    """The journal in its order. ``names`` are those of files in the pack, by their key."""
    columns = [
        *journal_columns(event),
        Column("what", _("What"), _("Whether presence was recorded, changed or taken back.")),
        registration_column(),
        Column("name", _("Name"), _("Whose presence it is.")),
        *session_columns(),
        Column("before", _("Before"), _("What was recorded before: source, minutes, since when, and the file that proves it.")),
        Column("after_it", _("After"), _("What is recorded afterwards.")),
        Column("why", _("Why"), _("The reason that was given, or what it follows from.")),
        after_column(),
    ]
    return Grid(columns, [*_rows(event, sessions, entries, names)])


def _rows(
    event: Event, sessions: Sequence[Session], entries: Sequence[LogEntry], names: Mapping[int, str]
) -> Iterator[list[Cell]]:
    numbers = {str(session.pk): (number, str(session)) for number, session in enumerate(sessions, start=1)}
    belongs: dict[Any, tuple[str, str]] = {}  # of each record: its registration and session, as its first or last entry says
    for entry in entries:
        said = entry.changes or {}
        if "registration" in said and "session" in said:
            side = 0 if entry.action == LogEntry.Action.DELETE else 1
            belongs[entry.object_id] = (str(said["registration"][side]), str(said["session"][side]))
    wanted = {registration for registration, _session in belongs.values() if registration.isdecimal()}
    people = {str(one.pk): one.person.name for one in Registration.objects.filter(pk__in=wanted).select_related("person")}
    words = {
        LogEntry.Action.CREATE: _("recorded"),
        LogEntry.Action.UPDATE: _("changed"),
        LogEntry.Action.DELETE: _("taken back"),
    }
    for entry in entries:
        registration, session = belongs.get(entry.object_id, ("", ""))
        number, title = numbers.get(session, (None, ""))
        before, after = _differences(event, entry, names)
        yield [
            local(event, entry.timestamp),
            actor_of(entry),
            words.get(entry.action, ""),
            int(registration) if registration.isdecimal() else None,
            people.get(registration, ""),
            number,
            title,
            before,
            after,
            reason_of(entry),
            yes_or_no(entry.timestamp > event.ends_at),
        ]


def _differences(event: Event, entry: LogEntry, names: Mapping[int, str]) -> tuple[str, str]:
    """What the record said before and after."""
    texts: list[list[str]] = [[], []]
    for name in ("source", "minutes", "checked_in_at", "evidence"):
        change = (entry.changes or {}).get(name)
        if not isinstance(change, list) or len(change) != 2:
            continue
        for side, value in enumerate(change):
            if value not in {None, "None", ""} and (said := _said(event, name, str(value), names)):
                texts[side].append(said)
    return ", ".join(texts[0]), ", ".join(texts[1])


def _said(event: Event, name: str, value: str, names: Mapping[int, str]) -> str:
    match name:
        case "source":
            return {key: str(label) for key, label in AttendanceRecord.Source.choices}.get(value, value)
        case "minutes":
            return _("{n} min").format(n=value)
        case "evidence":
            return names.get(int(value) if value.isdecimal() else 0, _("a file that is not in this pack"))
        case _:
            moment = parse_datetime(value)
            if moment is None:
                return ""
            # The journal writes down UTC without saying so.
            stated = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
            return _("since {moment}").format(moment=local(event, stated))
