"""Our own checks of a PDF: what an archive (PDF/A-3a) and a screen reader (PDF/UA-1) need, as far as a machine can see.

They take the place of veraPDF where nobody has it: see ``make verapdf``. What they find is a fault of ours, said in English for
the log and for who designs; nothing is fetched, and any octets may be given.
"""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
PDFA = "http://www.aiim.org/pdfa/ns/id/"
PDFUA = "http://www.aiim.org/pdfua/ns/id/"
SCHEMA = "http://www.aiim.org/pdfa/ns/schema#"

#: ISO 32000-1 §14.8.4.
STANDARD = {
    *("Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "TOC", "TOCI", "Index", "NonStruct", "Private"),
    *("P", "H", "H1", "H2", "H3", "H4", "H5", "H6", "L", "LI", "Lbl", "LBody"),
    *("Table", "TR", "TH", "TD", "THead", "TBody", "TFoot"),
    *("Span", "Quote", "Note", "Reference", "BibEntry", "Code", "Link", "Annot", "Figure", "Formula", "Form"),
}
#: What may only be within what.
WITHIN = {"LI": {"L"}, "Lbl": {"LI"}, "LBody": {"LI"}, "TR": {"Table", "THead", "TBody", "TFoot"}, "TH": {"TR"}, "TD": {"TR"}}
#: Operators that leave something on the page.
SHOWS_TEXT = {"Tj", "TJ", "'", '"'}
PAINTS = SHOWS_TEXT | {"f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "Do", "INLINE IMAGE"}
#: Actions that PDF/A-3 forbids (ISO 19005-3 §6.5.1).
FORBIDDEN = {"Launch", "Sound", "Movie", "ResetForm", "ImportData", "Hide", "SetOCGState", "Rendition", "Trans", "GoTo3DView"}
FORBIDDEN |= {"JavaScript", "GoToR", "GoToE", "SubmitForm"}
#: ToUnicode: codes one by one, and in ranges.
CHARACTERS, RANGES = (
    re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL),
    re.compile(rb"beginbfrange(.*?)endbfrange", re.DOTALL),
)
CHARACTER = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]*)>")
RANGE = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]*)>")
PRINT, HIDDEN = 4, 1 | 2 | 32 | 256  # flags of annotations

Key = tuple[int, int]


def faults(pdf: bytes) -> list[str]:
    """What is wrong with a file; nothing if it has all that we know to look for."""
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            return [*dict.fromkeys(_Check(document).all())]
    except (pikepdf.PdfError, pikepdf.PasswordError) as problem:
        return [f"the file cannot be opened: {problem}"]
    except (AttributeError, KeyError, TypeError, ValueError, IndexError, RecursionError) as problem:
        return [f"the file is not built as a PDF is: {problem}"]


@dataclass
class _Element:
    """A structure element that hangs in the tree."""

    kind: str
    parent: str
    item: Any
    content: set[tuple[Key, int]] = field(default_factory=set)  # page and number of marked content


