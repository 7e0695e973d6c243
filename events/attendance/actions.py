"""The verbs of attendance. A registration's row is locked while its presence is written: two desks agree in the end.

What follows from what was noted, and in which order it counts, is the law of ``presence``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from events.attendance import presence
from events.attendance.models import AttendanceRecord, Scan
from events.attendance.presence import EARLY, TICK, Obstacle
from events.programme.models import Session
from events.registrations.models import Registration
from network.errors import Refused
from network.journal import because
from network.models import Person
from network.rules import require

#: A note has the number of another scan: it was not made as it should be, and is not followed.
NUMBER_TAKEN = "number_taken"

__all__ = [
    "EARLY",
    "NUMBER_TAKEN",
    "CannotCheckIn",
    "Note",
    "Outcome",
    "check_in",
    "record_scans",
    "set_present",
    "undo_check_in",
]


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
        locked = presence.lock(registrations)
        chosen = presence.chosen_in(session, locked)
        for registration in locked:
            _of_its_event(registration, session)
            if present:
                why = presence.obstacle(registration, session, at=timezone.now(), chosen=chosen)
            else:
                why = None if registration.event_id == session.event_id else Obstacle.OTHER_EVENT
            if why is not None:
                raise CannotCheckIn(presence.in_words(why, registration, session))
        there = set(session.attendance.filter(registration__in=locked).values_list("registration_id", flat=True))
        changing = [registration for registration in locked if (registration.pk in there) is not present]
        presence.note(session=session, registrations=changing, present=present, by=by)
        return presence.settle(session=session, registrations=changing, by=by, drop_evidence=not present)


@dataclass(frozen=True)
class Note:
    """One check-in or undoing as a desk's browser noted it: ``id`` is the number that makes it count once."""

    id: UUID
    registration: Registration
    present: bool
    at: datetime  # by the device's clock, put right by its distance from ours


@dataclass(frozen=True)
class Outcome:
    """What became of a note: why it was not followed (an Obstacle, or empty), and the person's record as it is now.

    ``at`` is the moment that it was taken for; None if nothing was kept.
    """

    id: UUID
    registration: Registration
    problem: str
    at: datetime | None
    record: AttendanceRecord | None


def record_scans(*, session: Session, notes: Sequence[Note], by: Person, device: str = "") -> list[Outcome]:
    """Take what a desk noted, perhaps without a network and long ago; each note counts once, however often it is sent.

    Notes whose check-in is impossible (a registration cancelled meanwhile, another session) are kept with their problem; the
    others hold. Moments that lie ahead of us are taken as now, in their order: they must not win over what happens until then.
    Returns an outcome for each note, in their order. Raises NotAllowed.
    """
    require(by, "events.record_attendance", session.event)
    with transaction.atomic(), because(by=by):
        locked = {one.pk: one for one in presence.lock(note.registration for note in notes)}
        for registration in locked.values():
            _of_its_event(registration, session)
        chosen = presence.chosen_in(session, locked.values())
        presence.remember(session, [*locked.values()])
        now = timezone.now()
        fresh = []
        notes_once = {note.id: note for note in reversed(notes)}.values()
        ahead = sorted((note for note in notes_once if note.at > now), key=lambda note: note.at, reverse=True)
        as_now = {note.id: now - place * TICK for place, note in enumerate(ahead)}
        for note in notes_once:
            at, who = as_now.get(note.id, note.at), locked[note.registration.pk]
            why = presence.obstacle(who, session, at=at, chosen=chosen) if note.present else None
            facts = {"at": at, "received_at": now, "device": device, "by": by, "problem": why or ""}
            fresh.append(Scan(id=note.id, session=session, registration=who, present=note.present, **facts))
        Scan.objects.bulk_create(fresh, ignore_conflicts=True)  # a number that is there already is left as it is
        presence.settle(session=session, registrations=[*locked.values()], by=by)
        kept = Scan.objects.filter(session=session).in_bulk([note.id for note in notes])
        records = {one.registration_id: one for one in session.attendance.filter(registration__in=locked.values())}
    outcomes = []
    for note in notes:
        scan, who = kept.get(note.id), locked[note.registration.pk]
        if scan is None or scan.registration_id != who.pk:
            outcomes.append(Outcome(note.id, who, NUMBER_TAKEN, None, records.get(who.pk)))
        else:
            outcomes.append(Outcome(note.id, who, scan.problem, scan.at, records.get(who.pk)))
    return outcomes


def _of_its_event(registration: Registration, session: Session) -> None:
    """Spare a question: the session knows its event."""
    if registration.event_id == session.event_id:
        registration.event = session.event
