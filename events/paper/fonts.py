"""What the house's fonts can print, and how wide it gets."""

import unicodedata
from functools import lru_cache
from pathlib import Path

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from network.errors import Refused

FOLDER = Path(__file__).resolve().parent / "fonts"
SERIF = "SourceSerif4Display-Regular.ttf"
SANS = "SourceSans3-Regular.ttf"
SEMIBOLD = "SourceSans3-Semibold.ttf"
FILES = (SERIF, SANS, SEMIBOLD)


class CannotPrint(Refused):
    """A name or title has a character that none of our fonts has; the message names it."""

    code = "cannot_print"

    def __init__(self, text: str, character: str) -> None:
        self.text = text
        self.character = character
        super().__init__(
            format_lazy(
                _(
                    "“{text}” cannot be printed: the certificate’s fonts have no “{character}” ({code}). "
                    "They have Latin, Greek and Cyrillic letters. Change the text and issue the certificate then."
                ),
                text=text,
                character=character,
                code=f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip(),
            )
        )


@lru_cache(maxsize=4)
def advances(font: str) -> dict[int, float]:
    """The advance width, in parts of the font size, of every code point that ``font`` has."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - only who looks at certificates pays for it

    with TTFont(FOLDER / font, lazy=True) as tables:
        unit = tables["head"].unitsPerEm
        widths = tables["hmtx"].metrics
        return {code: widths[glyph][0] / unit for code, glyph in tables.getBestCmap().items()}


def clean(text: str) -> str:
    """Text as it is printed: composed (NFC), on one line, without invisible characters.

    Joiners, direction marks and soft hyphens mean nothing in the scripts that are printed; they only come along when a
    name is pasted.
    """
    visible = "".join(
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFC", text)
        if character.isspace() or unicodedata.category(character) not in {"Cc", "Cf"}
    )
    return " ".join(visible.split())


def require_printable(text: str) -> None:
    """Raise CannotPrint for the first character that no font has, since a reader would see an empty box for it."""
    serif, sans = advances(SERIF), advances(SANS)
    for character in text:
        if ord(character) not in serif and ord(character) not in sans:
            raise CannotPrint(text, character)


def width(font: str, text: str) -> float:
    """How wide ``text`` is, in parts of the font size, without kerning. What the font lacks counts as a wide letter."""
    known = advances(font)
    return sum(known.get(ord(character), 1.0) for character in text)
