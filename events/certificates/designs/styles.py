"""The little CSS that drawing programs write into an SVG, read into attributes. Anything beyond it is not read at all."""

import re
from dataclasses import dataclass

Declarations = dict[str, str]

#: Nothing that reaches out or hides: @import, @font-face, escapes, expressions; url() only of something within.
REACHES = re.compile(r"[@\\]|expression|javascript:|url\((?!\s*['\"]?#)", re.IGNORECASE)
SELECTOR = re.compile(r"(?:\.(?P<css_class>[\w-]+)|#(?P<id>[\w-]+)|(?P<element>[a-zA-Z]+))")
PROPERTY = re.compile(r"-{0,2}[a-zA-Z][\w-]*")
LONGEST = 64 * 2**10
MOST_RULES = 200


@dataclass(frozen=True)
class Rule:
    """What is said of all elements with a class, a name or an id. Stronger ones come later."""

    css_class: str
    id: str
    element: str
    declarations: Declarations

    @property
    def strength(self) -> int:
        """An id is stronger than a class, and that than the element's name."""
        return 2 if self.id else 1 if self.css_class else 0

    def fits(self, *, element: str, id: str, classes: set[str]) -> bool:
        """Whether it is about this element."""
        if self.id:
            return self.id == id
        return self.css_class in classes if self.css_class else self.element == element


Rules = list[Rule]


def declarations(text: str) -> Declarations | None:
    """``fill:#fff;stroke:none`` as a table; None for what reaches out or cannot be read."""
    plain = _without_comments(text)
    if plain is None or REACHES.search(plain):
        return None
    found: Declarations = {}
    for part in plain.split(";"):
        if not part.strip():
            continue
        name, colon, value = part.partition(":")
        if not colon or not PROPERTY.fullmatch(name.strip()) or "{" in value:
            return None
        found[name.strip()] = value.replace("!important", "").strip()
    return found


def _without_comments(text: str) -> str | None:
    """The text; None if it is too long, or a comment in it has no end."""
    if len(text) > LONGEST:
        return None
    first, *others = text.replace("<!--", "").replace("-->", "").split("/*")
    kept = [first]
    for other in others:
        _comment, end, rest = other.partition("*/")
        if not end:
            return None
        kept.append(rest)
    return "".join(kept)


def rules_of(sheet: str) -> Rules | None:
    """The rules of a style sheet, weaker ones first; None for what reaches out or is more than simple selectors."""
    plain = _without_comments(sheet)
    if plain is None or REACHES.search(plain):
        return None
    rules: Rules = []
    *blocks, rest = plain.split("}")
    if rest.strip():
        return None
    for block in blocks:
        selectors, brace, body = block.partition("{")
        said = declarations(body)
        if not brace or said is None:
            return None
        for selector in selectors.split(","):
            match = SELECTOR.fullmatch(selector.strip())
            if match is None or len(rules) >= MOST_RULES:
                return None
            rules.append(Rule(match["css_class"] or "", match["id"] or "", match["element"] or "", said))
    return sorted(rules, key=lambda rule: rule.strength)
