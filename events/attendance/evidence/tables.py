"""The tables of the evidence pack, as CSV: programme, registrations, attendance, hours, changes, files.

Of each person there is what an auditor needs to know them: name, organisation and country.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.translation import gettext as _

from events.attendance.evidence.queries import files_of
from events.attendance.hours import attendance_of_event, why_not
from events.attendance.models import AttendanceRecord
from events.programme.models import Event, Session
from events.programme.wording import when
from events.registrations.models import Registration
from events.registrations.queries import of_event
from network.models import Person
from network.sheets import Cell, Table, as_csv
from network.vocabulary import zone_named


def _table(headings: list[str], rows: Iterable[list[Cell]]) -> bytes:
    return b"".join(as_csv(Table(headings, rows)))


def _local(event: Event, moment: datetime | None) -> datetime | None:
    """On the event's own clock, which the headings name."""
    return moment.astimezone(zone_named(event.timezone)).replace(tzinfo=None) if moment else None


def programme(sessions: list[Session]) -> bytes:
    """Each session with its times and speakers."""
    headings = [
        _("No."),
        _("Session"),
        _("What it is about"),
        _("When"),
        _("Minutes that count"),
        _("Participants chose it"),
        _("Speakers"),
    ]
    rows: list[list[Cell]] = []
    for number, session in enumerate(sessions, start=1):
        speakers = [
            f"{one.name}{f' ({one.affiliation})' if one.affiliation else ''}, {one.get_part_display()}"
            for one in session.speakers.all()
        ]
        chosen = _("yes") if session.is_chosen else _("no")
        rows.append(
            [number, str(session), session.summary, str(when(session)), session.credited_minutes, chosen, "; ".join(speakers)]
        )
    return _table(headings, rows)


def _who(registration: Registration) -> list[Cell]:
    """Name, organisation and country: what identifies a person to an auditor."""
    person, organisation = registration.person, registration.person.organisation
    country = registration.country or (organisation.country if organisation else None)
    return [person.name, organisation.name if organisation else "", str(country.name) if country else ""]


def registrations(event: Event) -> bytes:
    """Everybody who asked for a place, in whatever state, by name."""
    zone = event.timezone
    headings = [
        _("Registration"),
        _("Name"),
        _("Organisation"),
        _("Country"),
        _("Type of organisation"),
        _("State"),
        _("Reason"),
        _("Asked at ({zone})").format(zone=zone),
        _("Last change at ({zone})").format(zone=zone),
        _("Registered by"),
        _("Takes over from"),
    ]
    kinds: dict[str, Any] = dict(Registration._meta.get_field("organisation_kind").flatchoices)  # noqa: SLF001 - documented
    rows: list[list[Cell]] = []
    for one in of_event(event).select_related("registered_by", "takes_over__person"):
        organisation = one.person.organisation
        kind = one.organisation_kind or (organisation.kind if organisation else "")
        rows.append(
            [
                one.pk,
                *_who(one),
                str(kinds.get(kind, kind)),
                one.get_state_display(),
                # Why somebody is refused is the organiser’s word; why somebody cannot come may be about health.
                one.reason if one.state == Registration.State.DECLINED else "",
                _local(event, one.created_at),
                _local(event, one.changed_at),
                str(one.registered_by) if one.registered_by else "",
                str(one.takes_over.person) if one.takes_over else "",
            ]
        )
    rows.sort(key=lambda row: (str(row[1]).casefold(), str(row[0])))
    return _table(headings, rows)


def attendance(event: Event, sessions: list[Session], names: dict[int, str]) -> bytes:
    """One line for each participant and session of theirs, present or not."""
    zone = event.timezone
    headings = [
        _("Registration"),
        _("Name"),
        _("Organisation"),
        _("Country"),
        _("Session no."),
        _("Session"),
        _("Present"),
        _("Source"),
        _("Minutes (empty: the whole session)"),
        _("Connected ({zone})").format(zone=zone),
        _("Since ({zone})").format(zone=zone),
        _("Recorded by"),
        _("Evidence"),
    ]
    records: dict[tuple[int, int], AttendanceRecord] = {
        (one.registration_id, one.session_id): one
        for one in AttendanceRecord.objects.filter(session__event=event).select_related("recorded_by")
    }
    came = {registration for registration, _session in records}
    expected = of_event(event).filter(Q(state=Registration.State.CONFIRMED) | Q(pk__in=came)).prefetch_related("choices")
    people = sorted(expected, key=lambda one: (one.person.name.casefold(), one.pk))
    rows: list[list[Cell]] = []
    for one in people:
        for number, session in enumerate(sessions, start=1):
            record = records.get((one.pk, session.pk))
            if record is None and session.is_chosen and session.pk not in one.chosen:
                continue
            rows.append([one.pk, *_who(one), number, str(session), *_presence(event, record, names)])
    return _table(headings, rows)


