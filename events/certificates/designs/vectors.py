"""SVG logos: read with care, and drawn up again from a short list of shapes and attributes.

Nothing of the file survives but shapes, colours and gradients. What could reach something (a script, an address, a picture
within), or would print otherwise than it looks (text, filters, see-through parts), is refused and named. What means nothing on
paper (metadata, an editor's own notes) is dropped. Style sheets of the simple kind that drawing programs write become
attributes.
"""

import re
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET
from xml.parsers import expat

from django.utils.translation import gettext as _

from events.certificates.designs.styles import Declarations, Rules, declarations, rules_of
from network.errors import Invalid

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
MOST_BYTES = 2**20
MOST_BYTES_ANEW = 120 * 2**10  # each certificate carries it
MOST_ELEMENTS = 3_000
DEEPEST = 30

SHAPES = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"}
GRADIENTS = {"linearGradient", "radialGradient"}
ALLOWED = SHAPES | GRADIENTS | {"svg", "g", "defs", "stop", "clipPath"}
#: Dropped with all that is in them: they say something about the picture and draw nothing.
DROPPED = {"title", "desc", "metadata"}

NUMBER = r"[+-]?(?:\d{1,6}(?:\.\d{0,12})?|\.\d{1,12})(?:[eE][+-]?\d{1,2})?"
LENGTH = re.compile(rf"{NUMBER}(?:px|pt|mm|cm|in|pc|%)?")
NUMBERS = re.compile(r"[\d\s,.eE+-]*")
PATH = re.compile(r"[MmZzLlHhVvCcSsQqTtAaeE\d\s,.+-]*")
TRANSFORM = re.compile(r"(?:(?:matrix|translate|scale|rotate|skewX|skewY)\s*\([\d\s,.eE+-]*\)[\s,]*)*")
COLOUR = re.compile(r"(?:#[0-9a-fA-F]{3,6}|[a-zA-Z]{3,30}|rgb\([\d\s,.%]*\))")
PAINT = re.compile(rf"(?:{COLOUR.pattern}|url\(['\"]?#[\w.-]+['\"]?\) ?(?:{COLOUR.pattern})?)")
LOCAL = re.compile(r"none|url\(['\"]?#[\w.-]+['\"]?\)")
WORD = re.compile(r"[a-zA-Z-]{1,30}")
NAME = re.compile(r"[A-Za-z_][\w.-]{0,100}")
ASPECT = re.compile(r"[a-zA-Z]{4,9}(?: (?:meet|slice))?")
ANY_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
LARGEST_NUMBER = 1e6
#: Only these may be long; whatever else is longer than this is no drawing program's.
LONG = {"d", "points"}
LONGEST = 400

LENGTHS = ("x", "y", "width", "height", "cx", "cy", "r", "rx", "ry", "x1", "y1", "x2", "y2", "fx", "fy", "offset",
           "stroke-width", "stroke-dashoffset", "stroke-miterlimit")  # fmt: skip
WORDS = ("fill-rule", "clip-rule", "stroke-linecap", "stroke-linejoin", "display", "visibility", "gradientUnits",
         "clipPathUnits")  # fmt: skip
#: What an attribute may say, and so which there are.
ATTRIBUTES: dict[str, re.Pattern[str]] = {
    **dict.fromkeys(LENGTHS, LENGTH),
    **dict.fromkeys(WORDS, WORD),
    "id": NAME,
    # A gradient that repeats is drawn stripe by stripe: a narrow one would keep the printer for ever.
    "spreadMethod": re.compile("pad"),
    "d": PATH,
    "points": NUMBERS,
    "viewBox": NUMBERS,
    "stroke-dasharray": re.compile(rf"none|{NUMBERS.pattern}"),
    "preserveAspectRatio": ASPECT,
    "transform": TRANSFORM,
    "gradientTransform": TRANSFORM,
    "fill": PAINT,
    "stroke": PAINT,
    "color": COLOUR,
    "stop-color": COLOUR,
    "clip-path": LOCAL,
}
#: Attributes that say how much is seen of something. Only those that say "all" are taken, and then are not needed.
SEE_THROUGH = {"opacity", "fill-opacity", "stroke-opacity", "stop-opacity", "flood-opacity"}
#: Attributes that would draw with what is refused, unless they say that there is none.
NONE_ONLY = {"filter", "mask", "marker", "marker-start", "marker-mid", "marker-end"}


def is_one(content: bytes) -> bool:
    """Whether it is an SVG, or at least XML: no picture of dots begins so."""
    head = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(b"<") or content[:4] in {b"\xff\xfe<\0", b"\xfe\xff\0<"}


