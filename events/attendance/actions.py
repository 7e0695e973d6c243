"""The verbs of attendance."""

from collections.abc import Iterable

from events.attendance.models import AttendanceRecord
from events.programme.models import Session
from events.registrations.models import Registration
from network.errors import Refused
from network.models import Person


class CannotCheckIn(Refused):
    """The registration is not confirmed, is for another event, or the session has not begun."""

    code = "cannot_check_in"


def check_in(*, registration: Registration, session: Session, by: Person) -> AttendanceRecord:
    """Record that a confirmed participant is present. Twice is once. Raises NotAllowed, CannotCheckIn.

    Possible from two hours before the session starts.
    """
    raise NotImplementedError


def undo_check_in(*, registration: Registration, session: Session, by: Person) -> None:
    """Take a check-in back. Undoing what is not there changes nothing."""
    raise NotImplementedError


def set_present(*, session: Session, registrations: Iterable[Registration], present: bool, by: Person) -> int:
    """Check in, or undo, many people at once, all or none. Returns how many changed."""
    raise NotImplementedError
