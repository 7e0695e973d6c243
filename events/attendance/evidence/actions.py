"""The verbs of evidence: keep the scan of a signed sheet, withdraw it, and record who signed it."""

from collections.abc import Iterable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from events.attendance import files, presence
from events.attendance.models import AttendanceRecord, EvidenceFile
from events.attendance.signals import AttendanceChange, attendance_recorded
from events.programme.models import Event, Session
from events.registrations.models import Registration
from network.errors import Invalid, Refused, WrongState
from network.journal import because
from network.models import Person
from network.rules import require

Kind = EvidenceFile.Kind
BECAUSE = gettext_noop("Signature sheet")
NOTE_LENGTH = 300


class CannotRecord(Refused):
    """The sheet is of no single session, or somebody is no participant of it."""

    code = "cannot_record_signatures"


def keep_scan(
    *, event: Event, session: Session | None, upload: UploadedFile[Any], by: Person, kind: str = Kind.SHEET, note: str = ""
) -> EvidenceFile:
    """Keep a scan as it came. ``session`` None: it is of the whole event. The same file twice is kept once.

    Raises NotAllowed, Invalid at ``file``, ``kind``, ``session`` or ``note``.
    """
    require(by, "events.record_attendance", event)
    if kind not in {Kind.SHEET, Kind.OTHER}:
        raise Invalid({"kind": [_("Use one of: {kinds}.").format(kinds=f"{Kind.SHEET}, {Kind.OTHER}")]})
    if session is not None and session.event_id != event.pk:
        raise Invalid({"session": [_("This is no session of this event.")]})
    if len(note) > NOTE_LENGTH:
        raise Invalid({"note": [_("This may have {most} characters at most.").format(most=NOTE_LENGTH)]})
    content, media_type = files.scan_in(upload)
    with transaction.atomic(), because(by=by):
        Event.objects.select_for_update(of=("self",), no_key=True).get(pk=event.pk)
        return files.keep(
            event=event,
            session=session,
            kind=kind,
            content=content,
            media_type=media_type,
            name=upload.name or "scan",
            by=by,
            note=" ".join(note.split()),
        )


def withdraw(*, file: EvidenceFile, by: Person) -> EvidenceFile:
    """Say that a scan was put there by mistake. It is kept, and is not in the pack. Twice is once.

    Raises NotAllowed, WrongState: a report that was recorded is taken back where it was recorded.
    """
    require(by, "events.record_attendance", file.event)
    if file.kind == Kind.REPORT:
        raise WrongState(_("What this report recorded can be taken back on the report’s own page."))
    with transaction.atomic(), because(by=by):
        locked = EvidenceFile.objects.select_for_update(of=("self",), no_key=True).get(pk=file.pk)
        if locked.withdrawn_at is None:
            locked.withdrawn_at = timezone.now()
            locked.save()
    return locked


def restore(*, file: EvidenceFile, by: Person) -> EvidenceFile:
    """Take a withdrawal back. Raises NotAllowed."""
    require(by, "events.record_attendance", file.event)
    with transaction.atomic(), because(by=by):
        locked = EvidenceFile.objects.select_for_update(of=("self",), no_key=True).get(pk=file.pk)
        if locked.withdrawn_at is not None:
            locked.withdrawn_at = None
            locked.save()
    return locked


def record_signed(*, file: EvidenceFile, registrations: Iterable[Registration], by: Person) -> int:
    """Record those who signed a sheet as present at its session, with the sheet as proof: all or none.

    Who is present already stays so and gets the sheet as proof, unless a report is it. Returns how many are newly present.
    Raises NotAllowed, CannotRecord.
    """
    session = file.session
    require(by, "events.record_attendance", file.event)
    if session is None or file.kind != Kind.SHEET or file.withdrawn_at is not None:
        raise CannotRecord(_("Only a sheet of one session that is not withdrawn tells who was there."))
    session.event = file.event
    with transaction.atomic(), because(by=by, reason=BECAUSE):
        locked = presence.lock(registrations)
        chosen = presence.chosen_in(session, locked)
        now = timezone.now()
        for registration in locked:
            if problem := presence.obstacle(registration, session, at=now, chosen=chosen):
                raise CannotRecord(presence.in_words(problem, registration, session))
        records = {record.registration_id: record for record in session.attendance.filter(registration__in=locked)}
        count = 0
        for registration in locked:
            record = records.get(registration.pk)
            if record is None:
                AttendanceRecord.objects.create(
                    registration=registration,
                    session=session,
                    source=AttendanceRecord.Source.SHEET,
                    checked_in_at=session.starts_at,
                    recorded_by=by,
                    evidence=file,
                )
                attendance_recorded.send(AttendanceRecord, change=AttendanceChange(registration, session, True, by))
                count += 1
            elif record.evidence_id is None:
                record.registration, record.session, record.evidence = registration, session, file
                record.save()
    return count