def drawn_anew(content: bytes) -> bytes:
    """The drawing, from allowed parts only. Raises Invalid, at ``""``, with what was found."""
    if len(content) > MOST_BYTES:
        text = _("This SVG has more than %(n)d KB. Make it simpler, or use a PNG.")
        raise _refused(text % {"n": MOST_BYTES // 1024})
    root = _parsed(content)
    if root.tag != f"{{{SVG}}}svg":
        raise _refused(_("This is XML, but not an SVG picture."))
    drawing = _Drawing(_rules(root))
    anew = drawing.element(root)
    if anew is None or not drawing.has_shapes:
        raise _refused(_("This SVG draws nothing."))
    drawing.check_references()
    if "viewBox" not in anew.attrib and not {"width", "height"} <= set(anew.attrib):
        raise _refused(_("This SVG does not say how large it is. Export it with a “viewBox”."))
    anew.set("xmlns", SVG)
    content = ET.tostring(anew, encoding="utf-8")
    if len(content) > MOST_BYTES_ANEW:
        raise _too_much()
    return content


def _refused(message: str) -> Invalid:
    return Invalid({"": [message]})


def _too_much() -> Invalid:
    return _refused(_("This SVG is too involved. Make it simpler, or use a PNG."))


def _found(what: str) -> Invalid:
    text = _("This SVG has %(what)s, which certificates do not take. Export it as plain shapes, or use a PNG.")
    return _refused(text % {"what": what})


class _Builder(ET.TreeBuilder):
    """Builds the tree while it is small enough."""

    def __init__(self) -> None:
        super().__init__()
        self.count = self.depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> ET.Element:
        """An element begins."""
        self.count += 1
        self.depth += 1
        if self.count > MOST_ELEMENTS or self.depth > DEEPEST:
            raise _too_much()
        return super().start(tag, attributes)

    def end(self, tag: str) -> ET.Element:
        """An element ends."""
        self.depth -= 1
        return super().end(tag)


def _parsed(content: bytes) -> ET.Element:
    """The tree. A document type may name the SVG standard, but declare nothing; nothing is fetched."""
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def name(raw: str) -> str:
        return f"{{{raw}" if "}" in raw else raw

    def start(tag: str, attributes: dict[str, str]) -> None:
        builder.start(name(tag), {name(key): value for key, value in attributes.items()})

    def doctype(_name: str, _system: str | None, _public: str | None, has_subset: int) -> None:
        if has_subset:
            raise _found(_("entity declarations"))

    def instruction(target: str, _data: str) -> None:
        if target.lower() != "xml":
            raise _found(_("a reference to a style sheet or program (<?%(name)s?>)") % {"name": target[:30]})

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda tag: builder.end(name(tag))
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = doctype
    parser.ProcessingInstructionHandler = instruction
    try:
        parser.Parse(content, True)
        return builder.close()
    except (expat.ExpatError, UnicodeError, ValueError, LookupError, AssertionError) as broken:
        raise _refused(_("This SVG is broken: it cannot be read as XML.")) from broken


def _rules(root: ET.Element) -> Rules:
    """What the style sheets within say."""
    rules: Rules = []
    for sheet in root.iter(f"{{{SVG}}}style"):
        found = rules_of("".join(sheet.itertext()))
        if found is None:
            raise _found(_("a style sheet that reaches out or is too involved"))
        rules += found
    return rules


@dataclass
class _Drawing:
    """What has been drawn up anew so far."""

    rules: Rules
    has_shapes: bool = False
    ids: dict[str, ET.Element] = field(default_factory=dict)
    needed: list[tuple[str, set[str]]] = field(default_factory=list)  # ids that are referred to, and what they may be
    inherits: dict[str, str] = field(default_factory=dict)  # of gradients, by id: from which other one
    within: list[str] = field(default_factory=list)

    def element(self, source: ET.Element) -> ET.Element | None:
        """The element and what is in it, or None where it means nothing on paper."""
        space, _brace, tag = source.tag.rpartition("}")
        if space != f"{{{SVG}":
            return None  # an editor's own
        if tag in DROPPED or tag == "style":
            return None
        if tag not in ALLOWED or (tag == "svg" and self.within):
            raise _found(_what(tag))
        anew = ET.Element(tag, self._attributes(source, tag))
        if "id" in anew.attrib:
            self.ids[anew.attrib["id"]] = anew
        self.has_shapes = self.has_shapes or tag in SHAPES
        self.within.append(tag)
        for child in source:
            drawn = self.element(child)
            if drawn is not None:
                anew.append(drawn)
        self.within.pop()
        return anew

    def _attributes(self, source: ET.Element, tag: str) -> dict[str, str]:
        said: Declarations = {}
        style = declarations(source.attrib.get("style", ""))
        if style is None:
            raise _found(_("a style that reaches out or is too involved"))
        for name, value in source.attrib.items():
            space, _brace, local = name.rpartition("}")
            if local == "href" and space in {"", f"{{{XLINK}"}:
                if tag in GRADIENTS and value.startswith("#") and NAME.fullmatch(source.get("id", "")):
                    self.inherits[source.attrib["id"]] = value[1:]
                    continue
                raise _found(_("a link or reference (%(value)s)") % {"value": value[:60]})
            if space:
                continue  # an editor's own, or xml:space
            if local.lower().startswith("on"):
                raise _found(_("a script (%(name)s)") % {"name": local[:30]})
            said[local] = value
        name, classes = said.get("id", ""), set(said.get("class", "").split())
        for rule in self.rules:
            if rule.fits(element=tag, id=name, classes=classes):
                said |= rule.declarations
        said |= style
        return self._allowed(said, tag)

    def _allowed(self, said: Declarations, tag: str) -> dict[str, str]:
        kept: dict[str, str] = {}
        for name, raw in said.items():
            value = raw.strip() if name in LONG else " ".join(raw.split()).replace("( ", "(").replace(" )", ")")
            if name in SEE_THROUGH and not _is_whole(value):
                raise _found(_("see-through parts (%(name)s)") % {"name": name})
            if name in NONE_ONLY and value not in {"none", ""}:
                raise _found(_what(name.partition("-")[0]))
            pattern = ATTRIBUTES.get(name)
            if pattern is None:
                continue
            if name == "id" and not NAME.fullmatch(value):
                continue
            if value and not (_is_printable(name, value) and pattern.fullmatch(value)):
                raise _found(_("a value that cannot be printed (%(name)s: %(value)s)") % {"name": name, "value": value[:60]})
            self._refer(name, value, tag)
            kept[name] = value
        return kept

    def _refer(self, name: str, value: str, tag: str) -> None:
        """Remember what an attribute refers to. A clip within a clip could go round in circles."""
        if "url" not in value:
            return
        if name == "clip-path" and (tag == "clipPath" or "clipPath" in self.within):
            raise _found(_("a clip within a clip"))
        target = value.partition("#")[2].rstrip(") \t\r\n").partition(")")[0].rstrip("'\"")
        self.needed.append((target, {"clipPath"} if name == "clip-path" else GRADIENTS))

    def check_references(self) -> None:
        """Everything that is referred to is there, and of the right kind. Gradients get what they inherit."""
        self.needed += [(target, GRADIENTS) for target in self.inherits.values()]
        for target, kinds in self.needed:
            if target not in self.ids or self.ids[target].tag not in kinds:
                raise _found(_("a reference to something that is not in it (#%(name)s)") % {"name": target[:60]})
        for name in self.inherits:
            self._inherit(name)
        # What is referred to is drawn as often as it is referred to.
        if sum(sum(1 for _part in self.ids[target].iter()) for target, _kinds in self.needed) > MOST_ELEMENTS:
            raise _too_much()

    def _inherit(self, name: str) -> None:
        gradient, seen, ancestor = self.ids[name], {name}, self.inherits.get(name)
        while ancestor is not None:
            if ancestor in seen:
                raise _found(_("gradients that go round in circles"))
            seen.add(ancestor)
            other = self.ids[ancestor]
            for key, value in other.attrib.items():
                gradient.attrib.setdefault(key, value)
            if not len(gradient):
                gradient.extend(other)
            ancestor = self.inherits.get(ancestor)


def _is_printable(name: str, value: str) -> bool:
    """Whether it is short enough, and its numbers small enough for a page."""
    if len(value) > LONGEST and name not in LONG:
        return False
    if name in {"id", "fill", "stroke", "color", "stop-color", "clip-path"}:
        return True
    return all(abs(float(number)) <= LARGEST_NUMBER for number in ANY_NUMBER.findall(value))


def _is_whole(value: str) -> bool:
    """Whether an opacity means that nothing is seen through."""
    try:
        number = float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        return False
    return number >= 1


def _what(tag: str) -> str:
    """What was found, for people."""
    known = {
        "script": _("a script"),
        "image": _("a picture within"),
        "feImage": _("a picture within"),
        "foreignObject": _("HTML within"),
        "text": _("text (turn it into paths)"),
        "tspan": _("text (turn it into paths)"),
        "a": _("a link"),
        "use": _("copies of a shape (<use>; expand them)"),
        "symbol": _("copies of a shape (<use>; expand them)"),
        "filter": _("a filter, such as a shadow"),
        "mask": _("a mask"),
        "pattern": _("a pattern"),
        "marker": _("arrow heads (<marker>)"),
        "animate": _("an animation"),
        "animateTransform": _("an animation"),
        "animateMotion": _("an animation"),
        "set": _("an animation"),
    }
    return known.get(tag, f"<{tag[:30]}>")
