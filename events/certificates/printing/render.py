"""The single lane: one certificate from its frozen facts, fitted to its page.

Only workers and single downloads import this module: WeasyPrint costs a process about a second and 40 MB.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from math import ceil
from pathlib import Path

import weasyprint
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from events.certificates.content import funding
from events.certificates.content import pictures as kept
from events.certificates.content.facts import Facts
from events.certificates.content.wording import Words, is_of_learning, put_into_words
from events.certificates.models import CertificateTemplate
from events.certificates.printing.sheet import Printed, Sheet
from events.paper import fonts, pdf
from events.programme.models import Event

# Largest first, in points; the classes of certificate.css are named after them.
NAME_SIZES = (46, 40, 34, 28, 23, 20)
TITLE_SIZES = (23, 20, 17, 15)
MILLIMETRE = 72 / 25.4  # in points
TIGHTEST = 4
HEAD = 1.3  # of a fact, in lines
TEXT_SIZE = 9.5  # of the facts, in points
CREDENTIAL_NAME = "credential.json"
LOGO, SIGNATURE, CODE, EMBLEM = "logo", "signature", "code.svg", "emblem.svg"


@dataclass(frozen=True)
class Design:
    """How a certificate looks: its style sheet, and the measures that decide which sizes of type are tried."""

    template: str  # name and version: raise it when the look or the words change
    sheet: str
    line_width: float  # of the text, in points: A4 across less its margins
    column_width: float  # of learning outcomes and competences
    rooms: tuple[float, ...]  # how many lines the page holds besides what is always there, by tightness


DESIGNS = {
    CertificateTemplate.Design.LINE: Design(
        "line/3", "certificate-line.css", 241 * MILLIMETRE, 112 * MILLIMETRE, (11.9, 16.5, 19.5, 25)
    ),
    CertificateTemplate.Design.FRAME: Design(
        "frame/1", "certificate-frame.css", 233 * MILLIMETRE, 113 * MILLIMETRE, (12, 14.5, 17.6, 22.9)
    ),
}


def design_of(facts: Facts) -> Design:
    """The design that a certificate with these facts has."""
    return DESIGNS[CertificateTemplate.Design(facts["look"]["design"])]


@dataclass(frozen=True)
class Fit:
    """How a certificate's texts are made to fit its page."""

    name_size: int
    title_size: int
    tightness: int = 0
    outcomes_overleaf: bool = False
    facts_overleaf: bool = False  # all of them: what is said is longer than anybody would think


def render(sheet: Sheet) -> Printed:
    """The certificate as a PDF, in the language of its facts. The same sheet gives the same bytes.

    Raises:
        CannotPrint: a character that no font has, or a picture that is lost.
    """
    facts = sheet.facts
    with pdf.printing, override(facts["language"]):
        words = put_into_words(facts)
        for text in words.texts():
            fonts.require_printable(text)
        content = pdf.write(lay_out(facts, words), attachments=attached(facts, sheet.credential))
        return Printed(content, design_of(facts).template)


def attached(facts: Facts, credential: bytes) -> list[weasyprint.Attachment]:
    """The credential as a file in the file, with the time of issue so that the same facts give the same bytes."""
    if not credential:
        return []
    issued = datetime.fromisoformat(facts["issued_at"]).astimezone(UTC)  # WeasyPrint writes a Z after it
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
    return settle(facts, words)[1]


def settle(facts: Facts, words: Words) -> tuple[Fit, weasyprint.Document]:
    """As ``lay_out``, and how it was made to fit. The bulk lane prints all that have the same ``sizes`` alike."""
    sized = sizes(facts, words)
    for tightness in range(expected_tightness(facts, words), TIGHTEST + 1):
        fit = replace(sized, tightness=tightness)
        document = typeset(facts, words, fit)
        if fits(document):
            return fit, document
    for overleaf in ("outcomes_overleaf", "facts_overleaf"):
        for tightness in range(TIGHTEST + 1):
            fit = replace(sized, tightness=tightness, **{overleaf: True})
            document = typeset(facts, words, fit)
            if fits(document, pages=len(document.pages)):
                return fit, document
    return fit, document


def sizes(facts: Facts, words: Words) -> Fit:
    """The sizes of type, before it is known how tight the page gets."""
    design = design_of(facts)
    return Fit(name_size=size_of_name(words.name, design), title_size=size_of_title(words.title, design))


def typeset(facts: Facts, words: Words, fit: Fit) -> weasyprint.Document:
    """One attempt."""
    return typeset_html(html(facts, words, fit), facts)


def typeset_html(page: str, facts: Facts) -> weasyprint.Document:
    """Set HTML of ours on pages, with the styles and the pictures that these facts call for."""
    return pdf.lay_out(page, stylesheet(design_of(facts).sheet), pictures=pictures(facts))


