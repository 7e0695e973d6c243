"""From what a desk sends to the people it is about: notes with a ticket's key or code, answered one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from events.attendance import presence
from events.attendance.actions import Note, record_scans
from events.attendance.checking.offline import keys_of
from events.attendance.checking.tickets import code_of, codes_of
from events.attendance.models import AttendanceRecord, Scan
from events.programme.models import Session
from events.registrations.models import Registration
from network.code_words import parse
from network.models import Person
from network.rules import require

UNKNOWN = "unknown_ticket"
MISREAD = "misread_ticket"


@dataclass(frozen=True)
class Sent:
    """One note as it arrives: whose it is says ``key`` (of the offline list) or ``code`` (as it was read or typed)."""

    id: UUID
    present: bool
    at: datetime
    key: str = ""
    code: str = ""


@dataclass(frozen=True)
class Answer:
    """What became of it. ``problem`` is stable and empty if it was followed; ``detail`` is for the desk to read.

    ``at`` is the moment that it was taken for; None if nothing was kept.
    """

    id: UUID
    problem: str
    detail: str
    at: datetime | None = None
    registration: Registration | None = None
    record: AttendanceRecord | None = None


def receive(*, session: Session, sent: Sequence[Sent], by: Person, device: str = "") -> list[Answer]:
    """Record what a desk noted, exactly once, and answer each, in their order. Raises NotAllowed.

    Of a ticket that is not of this event nothing can be kept: there is nobody to keep it for, and the desk is told.
    """
    require(by, "events.record_attendance", session.event)
    answers: dict[int, Answer] = {}
    notes: dict[int, Note] = {}
    whose = _whose(session, sent)
    for place, (one, key) in enumerate(zip(sent, whose, strict=True)):
        if key is None:
            problem = UNKNOWN if one.key or parse(one.code) else MISREAD
            answers[place] = Answer(one.id, problem, not_found(problem))
        else:
            notes[place] = Note(one.id, Registration(pk=key), one.present, one.at)
    outcomes = record_scans(session=session, notes=[*notes.values()], by=by, device=device) if notes else []
    for place, outcome in zip(notes, outcomes, strict=True):
        who = outcome.registration
        detail = presence.in_words(outcome.problem, who, session) if outcome.problem else ""
        answers[place] = Answer(outcome.id, outcome.problem, detail, outcome.at, who, outcome.record)
    return [answers[place] for place in range(len(sent))]


def _whose(session: Session, sent: Sequence[Sent]) -> list[int | None]:
    """The registration that each is about, by its key. One query, and a hash for each registration of the event."""
    if not sent:
        return []
    everybody = list(Registration.objects.filter(event=session.event).order_by().values_list("pk", flat=True))
    by_key = keys_of(session, everybody) if any(one.key for one in sent) else {}
    by_code = codes_of(everybody) if any(not one.key for one in sent) else {}
    return [by_key.get(one.key) if one.key else by_code.get(parse(one.code) or "") for one in sent]


def find(session: Session, typed: str) -> Registration | None:
    """Whose ticket it is, if it is one of the session's event."""
    code = parse(typed)
    everybody = Registration.objects.filter(event=session.event).order_by()
    key = codes_of(everybody.values_list("pk", flat=True)).get(code) if code else None
    return Registration.objects.select_related("person__organisation").filter(pk=key).first() if key else None


def find_among(registrations: QuerySet[Registration], code: str) -> Registration | None:
    """The one of these that has the code, given in its canonical form."""
    key = next((key for key in registrations.order_by().values_list("pk", flat=True) if code_of(key) == code), None)
    return registrations.get(pk=key) if key else None


def not_found(problem: str) -> str:
    """What is said of a ticket that is none of this event."""
    if problem == MISREAD:
        return _("This is no ticket’s code: a character is wrong or missing. Scan it again, or compare it with the ticket.")
    return _("No registration for this event has this ticket. It may be for another event. Look the person up by name.")


def not_followed(session: Session) -> list[tuple[Scan, str]]:
    """Check-ins that arrived and could not be followed, of people who are not present now, with why. The newest first."""
    scans = (
        Scan.objects.filter(session=session)
        .exclude(problem="")
        .exclude(registration__in=session.attendance.values("registration"))
        .select_related("registration__person__organisation", "by")
        .order_by("registration", "-at", "-id")
    )
    newest: dict[int, Scan] = {}
    for scan in scans:
        newest.setdefault(scan.registration_id, scan)
        scan.session = session
    found = sorted(newest.values(), key=lambda scan: (scan.at, scan.pk), reverse=True)
    return [(scan, presence.in_words(scan.problem, scan.registration, session)) for scan in found]
