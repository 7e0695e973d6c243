"""The verbs of attendance. A registration's row is locked while its presence is written: two desks agree in the end."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.attendance.models import AttendanceRecord
from events.attendance.signals import AttendanceChange, attendance_recorded
from events.programme.models import Session
from events.programme.states import HELD
from events.registrations.models import Registration
from network.errors import Refused
from network.journal import because
from network.models import Person
from network.rules import require

#: How long before a session starts people may be checked in.
EARLY = timedelta(hours=2)


class CannotCheckIn(Refused):
    """The registration is not confirmed, is for another event or other sessions, or the session has not begun."""

    code = "cannot_check_in"


def check_in(*, registration: Registration, session: Session, by: Person) -> AttendanceRecord:
    """Record that a confirmed participant is present. Twice is once. Raises NotAllowed, CannotCheckIn.

    Possible from two hours before the session starts, and afterwards without end.
    """
    set_present(session=session, registrations=[registration], present=True, by=by)
    return AttendanceRecord.objects.get(registration=registration, session=session)


def undo_check_in(*, registration: Registration, session: Session, by: Person) -> None:
    """Take a check-in back. Undoing what is not there changes nothing."""
    set_present(session=session, registrations=[registration], present=False, by=by)


def set_present(*, session: Session, registrations: Iterable[Registration], present: bool, by: Person) -> int:
    """Check in, or undo, many people at once, all or none. Returns how many changed.

    Raises NotAllowed, CannotCheckIn (it names the first person who cannot be checked in).
    """
    require(by, "events.record_attendance", session.event)
    with transaction.atomic(), because(by=by):
        locked = list(
            Registration.objects.select_for_update(of=("self",), no_key=True)
            .select_related("person")
            .filter(pk__in={registration.pk for registration in registrations})
            .order_by("pk")
        )
        if present:
            _check_time(session)
            _check_choice(session, locked)
        for registration in locked:
            registration.event = session.event if registration.event_id == session.event_id else registration.event
            _check_fits(registration, session, present=present)
        records = {record.registration_id: record for record in session.attendance.filter(registration__in=locked)}
        changed = [registration for registration in locked if (registration.pk in records) is not present]
        for registration in changed:
            if present:
                AttendanceRecord.objects.create(
                    registration=registration, session=session, checked_in_at=timezone.now(), recorded_by=by
                )
            else:
                record = records[registration.pk]
                record.registration, record.session = registration, session  # the journal names both
                record.delete()
            attendance_recorded.send(AttendanceRecord, change=AttendanceChange(registration, session, present, by))
        return len(changed)


def _check_time(session: Session) -> None:
    """Raise CannotCheckIn unless the event is on (or was) and the session begins soon or has begun."""
    if session.event.state not in HELD:
        raise CannotCheckIn(
            _("Nobody can be checked in: this event is “{state}”.").format(state=session.event.get_state_display())
        )
    if timezone.now() < session.starts_at - EARLY:
        raise CannotCheckIn(_("It is too early: check-in opens two hours before the session starts."))


def _check_choice(session: Session, registrations: Sequence[Registration]) -> None:
    """Raise CannotCheckIn unless all of them take part in the session."""
    if not session.is_chosen:
        return
    chosen = set(session.choices.filter(registration__in=registrations).values_list("registration_id", flat=True))
    for registration in registrations:
        # Whoever has no confirmed place hears that instead.
        if registration.pk not in chosen and registration.state == Registration.State.CONFIRMED:
            raise CannotCheckIn(
                _("{person} did not choose “{session}” and is not expected there. Change their sessions first.").format(
                    person=registration.person, session=session
                )
            )


def _check_fits(registration: Registration, session: Session, *, present: bool) -> None:
    """Raise CannotCheckIn unless the registration is one of this event and, to check in, confirmed."""
    if registration.event_id != session.event_id:
        raise CannotCheckIn(_("{person} is registered for another event.").format(person=registration.person))
    if present and registration.state != Registration.State.CONFIRMED:
        raise CannotCheckIn(
            _("{person} has no confirmed place: the registration is “{state}”.").format(
                person=registration.person, state=registration.get_state_display()
            )
        )