def html(facts: Facts, words: Words, fit: Fit) -> str:
    """The page as HTML. What differs from person to person is in elements with ``data-slot``: the bulk lane swaps them."""
    look = facts["look"]
    return render_to_string(
        "pdf/certificate.html",
        {
            "words": words,
            "fit": fit,
            "language": facts["language"],
            "template": design_of(facts).template,
            "created": datetime.fromisoformat(facts["issued_at"]).isoformat(timespec="seconds"),
            "is_of_learning": is_of_learning(facts),
            "teaches": facts["event"]["kind"] == Event.Kind.TRAINING or bool(words.outcomes or words.competences),
            "european": funding.is_european(words.emblem_text),
            "code": f"{pdf.SCHEME}:{CODE}",
            "emblem": f"{pdf.SCHEME}:{EMBLEM}",
            "logo": f"{pdf.SCHEME}:{LOGO}" if look["logo"] else "",
            "signature": f"{pdf.SCHEME}:{SIGNATURE}" if look["signature"] else "",
        },
    )


def pictures(facts: Facts) -> dict[str, tuple[str, bytes]]:
    """What the page shows, by the names that the HTML calls it by. Only ``code.svg`` differs from person to person."""
    found = {CODE: ("image/svg+xml", pdf.code(facts["verify"])), EMBLEM: ("image/svg+xml", pdf.emblem())}
    for name in (LOGO, SIGNATURE):
        if facts["look"][name]:
            found[name] = kept.read(facts["look"][name])
    return found


def fits(document: weasyprint.Document, *, pages: int = 1) -> bool:
    """Whether the facts end on the first page, above its foot, and there are no more than so many pages."""
    anchors = document.pages[0].anchors
    return len(document.pages) <= pages and "end" in anchors and bool(anchors["end"][1] <= anchors["foot"][1])


def expected_tightness(facts: Facts, words: Words) -> int:
    """Where to start trying: what a page with this much to say needs as a rule. Spares attempts, decides nothing."""
    rooms = design_of(facts).rooms
    lines = lines_to_place(facts, words)
    return next((step for step, room in enumerate(rooms) if lines <= room), TIGHTEST)


def lines_to_place(facts: Facts, words: Words) -> float:
    """About how high the page's varying parts are, in lines of the facts' type: the highest column, and what stands around."""
    design = design_of(facts)
    side = 53 * MILLIMETRE

    def column(width: float, heads: int, *texts: str) -> float:
        return HEAD * heads + sum(ceil(fonts.width(fonts.SANS, text) * TEXT_SIZE / width) for text in texts)

    middle = column(
        design.column_width,
        bool(words.subject) + bool(words.outcomes) + bool(words.competences) + bool(words.eqf),
        words.subject * 2,  # in larger type
        *words.outcomes,
        *words.competences,
        words.eqf,
    )
    left = column(
        side, 1 + bool(words.workload), words.workload, words.sessions, words.form, words.languages + words.interpretation
    )
    right = column(
        side,
        2 * bool(words.assessment) + bool(words.co_organisers),
        *(words.assessment, words.grade, words.assessed, words.supervision, words.quality_assurance, words.co_organisers),
    )
    sized = sizes(facts, words)
    around = 4.0 * bool(words.logo) + 2.0 * bool(words.closing) + 1.4 * bool(words.affiliation) + 1.0 * bool(words.signature)
    around += 1.5 * (sized.name_size < NAME_SIZES[3]) + 1.5 * (sized.title_size < TITLE_SIZES[0])
    return max(left, middle, right) + around + 2.5 * bool(words.emblem_text)


def size_of_name(name: str, design: Design) -> int:
    """The largest size, in points, at which the name stands on one line; the two smallest are for two."""
    for size, lines in zip(NAME_SIZES, (1, 1, 1, 1, 2), strict=False):
        if _fits_lines(name, size, lines, design):
            return size
    return NAME_SIZES[-1]


def size_of_title(title: str, design: Design) -> int:
    """The largest size, in points, at which the title takes one line, else two at the next, else three."""
    for size, lines in zip(TITLE_SIZES, (1, 2, 2, 3), strict=True):
        if _fits_lines(title, size, lines, design):
            return size
    return TITLE_SIZES[-1]


def _fits_lines(text: str, size: int, lines: int, design: Design) -> bool:
    # Lines break at words, so several lines hold a little less than their sum.
    room = design.line_width * lines * (1 if lines == 1 else 0.9)
    return fonts.width(fonts.SERIF, text) * size <= room


@lru_cache(maxsize=len(DESIGNS))
def stylesheet(sheet: str) -> pdf.Styles:
    """A design's style sheet, after the one that all share."""
    folder = Path(settings.BASE_DIR) / "templates" / "pdf"
    return pdf.Styles((folder / "certificate.css").read_text() + (folder / sheet).read_text())
