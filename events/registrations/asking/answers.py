"""Answers of people who register: checked against the event's questions, written, read, and said in words.

What is wrong is said at ``answers.<key>``. Answers of special categories live in a table of their own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from events.programme.models import Event
from events.programme.texts import Errors
from events.registrations.asking.checks import KEY
from events.registrations.asking.facts import questions_of
from events.registrations.asking.retention import deletion_day
from events.registrations.asking.values import Wrong, file_number, short, value_of
from events.registrations.asking.words import in_words, label
from events.registrations.models import Answer, AnswerFile, Question, Registration, SpecialAnswer
from network.errors import Invalid
from network.journal import Note, write
from network.models import Person

__all__ = ["CheckedAnswers", "answers_of", "check", "in_words", "save"]

Kind = Question.Kind


@dataclass(frozen=True)
class CheckedAnswers:
    """Answers that can be saved: ``given`` to questions that are asked, ``kept`` those that a partial change leaves alone."""

    given: tuple[tuple[Question, Any], ...]
    asked: frozenset[int]  # keys of all questions that the event asks now, also of those that stay hidden
    kept: frozenset[int] = frozenset()

    @property
    def values(self) -> dict[str, Any]:
        """The answers by the keys of their questions."""
        return {question.key: value for question, value in self.given}


def check(
    asked: Event | Sequence[Question],
    raw: Mapping[str, Any] | None,
    *,
    by: Person | None = None,
    registration: Registration | None = None,
    language: str | None = None,
    partial: bool = False,
    must: bool = True,
) -> CheckedAnswers:
    """Judge answers that were sent, by the keys of their questions.

    A question whose condition does not hold is not asked: it need not be answered, and what was answered is dropped.

    ``registration`` is the one that exists already: what it answered once stays a valid answer, and with ``partial`` what is
    not sent stays as it is (None takes an answer back). Files are sent by their number; ``by`` may send what they uploaded.
    ``must=False`` lets required questions go unanswered: an organiser who registers somebody does not know it all.

    Raises Invalid at ``answers.<key>``.
    """
    questions = questions_of(asked) if isinstance(asked, Event) else list(asked)
    errors = Errors()
    sent = _sent(questions, raw, asked, errors, language)
    former = answers_of([registration])[registration.pk] if registration is not None and registration.pk else {}
    files = _Files(questions, sent, by, registration)
    values: dict[int, Any] = {}
    given, kept = [], set()
    for question in questions:
        if not _is_asked(question, values):
            continue
        had, is_sent = former.get(question.key), question.key in sent
        try:
            value = _value(question, sent.get(question.key), had, files, language) if is_sent else None
        except Wrong as wrong:
            errors.add(f"answers.{question.key}", wrong)
            continue
        if partial and not is_sent and had is not None:
            values[question.pk] = had
            kept.add(question.pk)
        elif value is not None:
            values[question.pk] = value
            given.append((question, value))
        elif must and question.is_required and _must_be_said(question, sent, partial=partial):
            errors.add(f"answers.{question.key}", _missing(question))
    errors.stop_if_any()
    return CheckedAnswers(tuple(given), frozenset(question.pk for question in questions), frozenset(kept))


def save(registration: Registration, checked: CheckedAnswers, *, by: Person | None) -> None:
    """Write what was checked, and take away what is not answered any more. Answers to questions of the past stay.

    Call inside the lock of the event's row. The journal says what changed, but not what was answered about health, diet and
    belief. A constant number of queries.
    """
    given = {question.pk: (question, value) for question, value in checked.given}
    # One that was removed since it was answered is not asked any more.
    still = dict(Question.objects.filter(pk__in=checked.asked, removed_at=None).values_list("pk", "is_special"))
    former = {row.question_id: row for row in registration.answers.select_related("question")}
    special = {row.question_id: row for row in registration.special_answers.select_related("question")}
    notes: dict[str, tuple[str | None, str | None]] = {}
    ordinary_rows, special_rows = [], []
    day = deletion_day(registration.event)
    for key, (question, value) in given.items():
        if key not in still:
            continue
        old = special.get(key) or former.get(key)
        if old is not None and old.value == value:
            continue
        if still[key]:
            special_rows.append(SpecialAnswer(registration=registration, question=question, value=value, delete_after=day))
        else:
            ordinary_rows.append(Answer(registration=registration, question=question, value=value))
        notes[f"answer {question.key}"] = _note(question, old.value if old else None, value, is_special=still[key])
    gone = [
        row
        for rows in (former, special)
        for key, row in rows.items()
        if key in checked.asked and key not in checked.kept and key not in given
    ]
    for row in gone:
        notes[f"answer {row.question.key}"] = _note(row.question, row.value, None, is_special=isinstance(row, SpecialAnswer))
    _replace(registration, ordinary_rows, special_rows, gone)
    _settle_files(registration, [*former.values(), *special.values()], checked, still)
    if notes:
        write([Note(registration, notes, by=by)])


def answers_of(registrations: Iterable[Registration], *, with_special: bool = True) -> dict[int, dict[str, Any]]:
    """The answers of many, by registration and key of the question, removed questions included. Two queries at most."""
    keys = [registration.pk for registration in registrations]
    found: dict[int, dict[str, Any]] = {key: {} for key in keys}
    for table in (Answer, SpecialAnswer) if with_special else (Answer,):
        rows = table.objects.filter(registration__in=keys).order_by("question__position", "pk")
        for registration, question, value in rows.values_list("registration", "question__key", "value"):
            found[registration][question] = value
    return found


# --- How it is done ------------------------------------------------------------------------------------------------


def _sent(
    questions: Sequence[Question], raw: Mapping[str, Any] | None, asked: Any, errors: Errors, language: str | None
) -> dict[str, Any]:
    """What was sent to questions that there are; of the rest it is said that it is not asked."""
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        raise Invalid({"answers": [_('Send the answers by the keys of their questions: {"%(key)s": …}.') % {"key": "diet"}]})
    known = {question.key for question in questions}
    unknown = [str(key) for key in raw if key not in known]
    event = asked if isinstance(asked, Event) else questions[0].event if questions else None
    former: dict[str, Question] = {}
    if unknown and event is not None:
        possible = [key for key in unknown[:20] if KEY.fullmatch(key)]
        former = {row.key: row for row in Question.objects.filter(event=event, key__in=possible)}
    for key in unknown[:20]:
        if key in former:
            message = _("“%(question)s” is no longer asked. Leave it out.")
            errors.add(f"answers.{key}", message % {"question": label(former[key], language)})
        else:
            message = _("This is not asked. What is: %(keys)s.")
            errors.add(f"answers.{short(key)}", message % {"keys": ", ".join(sorted(known)) or _("nothing")})
    return {key: value for key, value in raw.items() if key in known}


def _is_asked(question: Question, values: Mapping[int, Any]) -> bool:
    """Whether its condition holds. The question that it depends on comes before it, and has been judged."""
    if question.depends_on_id is None:
        return True
    answer = values.get(question.depends_on_id)
    answers = answer if isinstance(answer, list) else [answer]
    return any(one in question.depends_values for one in answers if one is not None)


def _must_be_said(question: Question, sent: Mapping[str, Any], *, partial: bool) -> bool:
    """With a partial change only what is taken back, or what is asked because of the change."""
    if not partial or question.key in sent:
        return True
    return question.depends_on is not None and question.depends_on.key in sent


def _missing(question: Question) -> str:
    match question.kind:
        case Kind.CHOICE:
            return _("Choose one of the answers.")
        case Kind.CHOICES:
            return _("Choose one of the answers at least.")
        case Kind.CONSENT:
            return _("This needs your consent: you can take part only if you give it.")
        case Kind.FILE:
            return _("Choose a file.")
        case _:
            return _("Answer this question: the organiser needs it from everybody.")


def _value(question: Question, sent: Any, had: Any, files: "_Files", language: str | None) -> Any:
    if question.kind == Kind.FILE:
        return files.value(question, sent)
    kept = had if isinstance(had, list) else [had] if isinstance(had, str) else []
    return value_of(question, sent, had=kept, language=language)


class _Files:
    """The files that were sent by their numbers, read all at once."""

    def __init__(
        self, questions: Sequence[Question], sent: Mapping[str, Any], by: Person | None, registration: Registration | None
    ) -> None:
        asking = [question for question in questions if question.kind == Kind.FILE and question.key in sent]
        numbers = {number for question in asking if (number := file_number(sent[question.key])) is not None}
        self.by, self.registration = by, registration
        self.found = AnswerFile.objects.in_bulk(numbers) if numbers else {}

    def value(self, question: Question, sent: Any) -> dict[str, Any] | None:
        if sent is None or sent == "":
            return None
        file = self.found.get(file_number(sent) or 0)
        if file is None or file.question_id != question.pk or not self.may_use(file):
            raise Wrong(_("There is no such file of yours for this question. Upload it, then answer with its number."))
        return {"id": file.pk, "name": file.name}

    def may_use(self, file: AnswerFile) -> bool:
        if file.registration_id is not None:
            return self.registration is not None and file.registration_id == self.registration.pk
        return self.by is not None and file.person_id == self.by.pk


def _note(question: Question, before: Any, after: Any, *, is_special: bool) -> tuple[str | None, str | None]:
    """What the journal says of a change: of special answers only that there is one."""
    if is_special:
        return (None if before is None else "answered", None if after is None else "changed" if before else "answered")
    return (_plain(question, before), _plain(question, after))


def _plain(question: Question, value: Any) -> str | None:
    if value is None:
        return None
    if question.kind == Kind.FILE and isinstance(value, dict):
        return str(value.get("name", ""))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _replace(
    registration: Registration,
    ordinary: Sequence[Answer],
    special: Sequence[SpecialAnswer],
    gone: Sequence[Answer | SpecialAnswer],
) -> None:
    if ordinary:
        Answer.objects.bulk_create(
            ordinary, update_conflicts=True, unique_fields=["registration", "question"], update_fields=["value"]
        )
    if special:
        SpecialAnswer.objects.bulk_create(
            special,
            update_conflicts=True,
            unique_fields=["registration", "question"],
            update_fields=["value", "delete_after"],
        )
    for table in (Answer, SpecialAnswer):
        if keys := [row.pk for row in gone if isinstance(row, table)]:
            table.objects.filter(pk__in=keys).delete()


def _settle_files(
    registration: Registration,
    former: Iterable[Answer | SpecialAnswer],
    checked: CheckedAnswers,
    still: Mapping[int, bool],
) -> None:
    """Give the files of the answers to the registration, and delete those that are an answer no longer."""
    sent = {value["id"] for question, value in checked.given if question.kind == Kind.FILE and question.pk in still}
    if sent:
        AnswerFile.objects.filter(pk__in=sent, registration=None).update(registration=registration)
    had = {
        row.value["id"]
        for row in former
        if row.question.kind == Kind.FILE
        and row.question_id in checked.asked
        and row.question_id not in checked.kept
        and isinstance(row.value, dict)
    }
    if had - sent:
        AnswerFile.objects.filter(pk__in=had - sent, registration=registration).delete()
