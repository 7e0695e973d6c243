"""All tables of the wings, for Django to find."""

from events.attendance.models import AttendanceRecord
from events.calendars.models import Entry, EntryText, Feed, PersonalAddress, Revision
from events.certificates.models import Certificate, IssueRun
from events.mail.models import Circular, Message
from events.programme.models import Event, EventCompetence, Session, Speaker, Venue
from events.registrations.models import (
    Answer,
    AnswerFile,
    EligibilityRule,
    Question,
    Quota,
    Registration,
    RegistrationImport,
    SessionChoice,
    SpecialAnswer,
)

__all__ = [
    "Answer",
    "AnswerFile",
    "AttendanceRecord",
    "Certificate",
    "Circular",
    "EligibilityRule",
    "Entry",
    "EntryText",
    "Event",
    "EventCompetence",
    "Feed",
    "IssueRun",
    "Message",
    "PersonalAddress",
    "Question",
    "Quota",
    "Registration",
    "RegistrationImport",
    "Revision",
    "Session",
    "SessionChoice",
    "Speaker",
    "SpecialAnswer",
    "Venue",
]