class _Check:
    def __init__(self, document: pikepdf.Pdf) -> None:
        self.document = document
        self.root: Any = document.Root
        self.pages: list[Any] = [*document.pages]
        self.elements: dict[Key, _Element] = {}
        self.in_order: list[_Element] = []

    def all(self) -> Iterator[str]:
        """Every fault, in the order of the parts of a file."""
        yield from self._catalogue()
        yield from self._metadata()
        yield from self._objects()
        yield from self._attachments()
        yield from self._tags()
        for number, page in enumerate(self.pages, start=1):
            for fault in (*self._page(page), *self._annotations(page)):
                yield f"page {number}: {fault}"

    def _catalogue(self) -> Iterator[str]:
        root = self.root
        if self.document.is_encrypted:
            yield "it is encrypted"
        if "/ID" not in self.document.trailer:
            yield "it has no identifier"
        if not root.get("/MarkInfo", {}).get("/Marked", False):
            yield "it does not say that it is tagged (MarkInfo)"
        if not str(root.get("/Lang", "")):
            yield "it has no language"
        if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False):
            yield "its window would not show its title (DisplayDocTitle)"
        intents = [*root.get("/OutputIntents", [])]
        if [intent.get("/S") for intent in intents] != [Name.GTS_PDFA1] or "/DestOutputProfile" not in intents[0]:
            yield "it has not one output intent with a colour profile"
        if "/OpenAction" in root or "/AA" in root:
            yield "something happens when it is opened"
        if "/JavaScript" in root.get("/Names", {}):
            yield "it has JavaScript"
        form = root.get("/AcroForm", {})
        if form.get("/NeedAppearances", False) or "/XFA" in form:
            yield "its form is drawn by the reader"

    def _metadata(self) -> Iterator[str]:
        trailer: Any = self.document.trailer
        title = str(trailer.get("/Info", {}).get("/Title", ""))
        if not title:
            yield "it has no title"
        metadata = self.root.get("/Metadata")
        if not isinstance(metadata, Stream):
            yield "it has no metadata"
            return
        try:
            tree = ET.fromstring(metadata.read_bytes())  # noqa: S314 - read by expat, which knows entities' bombs
        except ET.ParseError:
            yield "its metadata is no XML"
            return
        if len([*tree.iter(f"{{{RDF}}}RDF")]) != 1:
            yield "its metadata has not one block of RDF"
        said: dict[str, list[str]] = {}
        for description in tree.iter(f"{{{RDF}}}Description"):
            for key, value in description.attrib.items():
                said.setdefault(key, []).append(value)
            for child in description:
                said.setdefault(child.tag, []).append("".join(child.itertext()).strip())
        claims = {f"{{{PDFA}}}part": "3", f"{{{PDFA}}}conformance": "A", f"{{{PDFUA}}}part": "1"}
        if any(said.get(name) != [value] for name, value in claims.items()):
            yield "it does not claim PDF/A-3a and PDF/UA-1, each once"
        if PDFUA not in [element.text for element in tree.iter(f"{{{SCHEMA}}}namespaceURI")]:
            yield "it does not declare the claim of PDF/UA (extension schema)"
        if said.get(f"{{{DC}}}title") != [title]:
            yield "its two titles differ"

    def _objects(self) -> Iterator[str]:
        items: Iterable[Any] = self.document.objects
        for item in items:
            if not isinstance(item, Dictionary | Stream):
                continue
            kind = item.get("/Type")
            if kind == Name.Font:
                yield from _font(item)
            if "/JS" in item or (isinstance(action := item.get("/S"), Name) and str(action)[1:] in FORBIDDEN):
                yield f"it has an action that is not allowed: {str(item.get('/S', '/JavaScript'))[1:]}"
            if isinstance(item, Stream):
                yield from _stream(item)

    def _attachments(self) -> Iterator[str]:
        associated = {file.objgen for file in self.root.get("/AF", [])}
        names = [*self.root.get("/Names", {}).get("/EmbeddedFiles", {}).get("/Names", [])]
        for name, file in zip(names[::2], names[1::2], strict=True):
            content = file.get("/EF", {}).get("/F")
            if file.objgen not in associated or "/AFRelationship" not in file:
                yield f"what the attachment {name} is to it is not said (AF, AFRelationship)"
            if "/F" not in file or "/UF" not in file or not str(file.get("/Desc", "")):
                yield f"the attachment {name} has not both its names and a description"
            if not isinstance(content, Stream):
                yield f"the attachment {name} is not in the file"
            elif "/Subtype" not in content or "/ModDate" not in content.get("/Params", {}):
                yield f"the attachment {name} has no media type or no date"
        if len(associated) != len(names) // 2:
            yield "not every associated file is an attachment by name"

    def _tags(self) -> Iterator[str]:
        tree = self.root.get("/StructTreeRoot")
        if tree is None:
            yield "it has no tags"
            return
        self._walk(tree, "", None)
        roles = tree.get("/RoleMap", {})
        level = 0
        for element in self.in_order:
            kind = str(roles[f"/{element.kind}"])[1:] if f"/{element.kind}" in roles else element.kind
            if kind not in STANDARD:
                yield f"nobody knows the tag {kind}"
            if kind in WITHIN and element.parent not in WITHIN[kind]:
                yield f"{kind} is within {element.parent or 'nothing'}"
            if kind in {"Figure", "Formula"} and not str(element.item.get("/Alt", element.item.get("/ActualText", ""))).strip():
                yield f"a {kind.lower()} is not described"
            if kind[:1] == "H" and kind[1:].isdigit():
                if int(kind[1:]) > level + 1:
                    yield f"{kind} follows H{level}" if level else f"its first heading is {kind}"
                level = int(kind[1:])
        if not level:
            yield "it has no heading"

    def _walk(self, item: Any, parent: str, page: Any) -> None:
        """Note every element below one: once, in the order in which they are read."""
        kids = item.get("/K", [])
        for kid in kids if isinstance(kids, Array) else [kids]:
            if not isinstance(kid, Dictionary) or "/S" not in kid:
                continue
            here = kid.get("/Pg", page)
            element = _Element(str(kid.S)[1:], parent, kid)
            if kid.objgen in self.elements:
                raise ValueError("an element hangs in the tree twice")
            self.elements[kid.objgen] = element
            self.in_order.append(element)
            own: Any = kid.get("/K", [])
            for content in own if isinstance(own, Array) else [own]:
                if isinstance(content, int) and here is not None:
                    element.content.add((here.objgen, content))
                elif isinstance(content, Dictionary) and content.get("/Type") == Name.MCR:
                    element.content.add((content.get("/Pg", here).objgen, int(content.MCID)))
            self._walk(kid, element.kind, here)

    def _page(self, page: Any) -> Iterator[str]:
        if page.get("/Tabs") != Name.S:
            yield "tabs do not follow the tags"
        marked: list[int] = []
        yield from _content(page, marked)
        if len(marked) != len({*marked}):
            yield "two pieces of content have the same number"
        parents = self._parents(page.get("/StructParents"))
        if {*marked} != {*range(len(parents))}:
            yield "its marked content is not what the tags know (ParentTree)"
        for number, parent in enumerate(parents):
            element = self.elements.get(parent.objgen)
            if element is None or (page.objgen, number) not in element.content:
                yield f"content {number} does not hang in the tags"
        tagged = {number for one in self.in_order for where, number in one.content if where == page.objgen}
        if tagged - {*marked}:
            yield "the tags know content that is not there"

    def _parents(self, key: Any) -> list[Any]:
        numbers = [*self.root.get("/StructTreeRoot", {}).get("/ParentTree", {}).get("/Nums", [])]
        for number, value in zip(numbers[::2], numbers[1::2], strict=True):
            if key is not None and int(number) == int(key) and isinstance(value, Array):
                return [*value]
        return []

    def _annotations(self, page: Any) -> Iterator[str]:
        for note in page.get("/Annots", []):
            kind = str(note.get("/Subtype", "/"))[1:]
            left, bottom, right, top = map(float, note.Rect)
            flags = int(note.get("/F", 0))
            if not flags & PRINT or flags & HIDDEN:
                yield f"a {kind} is not printed"
            if (left, bottom) == (right, top):
                continue  # invisible
            if kind != "Link" and "/AP" not in note:
                yield f"a {kind} has no look of its own"
            if "/StructParent" not in note or not str(note.get("/Contents", note.get("/TU", ""))):
                yield f"a {kind} is not tagged, or not described"


