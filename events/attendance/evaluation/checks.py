"""What a questionnaire can be, and what an answer to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from events.attendance.evaluation.ready_made import READY_MADE
from events.attendance.evaluation.words import SCALE, options_of
from events.attendance.models import EvaluationQuestion
from network.errors import Invalid

Kind = EvaluationQuestion.Kind
CHOOSING = (Kind.CHOICE, Kind.CHOICES)
MOST_QUESTIONS = 30
TEXT_LENGTH = 300
MOST_OPTIONS = 20
OPTION_LENGTH = 120
ANSWER_LENGTH = 2000


@dataclass(frozen=True)
class Asked:
    """A question as an organiser states it.

    ``id`` names one that is there. With ``key`` all but ``is_required`` is ready-made.
    """

    id: int | None = None
    key: str = ""
    kind: str = ""
    text: str = ""
    options: tuple[str, ...] = ()
    is_required: bool = False


def asked_of(question: EvaluationQuestion) -> Asked:
    """A question that is stored, as it was stated."""
    return Asked(question.pk, question.key, question.kind, question.text, tuple(question.options), question.is_required)


def check_questions(asked: Sequence[Asked]) -> list[Asked]:
    """The questions as they are stored. Raises Invalid with paths such as ``questions.0.text``."""
    errors: dict[str, list[Any]] = {}
    if not asked:
        errors["questions"] = [_("Ask one question at least.")]
    if len(asked) > MOST_QUESTIONS:
        errors["questions"] = [_("Ask %(count)d questions at most.") % {"count": MOST_QUESTIONS}]
    found = []
    keys: set[str] = set()
    for number, one in enumerate(asked):
        try:
            found.append(_ready(one, keys) if one.key else _own(one))
        except Invalid as error:
            errors |= {f"questions.{number}.{path}": messages for path, messages in error.errors.items()}
        keys.add(one.key)
    if errors:
        raise Invalid(errors)
    return found


def _ready(one: Asked, keys: set[str]) -> Asked:
    ready = READY_MADE.get(one.key)
    if ready is None:
        raise Invalid({"key": [_("There are: %(keys)s.") % {"keys": ", ".join(READY_MADE)}]})
    if one.key in keys:
        raise Invalid({"key": [_("This question is asked already.")]})
    return Asked(id=one.id, key=one.key, kind=ready.kind, is_required=one.is_required)


def _own(one: Asked) -> Asked:
    errors: dict[str, list[Any]] = {}
    text = " ".join(one.text.split())
    if one.kind not in Kind.values:
        errors["kind"] = [_("There are: %(kinds)s.") % {"kinds": ", ".join(Kind.values)}]
    if not text:
        errors["text"] = [_("Write the question.")]
    elif len(text) > TEXT_LENGTH:
        errors["text"] = [_("Use at most %(count)d characters.") % {"count": TEXT_LENGTH}]
    options: tuple[str, ...] = ()
    if one.kind in CHOOSING:
        options = tuple(option for option in (" ".join(option.split()) for option in one.options) if option)
        if not 2 <= len(options) <= MOST_OPTIONS:
            errors["options"] = [_("Give 2 to %(count)d answers, one a line.") % {"count": MOST_OPTIONS}]
        elif len({option.casefold() for option in options}) < len(options):
            errors["options"] = [_("Each answer must be another.")]
        elif max(map(len, options)) > OPTION_LENGTH:
            errors["options"] = [_("Use at most %(count)d characters for an answer.") % {"count": OPTION_LENGTH}]
    if errors:
        raise Invalid(errors)
    return Asked(id=one.id, kind=one.kind, text=text, options=options, is_required=one.is_required)


def check_answers(questions: Sequence[EvaluationQuestion], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as a sheet keeps them, by the question's id as text. Raises Invalid with that id as the path.

    What is about the whole has an empty path: no answer at all, or one to a question that is not asked.
    """
    errors: dict[str, list[Any]] = {}
    if set(answers) - {str(question.pk) for question in questions}:
        errors[""] = [_("There is an answer to a question that is not asked here. Read the questions again.")]
    found: dict[str, Any] = {}
    for question in questions:
        name = str(question.pk)
        try:
            answer = _answer(question, answers.get(name))
        except ValueError as error:
            errors[name] = [str(error)]
            continue
        if answer is not None:
            found[name] = answer
        elif question.is_required:
            errors[name] = [_("Please answer this.")]
    if not errors and not found:
        errors[""] = [_("Answer one question at least.")]
    if errors:
        raise Invalid(errors)
    return found


def _answer(question: EvaluationQuestion, value: Any) -> Any:
    """One answer, or None where there is none. Raises ValueError with what is wrong."""
    if value in (None, "", []):
        return None
    values = [offered for offered, _words in options_of(question)]
    match question.kind:
        case Kind.SCALE:
            if str(value) not in values:
                raise ValueError(_("Choose a number from %(least)d to %(most)d.") % {"least": SCALE[0], "most": SCALE[-1]})
            return int(str(value))
        case Kind.CHOICE:
            if value not in values:
                raise ValueError(_("Choose one of the answers."))
            return value
        case Kind.CHOICES:
            if not isinstance(value, list) or any(one not in values for one in value):
                raise ValueError(_("Choose among the answers."))
            return [offered for offered in values if offered in value]
        case _:
            if not isinstance(value, str):
                raise ValueError(_("Answer this in words."))  # noqa: TRY004 - like all that can be wrong with an answer
            text = value.replace("\0", "").replace("\r\n", "\n").strip()
            if len(text) > ANSWER_LENGTH:
                raise ValueError(_("Use at most %(count)d characters.") % {"count": ANSWER_LENGTH})
            return text or None
