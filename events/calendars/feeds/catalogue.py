"""Which public feeds there are, by the address plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Q
from django.utils.translation import get_language_info, gettext

from events.calendars.feeds import selections
from events.calendars.models import Selection
from events.programme import queries
from events.programme.models import Event
from network.models import Centre, Sector
from network.vocabulary import LANGUAGE_NAMES

NETWORK = "network"
NETWORK_ZONE = "Europe/Brussels"  # a hint (X-WR-TIMEZONE), and the one zone that a feed without events names


@dataclass(frozen=True)
class PublicFeed:
    """A feed: its name in the address plan, its title in the active language, and which of the public events it has."""

    name: str
    title: str
    events: Q
    filters: Mapping[str, str] = field(default_factory=dict)  # the same as filters of the list
    zone: str = NETWORK_ZONE
    colour: str = ""
    sources: Q | None = None  # of the other calendars of centres, those whose entries it has too; None: none

    @property
    def is_named(self) -> bool:
        """A combination of filters that somebody named."""
        return "-" not in self.name and self.name != NETWORK


def find(name: str) -> PublicFeed | None:
    """The feed ``network``, ``centre-…``, ``kind-…``, ``sector-…``, ``language-…`` or that of a code, or None."""
    if name == NETWORK:
        return _network()
    by, dash, key = name.partition("-")
    if not dash:
        selection = selections.find(name)
        return _of_selection(selection) if selection else None
    if by == "kind" and key in Event.Kind.values:
        return _of_kind(Event.Kind(key))
    if by == "language" and key in LANGUAGE_NAMES:
        return _in_language(key)
    if by == "centre" and (centre := Centre.objects.filter(slug=key).first()):
        return _of_centre(centre)
    if by == "sector" and (sector := Sector.objects.filter(slug=key).first()):
        return _of_sector(sector)
    return None


def of_filters(filters: Mapping[str, str]) -> PublicFeed | None:
    """The planned feed that has what these filters show, or None where it takes a named one."""
    if not filters:
        return _network()
    (by, key), *more = filters.items()
    return None if more or by not in {"kind", "centre", "sector", "language"} else find(f"{by}-{key}")


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
    return PublicFeed(NETWORK, gettext("Whole network"), Q(), sources=Q())


def _of_kind(kind: Event.Kind) -> PublicFeed:
    return PublicFeed(f"kind-{kind}", str(kind.label), Q(kind=kind), {"kind": kind.value}, colour=kind)


def _of_centre(centre: Centre) -> PublicFeed:
    return PublicFeed(
        f"centre-{centre.slug}",
        centre.short_name,
        queries.of_centres([centre.pk]),
        {"centre": centre.slug},
        zone=centre.timezone,
        sources=Q(centre=centre.pk),
    )


def _of_sector(sector: Sector) -> PublicFeed:
    return PublicFeed(f"sector-{sector.slug}", str(sector), queries.about_sector(sector), {"sector": sector.slug})


def _in_language(code: str) -> PublicFeed:
    return PublicFeed(f"language-{code}", str(LANGUAGE_NAMES[code]), queries.in_language(code), {"language": code})


def _of_selection(selection: Selection) -> PublicFeed:
    wished = selection.filters
    colour = wished["kind"] if wished.get("kind") in Event.Kind.values else ""
    return PublicFeed(selection.code, selection.name, selections.events(wished), wished, colour=colour)
