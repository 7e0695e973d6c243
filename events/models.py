"""All tables of the wings, for Django to find."""

from events.attendance.models import AttendanceRecord
from events.calendars.models import Entry, EntryText, Feed, PersonalAddress, Revision
from events.certificates.models import Certificate, IssueRun
from events.mail.models import Message
from events.programme.models import Event, EventCompetence, Session, Speaker, Venue
from events.registrations.models import Registration

__all__ = [
    "AttendanceRecord",
    "Certificate",
    "Entry",
    "EntryText",
    "Event",
    "EventCompetence",
    "Feed",
    "IssueRun",
    "Message",
    "PersonalAddress",
    "Registration",
    "Revision",
    "Session",
    "Speaker",
    "Venue",
]
