"""HTML to a PDF that is PDF/A-3a (kept for decades) and PDF/UA-1 (read by everybody) at once.

Only who prints imports this module: WeasyPrint costs a process about a second and 40 MB.
Rendering reaches nothing outside this process: fonts and pictures are served from memory under a scheme of our own.
"""

import io
import threading
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files as resources
from math import cos, radians, sin
from typing import Any
from xml.etree import ElementTree as ET

import segno
import weasyprint
from weasyprint.css import ColorProfile
from weasyprint.pdf.metadata import DocumentMetadata
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from events.paper import fonts, pagination

SCHEME = "paper"
VARIANT = "pdf/a-3a"
INTENT = "paper"  # our name for the colour profile that the file carries

#: Held while anything is printed: fonts and style sheets are shared by the threads of a process, and Pango is not made for
#: two at a time.
printing = threading.RLock()

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
PDFUA = "http://www.aiim.org/pdfua/ns/id/"
EXTENSION = "http://www.aiim.org/pdfa/ns/extension/"
SCHEMA = "http://www.aiim.org/pdfa/ns/schema#"
PROPERTY = "http://www.aiim.org/pdfa/ns/property#"
for _prefix, _uri in (("pdfuaid", PDFUA), ("pdfaExtension", EXTENSION), ("pdfaSchema", SCHEMA), ("pdfaProperty", PROPERTY)):
    ET.register_namespace(_prefix, _uri)


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


class Styles:
    """A style sheet with the house's fonts, parsed once and kept for as long as the process lives."""

    def __init__(self, source: str) -> None:
        self.fonts = FontConfiguration()
        files = {name: ("font/ttf", (fonts.FOLDER / name).read_bytes()) for name in fonts.FILES}
        self.css = weasyprint.CSS(string=source, font_config=self.fonts, url_fetcher=Memory(files), base_url=f"{SCHEME}:")


def lay_out(html: str, styles: Styles, *, pictures: dict[str, tuple[str, bytes]] | None = None) -> weasyprint.Document:
    """Set HTML on pages. ``pictures`` are (media type, content) by the name that HTML calls them by: ``paper:<name>``."""
    return weasyprint.HTML(string=html, url_fetcher=Memory(pictures or {}), base_url=f"{SCHEME}:").render(
        font_config=styles.fonts, stylesheets=[styles.css], pdf_variant=VARIANT, output_intent=INTENT
    )


def write(document: weasyprint.Document, *, attachments: Sequence[weasyprint.Attachment] = ()) -> bytes:
    """The document as a file of both standards. The same document gives the same bytes."""
    document.metadata = BothStandards(**vars(document.metadata))
    document.metadata.attachments = [*(document.metadata.attachments or ()), *attachments]
    # WeasyPrint's own "srgb" is the same profile, but leaves its file open.
    document.color_profiles[INTENT] = ColorProfile(
        io.BytesIO(colour_profile()), "sRGB2014.icc", "relative-colorimetric", (["r"], ["g"], ["b"])
    )
    return bytes(document.write_pdf(finisher=_finish, pdf_variant=VARIANT, output_intent=INTENT))


def _finish(document: weasyprint.Document, file: Any) -> None:
    """Mend what WeasyPrint leaves: each associated file is listed twice, and margins of pages pass for content."""
    if "AF" in file.catalog:
        file.catalog["AF"][:] = dict.fromkeys(file.catalog["AF"])
    pagination.set_aside(file)


def code(address: str) -> bytes:
    """A QR code of the address, as a picture."""
    buffer = io.BytesIO()
    modules(address).save(buffer, kind="svg", border=0, xmldecl=False, omitsize=True, dark="#1c1e1c")
    return buffer.getvalue()


def modules(address: str) -> segno.QRCode:
    """A QR code of the address. All numbers have one length, so all codes have one version; a fixed mask spares the search."""
    return segno.make(address, error="m", mask=3, micro=False, boost_error=False)


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
