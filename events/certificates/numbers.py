"""Certificate numbers: unguessable, short enough to type, and a mistyped one is noticed.

A number is 80 random bits and a check character, such as ``7Q2K-0F5M-XW3R-9TBA-C``: see ``network.code_words``.
"""

import secrets

from network.code_words import ALPHABET, CHARACTERS, check_character, grouped, letters, parse

__all__ = ["ALPHABET", "check_character", "grouped", "new_number", "parse"]


def new_number() -> str:
    """A number that nobody can guess and nobody had before (with 80 random bits; the table's constraint has the last word)."""
    body = letters(secrets.randbits(5 * CHARACTERS), CHARACTERS)
    return grouped(body + check_character(body))
