"""The verbs of an evaluation. What anonymity asks of them is told in this room's ``__init__``."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.attendance.evaluation import queries
from events.attendance.evaluation.checks import Asked, asked_of, check_answers, check_questions
from events.attendance.evaluation.ready_made import READY_MADE
from events.attendance.models import AttendanceTerms, Evaluation, EvaluationQuestion, EvaluationSheet, EvaluationTurn
from events.programme.models import Event
from events.registrations.models import Registration
from network.errors import Invalid, Refused
from network.journal import because
from network.models import Person
from network.rules import require


class AlreadyAnswered(Refused):
    """Somebody has answered: the questions stay as they are, and so does each answer."""

    code = "evaluation_begun"
    message = gettext_lazy("Somebody has answered already: the questions stay as they are.")


class EvaluationClosed(Refused):
    """Nobody can answer now: there is no evaluation, it is not open yet, it is over, or the person has no place."""

    code = "evaluation_closed"


class SummaryShown(Refused):
    """The summary was shown: an evaluation that opened again would give its new answers away."""

    code = "summary_shown"
    message = gettext_lazy("The summary has been shown, so the evaluation cannot open again.")


Change = Callable[[list[Asked]], list[Asked]]


def switch_on(*, event: Event, by: Person) -> Evaluation:
    """Give the event an evaluation with the ready-made questions. Twice is once. Raises NotAllowed.

    Switched on when its usual time has passed already, it is open from now on for as long.
    """
    require(by, "events.manage_evaluation", event)
    with transaction.atomic(), because(by=by):
        Event.objects.select_for_update(of=("self",), no_key=True).get(pk=event.pk)
        evaluation, is_new = Evaluation.objects.get_or_create(event=event)
        if is_new:
            ready = [Asked(key=one.key, is_required=one.is_required) for one in READY_MADE.values()]
            _write(evaluation, check_questions(ready))
            evaluation.event = event
            if queries.closes_at(evaluation) <= timezone.now():
                evaluation.closes_at = timezone.now().replace(second=0, microsecond=0) + queries.USUAL_TIME
                evaluation.save()
    return evaluation


def switch_off(*, event: Event, by: Person) -> None:
    """Take the evaluation away. Raises NotAllowed, AlreadyAnswered, Refused (a certificate needs it)."""
    require(by, "events.manage_evaluation", event)
    with transaction.atomic(), because(by=by):
        evaluation = _locked(event)
        if evaluation is None:
            return
        _require_unanswered(evaluation)
        if AttendanceTerms.objects.filter(event=event, needs_evaluation=True).exists():
            raise Refused(_("A certificate of this event needs the evaluation. Change that first."))
        evaluation.delete()


def set_questions(*, event: Event, questions: Sequence[Asked], by: Person) -> list[EvaluationQuestion]:
    """State all questions anew, in their order. One with an ``id`` stays the one that it is.

    Raises NotAllowed, AlreadyAnswered, EvaluationClosed (it is not switched on), and Invalid with paths such as
    ``questions.0.text``.
    """
    return change_questions(event=event, by=by, change=lambda _present: list(questions))


def change_questions(*, event: Event, by: Person, change: Change) -> list[EvaluationQuestion]:
    """As set_questions, from what is asked now: ``change`` is called with it once nobody else can change it."""
    require(by, "events.manage_evaluation", event)
    with transaction.atomic(), because(by=by):
        evaluation = _locked(event)
        if evaluation is None:
            raise EvaluationClosed(_("This event has no evaluation. Switch it on first."))
        _require_unanswered(evaluation)
        present = [asked_of(question) for question in evaluation.questions.all()]
        return _write(evaluation, check_questions(change(present)))


def set_times(*, event: Event, opens_at: datetime | None, closes_at: datetime | None, by: Person) -> Evaluation:
    """From when and until when people can answer. None: from the end of the event, for thirty days.

    Raises NotAllowed, EvaluationClosed (it is not switched on), SummaryShown, and Invalid at ``closes_at``.
    """
    require(by, "events.manage_evaluation", event)
    with transaction.atomic(), because(by=by):
        evaluation = _locked(event)
        if evaluation is None:
            raise EvaluationClosed(_("This event has no evaluation. Switch it on first."))
        standing = queries.standings([evaluation])[event.pk]
        if standing.is_shown:
            raise SummaryShown
        if closes_at is not None and closes_at <= timezone.now() and evaluation.closes_at != closes_at:
            raise Invalid({"closes_at": [_("This has passed. To end it now, close the evaluation.")]})
        evaluation.opens_at, evaluation.closes_at = opens_at, closes_at
        if queries.closes_at(evaluation) <= queries.opens_at(evaluation):
            raise Invalid({"closes_at": [_("It must close after it opens.")]})
        if standing.is_fixed:  # what moves the event must not open it again, see ``answer``
            evaluation.opens_at, evaluation.closes_at = queries.opens_at(evaluation), queries.closes_at(evaluation)
        evaluation.save()
    return evaluation


def close(*, event: Event, by: Person) -> Evaluation:
    """End it now. If five people or more have answered, the summary is shown, and it stays closed. Twice is once.

    Raises NotAllowed, EvaluationClosed (it is not switched on, or not open yet).
    """
    require(by, "events.manage_evaluation", event)
    with transaction.atomic(), because(by=by):
        evaluation = _locked(event)
        state = queries.state_of(evaluation) if evaluation is not None else "off"
        if evaluation is None or state in {"scheduled", "off"}:
            raise EvaluationClosed(_("The evaluation is not open."))
        if state == "open":
            evaluation.closes_at = timezone.now()
            evaluation.save()
    return evaluation


def answer(*, registration: Registration, answers: Mapping[str, Any], by: Person) -> None:
    """Fill in the questionnaire, once and for good. ``answers`` are by the question's id as text.

    Nothing of it is journalled, and nothing is returned: what was answered belongs to nobody from here on.

    Raises NotAllowed, EvaluationClosed, AlreadyAnswered, and Invalid with the question's id as the path.
    """
    require(by, "events.answer_evaluation", registration)
    with transaction.atomic():
        evaluation = _locked(registration.event)
        fresh = Registration.objects.get(pk=registration.pk)
        if problem := why_closed(evaluation, fresh):
            raise EvaluationClosed(problem)
        assert evaluation is not None  # noqa: S101 - for the type checker: why_closed has seen to it
        checked = check_answers(list(evaluation.questions.all()), answers)
        _give_turns(evaluation)
        if not EvaluationTurn.objects.filter(registration=fresh, is_done=False).update(is_done=True):
            raise AlreadyAnswered(
                _("You have answered already. Answers cannot be changed, because nobody knows which are yours.")
            )
        EvaluationSheet.objects.create(evaluation=evaluation, answers=checked)
        # From the first answer on its times are its own: an event that is moved opens nothing again. Without the journal,
        # which would tell when the first one answered.
        times = {"opens_at": queries.opens_at(evaluation), "closes_at": queries.closes_at(evaluation)}
        Evaluation.objects.filter(pk=evaluation.pk).update(**times)


def why_closed(evaluation: Evaluation | None, registration: Registration) -> str:
    """Why the participant cannot answer now, in their language; empty if they can. Whether they have is another question."""
    if evaluation is None or not evaluation.questions.exists():
        return _("This event has no evaluation.")
    if registration.state != Registration.State.CONFIRMED:
        return _("Only participants with a confirmed place can answer.")
    match queries.state_of(evaluation):
        case "closed":
            return _("The evaluation is closed.")
        case "scheduled":
            return _("The evaluation is not open yet.")
        case "off":
            return _("The event does not take place for now, so there is nothing to answer.")
        case _:
            return ""


def _locked(event: Event) -> Evaluation | None:
    """The questionnaire with its event as both are now, so that an answer and a change never meet."""
    found = Evaluation.objects.select_for_update(of=("self",), no_key=True).select_related("event")
    return found.filter(event=event).first()


def _require_unanswered(evaluation: Evaluation) -> None:
    if evaluation.sheets.exists():
        raise AlreadyAnswered


def _write(evaluation: Evaluation, asked: Sequence[Asked]) -> list[EvaluationQuestion]:
    """Store the questions: those that are there are changed, the others made, the rest deleted."""
    before = {question.pk: question for question in evaluation.questions.all()}
    kept: set[int] = set()
    for number, one in enumerate(asked):
        if one.id is None:
            continue
        if one.id not in before or one.id in kept:
            raise Invalid({f"questions.{number}.id": [_("This evaluation has no such question, or it stands here twice.")]})
        if before[one.id].key != one.key:
            raise Invalid({f"questions.{number}.key": [_("A question keeps its key. Leave out its id to ask another.")]})
        kept.add(one.id)
    for pk, question in before.items():
        if pk not in kept:
            question.delete()
    written = []
    for order, one in enumerate(asked):
        question = before.get(one.id or 0) or EvaluationQuestion(evaluation=evaluation)
        facts = {"order": order, "key": one.key, "kind": one.kind, "text": one.text, "options": list(one.options)}
        facts["is_required"] = one.is_required
        if question.pk is None or any(getattr(question, name) != value for name, value in facts.items()):
            for name, value in facts.items():
                setattr(question, name, value)
            question.save()
        written.append(question)
    return written


def _give_turns(evaluation: Evaluation) -> None:
    """A turn for everybody with a place who has none yet: for all at once, by whoever answers first."""
    without = Registration.objects.filter(
        event=evaluation.event_id, state=Registration.State.CONFIRMED, evaluation_turn__isnull=True
    )
    keys = without.order_by("pk").values_list("pk", flat=True)
    EvaluationTurn.objects.bulk_create([EvaluationTurn(registration_id=pk) for pk in keys], ignore_conflicts=True)
