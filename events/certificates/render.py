"""From frozen facts to a PDF that is PDF/A-3a (kept for decades) and PDF/UA-1 (read by everybody) at once.

Only workers and single downloads import this module: WeasyPrint costs a process about a second and 40 MB.
Rendering reaches nothing outside this process: fonts and pictures are served from memory under a scheme of our own.
"""

import io
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from importlib.resources import files as resources
from math import cos, radians, sin
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import fontTools
import segno
import weasyprint
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override
from weasyprint.css import ColorProfile
from weasyprint.pdf.metadata import DocumentMetadata
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from events.certificates import fonts, funding
from events.certificates.facts import Facts
from events.certificates.wording import Words, put_into_words
from events.programme.models import Event

TEMPLATE = "attendance/2"  # name and version of the design: raise it when the look or the words change
SCHEME = "paper"
VARIANT = "pdf/a-3a"
INTENT = "certificate"  # our name for the colour profile that the file carries

# Largest first, in points; the classes of certificate.css are named after them.
NAME_SIZES = (46, 40, 34, 28, 23)
TITLE_SIZES = (23, 20, 17, 15)
LINE_WIDTH = 241 * 72 / 25.4  # of the text, in points: A4 across less its margins
COLUMN_WIDTH = 112 * 72 / 25.4  # of learning outcomes and competences
TIGHTEST = 3

# Fonts and style sheet are shared by the threads of a process, and Pango is not made for two at a time.
_printing = threading.Lock()

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
PDFUA = "http://www.aiim.org/pdfua/ns/id/"
EXTENSION = "http://www.aiim.org/pdfa/ns/extension/"
SCHEMA = "http://www.aiim.org/pdfa/ns/schema#"
PROPERTY = "http://www.aiim.org/pdfa/ns/property#"
for _prefix, _uri in (("pdfuaid", PDFUA), ("pdfaExtension", EXTENSION), ("pdfaSchema", SCHEMA), ("pdfaProperty", PROPERTY)):
    ET.register_namespace(_prefix, _uri)


@dataclass(frozen=True)
class Fit:
    """How a certificate's texts are made to fit its page."""

    name_size: int
    title_size: int
    tightness: int = 0
    outcomes_overleaf: bool = False


class Memory(URLFetcher):
    """Serves what it was given under ``paper:``. Every other address stops the rendering."""

    def __init__(self, files: dict[str, tuple[str, bytes]]) -> None:
        super().__init__(allowed_protocols={SCHEME}, allow_redirects=False, fail_on_errors=True)
        self.files = files

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The file of this name, from memory; WeasyPrint turns the ValueError into FatalURLFetchingError."""
        scheme, _colon, name = url.partition(":")
        if scheme != SCHEME or name not in self.files:
            raise ValueError(f"The certificate asked for {url}, which it does not carry")
        kind, content = self.files[name]
        return URLFetcherResponse(url, content, {"Content-Type": kind})


class BothStandards(DocumentMetadata):
    """Metadata that claim PDF/UA-1 too, and declare that claim's property as PDF/A wants it (ISO 19005-3 §6.6.2.3)."""

    def generate_rdf_metadata(self, *args: Any, **kwargs: Any) -> bytes:
        """Add the PDF/UA identifier and its extension schema to what WeasyPrint says."""
        root = ET.fromstring(super().generate_rdf_metadata(*args, **kwargs))  # noqa: S314 - WeasyPrint's own text
        claim = ET.SubElement(root, f"{{{RDF}}}Description", {f"{{{RDF}}}about": ""})
        ET.SubElement(claim, f"{{{PDFUA}}}part").text = "1"
        declaration = ET.SubElement(root, f"{{{RDF}}}Description", {f"{{{RDF}}}about": ""})
        bag = ET.SubElement(ET.SubElement(declaration, f"{{{EXTENSION}}}schemas"), f"{{{RDF}}}Bag")
        schema = ET.SubElement(bag, f"{{{RDF}}}li", {f"{{{RDF}}}parseType": "Resource"})
        ET.SubElement(schema, f"{{{SCHEMA}}}schema").text = "PDF/UA identification schema"
        ET.SubElement(schema, f"{{{SCHEMA}}}namespaceURI").text = PDFUA
        ET.SubElement(schema, f"{{{SCHEMA}}}prefix").text = "pdfuaid"
        sequence = ET.SubElement(ET.SubElement(schema, f"{{{SCHEMA}}}property"), f"{{{RDF}}}Seq")
        part = ET.SubElement(sequence, f"{{{RDF}}}li", {f"{{{RDF}}}parseType": "Resource"})
        ET.SubElement(part, f"{{{PROPERTY}}}name").text = "part"
        ET.SubElement(part, f"{{{PROPERTY}}}valueType").text = "Integer"
        ET.SubElement(part, f"{{{PROPERTY}}}category").text = "internal"
        ET.SubElement(part, f"{{{PROPERTY}}}description").text = "The part of ISO 14289 that the file conforms to"
        return ET.tostring(root, encoding="utf-8")


