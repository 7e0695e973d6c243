"""All tables of the wings, for Django to find."""

from events.attendance.models import AttendanceRecord
from events.calendars.models import (
    CalendarWishes,
    EmbeddingSite,
    Entry,
    EntryText,
    Feed,
    Invitation,
    Mailbox,
    PersonalAddress,
    Reply,
    Revision,
    Selection,
    Source,
    SourceText,
)
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
    "CalendarWishes",
    "Certificate",
    "Circular",
    "EligibilityRule",
    "EmbeddingSite",
    "Entry",
    "EntryText",
    "Event",
    "EventCompetence",
    "Feed",
    "Invitation",
    "IssueRun",
    "Mailbox",
    "Message",
    "PersonalAddress",
    "Question",
    "Quota",
    "Registration",
    "RegistrationImport",
    "Reply",
    "Revision",
    "Selection",
    "Session",
    "SessionChoice",
    "Source",
    "SourceText",
    "Speaker",
    "SpecialAnswer",
    "Venue",
]
