"""The type case: pages behind the certificate, with every value of every slot once, in the slot's own style.

Each value is a paragraph of its own, as wide as its place on the certificate and as far from the left, so that shaping,
kerning, alignment and where a line would break are the same as there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import weasyprint
from django.utils.html import escape

from events.certificates.printing.patterns import Pattern, Slot, Unsuitable, Values

CASE = "type-case"
EQUAL = 1e-6  # CSS pixels
#: Boxes around a value, that inherit what they hand down, and take no room of their own. In a style sheet: WeasyPrint parses
#: the style of each element anew. The pages are high, so that there are few of them; nobody ever sees them.
STYLES = f"""
@page {CASE} {{ size: 420mm 4000mm; margin: 0 }}
.{CASE} {{
  display: block !important; position: static !important; float: none !important; transform: none !important;
  columns: auto !important; margin: 0 !important; padding: 0 !important; border: 0 !important; background: none !important;
  width: auto !important; height: auto !important; min-width: 0 !important; max-width: none !important;
  min-height: 0 !important; max-height: none !important; break-before: auto !important; break-after: auto !important;
  break-inside: auto !important; bookmark-level: none !important;
}}
.{CASE}-pages {{ page: {CASE} }}
.{CASE}-edge {{ height: 0 !important }}
.{CASE}-right {{ margin-left: 100% !important }}
"""

Typesetter = Callable[[str], weasyprint.Document]


@dataclass(frozen=True)
class Place:
    """Where a slot is on the page, across: its left edge and its width in CSS pixels, without padding."""

    left: float
    width: float


@dataclass(frozen=True)
class Geometry:
    """How many pages the certificate has, and where its slots are."""

    pages: int
    places: tuple[Place, ...]


def is_same(one: Geometry, other: Geometry) -> bool:
    """Whether two are the same but for what floating-point arithmetic leaves behind: a millionth of a pixel."""
    edges = [(place.left, place.width, its.left, its.width) for place, its in zip(one.places, other.places, strict=True)]
    return one.pages == other.pages and all(
        abs(left - its_left) < EQUAL and abs(width - its_width) < EQUAL for left, width, its_left, its_width in edges
    )


def measure(pattern: Pattern, sample: Values, typeset: Typesetter) -> Geometry:
    """Set the certificate with marks at both edges of each slot, and see where they come to stand."""
    html = pattern.html
    for index, slot in reversed([*enumerate(pattern.slots)]):
        marks = f'<span id="{CASE}-{index}-left" class="{CASE} {CASE}-edge"></span>'
        marks += f'<span id="{CASE}-{index}-right" class="{CASE} {CASE}-edge {CASE}-right"></span>'
        html = html[: slot.end] + marks + html[slot.end :]
    page = pattern.filled_as(html, sample)
    document = typeset(_with_pages_behind(page, f'<p id="{CASE}" class="{CASE}">.</p>', STYLES))
    anchors: dict[str, tuple[float, float]] = {}
    pages = None
    for number, laid in enumerate(document.pages):
        anchors |= laid.anchors
        if CASE in laid.anchors:
            pages = number
    if not pages:
        raise Unsuitable("the type case has no page of its own")
    origin = anchors[CASE][0]
    places = []
    for index in range(len(pattern.slots)):
        left, right = (anchors[f"{CASE}-{index}-{edge}"][0] for edge in ("left", "right"))
        places.append(Place(left - origin, right - left))
    return Geometry(pages, tuple(places))


def filled_case(pattern: Pattern, geometry: Geometry, sample: Values, texts: Sequence[Sequence[str]]) -> str:
    """The sample's certificate, and behind it the type case with these texts of each slot."""
    styles, rows = [STYLES], []
    for index, (slot, place, own) in enumerate(zip(pattern.slots, geometry.places, texts, strict=True)):
        width = f"margin-left: {place.left!r}px !important; width: {place.width!r}px !important"
        styles.append(f".{CASE}-{index} {{ break-inside: avoid !important; {width} }}\n")
        rows.append(_row(slot, f"{CASE}-{index}", own))
    return _with_pages_behind(pattern.filled(sample), "".join(rows), "".join(styles))


def _row(slot: Slot, name: str, texts: Sequence[str]) -> str:
    opened = slot.tag.opened(CASE, name)
    return (
        "".join(tag.opened(CASE) for tag in slot.within)
        + "".join(f"{opened}{escape(text)}{slot.tag.closed}" for text in texts)
        + "".join(tag.closed for tag in reversed(slot.within))
    )


def _with_pages_behind(html: str, content: str, styles: str) -> str:
    head, ends_head, rest = html.partition("</head>")
    body, ends_body, end = rest.rpartition("</body>")
    if not ends_head or not ends_body:
        raise Unsuitable("the template has no </head> or no </body>")
    pages = f'<div class="{CASE} {CASE}-pages">{content}</div>'
    return f"{head}<style>{styles}</style>{ends_head}{body}{pages}{ends_body}{end}"
