"""Words that are fixed from outside: the EU's languages, its spelling of countries, the world's time zones."""

import unicodedata
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# The 24 official languages in the order of EUR-Lex, then those of associated countries (BCP 47).
LANGUAGES = [
    ("bg", _("Bulgarian")),
    ("es", _("Spanish")),
    ("cs", _("Czech")),
    ("da", _("Danish")),
    ("de", _("German")),
    ("et", _("Estonian")),
    ("el", _("Greek")),
    ("en", _("English")),
    ("fr", _("French")),
    ("ga", _("Irish")),
    ("hr", _("Croatian")),
    ("it", _("Italian")),
    ("lv", _("Latvian")),
    ("lt", _("Lithuanian")),
    ("hu", _("Hungarian")),
    ("mt", _("Maltese")),
    ("nl", _("Dutch")),
    ("pl", _("Polish")),
    ("pt", _("Portuguese")),
    ("ro", _("Romanian")),
    ("sk", _("Slovak")),
    ("sl", _("Slovenian")),
    ("fi", _("Finnish")),
    ("sv", _("Swedish")),
    ("no", _("Norwegian")),
    ("is", _("Icelandic")),
    ("uk", _("Ukrainian")),
]
LANGUAGE_NAMES = dict(LANGUAGES)

# The EU writes EL for Greece where ISO 3166 writes GR.
EU_COUNTRY_CODES = {"GR": "EL"}


def alphabetical(name: str) -> str:
    """What to sort names by that people look through: Österreich stands at O, not after Z."""
    plain = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def eu_country_code(code: str) -> str:
    """The country code as the EU's institutions write it: ISO 3166-1 alpha-2, but EL for Greece."""
    return EU_COUNTRY_CODES.get(code, code)


def iso_country_code(code: str) -> str:
    """The ISO 3166-1 alpha-2 code for a code in either spelling."""
    return {eu: iso for iso, eu in EU_COUNTRY_CODES.items()}.get(code.upper(), code.upper())


@lru_cache
def time_zones() -> list[str]:
    """IANA zones that people choose from: places and UTC, no abbreviations or legacy groups."""
    keep = (
        "Africa/",
        "America/",
        "Antarctica/",
        "Arctic/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    )
    return sorted(zone for zone in available_timezones() if zone.startswith(keep) or zone == "UTC")


def validate_time_zone(value: str) -> None:
    """Raise ValidationError unless ``value`` names an IANA time zone such as Europe/Vienna."""
    if value not in time_zones():
        raise ValidationError(
            _("“%(zone)s” is not a time zone. Use an IANA name such as Europe/Vienna."),
            params={"zone": value},
            code="unknown_zone",
        )


@cache
def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of this name, read once. ``ZoneInfo`` itself keeps only eight: a list of the network has more.

    Raises ZoneInfoNotFoundError for a name that ``validate_time_zone`` would refuse.
    """
    return ZoneInfo(name)
