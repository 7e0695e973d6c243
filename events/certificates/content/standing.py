"""How a certificate stands today, and how much of its holder's name is told."""

import unicodedata
from datetime import date
from typing import Literal

from django.utils import timezone

from events.certificates.models import Certificate
from network.vocabulary import zone_named

Standing = Literal["valid", "expired", "revoked", "replaced"]
STANDINGS: tuple[Standing, ...] = ("valid", "expired", "revoked", "replaced")

#: How many letters a name that somebody types for comparison has at least.
SHORTEST_NAME = 2


def standing_of(certificate: Certificate) -> Standing:
    """Valid; expired (it was genuine, and its time is over); revoked; or replaced by a newer one."""
    if certificate.revoked_at is not None:
        return "replaced" if getattr(certificate, "replaced_by", None) else "revoked"
    if certificate.valid_until is not None and certificate.valid_until < today(certificate):
        return "expired"
    return "valid"


def today(certificate: Certificate) -> date:
    """The day at the centre that issued it: a certificate is valid to the end of its last day there."""
    return timezone.localdate(timezone=zone_named(certificate.centre.timezone))


def disclosed_name(certificate: Certificate) -> str:
    """As much of the name as the holder lets those know who have the number."""
    name: str = certificate.facts["holder"]["name"]
    match certificate.disclosure:
        case Certificate.Disclosure.NAME:
            return name
        case Certificate.Disclosure.INITIALS:
            return initials(name)
        case _:
            return ""


def initials(name: str) -> str:
    """``A. M. P.`` for Ana-Maria Procurer."""
    return " ".join(f"{word[0].upper()}." for word in name.replace("-", " ").split())


def is_of_holder(certificate: Certificate, typed: str) -> bool:
    """Whether what somebody typed is the holder's name, or a part of it that is whole words: a surname of one or more words.

    Capitals, accents, hyphens and the spaces between do not matter.
    """
    asked, name = _words(typed), _words(certificate.facts["holder"]["name"])
    if sum(map(len, asked)) < SHORTEST_NAME:
        return False
    return any(name[start : start + len(asked)] == asked for start in range(len(name) - len(asked) + 1))


def _words(text: str) -> list[str]:
    plain = (character for character in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(character))
    return "".join(character if character.isalnum() else " " for character in plain).split()
