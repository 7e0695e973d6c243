"""The verbs of an event's questions: state them all anew, switch a block on or off, take them over into a clone.

Each works under the lock of the event's row, as registering does: nobody answers a question while it changes.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.programme.models import Event
from events.registrations.asking.blocks import BLOCKS
from events.registrations.asking.checks import CheckedQuestion, Stock, check_questions
from events.registrations.asking.facts import QuestionFacts, all_facts
from events.registrations.asking.retention import ENDED, deletion_day, forget_special
from events.registrations.asking.words import label
from events.registrations.models import Answer, Question, Registration, SpecialAnswer
from network.errors import Invalid
from network.journal import Note, because, blot_out, write
from network.models import Person
from network.rules import require

#: What can be done to the list of questions: it gets the present facts and returns those that shall be.
Change = Callable[[list[QuestionFacts]], Sequence[QuestionFacts]]


def set_questions(*, event: Event, by: Person, questions: Sequence[QuestionFacts]) -> list[Question]:
    """Let the event ask these questions, in this order, and no others.

    A question that keeps its key stays what it is. One that is left out is deleted; if somebody has answered it, it is only
    asked no longer, and its answers stay. An option that is somebody's answer is only offered no longer.

    Returns the questions. Raises NotAllowed, Invalid (``questions.2.label.en``).
    """
    return change_questions(event=event, by=by, change=lambda _present: questions)


def change_questions(*, event: Event, by: Person, change: Change) -> list[Question]:
    """The same for who changes one question of several: ``change`` gets those that there are inside the lock."""
    require(by, "events.manage_registrations", event)
    return _change(event, by, change)


def switch_block(*, event: Event, block: str, on: bool, by: Person) -> list[Question]:
    """Ask the questions of a ready-made block, after all others, or ask them no longer. What is so already stays as it is.

    Raises NotAllowed, Invalid (at ``block``: there is no such block; at ``questions``: another question depends on it).
    """
    if block not in BLOCKS:
        message = _("There is no block “%(name)s”. There are: %(all)s.")
        raise Invalid({"block": [message % {"name": block[:40], "all": ", ".join(BLOCKS)}]})

    def switch(present: list[QuestionFacts]) -> Sequence[QuestionFacts]:
        if on:
            is_on = any(one.block == block for one in present)
            return present if is_on else [*present, QuestionFacts(block=block)]
        return without(present, lambda one: one.block == block)

    try:
        return change_questions(event=event, by=by, change=switch)
    except Invalid as error:
        # Where it stands in the list says nothing to who turned a switch.
        raise Invalid({"block" if path.endswith(".block") else path: said for path, said in error.errors.items()}) from None


def without(present: Sequence[QuestionFacts], is_gone: Callable[[QuestionFacts], bool]) -> list[QuestionFacts]:
    """The facts without some of them. Raises Invalid where one that stays depends on one that goes."""
    gone = {one.key for one in present if is_gone(one)}
    kept = [one for one in present if one.key not in gone]
    if dependent := [one for one in kept if one.depends_on in gone]:
        row = Question(key=dependent[0].key, block=dependent[0].block, label=dict(dependent[0].label))
        message = _("“%(question)s” is asked only with certain answers to it. Change or remove that question first.")
        raise Invalid({"questions": [message % {"question": label(row)}]})
    return kept


def moved(present: Sequence[QuestionFacts], key: str, step: int) -> list[QuestionFacts]:
    """The facts with one question a place further up (``step`` -1) or down (1). A block moves as one, and is passed as one."""
    units: list[list[QuestionFacts]] = []
    for one in present:
        if units and one.block and units[-1][-1].block == one.block:
            units[-1].append(one)
        else:
            units.append([one])
    place = next((index for index, unit in enumerate(units) if any(one.key == key for one in unit)), None)
    if place is not None and 0 <= place + step < len(units):
        units[place], units[place + step] = units[place + step], units[place]
    return [one for unit in units for one in unit]


def copy(from_event: Event, to_event: Event, *, by: Person | None) -> None:
    """Let a clone ask what its source asks. Nobody's answers go along. Constant queries."""
    source = list(Question.objects.filter(event=from_event, removed_at=None).order_by("position", "pk"))
    if not source:
        return
    names = ("key", "position", "kind", "block", "label", "help", "limits", "is_required", "is_special", "purpose")
    copies = [
        Question(
            event=to_event,
            options=[option for option in question.options if not option.get("removed")],
            depends_values=question.depends_values,
            **{name: getattr(question, name) for name in names},
        )
        for question in source
    ]
    Question.objects.bulk_create(copies)
    by_source = dict(zip((question.pk for question in source), copies, strict=True))
    conditional = []
    for question, made in zip(source, copies, strict=True):
        if question.depends_on_id is not None:
            made.depends_on = by_source[question.depends_on_id]
            conditional.append(made)
    Question.objects.bulk_update(conditional, ["depends_on"])
    write(Note(made, {"key": (None, made.key), "kind": (None, made.kind)}, is_new=True, by=by) for made in copies)
    _note_whether_any(to_event, has_questions=True)


