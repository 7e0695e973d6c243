"""The verbs of an event's terms of attendance: what must be attended and done before a certificate is earned."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from events.attendance.models import AttendanceTerms, Evaluation, EvaluationSheet
from events.programme.models import Event
from network.errors import Invalid
from network.journal import because
from network.models import Person
from network.rules import require


def set_terms(
    *, event: Event, required_sessions: Collection[int], needs_evaluation: bool, needs_report: bool, by: Person
) -> AttendanceTerms:
    """State all terms of ``event`` anew; the share of the hours is the event's own. They hold at once, for everybody.

    Certificates that were issued stay as they are. Whether somebody answered the evaluation is nobody's business until the
    terms need it, so they cannot begin to need it once somebody has.

    Raises NotAllowed, and Invalid at ``required_sessions`` (of another event) and ``needs_evaluation`` (there is none, or it
    is too late).
    """
    require(by, "events.set_attendance_terms", event)
    with transaction.atomic(), because(by=by):
        Event.objects.select_for_update(of=("self",), no_key=True).get(pk=event.pk)
        terms, _new = AttendanceTerms.objects.get_or_create(event=event)
        errors: dict[str, list[Any]] = {}
        sessions = list(event.sessions.filter(pk__in=required_sessions))
        if len(sessions) != len(set(required_sessions)):
            errors["required_sessions"] = [_("Choose sessions of this event.")]
        if needs_evaluation and not terms.needs_evaluation and (problem := _why_no_evaluation(event)):
            errors["needs_evaluation"] = [problem]
        if errors:
            raise Invalid(errors)
        terms.needs_evaluation, terms.needs_report = needs_evaluation, needs_report
        terms.save()
        terms.required_sessions.set(sessions)
    return terms


def _why_no_evaluation(event: Event) -> str:
    # The row of the questionnaire is locked against answers that come now.
    evaluation = Evaluation.objects.select_for_update(of=("self",), no_key=True).filter(event=event).first()
    if evaluation is None:
        return _("This event has no evaluation. Switch it on first.")
    if EvaluationSheet.objects.filter(evaluation=evaluation).exists():
        return _("People have answered already, and were told that nobody sees whether they did.")
    return ""
