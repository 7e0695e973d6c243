"""What the papers of attendance share: texts that can be printed, the funder's acknowledgement, the numbers of pages."""

from typing import Any

from django.utils.translation import gettext

from events.paper import fonts
from events.paper.funding import is_european
from events.programme.models import Event


def printable(text: str) -> str:
    """The text on one line, with a question mark for each character that the font lacks, for a list has to be printed."""
    known = fonts.advances(fonts.SANS)
    return "".join(character if ord(character) in known else "?" for character in fonts.clean(text))


def organisers_of(event: Event) -> list[str]:
    """The names of who holds the event, the organising centre first."""
    return [event.organising_centre.name, *(one.name for one in event.co_organisers.all())]


def funding_block(event: Event) -> dict[str, Any] | None:
    """The acknowledgement that the funder asks for."""
    funding = event.funding
    if funding is None:
        return None
    line = " · ".join(filter(None, (funding.programme, funding.grant_number)))
    return {
        "emblem_text": printable(funding.emblem_text),
        "line": printable(line),
        "disclaimer": printable(funding.disclaimer),
        "is_european": is_european(funding.emblem_text),
    }


def page_numbers() -> str:
    """“Page {number} of {total}” in the reader's language, as the content of a CSS rule: strings and counters."""
    words = gettext("Page {number} of {total}")
    parts = words.replace("\\", "").replace('"', "").replace("<", "").split("{")
    said = [f'"{parts[0]}"']
    for part in parts[1:]:
        name, _brace, rest = part.partition("}")
        said.append(f"counter({'pages' if name == 'total' else 'page'})")
        said.append(f'"{rest}"')
    return " ".join(said)
