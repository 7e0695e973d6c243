"""The single lane: one certificate from its frozen facts, fitted to its page.

Only workers and single downloads import this module: WeasyPrint costs a process about a second and 40 MB.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import weasyprint
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from events.certificates.content import funding
from events.certificates.content.facts import Facts
from events.certificates.content.wording import Words, put_into_words
from events.certificates.printing.sheet import Printed, Sheet
from events.paper import fonts, pdf
from events.programme.models import Event

TEMPLATE = "attendance/2"  # name and version of the design: raise it when the look or the words change

# Largest first, in points; the classes of certificate.css are named after them.
NAME_SIZES = (46, 40, 34, 28, 23)
TITLE_SIZES = (23, 20, 17, 15)
LINE_WIDTH = 241 * 72 / 25.4  # of the text, in points: A4 across less its margins
COLUMN_WIDTH = 112 * 72 / 25.4  # of learning outcomes and competences
TIGHTEST = 3
CREDENTIAL_NAME = "credential.json"


@dataclass(frozen=True)
class Fit:
    """How a certificate's texts are made to fit its page."""

    name_size: int
    title_size: int
    tightness: int = 0
    outcomes_overleaf: bool = False


def render(sheet: Sheet) -> Printed:
    """The certificate as a PDF, in the language of its facts. The same sheet gives the same bytes.

    Raises:
        CannotPrint: a character that no font has.
    """
    facts = sheet.facts
    with pdf.printing, override(facts["language"]):
        words = put_into_words(facts)
        for text in words.texts():
            fonts.require_printable(text)
        content = pdf.write(lay_out(facts, words), attachments=attached(facts, sheet.credential))
        return Printed(content, TEMPLATE)


def attached(facts: Facts, credential: bytes) -> list[weasyprint.Attachment]:
    """The credential as a file in the file, with the time of issue so that the same facts give the same bytes."""
    if not credential:
        return []
    issued = datetime.fromisoformat(facts["issued_at"])
    return [
        weasyprint.Attachment(
            string=credential,
            name=CREDENTIAL_NAME,
            description="Open Badges 3.0",
            relationship="Data",
            created=issued,
            modified=issued,
        )
    ]


def lay_out(facts: Facts, words: Words) -> weasyprint.Document:
    """Set the page, tighter and tighter until all is above the foot; what never fits goes overleaf."""
    fit = Fit(name_size=size_of_name(words.name), title_size=size_of_title(words.title))
    for tightness in range(expected_tightness(words), TIGHTEST + 1):
        document = typeset(facts, words, replace(fit, tightness=tightness))
        if fits(document):
            return document
    for tightness in range(TIGHTEST + 1):
        document = typeset(facts, words, replace(fit, tightness=tightness, outcomes_overleaf=True))
        if fits(document, pages=2):
            break
    return document


def typeset(facts: Facts, words: Words, fit: Fit) -> weasyprint.Document:
    """One attempt."""
    html = render_to_string(
        "pdf/certificate.html",
        {
            "words": words,
            "fit": fit,
            "language": facts["language"],
            "template": TEMPLATE,
            "created": datetime.fromisoformat(facts["issued_at"]).isoformat(timespec="seconds"),
            "teaches": facts["event"]["kind"] == Event.Kind.TRAINING or bool(words.outcomes or words.competences),
            "european": funding.is_european(words.emblem_text),
            "code": f"{pdf.SCHEME}:code.svg",
            "emblem": f"{pdf.SCHEME}:emblem.svg",
        },
    )
    pictures = {"code.svg": ("image/svg+xml", pdf.code(facts["verify"])), "emblem.svg": ("image/svg+xml", pdf.emblem())}
    return pdf.lay_out(html, stylesheet(), pictures=pictures)


def fits(document: weasyprint.Document, *, pages: int = 1) -> bool:
    """Whether the facts end on the first page, above its foot, and there are no more than so many pages."""
    anchors = document.pages[0].anchors
    return len(document.pages) <= pages and "end" in anchors and bool(anchors["end"][1] <= anchors["foot"][1])


def expected_tightness(words: Words) -> int:
    """Where to start trying: what a page with this much to say needs as a rule. Spares attempts, decides nothing."""
    lines = sum(1 + int(fonts.width(fonts.SANS, text) * 9.5 / COLUMN_WIDTH) for text in words.outcomes + words.competences)
    headings = bool(words.outcomes) + bool(words.competences)
    return next((step for step, room in enumerate((4, 8, 12)) if lines + headings <= room), TIGHTEST)


def size_of_name(name: str) -> int:
    """The largest size, in points, at which the name stands on one line; the smallest may take two."""
    return _largest(NAME_SIZES, name, lines=1)


def size_of_title(title: str) -> int:
    """The largest size, in points, at which the title takes one line, else two at the next, else three."""
    for size, lines in zip(TITLE_SIZES, (1, 2, 2, 3), strict=True):
        if _fits_lines(title, size, lines):
            return size
    return TITLE_SIZES[-1]


def _largest(sizes: tuple[int, ...], text: str, *, lines: int) -> int:
    return next((size for size in sizes if _fits_lines(text, size, lines)), sizes[-1])


def _fits_lines(text: str, size: int, lines: int) -> bool:
    # Lines break at words, so several lines hold a little less than their sum.
    room = LINE_WIDTH * lines * (1 if lines == 1 else 0.9)
    return fonts.width(fonts.SERIF, text) * size <= room


@lru_cache(maxsize=1)
def stylesheet() -> pdf.Styles:
    """The certificate's style sheet."""
    return pdf.Styles((Path(settings.BASE_DIR) / "templates" / "pdf" / "certificate.css").read_text())
