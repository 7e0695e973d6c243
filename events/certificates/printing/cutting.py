"""Cutting the stencil out of what WeasyPrint wrote: the pieces of the type case, and where on the certificate they go."""

import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from events.certificates.printing.patterns import Unsuitable
from events.certificates.printing.sections import Line, Section, glyphs_of, sections
from events.certificates.sealing import shape

#: The strokes of the code, as WeasyPrint draws segno's picture.
STROKES = re.compile(rb"(?:[0-9.]+ [0-9.]+ [ml]\n)+(?=[BS]\n)")
CODE = -1


class NotOneLine(Unsuitable):
    """The sample's text of a slot takes more than one line, or more than one font."""

    def __init__(self, slot: int, text: str) -> None:
        super().__init__(f"{text!r} does not stand on one line in one font")
        self.slot = slot


@dataclass(frozen=True)
class Hole:
    """A place in a page's content to be filled: of a slot, with its height on the page, or of the code."""

    start: int
    end: int
    slot: int = CODE
    y: bytes = b""


@dataclass(frozen=True)
class Piece:
    """A text of the type case: how far from the left it stands, and its font, size and glyphs."""

    x: bytes
    run: bytes


@dataclass(frozen=True)
class Cut:
    """A certificate without its type case, the holes in the content of each of its pages, and what the slots may hold."""

    document: bytes
    contents: tuple[bytes, ...]
    holes: tuple[tuple[Hole, ...], ...]
    pieces: tuple[Mapping[str, Piece], ...]


def cut(printed: bytes, *, pages: int, texts: Sequence[Sequence[str]], code: bytes, code_words: str, with_field: bool) -> Cut:
    """Cut it. ``texts`` are those of each slot in the type case behind the first ``pages``; the sample's comes first.

    ``code``: the strokes of the sample's; ``code_words``: its description. Raises Unsuitable.
    """
    with pikepdf.open(io.BytesIO(printed)) as document:
        everything = [*document.pages]
        glyphs = glyphs_of(everything)
        contents = tuple(page.Contents.read_bytes() for page in everything)
        drawn = [[*sections(content, glyphs)] for content in contents]
        found = _find_texts(_paragraphs(document, drawn, pages), texts)
        holes = _find_slots(drawn[:pages], found, texts)
        at, hole = _find_code(everything[:pages], drawn[:pages], contents, code, figure(document, code_words))
        holes[at].append(hole)
        _drop_pages(document, pages)
        if with_field:
            _add_field(document)
        output = io.BytesIO()
        document.save(output, object_stream_mode=pikepdf.ObjectStreamMode.disable, fix_metadata_version=False)
    return Cut(
        document=output.getvalue(),
        contents=contents[:pages],
        holes=tuple(tuple(sorted(own, key=lambda hole: hole.start)) for own in holes),
        pieces=tuple({text: Piece(line.x, line.run) for text, line in own.items()} for own in found),
    )


def figure(document: pikepdf.Pdf, words: str) -> Dictionary:
    """The one figure that is described by these words."""
    found = [element for element in elements(document.Root.StructTreeRoot) if "/Alt" in element and str(element.Alt) == words]
    if len(found) != 1 or Name.Figure != found[0].S:
        raise Unsuitable("the code is not one figure")
    return found[0]


def elements(tree: pikepdf.Object) -> Iterator[Dictionary]:
    """All structure elements below one, in reading order."""
    kids: Any = tree.get("/K", [])
    for kid in kids if isinstance(kids, Array) else [kids]:
        if isinstance(kid, Dictionary):
            yield kid
            yield from elements(kid)


def strokes(modules: Sequence[bytes | bytearray]) -> bytes:
    """The lines of a code, row by row, in the units of its picture."""
    return b"0 0 m\n" + b"".join(
        b"%d %d.5 m\n%d %d.5 l\n" % (run.start(), row, run.end(), row)
        for row, line in enumerate(modules)
        for run in re.finditer(rb"\x01+", line)
    )


def _find_texts(paragraphs: Sequence[Sequence[Section]], texts: Sequence[Sequence[str]]) -> list[dict[str, Line]]:
    """Where each text is in the type case, without those that take more than a line or a font, or cannot be copied right."""
    if len(paragraphs) != sum(map(len, texts)):
        raise Unsuitable("the type case has not one paragraph for each text")
    set_so = iter(paragraphs)
    found: list[dict[str, Line]] = []
    for own in texts:
        known: dict[str, Line] = {}
        for text in own:
            section, *more = next(set_so)
            if section.line and section.text == text and not more:
                known[text] = section.line
        found.append(known)
    return found


