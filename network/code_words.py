"""Codes that people type and read aloud: Crockford's base32 with a check character, such as ``7Q2K-0F5M-XW3R-9TBA-C``.

Sixteen characters of 5 bits each (no I, L, O, U), in groups of four, then the check: the numbers of certificates and the
codes of tickets.

The check character makes it a code word of a Reed-Solomon code over GF(32), the field of 5-bit values with
x⁵ + x² + 1 = 0: the sum of all characters, each multiplied by its own power of x (the check by x⁰), is zero. As all
seventeen weights differ and none is zero, every single wrong character and every swap of two characters is noticed.
"""

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHARACTERS = 16  # before the check: 80 bits

_VALUES = {character: value for value, character in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_REDUCTION = 0b100101  # x⁵ + x² + 1, primitive over GF(2)
_SEPARATORS = re.compile(r"[\s\-‐‑–—−_]+")  # noqa: RUF001 - what a person or a word processor makes of a hyphen
_LONGEST = 60  # characters that are looked at; a pasted novel is not a code


def letters(value: int, count: int) -> str:
    """The lowest ``count`` times five bits of a number, as characters, the highest first."""
    return "".join(ALPHABET[value >> 5 * place & 31] for place in reversed(range(count)))


def read_letters(text: str) -> str | None:
    """What somebody typed, without spaces and hyphens, in upper case; O is read as 0, I and L as 1. None if it is no code."""
    if len(text) > _LONGEST:
        return None
    compact = _SEPARATORS.sub("", text).upper()
    if not compact or any(character not in _VALUES for character in compact):
        return None
    return "".join(ALPHABET[_VALUES[character]] for character in compact)


def check_character(body: str) -> str:
    """The character that completes sixteen others, given in upper case without hyphens."""
    total = 0
    for character in body:
        total = _times_x(total ^ _VALUES[character])
    return ALPHABET[total]


def parse(text: str) -> str | None:
    """The code that somebody typed, in its canonical form with hyphens, or None if it cannot be one."""
    compact = read_letters(text)
    if compact is None or len(compact) != CHARACTERS + 1:
        return None
    return grouped(compact) if check_character(compact[:-1]) == compact[-1] else None


def grouped(compact: str) -> str:
    """Hyphens after every fourth character, for the eye."""
    return "-".join(compact[start : start + 4] for start in range(0, len(compact), 4))


def _times_x(value: int) -> int:
    """Multiply by x in GF(32)."""
    doubled = value << 1
    return doubled ^ _REDUCTION if doubled & 0b100000 else doubled