def _presence(event: Event, record: AttendanceRecord | None, names: dict[int, str]) -> list[Cell]:
    if record is None:
        return [_("no"), "", None, "", None, "", ""]
    spans = [tuple(_local(event, datetime.fromisoformat(one)) for one in span) for span in record.spans]
    return [
        _("yes"),
        record.get_source_display(),
        record.minutes,
        "; ".join(f"{start:%H:%M:%S}–{end:%H:%M:%S}" for start, end in spans if start and end),
        _local(event, record.checked_in_at),
        str(record.recorded_by) if record.recorded_by else "",
        names.get(record.evidence_id or 0, ""),
    ]


def hours(event: Event) -> bytes:
    """How much of the event each participant attended, and whether it is enough."""
    headings = [
        _("Registration"),
        _("Name"),
        _("Organisation"),
        _("Country"),
        _("Sessions"),
        _("Sessions attended"),
        _("Minutes"),
        _("Minutes attended"),
        _("Share (%)"),
        _("Enough for a certificate"),
        _("Why not"),
    ]
    hours = attendance_of_event(event)
    confirmed = of_event(event, state=Registration.State.CONFIRMED)
    rows: list[list[Cell]] = []
    for one in sorted(confirmed, key=lambda one: (one.person.name.casefold(), one.pk)):
        found = hours.get(one.pk)
        if found is None:
            continue
        rows.append(
            [
                one.pk,
                *_who(one),
                found.sessions,
                found.sessions_attended,
                found.minutes,
                found.minutes_attended,
                int(found.share * 100),
                _("yes") if found.earned else _("no"),
                why_not(found, event),
            ]
        )
    return _table(headings, rows)


def changes(event: Event, sessions: list[Session]) -> bytes:
    """The journal of attendance, in its order."""
    headings = [
        _("When ({zone})").format(zone=event.timezone),
        _("By"),
        _("What"),
        _("Name"),
        _("Session no."),
        _("Session"),
        _("Before"),
        _("After"),
        _("Why"),
    ]
    return _table(headings, _change_rows(event, sessions))


def _change_rows(event: Event, sessions: list[Session]) -> Iterator[list[Cell]]:
    """The journal of attendance in its order. A record that was taken back is known by what its last entry says."""
    model = ContentType.objects.get_for_model(AttendanceRecord)
    keys = [str(session.pk) for session in sessions]
    rows = AttendanceRecord.objects.filter(session__event=event).order_by().values("pk")
    gone = LogEntry.objects.filter(content_type=model, action=LogEntry.Action.DELETE, changes__session__0__in=keys).order_by()
    found = LogEntry.objects.filter(content_type=model).filter(
        Q(object_id__in=rows) | Q(object_id__in=gone.values("object_id"))
    )
    entries = list(found.select_related("actor").order_by("timestamp", "pk"))
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
        before, after = _differences(entry)
        reason = str((entry.additional_data or {}).get("reason", ""))
        actor = entry.actor.name if isinstance(entry.actor, Person) else ""
        yield [
            _local(event, entry.timestamp),
            actor or _("The calendar itself"),
            words.get(entry.action, ""),
            people.get(registration, ""),
            number,
            title,
            before,
            after,
            _(reason) if reason else "",
        ]


def _differences(entry: LogEntry) -> tuple[str, str]:
    """What the record said of the source and the minutes, before and after."""
    sources = {value: str(label) for value, label in AttendanceRecord.Source.choices}
    texts: list[list[str]] = [[], []]
    for name in ("source", "minutes"):
        change = (entry.changes or {}).get(name)
        if not isinstance(change, list) or len(change) != 2:
            continue
        for side, value in enumerate(change):
            if value in {None, "None", ""}:
                continue
            texts[side].append(sources.get(value, value) if name == "source" else _("{n} min").format(n=value))
    return ", ".join(texts[0]), ", ".join(texts[1])


def evidence(event: Event, names: dict[int, str]) -> bytes:
    """All files with their hashes, withdrawn ones too; ``names`` are those in the pack, by the file's key."""
    headings = [
        _("File in this pack"),
        _("Name as it came"),
        _("Kind"),
        _("Session"),
        _("Note"),
        _("Bytes"),
        "SHA-256",
        _("Uploaded at ({zone})").format(zone=event.timezone),
        _("By"),
        _("Withdrawn at ({zone})").format(zone=event.timezone),
    ]
    rows: list[list[Cell]] = []
    for file in files_of(event):
        if file.session is not None:
            file.session.event = event
        rows.append(
            [
                names.get(file.pk, ""),
                file.name,
                file.get_kind_display(),
                str(file.session) if file.session else _("the whole event"),
                file.note,
                file.size,
                file.sha256,
                _local(event, file.uploaded_at),
                str(file.uploaded_by) if file.uploaded_by else "",
                _local(event, file.withdrawn_at),
            ]
        )
    return _table(headings, rows)
