"""Answers on their way through the verbs: judged before the lock, written inside it."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef

from events.programme.models import Event
from events.registrations.asking.answers import CheckedAnswers, check, save
from events.registrations.models import Answer, Question, Registration, SpecialAnswer
from network.models import Person

__all__ = ["check_for", "owes_answers", "save"]


def owes_answers(registration: Registration) -> bool:
    """Whether the organiser needs answers that were not given yet: of who was registered by others, or asked later on."""
    if not registration.event.has_questions:
        return False
    given = {"registration": registration, "question": OuterRef("pk")}
    needed = Question.objects.filter(
        ~Exists(Answer.objects.filter(**given)),
        ~Exists(SpecialAnswer.objects.filter(**given)),
        event=registration.event,
        removed_at=None,
        is_required=True,
        depends_on=None,
    )
    return needed.exists()


def check_for(
    event: Event,
    answers: Mapping[str, Any] | None,
    *,
    by_organiser: bool,
    registration: Registration | None = None,
    by: Person | None = None,
) -> CheckedAnswers | None:
    """The answers, judged; None where there is nothing to write. Of a registration that exists, what is not sent stays.

    An organiser need not know every answer. Files can be sent by whoever uploaded them: ``by``. Raises Invalid.
    """
    if answers is None and (by_organiser or registration is not None or not event.has_questions):
        return None
    if not answers and not event.has_questions:
        return None
    return check(event, answers, by=by, registration=registration, partial=registration is not None, must=not by_organiser)
