"""Certificate numbers: unguessable, short enough to type, and a mistyped one is noticed.

A number is 80 random bits in Crockford's base32 (no I, L, O, U) and one check character, such as
``7Q2K-0F5M-XW3R-9TBA-C``: sixteen characters in groups of four, then the check.

The check character makes it a code word of a Reed-Solomon code over GF(32), the field of 5-bit values with
x⁵ + x² + 1 = 0: the sum of all characters, each multiplied by its own power of x (the check by x⁰), is zero. As all
seventeen weights differ and none is zero, every single wrong character and every swap of two characters is noticed.
"""

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_CHARACTERS = 16  # of 5 bits each: 80 random bits

_VALUES = {character: value for value, character in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_REDUCTION = 0b100101  # x⁵ + x² + 1, primitive over GF(2)
_SEPARATORS = re.compile(r"[\s\-‐‑–—−_]+")  # noqa: RUF001 - what a person or a word processor makes of a hyphen
_LONGEST = 60  # characters that are looked at; a pasted novel is not a number


def new_number() -> str:
    """A number that nobody can guess and nobody had before (with 80 random bits; the table's constraint has the last word)."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS))
    return grouped(body + check_character(body))


def check_character(body: str) -> str:
    """The character that completes sixteen others, given in upper case without hyphens."""
    total = 0
    for character in body:
        total = _times_x(total ^ _VALUES[character])
    return ALPHABET[total]


def parse(text: str) -> str | None:
    """The number that somebody typed, in its canonical form, or None if it cannot be one.

    Upper and lower case, spaces and hyphens do not matter; O is read as 0, I and L as 1.
    """
    if len(text) > _LONGEST:
        return None
    compact = _SEPARATORS.sub("", text).upper()
    if len(compact) != RANDOM_CHARACTERS + 1 or any(character not in _VALUES for character in compact):
        return None
    canonical = "".join(ALPHABET[_VALUES[character]] for character in compact)
    return grouped(canonical) if check_character(canonical[:-1]) == canonical[-1] else None


def grouped(compact: str) -> str:
    """Hyphens after every fourth character, for the eye."""
    return "-".join(compact[start : start + 4] for start in range(0, len(compact), 4))


def _times_x(value: int) -> int:
    """Multiply by x in GF(32)."""
    doubled = value << 1
    return doubled ^ _REDUCTION if doubled & 0b100000 else doubled
