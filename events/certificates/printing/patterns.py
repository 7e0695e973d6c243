"""A certificate's page with holes: where in the HTML of its template the values stand that differ from person to person.

The template is rendered once with marks in the place of those values. A hole may be in the title, in the words for the code,
or in an element with ``data-slot`` that holds nothing else; a value with a place elsewhere ties its certificates to those that
share it.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from html import escape as escape_attribute
from html.parser import HTMLParser
from itertools import accumulate
from typing import Any

from django.utils.html import escape

from events.certificates.content.wording import Words

#: Private characters that no font of ours has, so no text has them.
OPEN, CLOSE = "\ue000", "\ue001"
HOLE = re.compile(f"{OPEN}([a-z_]+){CLOSE}")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

Values = Mapping[str, str]


class Unsuitable(Exception):
    """The bulk lane cannot be shown to print this as the single lane does; the message says why, for the log."""


def with_holes(words: Words, names: Collection[str]) -> Words:
    """The words with a mark in the place of each of these values."""
    marks: dict[str, Any] = {name: f"{OPEN}{name}{CLOSE}" for name in names}
    return replace(words, **marks)


def holes(text: str) -> set[str]:
    """The names of the values that stand in a text."""
    return set(HOLE.findall(text))


def fill(text: str, values: Values) -> str:
    """The text with its values."""
    return HOLE.sub(lambda hole: values[hole[1]], text)


@dataclass(frozen=True)
class Tag:
    """A start tag, as its attributes say."""

    name: str
    attributes: tuple[tuple[str, str], ...]

    def opened(self, *classes: str) -> str:
        """The tag with more classes; what names the element is left out, since there will be many."""
        own = {key: value for key, value in self.attributes if key not in {"id", "data-slot"}}
        own["class"] = " ".join([*own.get("class", "").split(), *classes])
        return f"<{self.name}" + "".join(f' {key}="{escape_attribute(value)}"' for key, value in own.items()) + ">"

    @property
    def closed(self) -> str:
        """The end tag."""
        return f"</{self.name}>"


@dataclass(frozen=True)
class Slot:
    """An element whose text differs: where it hangs (below ``body``, outermost first), and its text with holes."""

    within: tuple[Tag, ...]
    tag: Tag
    text: str
    end: int  # where its end tag begins


@dataclass
class _Element:
    tag: Tag
    is_slot: bool = False
    holds: list[str] = field(default_factory=list)
    has_elements: bool = False


class Pattern(HTMLParser):
    """The page with holes, read. ``code`` is the address of the picture that differs; its words are ``alt``."""

    def __init__(self, html: str, *, code: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.title = self.alt = ""
        self.slots: list[Slot] = []
        #: Values that stand where they cannot be exchanged.
        self.bound: set[str] = set()
        self._code = code
        self._open: list[_Element] = []
        self._lines = [0, *accumulate(len(line) + 1 for line in html.split("\n"))]
        self.feed(html)
        self.close()
        if self._open:
            raise Unsuitable(f"<{self._open[-1].tag.name}> of the template is not closed")

    def filled(self, values: Values) -> str:
        """The page of one person, as the template would have rendered it."""
        return self.filled_as(self.html, values)

    def filled_as(self, html: str, values: Values) -> str:
        """The same of HTML that has the same holes."""
        return fill(html, {name: escape(value) for name, value in values.items()})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """As HTMLParser calls it."""
        attributes = tuple((key, value or "") for key, value in attrs)
        by_key = dict(attributes)
        for key, value in attributes:
            if not holes(value):
                continue
            if key == "alt" and by_key.get("src") == self._code and not self.alt:
                self.alt = value
            else:
                self.bound |= holes(value)
        if self._open:
            self._open[-1].has_elements = True
        if tag not in VOID:
            self._open.append(_Element(Tag(tag, attributes), is_slot="data-slot" in by_key))

    def handle_data(self, data: str) -> None:
        """As HTMLParser calls it."""
        if self._open:
            self._open[-1].holds.append(data)

    def handle_endtag(self, tag: str) -> None:
        """As HTMLParser calls it."""
        if tag in VOID:
            return
        if not self._open or self._open[-1].tag.name != tag:
            raise Unsuitable(f"</{tag}> of the template closes nothing")
        element = self._open.pop()
        text = " ".join("".join(element.holds).split())
        if not holes(text):
            return
        if tag == "title":
            self.title = text
        elif element.is_slot and not element.has_elements:
            line, column = self.getpos()
            within = tuple(outer.tag for outer in self._open if outer.tag.name not in {"html", "body"})
            self.slots.append(Slot(within, element.tag, text, self._lines[line - 1] + column))
        else:
            self.bound |= holes(text)
