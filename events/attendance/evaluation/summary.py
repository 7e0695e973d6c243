"""What came of an evaluation: numbers, and texts that belong to nobody. For the organiser, and as evidence for a funder.

Funders ask for one anonymised summary of the evaluation of each event: it is this one, as a table and as an accessible PDF.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from events.attendance.evaluation.queries import LEAST, Standing, standing_of
from events.attendance.evaluation.words import options_of, text_of
from events.attendance.models import EvaluationQuestion
from events.programme.models import Event
from network.sheets import Cell, Table, as_csv

Kind = EvaluationQuestion.Kind


@dataclass(frozen=True)
class Bar:
    """How many gave one answer."""

    words: str
    count: int
    percent: int


@dataclass(frozen=True)
class Summed:
    """One question. ``is_hidden``: fewer than five people answered it, and nothing of it is told."""

    id: int
    kind: str
    text: str
    is_hidden: bool
    answered: int | None = None
    bars: Sequence[Bar] = ()
    mean: float | None = None  # of a scale, from 1 to 5
    texts: Sequence[str] = ()  # in the order of the alphabet


@dataclass(frozen=True)
class Summary:
    """All questions in their order."""

    answered: int
    asked: int
    questions: Sequence[Summed]


def summary_of(event: Event, standing: Standing | None = None) -> Summary | None:
    """The summary in the reader's language; None while it is not shown, and where there is no evaluation.

    ``standing``: what ``standing_of(event)`` said, for a caller that has it.
    """
    standing = standing or standing_of(event)
    if standing is None or not standing.is_shown:
        return None
    sheets = list(standing.evaluation.sheets.values_list("answers", flat=True))
    questions = [_summed(question, sheets) for question in standing.evaluation.questions.all()]
    return Summary(answered=standing.answered, asked=standing.asked, questions=questions)


def _summed(question: EvaluationQuestion, sheets: Sequence[dict[str, Any]]) -> Summed:
    name = str(question.pk)
    answers = [sheet[name] for sheet in sheets if name in sheet]
    if len(answers) < LEAST:
        return Summed(question.pk, question.kind, text_of(question), is_hidden=True)
    head = Summed(question.pk, question.kind, text_of(question), is_hidden=False, answered=len(answers))
    if question.kind == Kind.TEXT:
        return replace(head, texts=sorted(answers, key=lambda text: (text.casefold(), text)))
    given = [str(one) for answer in answers for one in (answer if isinstance(answer, list) else [answer])]
    counts = [(words, given.count(value)) for value, words in options_of(question)]
    bars = [Bar(words, count, round(100 * count / len(answers))) for words, count in counts]
    return replace(head, bars=bars, mean=round(sum(answers) / len(answers), 1) if question.kind == Kind.SCALE else None)


def summary_csv(summary: Summary) -> bytes:
    """The summary as a table (CSV): a line for each answer that could be chosen, and one for each text."""
    rows: list[list[Cell]] = []
    for one in summary.questions:
        if one.is_hidden:
            rows.append([one.text, _("fewer than five answers: not shown"), None, None])
        rows += [[one.text, bar.words, bar.count, bar.percent] for bar in one.bars]
        if one.mean is not None:
            rows.append([one.text, _("average"), one.mean, None])
        rows += [[one.text, text, None, None] for text in one.texts]
    headings = [_("Question"), _("Answer"), _("Number"), _("Per cent of those who answered")]
    return b"".join(as_csv(Table(headings, rows)))


def summary_files(event: Event) -> list[tuple[str, bytes]]:
    """The summary as files for the evidence pack, by name; none where there is no summary that is shown."""
    summary = summary_of(event)
    if summary is None:
        return []
    # WeasyPrint costs a process a second and 40 MB: only who prints pays for it.
    from events.attendance.evaluation.paper import summary_pdf  # noqa: PLC0415

    return [("evaluation.pdf", summary_pdf(event, summary)), ("evaluation.csv", summary_csv(summary))]
