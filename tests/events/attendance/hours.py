"""The hours of one person, as the certificates ask for those of some."""

from events.attendance.hours import Attendance, attendance_of_registrations
from events.registrations.models import Registration


def attendance_of(registration: Registration) -> Attendance:
    """The attendance of a registration, whatever its state."""
    return attendance_of_registrations([registration])[registration.pk]
