"""What one can filter the programme by: only countries and centres that the network has."""

from collections.abc import Iterable
from typing import Any

from django.core.cache import cache
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext
from django_countries import countries

from events.programme.models import Event, Venue
from network.models import Centre, Competence, Sector
from network.vocabulary import LANGUAGES, alphabetical, eu_country_code

SECONDS = 60  # for so long a new centre or country may be missing from the filters


def options(name: str, chosen: str) -> SafeString:
    """The ``<option>`` elements of a filter, in the reader's language, with what was chosen selected.

    Written here and kept for a minute: as form widgets, a hundred options cost more than the list they filter.
    """
    key = f"programme-filters:{get_language()}"
    found = cache.get(key)
    if found is None:
        found = {filter_name: _written(pairs) for filter_name, pairs in _pairs().items()}
        cache.set(key, found, SECONDS)
    value = f'value="{escape(chosen)}"'
    return mark_safe(found[name].replace(value, f"{value} selected", 1) if chosen else found[name])  # noqa: S308 - escaped


def _written(pairs: Iterable[tuple[Any, Any]]) -> str:
    return "".join(f'<option value="{escape(key)}">{escape(label)}</option>' for key, label in pairs)


def _by_name(choice: tuple[str, str]) -> str:
    return alphabetical(choice[1])


def _pairs() -> dict[str, list[tuple[str, str]]]:
    centres = list(Centre.objects.values_list("slug", "short_name", "country"))
    codes = {code for _slug, _name, code in centres} | set(
        Venue.objects.order_by().values_list("country", flat=True).distinct()
    )
    return {
        "kind": [(key, str(label)) for key, label in Event.Kind.choices],
        "format": [(key, str(label)) for key, label in Event.Format.choices],
        "country": sorted(((eu_country_code(code), str(countries.name(code))) for code in codes), key=_by_name),
        "centre": [(slug, f"{eu_country_code(code)} – {name}") for slug, name, code in centres],
        "sector": [(slug, gettext(name)) for slug, name in Sector.objects.values_list("slug", "name")],
        "competence": [(code, f"{code} {gettext(name)}") for code, name in Competence.objects.values_list("code", "name")],
        "language": sorted(((code, str(name)) for code, name in LANGUAGES), key=_by_name),
    }
