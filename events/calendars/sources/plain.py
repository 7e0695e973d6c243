"""Plain text from what other programs write into descriptions: HTML, or text with HTML's entities."""

import re
from html import unescape
from html.parser import HTMLParser

_TAG = re.compile(r"</?(?:p|br|div|span|a|b|i|u|ul|ol|li|strong|em|h[1-6]|table|tr|td|html|body|font)\b[^>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{1,6}|#x[0-9a-f]{1,5});", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\u00a0]+")
_EMPTY_LINES = re.compile(r"\n{3,}")

_BREAKS = {"br", "tr", "li"}
_PARAGRAPHS = {"p", "div", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6"}
_UNSEEN = {"style", "script", "head", "title"}


class _Reader(HTMLParser):
    """Collects the text of HTML: paragraphs apart, list items with a dash, links with their address behind them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.unseen = 0
        self.links: list[tuple[str, int]] = []  # the address, and where its text begins

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self.unseen += 1
        elif tag in _BREAKS:
            self.parts.append("\n– " if tag == "li" else "\n")
        elif tag in _PARAGRAPHS:
            self.parts.append("\n\n")
        elif tag == "a":
            self.links.append((dict(attrs).get("href") or "", len(self.parts)))

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self.unseen = max(self.unseen - 1, 0)
        elif tag in _PARAGRAPHS:
            self.parts.append("\n\n")
        elif tag == "a" and self.links:
            address, start = self.links.pop()
            if address.startswith(("https://", "http://")) and address not in "".join(self.parts[start:]):
                self.parts.append(f" ({address})")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.parts.append(data)


def plain(value: str) -> str:
    """The text, without HTML if there is any in it; blanks and empty lines in measure."""
    if _TAG.search(value):
        reader = _Reader()
        # What is a line's end in iCalendar is a blank in HTML, unless the author trusted in it.
        reader.feed(value if "\n\n" in value else value.replace("\n", " "))
        reader.close()
        value = "".join(reader.parts)
    elif _ENTITY.search(value):
        value = unescape(value)
    lines = (_BLANKS.sub(" ", line).strip() for line in value.replace("\r", "\n").split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def one_line(value: str) -> str:
    """The same on one line."""
    return " ".join(plain(value).split())
