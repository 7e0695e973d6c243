"""Whether two files show, say and carry the same: how the bulk lane proves itself against the single lane in each batch."""

import io
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary

from events.certificates.printing.sections import glyphs_of, sections


def difference(one: bytes, other: bytes) -> str:
    """Where two files differ in what they draw, say or carry; nothing if they are equal."""
    seen, expected = outline(one), outline(other)
    return next((part for part, value in expected.items() if seen[part] != value), "")


def outline(file: bytes) -> dict[str, Any]:
    """What a file draws, to the last operator; what it says, its tags, its descriptions and what it carries."""
    with pikepdf.open(io.BytesIO(file)) as document:
        pages = [*document.pages]
        glyphs = glyphs_of(pages)
        contents = [page.Contents.read_bytes() for page in pages]
        numbers = {page.objgen: number for number, page in enumerate(pages)}
        root = document.Root
        return {
            "size": [[*map(float, page.mediabox)] for page in pages],
            "content": contents,
            "text": [[section.text for section in sections(content, glyphs)] for content in contents],
            "tags": tags(root.StructTreeRoot, numbers),
            "fonts": sorted({str(font.BaseFont) for page in pages for font in page.Resources.Font.values()}),
            "title": {key: str(value) for key, value in document.docinfo.items()},
            "metadata": root.Metadata.read_bytes(),
            "language": str(root.Lang),
            "attachments": [
                (str(file.UF), str(file.AFRelationship), file.EF.F.read_bytes(), str(file.EF.F.Params.ModDate))
                for file in root.get("/AF", [])
            ],
        }


def tags(element: pikepdf.Object, pages: dict[tuple[int, int], int]) -> Any:
    """The structure below an element: kinds, descriptions, and which content on which page."""
    kids: Any = element.get("/K", [])
    return (
        str(element.get("/S", "")),
        str(element.get("/Alt", "")),
        pages.get(element.Pg.objgen) if "/Pg" in element else None,
        [
            tags(kid, pages) if isinstance(kid, Dictionary) else int(kid)
            for kid in (kids if isinstance(kids, Array) else [kids])
        ],
    )