def _paragraphs(document: pikepdf.Pdf, drawn: Sequence[Sequence[Section]], pages: int) -> list[list[Section]]:
    """The sections of the type case, those of a paragraph together: the parent tree says whose they are."""
    numbers = [*document.Root.StructTreeRoot.ParentTree.Nums]
    owners = {int(page): tree for page, tree in zip(numbers[::2], numbers[1::2], strict=True)}
    found: dict[tuple[int, int], list[Section]] = defaultdict(list)
    for number, page in enumerate(drawn[pages:], start=pages):
        for section in page:
            found[owners[number][section.mcid].P.objgen].append(section)
    return [*found.values()]


def _find_slots(
    drawn: Sequence[Sequence[Section]], found: Sequence[Mapping[str, Line]], texts: Sequence[Sequence[str]]
) -> list[list[Hole]]:
    """Where the slots are: where the sample stands exactly as it does in the type case, but for its height.

    So it is proven that a slot has the same style and the same place across the page there and here.
    """
    alike: dict[tuple[bytes, bytes], list[int]] = defaultdict(list)
    for slot, own in enumerate(texts):
        line = found[slot].get(own[0])
        if line is None:
            raise NotOneLine(slot, own[0])
        alike[line.x, line.run].append(slot)
    places: dict[tuple[bytes, bytes], list[tuple[int, Line]]] = defaultdict(list)
    for number, page in enumerate(drawn):
        for section in page:
            if section.line and (section.line.x, section.line.run) in alike:
                places[section.line.x, section.line.run].append((number, section.line))
    holes: list[list[Hole]] = [[] for _page in drawn]
    for key, slots in alike.items():
        if len(places[key]) != len(slots):
            raise Unsuitable(f"{texts[slots[0]][0]!r} is {len(places[key])} times on the page")
        if any(texts[slot] != texts[slots[0]] for slot in slots):
            raise Unsuitable(f"two slots look alike: {texts[slots[0]][0]!r}")
        for slot, (number, line) in zip(slots, places[key], strict=True):
            holes[number].append(Hole(line.start, line.end, slot, line.y))
    return holes


def _find_code(
    pages: Sequence[pikepdf.Page],
    drawn: Sequence[Sequence[Section]],
    contents: Sequence[bytes],
    code: bytes,
    element: Dictionary,
) -> tuple[int, Hole]:
    """On which page the code is, and where its strokes are."""
    for number, page in enumerate(pages):
        if page.objgen != element.Pg.objgen:
            continue
        for section in drawn[number]:
            if [section.mcid] == [*element.K]:
                found = [*STROKES.finditer(contents[number], section.start, section.end)]
                if [one[0] for one in found] == [code]:
                    return number, Hole(*found[0].span())
    raise Unsuitable("the code is not drawn as it was expected")


def _drop_pages(document: pikepdf.Pdf, pages: int) -> None:
    """Take the type case out, and all that speaks of it."""
    root = document.Root
    if "/Outlines" in root:
        raise Unsuitable("the document has bookmarks")
    kept = {page.objgen for page in [*document.pages][:pages]}

    def stays(part: pikepdf.Object) -> bool:
        return not isinstance(part, Dictionary) or "/Pg" not in part or part.Pg.objgen in kept

    for element in [root.StructTreeRoot, *elements(root.StructTreeRoot)]:
        kids = element.get("/K")
        if isinstance(kids, Array) and not all(map(stays, kids)):
            element.K = Array([kid for kid in kids if stays(kid)])
    numbers = [*root.StructTreeRoot.ParentTree.Nums]
    root.StructTreeRoot.ParentTree.Nums = Array(
        chain.from_iterable(
            (key, value)
            for key, value in zip(numbers[::2], numbers[1::2], strict=True)
            if (int(key) < pages if isinstance(value, Array) else stays(value))
        )
    )
    if "/Dests" in root.get("/Names", {}):
        named = [*root.Names.Dests.Names]
        root.Names.Dests.Names = Array(
            chain.from_iterable(
                (name, target) for name, target in zip(named[::2], named[1::2], strict=True) if target[0].objgen in kept
            )
        )
    del document.pages[pages:]


def _add_field(document: pikepdf.Pdf) -> None:
    """An invisible field with a signature that is still to come, which certifies the file, as pyHanko would add it."""
    signature = document.make_indirect(Dictionary(Type=Name.Sig))
    page = document.pages[0]
    field = document.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Sig,
            T=String(shape.FIELD_NAME),
            TU=String(shape.FIELD_LABEL),
            F=shape.ANNOTATION_FLAGS,
            Rect=Array(shape.RECTANGLE),
            P=page.obj,
            V=signature,
        )
    )
    page.Annots = Array([*page.get("/Annots", []), field])
    root = document.Root
    root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=shape.FORM_FLAGS)
    root.Perms = Dictionary(DocMDP=signature)
    root.Extensions = Dictionary(ESIC=Dictionary(BaseVersion=Name("/1.7"), ExtensionLevel=1))
