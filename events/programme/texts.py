"""Texts that people typed: trimmed, measured, and free of what cannot be shown. Each problem at its field."""

import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from events.programme.models import Venue
from network.errors import Invalid

#: For columns without a length of their own.
MOST_CHARACTERS = {"description": 50_000, "learning_outcomes": 4_000, "access": 4_000}


class Errors:
    """Collects messages by path."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}

    def add(self, path: str, message: Any) -> None:
        """Note a problem at a path."""
        self.found.setdefault(path, []).append(str(message))

    def take(self, error: Invalid, prefix: str = "", instead: str = "") -> None:
        """Take over what another check found; ``instead`` names the field of its errors that are at none."""
        for path, messages in error.errors.items():
            for message in messages:
                self.add(prefix + (path or instead), message)

    def stop_if_any(self) -> None:
        """Raise Invalid with all that was found."""
        if self.found:
            raise Invalid(self.found)


def clean_text(text: str, *, most: int | None, lines: bool = False) -> str:
    """Trim a text and bring its line ends into one form. Raises Invalid at ``""`` for what no text may hold.

    Refused are control characters (also line breaks unless ``lines``) and texts of more than ``most`` characters.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    allowed = "\n\t" if lines else ""
    problems = []
    # Cc: control characters; Cs: half of a surrogate pair; Zl, Zp: line and paragraph separators.
    if any(character not in allowed and unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text):
        if not lines and "\n" in text:
            problems.append(_("This must be on one line."))
        else:
            problems.append(_("This contains control characters, which cannot be shown. Type it anew instead of pasting it."))
    if most is not None and len(text) > most:
        problems.append(_("This has %(length)s characters; there is room for %(most)s.") % {"length": len(text), "most": most})
    if problems:
        raise Invalid({"": problems})
    return text


def cleaned_column(model: type[Any], name: str, text: str, path: str, errors: Errors, *, lines: bool = False) -> str:
    """A text for the column ``name``, cleaned; problems are noted at ``path``, and the text is then empty."""
    most = model._meta.get_field(name).max_length or MOST_CHARACTERS[name]  # noqa: SLF001 - Django's documented API
    try:
        return clean_text(text, most=most, lines=lines)
    except Invalid as error:
        errors.take(error, instead=path)
        return ""


def check_venue(venue: Venue) -> Venue:
    """Put the texts of a new venue into their normal form. Raises Invalid by field."""
    errors = Errors()
    for name in ("name", "address", "city"):
        setattr(venue, name, cleaned_column(Venue, name, getattr(venue, name), name, errors))
    venue.access = cleaned_column(Venue, "access", venue.access, "access", errors, lines=True)
    try:
        venue.full_clean()
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            for message in messages:
                if name not in errors.found:
                    errors.add("" if name == "__all__" else name, message)
    errors.stop_if_any()
    return venue
