"""The summary of an evaluation on paper: a PDF that everybody can read, for funders and files.

Only who prints imports this module: WeasyPrint costs a process about a second and 40 MB.
"""

from django.template.loader import render_to_string
from django.utils.translation import get_language

from events.attendance.evaluation.queries import evaluation_of
from events.attendance.evaluation.summary import Summary
from events.paper import fonts
from events.paper.setting import set_page
from events.programme.models import Event
from events.programme.wording import when

#: How many characters of texts are printed: fifteen pages. The table has them all.
MOST_TEXT = 40_000


def summary_pdf(event: Event, summary: Summary) -> bytes:
    """The summary in the reader's language. The same summary gives the same bytes."""
    evaluation = evaluation_of(event)
    room = MOST_TEXT
    questions = []
    for one in summary.questions:
        texts = []
        for text in one.texts:
            room -= len(text)
            if room < 0:
                break
            texts.append(_printable(text))
        bars = [(_printable(bar.words), bar.count, bar.percent) for bar in one.bars]
        questions.append({"one": one, "text": _printable(one.text), "texts": texts, "bars": bars})
        if len(texts) < len(one.texts):
            questions[-1]["left_out"] = len(one.texts) - len(texts)
    html = render_to_string(
        "pdf/evaluation.html",
        {
            "language": get_language() or "en",
            "event": event,
            "title": _printable(event.title),
            "centre": _printable(event.organising_centre.name),
            "when": when(event),
            "summary": summary,
            "questions": questions,
            "created": evaluation.closes_at if evaluation else None,
        },
    )
    return set_page(html, "evaluation.css")


def _printable(text: str) -> str:
    """The text with a question mark for each character that no font has: participants write what they like."""
    known = fonts.advances(fonts.SANS)
    lines = (fonts.clean(line) for line in text.split("\n"))
    return "\n".join("".join(character if ord(character) in known else "?" for character in line) for line in lines)
