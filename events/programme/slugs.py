"""The part of an event's address that is made from its title."""

import unicodedata

from django.utils.text import slugify

from events.programme.models import Event

LONGEST = 64  # leaves room in the column for -2, -3 and so on

# Letters that do not fall apart into an ASCII letter and an accent. Greek as in ISO 843, Cyrillic as in
# Bulgaria's Transliteration Act; letters that only Ukrainian has as in Ukraine's Resolution 55.
LETTERS = str.maketrans(
    dict(zip("αβγδεζηικλμνξοπρσςτυφω", "avgdeziiklmnxoprsstyfo", strict=True))
    | {"θ": "th", "χ": "ch", "ψ": "ps"}
    | dict(zip("абвгдезийклмнопрстуфхъьіґ", "abvgdeziyklmnoprstufhayig", strict=True))
    | {"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sht", "ю": "yu", "я": "ya", "ї": "yi", "є": "ye"}
    | {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŋ": "ng", "\u0131": "i"}
    | {"&": " and ", "’": "", "'": ""}
)


def slug_of(title: str) -> str:
    """A title in the letters of an address: “Δημόσιες συμβάσεις & καινοτομία” becomes dimosies-symvaseis-and-kainotomia."""
    plain = "".join(
        # й is и with a breve to Unicode, but a letter of its own to its readers; so is ї.
        character if character in "йї" else unicodedata.normalize("NFD", character)[0]
        for character in unicodedata.normalize("NFC", title.lower())
    ).replace("ου", "ou")  # noqa: RUF001 - Greek
    slug = slugify(plain.translate(LETTERS))
    if len(slug) > LONGEST:
        slug = slug[: LONGEST + 1].rpartition("-")[0] or slug[:LONGEST]
    return slug.strip("-_")


def free_slug(title: str, *, kind: str, keep: Event | None = None) -> str:
    """A slug that no other event has; ``keep`` is the event it is for. Titles without a usable letter give the kind's name.

    Two writers may find the same one: the table's unique constraint decides, and the writer asks again.
    """
    base = slug_of(title) or kind
    others = Event.objects.filter(slug__startswith=base)
    if keep is not None:
        others = others.exclude(pk=keep.pk)
    taken = set(others.values_list("slug", flat=True))
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
