"""Attendance as tables: who was at which session, how it is known and what it counts; the hours; and every single scan."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from events.attendance import presence
from events.attendance.evidence.parts import Column, Grid
from events.attendance.evidence.tables.wording import (
    at,
    by_name,
    local,
    named,
    organisation_kind,
    registration_column,
    session_columns,
    who,
    who_columns,
    yes_or_no,
)
from events.attendance.hours import Attendance, scales_of, why_not
from events.attendance.models import AttendanceRecord, Scan
from events.programme.models import Event, Session
from events.registrations.models import Registration
from network.sheets import Cell
from network.vocabulary import zone_named

State = Registration.State


def attendance_table(
    event: Event,
    sessions: Sequence[Session],
    everybody: Iterable[Registration],
    names: Mapping[int, str],
    noted: Mapping[int, datetime],
) -> Grid:
    """One line for each participant and session of theirs, present or not.

    ``names`` are those of files in the pack, ``noted`` is when records were first written down: both by key.
    """
    columns = [
        *who_columns(),
        Column("organisation_kind", _("Type of organisation"), _("The type of their organisation when they registered.")),
        Column("state", _("State"), _("What became of the registration.")),
        *session_columns(),
        Column("present", _("Present"), _("Whether presence at the session is recorded.")),
        Column(
            "source", _("Source"), _("How it is known: the desk, the person’s own check-in, a webinar’s report or a sheet.")
        ),
        Column("recorded", _("Minutes recorded"), _("Minutes by a webinar’s report. Empty: present for the whole session.")),
        Column(
            "minutes",
            _("Minutes that count"),
            _("What the presence counts, by the rules on the overview. The sum over the sessions is in hours.csv."),
        ),
        Column("attended", _("Counts as attended"), _("Whether they were there for the share of the session that is needed.")),
        Column("connected", at(event, _("Connected")), _("From when to when they were in the webinar, within the session.")),
        Column("since", at(event, _("Since")), _("When they came; from a sheet, the start of the session.")),
        Column(
            "noted_at", at(event, _("Recorded at")), _("When their presence was first written down. Empty: it is not known.")
        ),
        Column("late", _("After the session"), _("Whether it was written down after the session had ended.")),
        Column("recorded_by", _("Recorded by"), _("Who recorded it; who checked themselves in, did so themselves.")),
        Column("evidence", _("Evidence"), _("The file in this pack that proves it.")),
    ]
    records: dict[tuple[int, int], AttendanceRecord] = {
        (one.registration_id, one.session_id): one
        for one in AttendanceRecord.objects.filter(session__event=event).select_related("recorded_by")
    }
    came = {registration for registration, _session in records}
    scales = scales_of(event)
    rows: list[list[Cell]] = []
    for one in sorted((one for one in everybody if one.state == State.CONFIRMED or one.pk in came), key=by_name):
        scale = scales(one.chosen)
        head: list[Cell] = [*who(one), organisation_kind(one), one.get_state_display()]
        for number, session in enumerate(sessions, start=1):
            record = records.get((one.pk, session.pk))
            if record is None:
                if not session.is_chosen or session.pk in one.chosen:
                    rows.append([*head, number, str(session), _("no"), "", None, 0, _("no"), "", "", "", "", "", ""])
                continue
            at_first = noted.get(record.pk)
            counted = scale.count(session.pk, record.minutes) if session.pk in scale.sessions else None
            rows.append(
                [
                    *head,
                    number,
                    str(session),
                    _("yes"),
                    record.get_source_display(),
                    record.minutes,
                    counted.minutes if counted else 0,
                    yes_or_no(counted and counted.attended),
                    _connected(event, record),
                    local(event, record.checked_in_at),
                    local(event, at_first),
                    yes_or_no(at_first > session.ends_at) if at_first else "",
                    named(record.recorded_by),
                    names.get(record.evidence_id or 0, ""),
                ]
            )
    return Grid(columns, rows)


def _connected(event: Event, record: AttendanceRecord) -> str:
    zone = zone_named(event.timezone)
    spans = [[datetime.fromisoformat(moment).astimezone(zone) for moment in span] for span in record.spans]
    return "; ".join(f"{start:%H:%M:%S}–{end:%H:%M:%S}" for start, end in spans)


def hours_table(event: Event, everybody: Iterable[Registration], hours: Mapping[int, Attendance]) -> Grid:
    """How much of the event each participant attended, and whether it is enough."""
    columns = [
        *who_columns(),
        Column("sessions", _("Sessions"), _("How many sessions they take part in.")),
        Column("sessions_attended", _("Sessions attended"), _("How many of them count as attended.")),
        Column("minutes", _("Minutes"), _("What these sessions count together. Empty: they count days, not minutes.")),
        Column("minutes_attended", _("Minutes attended"), _("What their presence counts together, as in attendance.csv.")),
        Column("share", _("Share (%)"), _("Minutes attended of minutes, in whole per cent, rounded down.")),
        Column("needed", _("Share needed (%)"), _("What a certificate needs.")),
        Column("earned", _("Enough for a certificate"), _("Whether nothing is missing for a certificate of attendance.")),
        Column("why_not", _("Why not"), _("What is missing.")),
    ]
    rows: list[list[Cell]] = []
    for one in sorted(everybody, key=by_name):
        found = hours.get(one.pk)
        if found is None or one.state != State.CONFIRMED:
            continue
        rows.append(
            [
                *who(one),
                found.sessions,
                found.sessions_attended,
                found.minutes,
                found.minutes_attended,
                int(found.share * 100),
                event.attendance_share,
                yes_or_no(found.earned),
                why_not(found, event),
            ]
        )
    return Grid(columns, rows)


def scans_of(event: Event) -> QuerySet[Scan]:
    """Every check-in and undoing at an event, in the order in which they count."""
    found = Scan.objects.filter(session__event=event).select_related("registration__person", "by")
    return found.order_by("session__starts_at", "session_id", "at", "pk")


def scans_table(event: Event, sessions: Sequence[Session]) -> Grid:
    """Every check-in and every undoing as it was noted, also those noted without a network and those not followed."""
    columns = [
        *session_columns(),
        registration_column(),
        Column("name", _("Name"), _("Whose ticket it was.")),
        Column("what", _("What"), _("Checked in, or a check-in undone.")),
        Column("at", at(event, _("At")), _("When it was noted, by the desk’s own clock, put right.")),
        Column("received_at", at(event, _("Received at")), _("When it reached the calendar: later, if the desk was offline.")),
        Column("by", _("By"), _("Who noted it.")),
        Column("device", _("Desk"), _("Which desk, as it calls itself; or the person’s own check-in.")),
        Column("followed", _("Followed"), _("Whether it counts. Of those of a person at a session the last decides.")),
        Column("why_not", _("Why not"), _("Why it was not followed.")),
    ]
    known = {session.pk: (number, session) for number, session in enumerate(sessions, start=1)}
    rows: list[list[Cell]] = []
    for scan in scans_of(event):
        number, session = known[scan.session_id]
        mine = scan.device == presence.BY_ONESELF
        rows.append(
            [
                number,
                str(session),
                scan.registration_id,
                scan.registration.person.name,
                _("checked in") if scan.present else _("check-in undone"),
                local(event, scan.at),
                local(event, scan.received_at),
                named(scan.by),
                _("the person’s own check-in") if mine else scan.device,
                yes_or_no(not scan.problem),
                presence.in_words(scan.problem, scan.registration, session) if scan.problem else "",
            ]
        )
    return Grid(columns, rows)
