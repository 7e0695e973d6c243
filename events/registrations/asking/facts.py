"""What an organiser states about a question: the input of the actions, for pages, API and clones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from events.programme.models import Event
from events.registrations.models import Question

#: What a file may be, and the types of content that this covers.
FILE_TYPES: dict[str, tuple[str, ...]] = {
    "image": ("image/png", "image/jpeg", "image/webp"),
    "document": ("application/pdf",),
}
USUAL_MEGABYTES = 5
MOST_MEGABYTES = 10


@dataclass(frozen=True)
class OptionFacts:
    """An answer to choose from. ``value`` names one that exists; left empty it is made from the label."""

    label: Mapping[str, str]
    value: str = ""


@dataclass(frozen=True)
class QuestionFacts:
    """One question. ``key`` names one that exists, or a new one; left empty it is made from the label.

    With ``block`` all words, options and the kind are those of the block: only the key and the place count. A block without
    a key stands for all of its questions.
    """

    kind: str = ""
    label: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    block: str = ""
    help: Mapping[str, str] = field(default_factory=dict)
    options: tuple[OptionFacts, ...] = ()
    least: Decimal | int | None = None  # of a number
    most: Decimal | int | None = None
    types: tuple[str, ...] = ()  # of a file; none: any of FILE_TYPES
    megabytes: int = USUAL_MEGABYTES
    is_required: bool = False
    is_special: bool = False
    purpose: str = ""
    depends_on: str = ""  # the key of an earlier question
    depends_values: tuple[Any, ...] = ()


def facts_of(question: Question) -> QuestionFacts:
    """A stored question as its organiser stated it."""
    limits = question.limits
    return QuestionFacts(
        kind=question.kind,
        label=question.label,
        key=question.key,
        block=question.block,
        help=question.help,
        options=tuple(
            OptionFacts(option.get("label", {}), option["value"]) for option in question.options if not option.get("removed")
        ),
        least=_number(limits.get("least")),
        most=_number(limits.get("most")),
        types=tuple(limits.get("types", ())),
        megabytes=limits.get("megabytes", USUAL_MEGABYTES),
        is_required=question.is_required,
        is_special=question.is_special,
        purpose=question.purpose,
        depends_on=question.depends_on.key if question.depends_on else "",
        depends_values=tuple(question.depends_values),
    )


def questions_of(event: Event) -> list[Question]:
    """What the event asks now, in its order, each with the question that it depends on. One query; none without questions."""
    if not event.has_questions:
        return []
    found = Question.objects.filter(event=event, removed_at=None).select_related("depends_on").order_by("position", "pk")
    return _at(event, found)


def ever_asked(event: Event) -> list[Question]:
    """What the event asks, then what it asked once and somebody answered: the columns of lists and exports. One query."""
    found = Question.objects.filter(event=event).select_related("depends_on").order_by("position", "pk")
    return sorted(_at(event, found), key=lambda question: question.removed_at is not None)


def _at(event: Event, questions: Iterable[Question]) -> list[Question]:
    """The questions with the event that they belong to, which need not be read again."""
    found = list(questions)
    for question in found:
        question.event = event
    return found


def all_facts(questions: Iterable[Question]) -> list[QuestionFacts]:
    """The facts of several."""
    return [facts_of(question) for question in questions]


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
