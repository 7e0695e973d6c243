"""What the questions of an evaluation say, in the reader's language."""

from django.utils.translation import gettext as _

from events.attendance.evaluation.ready_made import READY_MADE
from events.attendance.models import EvaluationQuestion

SCALE = (1, 2, 3, 4, 5)


def text_of(question: EvaluationQuestion) -> str:
    """The question."""
    ready = READY_MADE.get(question.key)
    return str(ready.text) if ready else question.text


def options_of(question: EvaluationQuestion) -> list[tuple[str, str]]:
    """The answers to choose from: value and words. Of a scale its five steps."""
    if question.kind == EvaluationQuestion.Kind.SCALE:
        ends = {1: _("1 – not at all"), 5: _("5 – fully")}
        return [(str(step), ends.get(step, str(step))) for step in SCALE]
    ready = READY_MADE.get(question.key)
    if ready:
        return [(value, str(words)) for value, words in ready.options]
    return [(option, option) for option in question.options]
