"""Names as people write them in a webinar: in any order, with titles, without accents, with “(Guest)” behind them."""

import re
import unicodedata
from collections.abc import Iterable

_TITLES = """
    dr dra drs prof professor mag magistra di dipl ing ir phd ph msc ma ba bsc mba llm mlitt mpa bakk fh univ doz
    herr frau mr mrs ms mx mme m sr sra don hon
"""
TITLES = frozenset(_TITLES.split())
#: What tools put in brackets behind a name; “Gast” without brackets is a surname.
ASIDES = re.compile(
    r"guest|gast|g[äa]st|invit[ée]|invitado|ospite|external|externe?|unverified|nicht überprüft|(?:co-)?host|"
    r"moderator(?:in)?|presenter|organi[sz]er|me|ich",
    re.IGNORECASE,
)
BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
#: What follows the name: an organisation, a pronoun.
BEHIND = re.compile(r"\s[|/–—]\s.*|\s-\s.*|\s@.*", re.DOTALL)
LETTERS = {
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "\N{LATIN SMALL LETTER DOTLESS I}": "i",
}
#: “Mueller” and “Müller”, “Moeller” and “Møller” are one: both ways to write it come to the same.
WRITTEN_OUT = (("ae", "a"), ("oe", "o"), ("ue", "u"))

Key = tuple[str, ...]


def plain(text: str) -> str:
    """Small letters without accents, and with one letter where some write two."""
    small = "".join(LETTERS.get(letter, letter) for letter in text.casefold())
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", small) if not unicodedata.combining(letter))
    for two, one in WRITTEN_OUT:
        bare = bare.replace(two, one)
    return bare


def key(name: str) -> Key:
    """The words of a name, in no order, without titles. Equal keys are the same name."""
    words = re.findall(r"[^\W_]+", plain(name.replace("’", "").replace("'", "")))
    kept = [word for word in words if word not in TITLES]
    return tuple(sorted(kept or words))


def keys_of(said: str) -> list[Key]:
    """The names that a webinar's display name may stand for: without what is in brackets, and what is in brackets.

    Zoom writes “Display name (Original name)”.
    """
    inside = [one or other for one, other in BRACKETS.findall(said)]
    texts = [BRACKETS.sub(" ", said), *(text for text in inside if not ASIDES.fullmatch(text.strip()))]
    found = []
    for text in texts:
        for candidate in (BEHIND.sub("", text), text):
            words = key(candidate)
            if words and words not in found:
                found.append(words)
    return found


def alike(one: Key, other: Key) -> int:
    """How like two names are, in hundredths: 100 is equal, 0 has nothing in common.

    Names are alike if all words of the shorter stand in the longer, where an initial stands for a word, and a slip of the
    fingers is forgiven in long words. A single word is never enough to be sure of, but enough to ask.
    """
    if one == other:
        return 100
    short, long = sorted((one, other), key=len)
    left, points = list(long), 0
    for word in short:
        best = max(left, key=lambda each: _words_alike(word, each), default="")
        point = _words_alike(word, best)
        points += point
        if point:
            left.remove(best)
    return points // (len(short) + len(left) // 2) if short else 0


def _words_alike(one: str, other: str) -> int:
    if one == other:
        return 100
    short, long = sorted((one, other), key=len)
    if len(short) == 1:
        return 60 if long.startswith(short) else 0
    if len(short) >= 3 and _one_slip(short, long):
        return 80
    return 0


def _one_slip(short: str, long: str) -> bool:
    """Whether one letter more, other or exchanged makes them equal."""
    if len(long) - len(short) > 1:
        return False
    start = next((place for place, (one, other) in enumerate(zip(short, long, strict=False)) if one != other), len(short))
    if len(short) == len(long):
        rest = short[start + 1 :] == long[start + 1 :]
        swapped = short[start : start + 2] == long[start : start + 2][::-1] and short[start + 2 :] == long[start + 2 :]
        return rest or swapped
    return short[start:] == long[start + 1 :]


def words_and_parts(words: Iterable[str]) -> set[str]:
    """What to look a name up by, to find the names that may be like it."""
    return (
        {word for word in words if len(word) > 1}
        | {word[:4] for word in words if len(word) >= 4}
        | {word[-4:] for word in words if len(word) >= 6}
    )
