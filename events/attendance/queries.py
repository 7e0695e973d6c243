"""What one asks about attendance: who is expected at a session and who came."""

from dataclasses import dataclass

from django.db.models import Count

from events.attendance.models import AttendanceRecord
from events.programme.models import Event, Session
from events.registrations.models import Registration
from events.registrations.queries import of_event


@dataclass(frozen=True)
class RosterRow:
    """A confirmed participant, and the record of their presence at the session if they came."""

    registration: Registration
    record: AttendanceRecord | None

    @property
    def present(self) -> bool:
        """Whether they are checked in."""
        return self.record is not None


def roster(session: Session, *, search: str = "") -> list[RosterRow]:
    """Who has a confirmed place, in the order of the door (by name), with their record. Two queries."""
    records = {record.registration_id: record for record in AttendanceRecord.objects.filter(session=session)}
    confirmed = of_event(session.event, state=Registration.State.CONFIRMED, search=search)
    # The database's order of letters differs from one to the next; names are sorted here, upper and lower case alike.
    by_name = sorted(confirmed, key=lambda registration: (registration.person.name.casefold(), registration.pk))
    return [RosterRow(registration, records.get(registration.pk)) for registration in by_name]


def present_by_session(event: Event) -> dict[int, int]:
    """How many were checked in at each session, by session id. One query."""
    counts = event.sessions.order_by().annotate(number=Count("attendance")).values_list("pk", "number")
    return dict(counts)