def render(facts: Facts) -> bytes:
    """The certificate as a PDF, in the language of its facts. The same facts give the same bytes.

    Raises:
        CannotPrint: a character that no font has.
    """
    with _printing, override(facts["language"]):
        words = put_into_words(facts)
        for text in words.texts():
            fonts.require_printable(text)
        document = lay_out(facts, words)
        document.metadata = BothStandards(**vars(document.metadata))
        # WeasyPrint's own "srgb" is the same profile, but leaves its file open.
        document.color_profiles[INTENT] = ColorProfile(
            io.BytesIO(colour_profile()), "sRGB2014.icc", "relative-colorimetric", (["r"], ["g"], ["b"])
        )
        return bytes(document.write_pdf(pdf_variant=VARIANT, output_intent=INTENT))


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
            "code": f"{SCHEME}:code.svg",
            "emblem": f"{SCHEME}:emblem.svg",
        },
    )
    styles, font_configuration = stylesheet()
    memory = Memory({"code.svg": ("image/svg+xml", code(facts["verify"])), "emblem.svg": ("image/svg+xml", emblem())})
    return weasyprint.HTML(string=html, url_fetcher=memory, base_url=f"{SCHEME}:").render(
        font_config=font_configuration, stylesheets=[styles], pdf_variant=VARIANT, output_intent=INTENT
    )


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
def stylesheet() -> tuple[weasyprint.CSS, FontConfiguration]:
    """The parsed style sheet with its fonts, kept for as long as the process lives."""
    configuration = FontConfiguration()
    files = {name: ("font/ttf", (fonts.FOLDER / name).read_bytes()) for name in (fonts.SERIF, fonts.SANS, fonts.SEMIBOLD)}
    source = (Path(settings.BASE_DIR) / "templates" / "pdf" / "certificate.css").read_text()
    return (
        weasyprint.CSS(string=source, font_config=configuration, url_fetcher=Memory(files), base_url=f"{SCHEME}:"),
        configuration,
    )


def code(address: str) -> bytes:
    """A QR code of the address. All numbers have one length, so all codes have one version; a fixed mask spares the search."""
    buffer = io.BytesIO()
    segno.make(address, error="m", mask=3, micro=False, boost_error=False).save(
        buffer, kind="svg", border=0, xmldecl=False, omitsize=True, dark="#1c1e1c"
    )
    return buffer.getvalue()


@lru_cache(maxsize=1)
def colour_profile() -> bytes:
    """The ICC's sRGB2014 profile, as WeasyPrint brings it."""
    return (resources(weasyprint) / "pdf" / "sRGB2014.icc").read_bytes()


@lru_cache(maxsize=1)
def emblem() -> bytes:
    """The European flag as its graphics guide draws it.

    3 : 2, Reflex Blue (#003399) and yellow (#FFCC00): on a circle of a third of the height, like the hours of a clock,
    twelve upright stars, each within a circle of an eighteenth of the height.
    """
    width, height = 810, 540
    stars = []
    for hour in range(12):
        angle = radians(hour * 30)
        x, y = width / 2 + height / 3 * sin(angle), height / 2 - height / 3 * cos(angle)
        points = " ".join(
            f"{x + radius * sin(radians(tip * 36)):.2f},{y - radius * cos(radians(tip * 36)):.2f}"
            for tip, radius in enumerate([height / 18, height / 18 * 0.381966] * 5)
        )
        stars.append(f'<polygon points="{points}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="#003399"/><g fill="#FFCC00">{"".join(stars)}</g></svg>'
    ).encode()


def software() -> dict[str, str]:
    """Versions of what renders, kept with each certificate: other versions give other bytes."""
    return {"weasyprint": weasyprint.__version__, "fonttools": fontTools.version, "segno": segno.__version__}
