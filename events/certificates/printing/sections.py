"""The marked content of a page, as WeasyPrint writes it: sections, told apart by the numbers that the tags know them by."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pikepdf

SECTION = re.compile(rb"/\w+\n<</MCID (\d+)>>\nBDC\n(.*?)EMC\n", re.DOTALL)
#: One line of text in one font, set at a point: all that a slot may hold.
LINE = re.compile(rb"[^\[\]]*?BT\n(1 0 0 -1 (\S+) (\S+) Tm\n(/\w+ \S+ Tf\n\[[^\[\]]*\] TJ))\nET\n")
SHOWN = re.compile(rb"/(\w+) \S+ Tf|<([0-9a-f]+)>")
CHARACTERS = re.compile(rb"<([0-9a-f]{4})> <([0-9a-f]*)>")

#: By the name of a font, by the code of a glyph: what it says.
Glyphs = Mapping[str, Mapping[int, str]]


@dataclass(frozen=True)
class Line:
    """Text that stands at a point: ``run`` is its font, its size and its glyphs with their distances."""

    start: int  # in the page's content
    end: int
    x: bytes
    y: bytes
    run: bytes


@dataclass(frozen=True)
class Section:
    """A piece of marked content. ``line`` is None where it is anything but one line in one font."""

    mcid: int
    start: int  # of what is between its marks
    end: int
    text: str
    line: Line | None


def sections(content: bytes, glyphs: Glyphs) -> Iterator[Section]:
    """The sections of a page's content, in the order in which they are drawn."""
    for found in SECTION.finditer(content):
        start, end = found.span(2)
        whole = LINE.fullmatch(content, start, end)
        line = Line(*whole.span(1), whole[2], whole[3], whole[4]) if whole else None
        yield Section(int(found[1]), start, end, said(found[2], glyphs), line)


def said(drawn: bytes, glyphs: Glyphs) -> str:
    """What drawn text says to who copies it or listens to it."""
    text, known = [], glyphs.get("", {})
    for shown in SHOWN.finditer(drawn):
        if shown[1]:
            known = glyphs.get(shown[1].decode(), {})
        else:
            codes = shown[2]
            text += [known.get(int(codes[at : at + 4], 16), "\ufffd") for at in range(0, len(codes), 4)]
    return "".join(text)


def glyphs_of(pages: Sequence[pikepdf.Page]) -> dict[str, dict[int, str]]:
    """What the glyphs of all fonts of these pages say (ISO 32000-1 §9.10.3)."""
    found: dict[str, dict[int, str]] = {}
    for page in pages:
        for name, font in page.Resources.get("/Font", pikepdf.Dictionary()).items():
            if name[1:] not in found:
                found[name[1:]] = {
                    int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
                    for code, text in CHARACTERS.findall(font.ToUnicode.read_bytes())
                }
    return found
