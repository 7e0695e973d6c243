"""The law of presence: who is at a session follows from the scans alone, whoever sent them and in whatever order they came.

A *scan* is one check-in or one undoing at a moment ``at``. It comes from a desk's browser (perhaps noted without a network
and sent hours later), from a button of the roster or the API, or from the participant's own hand at the door.

1. A scan counts once: its number is made where it is noted, and sent again it is the same scan.
2. A scan that cannot be followed when it arrives is kept with its problem, and decides nothing. An undoing always can be.
3. Of the others of a person at a session, in the order of (``at``, number), the last decides: so two desks agree.
4. Who is present is so since the earliest check-in after the last undoing, and that scan says who recorded it.
5. A record that rests on a webinar's report or a signed sheet does not change by scans that arrive: it is better known.
   Only who takes it back at the roster, and so sees it, removes it.
6. A record without a scan, from before there were any, is a check-in at its own time.

Everything here runs in a transaction, with the registrations locked (``lock``) in the order of their keys.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils import timezone
from django.utils.translation import gettext as _

from events.attendance.models import AttendanceRecord, Scan
from events.attendance.signals import AttendanceChange, attendance_recorded
from events.programme.models import Session
from events.programme.states import HELD
from events.registrations.models import Registration
from network.models import Person

#: How long before a session starts people may be checked in.
EARLY = timedelta(hours=2)

#: The device of a scan that the participant made. What a browser calls itself cannot begin like this.
BY_ONESELF = "@self"

_EVIDENCE = (AttendanceRecord.Source.REPORT, AttendanceRecord.Source.SHEET)
#: Between two moments that must differ.
TICK = timedelta(microseconds=1)


class Obstacle(StrEnum):
    """Why somebody cannot be checked in at a session. Kept with the scan; stable."""

    EVENT_NOT_ON = "event_not_on"
    TOO_EARLY = "too_early"
    OTHER_EVENT = "other_event"
    NOT_CONFIRMED = "not_confirmed"
    OTHER_SESSION = "other_session"


def lock(registrations: Iterable[Registration]) -> list[Registration]:
    """The registrations as they are now, locked in the order of their keys, each with its person."""
    return list(
        Registration.objects.select_for_update(of=("self",), no_key=True)
        .select_related("person__organisation")
        .filter(pk__in={registration.pk for registration in registrations})
        .order_by("pk")
    )


def chosen_in(session: Session, registrations: Collection[Registration]) -> set[int]:
    """Which of the registrations chose the session, by key; needed only for one that people choose."""
    if not session.is_chosen:
        return set()
    return set(session.choices.filter(registration__in=registrations).values_list("registration_id", flat=True))


def obstacle(registration: Registration, session: Session, *, at: datetime, chosen: Collection[int]) -> Obstacle | None:
    """Why the person cannot be checked in at ``at``, or None if they can. ``chosen`` is ``chosen_in``."""
    if session.event.state not in HELD:
        return Obstacle.EVENT_NOT_ON
    if at < session.starts_at - EARLY:
        return Obstacle.TOO_EARLY
    if registration.event_id != session.event_id:
        return Obstacle.OTHER_EVENT
    if registration.state != Registration.State.CONFIRMED:
        return Obstacle.NOT_CONFIRMED
    if session.is_chosen and registration.pk not in chosen:
        return Obstacle.OTHER_SESSION
    return None


def in_words(problem: str, registration: Registration, session: Session) -> str:
    """An obstacle as the desk reads it."""
    match problem:
        case Obstacle.EVENT_NOT_ON:
            return _("Nobody can be checked in: this event is “{state}”.").format(state=session.event.get_state_display())
        case Obstacle.TOO_EARLY:
            return _("It is too early: check-in opens two hours before the session starts.")
        case Obstacle.OTHER_EVENT:
            return _("{person} is registered for another event.").format(person=registration.person)
        case Obstacle.NOT_CONFIRMED:
            return _("{person} has no confirmed place: the registration is “{state}”.").format(
                person=registration.person, state=registration.get_state_display()
            )
        case Obstacle.OTHER_SESSION:
            return _("{person} did not choose “{session}” and is not expected there. Change their sessions first.").format(
                person=registration.person, session=session
            )
        case _:
            return _("{person} could not be checked in.").format(person=registration.person)


def decide(scans: Iterable[Scan]) -> Scan | None:
    """The check-in that stands after all these scans (rules 3 and 4), or None: the person is not present."""
    stands: Scan | None = None
    for scan in sorted(scans, key=lambda scan: (scan.at, scan.pk)):
        if not scan.present:
            stands = None
        elif stands is None:
            stands = scan
    return stands


def remember(session: Session, registrations: Sequence[Registration]) -> None:
    """Give records from before there were scans a scan of their own (rule 6). Before new scans are written."""
    older = session.attendance.filter(registration__in=registrations).exclude(source__in=_EVIDENCE)
    known = Scan.objects.filter(session=session, registration__in=registrations, problem="")
    Scan.objects.bulk_create(
        Scan(
            id=uuid.uuid4(),
            session=session,
            registration_id=record.registration_id,
            present=True,
            at=record.checked_in_at,
            received_at=record.checked_in_at,
            device=BY_ONESELF if record.source == AttendanceRecord.Source.SELF else "",
            by_id=record.recorded_by_id,
        )
        for record in older.exclude(registration__in=known.order_by().values("registration"))
    )


def note(*, session: Session, registrations: Sequence[Registration], present: bool, by: Person, device: str = "") -> None:
    """Write a scan of this moment for each of these locked registrations. It is later than all that is known of them."""
    remember(session, registrations)
    now = timezone.now()
    last: dict[int, datetime] = {}
    for scan in Scan.objects.filter(session=session, registration__in=registrations, problem=""):
        last[scan.registration_id] = max(scan.at, last.get(scan.registration_id, scan.at))
    Scan.objects.bulk_create(
        Scan(
            session=session,
            registration=registration,
            present=present,
            # Two web servers' clocks differ a little; a button is pressed with the last scan before one's eyes.
            at=max(now, last[registration.pk] + TICK) if registration.pk in last else now,
            received_at=now,
            device=device,
            by=by,
        )
        for registration in registrations
    )


def settle(*, session: Session, registrations: Sequence[Registration], by: Person, drop_evidence: bool = False) -> int:
    """Make the records say what the scans say, and tell of those that changed. Returns how many came or went.

    ``drop_evidence``: a record that rests on a report or a sheet goes too, if the scans say so (rule 5).
    """
    scans: dict[int, list[Scan]] = {}
    for scan in Scan.objects.filter(session=session, registration__in=registrations, problem=""):
        scans.setdefault(scan.registration_id, []).append(scan)
    records = {record.registration_id: record for record in session.attendance.filter(registration__in=registrations)}
    changed = 0
    for registration in registrations:
        record = records.get(registration.pk)
        if record is not None and record.source in _EVIDENCE and not drop_evidence:
            continue
        stands = decide(scans.get(registration.pk, []))
        _make_it_so(registration, session, record, stands)
        if (record is None) is not (stands is None):
            changed += 1
            change = AttendanceChange(registration, session, stands is not None, by)
            attendance_recorded.send(AttendanceRecord, change=change)
    return changed


def _make_it_so(registration: Registration, session: Session, record: AttendanceRecord | None, stands: Scan | None) -> None:
    """Write, change or delete the record, if it differs from the check-in that stands."""
    if record is not None:
        record.registration, record.session = registration, session  # the journal names both
    if stands is None:
        if record is not None:
            record.delete()
        return
    source = AttendanceRecord.Source.SELF if stands.device == BY_ONESELF else AttendanceRecord.Source.DESK
    facts = {"source": source, "checked_in_at": stands.at, "recorded_by_id": stands.by_id}
    if record is None:
        AttendanceRecord.objects.create(registration=registration, session=session, **facts)
    elif any(getattr(record, name) != value for name, value in facts.items()):
        for name, value in facts.items():
            setattr(record, name, value)
        record.save()