def _font(font: Any) -> Iterator[str]:
    if font.Subtype in {Name.CIDFontType0, Name.CIDFontType2}:
        return  # looked at with the font that has it
    name = str(font.get("/BaseFont", "/?"))[1:]
    inner = font.DescendantFonts[0] if font.Subtype == Name.Type0 else font
    if inner.Subtype == Name.CIDFontType2 and "/CIDToGIDMap" not in inner:
        yield f"the font {name} does not say which glyphs its codes mean (CIDToGIDMap)"
    embedded = {"/FontFile", "/FontFile2", "/FontFile3"} & {*inner.get("/FontDescriptor", Dictionary()).keys()}
    if font.Subtype != Name.Type3 and not embedded:
        yield f"the font {name} is not in the file"
    if "/ToUnicode" not in font:
        yield f"the font {name} does not say what its glyphs mean (ToUnicode)"


def _stream(item: Any) -> Iterator[str]:
    if "/F" in item:
        yield "a stream is in another file"
    kind = item.get("/Subtype")
    if kind == Name.Image and item.get("/Interpolate", False):
        yield "a picture is to be smoothed (image-rendering: crisp-edges is missing)"
    if kind == Name.PS or "/PS" in item or "/Ref" in item or "/OPI" in item:
        yield "a part is drawn by another file or program"
    if kind == Name.Form and any(str(step.operator) in SHOWS_TEXT for step in pikepdf.parse_content_stream(item)):
        yield "text is in a group of its own, where no tag reaches it (opacity)"


def _content(page: Any, marked: list[int]) -> Iterator[str]:
    """What is wrong with what is drawn; notes the numbers of marked content."""
    fonts = {name: _codes(font) for name, font in page.Resources.get("/Font", Dictionary()).items()}
    known: dict[int, str] | None = None
    depth = 0
    for step in pikepdf.parse_content_stream(page):
        operator = str(step.operator)
        if operator in {"BDC", "BMC"}:
            depth += 1
            properties: Any = step.operands[1] if operator == "BDC" else {}
            if isinstance(properties, Name):
                properties = page.Resources.Properties[str(properties)]
            if "/MCID" in properties:
                marked.append(int(properties["/MCID"]))
        elif operator == "EMC":
            depth -= 1
        elif operator in PAINTS and depth <= 0:
            yield "something is drawn that is neither tagged nor marked as decoration"
        if operator == "Tf":
            known = fonts.get(str(step.operands[0]))
        elif operator in SHOWS_TEXT and known is not None:
            yield from _glyphs(step.operands[-1], known)
    if depth:
        yield "marked content is not closed"


def _glyphs(shown: Any, known: dict[int, str]) -> Iterator[str]:
    for part in shown if isinstance(shown, Array) else [shown]:
        if not isinstance(part, pikepdf.String):
            continue
        octets = bytes(part)
        for at in range(0, len(octets), 2):
            code = int.from_bytes(octets[at : at + 2], "big")
            if not code:
                yield "a character has no glyph (.notdef)"
            elif not known.get(code):
                yield f"glyph {code} does not say what it means"


def _codes(font: Any) -> dict[int, str] | None:
    """What the codes of a font with codes of two octets mean; None for another font."""
    if font.Subtype != Name.Type0 or font.Encoding != Name("/Identity-H"):
        return None
    if "/ToUnicode" not in font:
        return {}
    cmap = font.ToUnicode.read_bytes()
    found = {int(code, 16): _utf16(text) for code, text in CHARACTER.findall(b"".join(CHARACTERS.findall(cmap)))}
    for first, last, text in RANGE.findall(b"".join(RANGES.findall(cmap))):
        found |= {code: _utf16(text) for code in range(int(first, 16), int(last, 16) + 1)}
    return found


def _utf16(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be", "replace")
