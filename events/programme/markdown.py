"""Descriptions are written in Markdown by organisers: this makes harmless HTML of them, and plain text for calendars."""

import re
from functools import lru_cache
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

# A description stands under the page's h1 and its part's h2, so "# Programme" is an h3.
FIRST_HEADING, LAST_HEADING = 3, 6
TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "th": {"scope"}}
SCHEMES = {"http", "https", "mailto", "tel"}
BLANK_LINES = re.compile(r"\n{3,}")


def _renderer() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.core.ruler.push("headings", _lower_headings)
    parser.add_render_rule("image", _image)
    parser.add_render_rule("th_open", lambda _self, *_args: '<th scope="col">')
    return parser


def _lower_headings(state: Any) -> None:
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + FIRST_HEADING - 1, LAST_HEADING)}"


def _image(_self: Any, tokens: list[Token], index: int, _options: Any, _env: Any) -> str:
    """No picture is fetched from elsewhere, since that tells others who reads the page: its description stands instead."""
    return nh3.clean_text(tokens[index].content)


PARSER = _renderer()


@lru_cache(maxsize=128)
def html(text: str) -> str:
    """Safe HTML: headings from h3 down, no images, scripts, styles or raw HTML; links tell other sites nothing of us."""
    return nh3.clean(
        PARSER.render(text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
    )


@lru_cache(maxsize=128)
def plain(text: str) -> str:
    """The same without marks, for calendars and mails.

    Paragraphs are apart by an empty line, list items stand after a dash or a number, addresses of links in brackets.
    """
    parts: list[str] = []
    counters: list[int | None] = []  # for each open list: None for bullets, else the next number
    for token in PARSER.parse(text):
        match token.type:
            case "inline":
                parts.append(_inline(token.children or []))
            case "bullet_list_open":
                counters.append(None)
            case "ordered_list_open":
                counters.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                counters.pop()
                if not counters:
                    parts.append("\n")
            case "list_item_open":
                parts.append("  " * (len(counters) - 1) + _mark(counters))
            case "fence" | "code_block":
                parts.append(token.content + "\n")
            case "paragraph_close":
                parts.append("\n" if token.hidden or counters else "\n\n")
            case "heading_close" | "table_close" | "blockquote_close":
                parts.append("\n\n")
            case "tr_close":
                parts.append("\n")
            case "td_close" | "th_close":
                parts.append(" | ")
            case "hr":
                parts.append("\n")
    lines = (line.rstrip(" |") if " | " in line else line.rstrip() for line in "".join(parts).split("\n"))
    return BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def _mark(counters: list[int | None]) -> str:
    number = counters[-1] if counters else None
    if number is None:
        return "– "
    counters[-1] = number + 1
    return f"{number}. "


def _inline(tokens: list[Token]) -> str:
    """The text of a line, with the address of each link behind its words unless it is the words."""
    parts: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        match token.type:
            case "link_open":
                links.append((str(token.attrGet("href") or ""), len(parts)))
            case "link_close":
                address, start = links.pop()
                if address and address.removeprefix("mailto:") != "".join(parts[start:]):
                    parts.append(f" ({address})")
            case "softbreak":
                parts.append(" ")
            case "hardbreak":
                parts.append("\n")
            case _:
                parts.append(token.content)
    return "".join(parts)
