"""What one asks about attendance: who is expected at a session and who came."""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from events.attendance.models import AttendanceRecord
from events.programme.models import Event, Session
from events.registrations.models import Registration, SessionChoice
from events.registrations.queries import of_event, taking_part_in


@dataclass(frozen=True)
class RosterRow:
    """A participant of a session, and the record of their presence there if they came."""

    registration: Registration
    record: AttendanceRecord | None

    @property
    def present(self) -> bool:
        """Whether they are checked in."""
        return self.record is not None


def roster(session: Session, *, search: str = "") -> list[RosterRow]:
    """Who takes part in the session, in the order of the door (by name), with their record. Two queries."""
    records = {record.registration_id: record for record in AttendanceRecord.objects.filter(session=session)}
    confirmed = of_event(session.event, state=Registration.State.CONFIRMED, search=search)
    if session.is_chosen:
        confirmed = confirmed.filter(pk__in=taking_part_in(session).order_by().values("pk"))
    # The database's order of letters differs from one to the next; names are sorted here, upper and lower case alike.
    by_name = sorted(confirmed, key=lambda registration: (registration.person.name.casefold(), registration.pk))
    return [RosterRow(registration, records.get(registration.pk)) for registration in by_name]


def present_by_session(event: Event) -> dict[int, int]:
    """How many of those who take part in a session were checked in there, by session id. One query."""
    chose = SessionChoice.objects.filter(session=OuterRef("pk"), registration=OuterRef("attendance__registration"))
    theirs = Q(attendance__registration__state=Registration.State.CONFIRMED) & (Q(is_chosen=False) | Q(Exists(chose)))
    counts = event.sessions.order_by().annotate(number=Count("attendance", filter=theirs)).values_list("pk", "number")
    return dict(counts)
