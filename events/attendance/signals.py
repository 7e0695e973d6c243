"""What attendance says to the wings above, inside the transaction of the change."""

from dataclasses import dataclass

from django.dispatch import Signal

from events.programme.models import Session
from events.registrations.models import Registration
from network.models import Person


@dataclass(frozen=True)
class AttendanceChange:
    """Somebody's presence at a session was recorded or undone."""

    registration: Registration
    session: Session
    present: bool
    by: Person | None


attendance_recorded = Signal()  # sends change: AttendanceChange
