"""Which public feeds there are, by the address plan."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q
from django.utils.translation import get_language_info, gettext

from events.programme import queries
from events.programme.models import Event
from network.models import Centre, Sector
from network.vocabulary import LANGUAGE_NAMES

NETWORK_ZONE = "Europe/Brussels"  # a hint (X-WR-TIMEZONE), and the one zone that a feed without events names


@dataclass(frozen=True)
class PublicFeed:
    """A feed: its name in the address plan, its title in the active language, and which of the public events it has."""

    name: str
    title: str
    events: Q
    zone: str = NETWORK_ZONE
    colour: str = ""


def find(name: str) -> PublicFeed | None:
    """The feed ``network``, ``centre-…``, ``kind-…``, ``sector-…`` or ``language-…``, or None if there is no such."""
    if name == "network":
        return _network()
    by, _dash, key = name.partition("-")
    if by == "kind" and key in Event.Kind.values:
        return _of_kind(Event.Kind(key))
    if by == "language" and key in LANGUAGE_NAMES:
        return _in_language(key)
    if by == "centre" and (centre := Centre.objects.filter(slug=key).first()):
        return _of_centre(centre)
    if by == "sector" and (sector := Sector.objects.filter(slug=key).first()):
        return _of_sector(sector)
    return None


def groups() -> dict[str, list[PublicFeed]]:
    """All of them, by what they choose events by. Languages: English and those that a centre works in."""
    centres = list(Centre.objects.all())
    spoken = {"en", *(code for centre in centres for code in centre.languages)}
    return {
        "network": [_network()],
        "kind": [_of_kind(kind) for kind in Event.Kind],
        "centre": [_of_centre(centre) for centre in centres],
        "sector": [_of_sector(sector) for sector in Sector.objects.all()],
        "language": [_in_language(code) for code in LANGUAGE_NAMES if code in spoken],
    }


def languages() -> list[str]:
    """The languages that feeds are written in."""
    return [code for code, _name in settings.LANGUAGES]


def interface_languages() -> list[tuple[str, str]]:
    """The same with their names, each in itself."""
    return [(code, get_language_info(code)["name_local"].capitalize()) for code in languages()]


def address(name: str, language: str = settings.LANGUAGE_CODE) -> str:
    """The address of a public feed.

    The planned address is English; other languages have a suffix (``network.de.ics``). No header decides: a calendar
    program sends whatever Accept-Language it likes, and a shared cache would have to keep them apart.
    """
    suffix = "" if language == settings.LANGUAGE_CODE else f".{language}"
    return f"{settings.SITE_URL}/calendars/{name}{suffix}.ics"


def _network() -> PublicFeed:
    return PublicFeed("network", gettext("Whole network"), Q())


def _of_kind(kind: Event.Kind) -> PublicFeed:
    return PublicFeed(f"kind-{kind}", str(kind.label), Q(kind=kind), colour=kind)


def _of_centre(centre: Centre) -> PublicFeed:
    return PublicFeed(f"centre-{centre.slug}", centre.short_name, queries.of_centres([centre.pk]), zone=centre.timezone)


def _of_sector(sector: Sector) -> PublicFeed:
    return PublicFeed(f"sector-{sector.slug}", str(sector), queries.about_sector(sector))


def _in_language(code: str) -> PublicFeed:
    return PublicFeed(f"language-{code}", str(LANGUAGE_NAMES[code]), queries.in_language(code))