def follow_interpretation(event: Event, *, by: Person | None) -> None:
    """Offer the languages into which the event is interpreted now, if it asks for them."""
    names = [block.name for block in BLOCKS.values() if block.by_interpretation]
    if event.has_questions and Question.objects.filter(event=event, removed_at=None, block__in=names).exists():
        _change(event, by, lambda present: present)


# --- How they do it ------------------------------------------------------------------------------------------------


def _change(event: Event, by: Person | None, change: Change) -> list[Question]:
    with transaction.atomic(), because(by=by):
        locked = Event.objects.select_for_update(no_key=True).get(pk=event.pk)
        stock = _stock(locked)
        checked = check_questions(locked, change(all_facts(stock.live.values())), stock)
        written = _write(locked, checked, stock)
        _note_whether_any(event, has_questions=bool(written))
    return written


def _stock(event: Event) -> Stock:
    questions = list(Question.objects.filter(event=event).select_related("depends_on").order_by("position", "pk"))
    return Stock(
        live={question.key: question for question in questions if question.removed_at is None},
        archived={question.key: question for question in questions if question.removed_at is not None},
        answered=frozenset(
            key
            for table in (Answer, SpecialAnswer)
            for key in table.objects.filter(question__event=event).order_by().values_list("question", flat=True).distinct()
        ),
    )


def _write(event: Event, checked: Sequence[CheckedQuestion], stock: Stock) -> list[Question]:
    """Save what differs, then remove what is not asked any more; in the end no question depends on one that goes."""
    written: dict[str, Question] = {}
    for position, one in enumerate(checked):
        question = stock.known(one.key) or Question(event=event, key=one.key)
        columns = {**one.columns, "position": position, "removed_at": None}
        if stock.is_answered(question):
            columns["options"] = _with_answers(question, one.columns["options"])
            if columns["is_special"] and not question.is_special:
                _keep_apart(event, question)
        columns["depends_on"] = written[one.depends_on] if one.depends_on else None
        if question.pk is None or any(_differs(question, name, value) for name, value in columns.items()):
            for name, value in columns.items():
                setattr(question, name, value)
            question.save()
        written[one.key] = question
    for key, question in reversed(list(stock.live.items())):
        if key not in written:
            _remove(question, is_answered=stock.is_answered(question))
    return list(written.values())


def _differs(question: Question, name: str, value: Any) -> bool:
    if name == "depends_on":
        return bool(question.depends_on_id != (value.pk if value else None))
    return bool(getattr(question, name) != value)


def _remove(question: Question, *, is_answered: bool) -> None:
    if not is_answered:
        question.delete()
        return
    question.removed_at = timezone.now()
    question.depends_on, question.depends_values = None, []
    question.save()


def _with_answers(question: Question, options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The options, with those that are somebody's answer and shall no longer be offered."""
    offered = {option["value"] for option in options}
    former = [option for option in question.options if option["value"] not in offered]
    if not former:
        return options
    used: set[Any] = set()
    for table in (Answer, SpecialAnswer):
        for value in table.objects.filter(question=question).order_by().values_list("value", flat=True).iterator():
            used.update(value if isinstance(value, list) else [value])
    return [*options, *({**option, "removed": True} for option in former if option["value"] in used)]


def _keep_apart(event: Event, question: Question) -> None:
    """Move the answers to a question that turned out to be of a special category."""
    answers = Answer.objects.filter(question=question)
    day = deletion_day(event)
    SpecialAnswer.objects.bulk_create(
        [
            SpecialAnswer(registration_id=registration, question=question, value=value, delete_after=day)
            for registration, value in answers.order_by("pk").values_list("registration", "value")
        ],
        batch_size=500,
    )
    answers.order_by().delete()
    forget_special(Registration.objects.filter(event=event, state__in=ENDED))
    # The journal told what was answered while that was nothing special.
    blot_out(Registration.objects.filter(event=event), f"answer {question.key}")


def _note_whether_any(event: Event, *, has_questions: bool) -> None:
    # Not save(): it is no edit of the event, has no place in the journal and moves no revision.
    Event.objects.filter(pk=event.pk).update(has_questions=has_questions)
    event.has_questions = has_questions
