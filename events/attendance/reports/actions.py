"""The verbs of a webinar's report: read it, read it again by another clock, record it, drop it. Nothing is recorded unseen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from events.attendance import files, presence
from events.attendance.models import AttendanceRecord, EvidenceFile, ReportImport
from events.attendance.reports.reading import read_report
from events.attendance.reports.settling import WRITTEN, Line, preview, worth_of
from events.attendance.reports.shapes import Entry, Reading, Report, kept
from events.attendance.signals import AttendanceChange, attendance_recorded
from events.programme.models import Session
from events.programme.states import HELD
from events.registrations.models import Registration
from network import journal, sheet_files
from network.errors import Invalid, Problem, Refused, WrongState
from network.journal import because
from network.models import Person
from network.rules import require

State = ReportImport.State
#: A report that nobody said yes to is forgotten after so long.
LIFE = timedelta(days=7)
BECAUSE = gettext_noop("Attendance report of the webinar")


class CannotImport(Refused):
    """There is nothing to report yet: the event is not on, or the session has not begun."""

    code = "cannot_import_report"


@dataclass
class Outcome:
    """What recording came to: how many are present who were not, of how many the times changed, and who had to be left out."""

    recorded: int = 0
    changed: int = 0
    left_out: list[Registration] = field(default_factory=list)  # no longer a participant


def read_webinar_report(*, session: Session, upload: UploadedFile[Any], by: Person, zone: str = "") -> ReportImport:
    """Read a report of the session and keep it as it came, to be looked at. It takes the place of one of the same file.

    ``zone`` is whose clock it is written by, unless it says so itself; without, the event's. Raises NotAllowed, CannotImport,
    Invalid at ``file`` (it is no such report, or too large) or ``timezone``.
    """
    require(by, "events.record_attendance", session.event)
    _require_begun(session)
    works = _("What works: the report as the tool exports it, as CSV or XLSX, of up to 5 MB.")
    content = files.bounded(upload, works)
    if len(content) > sheet_files.MOST_BYTES:
        raise Invalid({"file": [works]})
    report = _read(content, session, zone or session.event.timezone)
    with transaction.atomic(), because(by=by):
        Session.objects.select_for_update(of=("self",), no_key=True).get(pk=session.pk)
        evidence = files.keep(
            event=session.event,
            session=session,
            kind=EvidenceFile.Kind.REPORT,
            content=content,
            media_type=files.table_type(content),
            name=upload.name or "report",
            by=by,
        )
        for older in ReportImport.objects.filter(evidence=evidence, state=State.READ):
            older.delete()
        return ReportImport.objects.create(
            session=session,
            evidence=evidence,
            tool=report.tool,
            reading=_reading(report),
            people=_people(report),
            read_by=by,
            read_at=timezone.now(),
        )


def read_again(*, report: ReportImport, zone: str, by: Person) -> ReportImport:
    """Read a report that is not recorded by the clock of another zone. Raises NotAllowed, WrongState, Invalid."""
    require(by, "events.record_attendance", report.session.event)
    with report.evidence.file.open("rb") as file:
        found = _read(file.read(), report.session, zone)
    with transaction.atomic(), because(by=by):
        locked = _locked(report)
        locked.reading, locked.people = _reading(found), _people(found)
        locked.save()
    return locked


def record_report(*, report: ReportImport, choices: Mapping[int, int | None], by: Person) -> Outcome:
    """Record who was there, all or nothing, by the rules of ``settling``. Recording what is recorded changes nothing.

    ``choices`` says of people of the report, by their place in it, whose registration they are, or that they are nobody. Of
    whom nothing is said, who is sure is recorded, and the only one of the same name. Raises NotAllowed, WrongState (dropped),
    CannotImport, Invalid at ``people.<place>`` (no participant of this session).
    """
    session = report.session
    require(by, "events.record_attendance", session.event)
    _require_begun(session)
    with transaction.atomic(), because(by=by, reason=BECAUSE):
        locked = ReportImport.objects.select_for_update(of=("self",), no_key=True).select_related("evidence").get(pk=report.pk)
        if locked.state == State.RECORDED:
            return Outcome()
        if locked.state != State.READ:
            raise WrongState(_("This report was dropped. Upload it again."))
        found = preview(session, locked.people, choices)
        _check_choices(choices, len(locked.people), {one.pk for one in found.expected})
        fresh = {one.pk: one for one in presence.lock(line.registration for line in found.lines)}
        chosen = presence.chosen_in(session, list(fresh.values()))
        # What was looked at without the lock is looked at again: a desk may have checked somebody in meanwhile.
        found = preview(session, locked.people, choices)
        outcome = Outcome()
        lines = []
        for line in found.lines:
            one = fresh.get(line.registration.pk)
            if one is None or presence.obstacle(one, session, at=session.ends_at, chosen=chosen):
                outcome.left_out.append(line.registration)
            elif line.change in WRITTEN:
                lines.append(line)
        _write(session, lines, locked.evidence, by, outcome)
        locked.people = _with_matches(locked.people, found.taken)
        locked.state, locked.recorded_at = State.RECORDED, timezone.now()
        locked.save()
        for line in lines:
            attendance_recorded.send(AttendanceRecord, change=AttendanceChange(line.registration, session, True, by))
    return outcome


def take_back_report(*, report: ReportImport, by: Person) -> int:
    """Undo what a recorded report recorded. What other reports of the session say of the same people counts as before.

    The report can then be recorded anew, with other choices. Returns of how many people the record changed. Raises NotAllowed,
    WrongState (it is not recorded).
    """
    session = report.session
    require(by, "events.record_attendance", session.event)
    with transaction.atomic(), because(by=by, reason=BECAUSE):
        locked = ReportImport.objects.select_for_update(of=("self",), no_key=True).get(pk=report.pk)
        if locked.state != State.RECORDED:
            raise WrongState(_("This report is not recorded."))
        keys = {entry.get("registration") for entry in locked.people} - {None}
        registrations = presence.lock(Registration.objects.filter(pk__in=keys))
        rest: dict[int, tuple[EvidenceFile, list[Entry]]] = {}
        others = ReportImport.objects.filter(session=session, state=State.RECORDED).exclude(pk=locked.pk)
        # The same file recorded once more adds nothing, and must not stand for itself.
        for other in others.exclude(evidence=locked.evidence_id).select_related("evidence").order_by("recorded_at", "pk"):
            for entry in other.people:
                if entry.get("registration") in keys:
                    _evidence, entries = rest.get(entry["registration"], (other.evidence, []))
                    rest[entry["registration"]] = (other.evidence, [*entries, entry])
        records = {record.registration_id: record for record in session.attendance.filter(registration__in=registrations)}
        count = 0
        for registration in registrations:
            record = records.get(registration.pk)
            if record is not None and record.minutes is not None:
                count += 1
                _without(record, registration, session, rest.get(registration.pk), by)
        ReportImport.objects.filter(session=session, evidence=locked.evidence_id, state=State.RECORDED).exclude(
            pk=locked.pk
        ).update(state=State.DROPPED)
        locked.state, locked.recorded_at = State.READ, None
        locked.read_at = timezone.now()
        locked.save()
    return count


def _without(
    record: AttendanceRecord,
    registration: Registration,
    session: Session,
    rest: tuple[EvidenceFile, list[Entry]] | None,
    by: Person,
) -> None:
    """A record as it is without a report: by the others, or by the check-in alone, or not at all."""
    record.registration, record.session = registration, session  # the journal names both
    worth = worth_of(session, rest[1]) if rest else None
    if rest and worth and worth.minutes:
        record.minutes, record.spans, record.evidence = worth.minutes, [kept(span) for span in worth.spans], rest[0]
        record.save()
    elif record.source == AttendanceRecord.Source.REPORT:
        record.delete()
        attendance_recorded.send(AttendanceRecord, change=AttendanceChange(registration, session, False, by))
    else:
        record.minutes, record.spans, record.evidence = None, [], None
        record.save()


def drop_report(*, report: ReportImport, by: Person | None) -> None:
    """Forget a report that was not recorded. A file from which nothing was ever recorded goes with it: it proves nothing.

    Raises NotAllowed, WrongState (it is recorded, and stays as evidence).
    """
    if by is not None:
        require(by, "events.record_attendance", report.session.event)
    with transaction.atomic(), because(by=by):
        locked = _locked(report)
        evidence = locked.evidence
        if evidence.records.exists() or evidence.imports.exclude(pk=locked.pk).exists():
            locked.state, locked.people = State.DROPPED, []
            locked.save()
            return
        locked.delete()
        evidence.delete()


def forget_reports() -> int:
    """Drop reports that nobody said yes to for a week. Returns how many."""
    dropped = 0
    for report in ReportImport.objects.filter(state=State.READ, read_at__lt=timezone.now() - LIFE).select_related(
        "session__event"
    ):
        try:
            drop_report(report=report, by=None)
        except Problem:  # somebody recorded it this minute
            continue
        dropped += 1
    return dropped


def _require_begun(session: Session) -> None:
    if session.event.state not in HELD:
        raise CannotImport(
            _("Attendance cannot be recorded: this event is “{state}”.").format(state=session.event.get_state_display())
        )
    if session.starts_at > timezone.now():
        raise CannotImport(_("This session has not begun. Its report can be read once it has."))


def _locked(report: ReportImport) -> ReportImport:
    locked = ReportImport.objects.select_for_update(of=("self",), no_key=True).select_related("evidence").get(pk=report.pk)
    if locked.state != State.READ:
        raise WrongState(_("This report is recorded, or was dropped."))
    return locked


def _read(content: bytes, session: Session, zone: str) -> Report:
    days = {session.starts_at.date(), session.ends_at.date(), session.first_day, session.last_day}
    return read_report(content, zone=zone, days=days)


def _reading(report: Report) -> Reading:
    return {"zone": report.zone, "is_zone_stated": report.is_zone_stated, "order": report.order, "how": report.how}


def _people(report: Report) -> list[Entry]:
    return [
        {"name": one.name, "email": one.email, "spans": [kept(span) for span in one.spans], "minutes": one.minutes}
        for one in report.people
    ]


def _check_choices(choices: Mapping[int, int | None], number: int, expected: set[int]) -> None:
    wrong = {}
    for index, key in choices.items():
        if not 0 <= index < number:
            wrong[f"people.{index}"] = [_("The report names nobody in this place.")]
        elif key is not None and key not in expected:
            wrong[f"people.{index}"] = [_("This is no participant of this session.")]
    if wrong:
        raise Invalid(wrong)


def _write(session: Session, lines: list[Line], evidence: EvidenceFile, by: Person, outcome: Outcome) -> None:
    """New records and changed ones, in a few statements, with their entries in the journal."""
    new, changed, notes = list[AttendanceRecord](), list[AttendanceRecord](), list[journal.Note]()
    before: dict[int, dict[str, Any]] = {}
    for line in lines:
        spans = [kept(span) for span in line.worth.spans]
        if line.record is None:
            new.append(
                AttendanceRecord(
                    registration=line.registration,
                    session=session,
                    source=AttendanceRecord.Source.REPORT,
                    checked_in_at=line.worth.spans[0][0] if line.worth.spans else session.starts_at,
                    recorded_by=by,
                    minutes=line.worth.minutes,
                    spans=spans,
                    evidence=evidence,
                )
            )
        else:
            record = line.record
            record.registration, record.session = line.registration, session  # the journal names both
            before[record.pk] = {"minutes": record.minutes, "spans": record.spans, "evidence": record.evidence_id}
            record.minutes, record.spans, record.evidence = line.worth.minutes, spans, evidence
            changed.append(record)
    AttendanceRecord.objects.bulk_create(new)
    AttendanceRecord.objects.bulk_update(changed, ["minutes", "spans", "evidence"], batch_size=200)
    for record in new:
        facts = {
            "id": record.pk,
            "registration": record.registration_id,
            "session": record.session_id,
            "source": record.source,
            "checked_in_at": record.checked_in_at,
            "recorded_by": by.pk,
            "minutes": record.minutes,
            "spans": record.spans,
            "evidence": evidence.pk,
        }
        notes.append(_note(record, {name: (None, value) for name, value in facts.items()}, by, is_new=True))
    for record in changed:
        after = {"minutes": record.minutes, "spans": record.spans, "evidence": evidence.pk}
        was = before[record.pk]
        notes.append(_note(record, {name: (was[name], after[name]) for name in after if was[name] != after[name]}, by))
    journal.write(notes)
    outcome.recorded, outcome.changed = len(new), len(changed)


def _note(record: AttendanceRecord, changes: Mapping[str, Any], by: Person, *, is_new: bool = False) -> journal.Note:
    return journal.Note(record, changes, is_new=is_new, by=by, reason=BECAUSE)


def _with_matches(people: list[Entry], taken: Mapping[int, tuple[int | None, str]]) -> list[Entry]:
    """The people of the report with whom they were taken for, and how that was known: kept with the evidence."""
    return [
        {**entry, "registration": key, "how": how}
        for entry, (key, how) in ((entry, taken[index]) for index, entry in enumerate(people))
    ]
