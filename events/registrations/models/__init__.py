"""The tables of registrations: requests and their states, who may come, what is asked, and lists that are imported."""

from events.registrations.models.admission import EligibilityRule, Group, Quota
from events.registrations.models.imports import RegistrationImport
from events.registrations.models.questions import Answer, AnswerFile, Question, SpecialAnswer
from events.registrations.models.registrations import Registration, SessionChoice

__all__ = [
    "Answer",
    "AnswerFile",
    "EligibilityRule",
    "Group",
    "Question",
    "Quota",
    "Registration",
    "RegistrationImport",
    "SessionChoice",
    "SpecialAnswer",
]
