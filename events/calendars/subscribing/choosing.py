"""Which public calendar somebody wants: read from an address with filters, as the list of events has them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import get_language, gettext
from django_countries import countries

from events.calendars.feeds import catalogue, selections
from events.calendars.feeds.catalogue import PublicFeed
from events.programme.models import Event
from network.errors import Errors, Invalid
from network.models import Centre, Competence, Sector
from network.vocabulary import LANGUAGE_NAMES, eu_country_code


@dataclass(frozen=True)
class Choice:
    """What was chosen, in the words of the form, and the feed that has it: None for a combination without a name yet."""

    said: Mapping[str, str]  # as it was entered
    filters: Mapping[str, str]  # as it is kept
    entries: str  # the language of the entries
    feed: PublicFeed | None
    errors: Errors = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Of the feed."""
        return catalogue.address(self.feed.name, self.entries) if self.feed else ""

    @property
    def query(self) -> str:
        """The list of events with the same filters."""
        return f"?{urlencode(self.filters)}" if self.filters else ""


def read(query: Mapping[str, str]) -> Choice:
    """The choice that an address says: ``calendar`` names a feed, else the filters say which; ``entries`` is the language.

    A feed that there is not is the whole network. A filter that is wrong is an error at its field.
    """
    said = {name: value for name in selections.FILTERS if (value := query.get(name, "").strip())}
    entries = query.get("entries", "")
    if entries not in catalogue.languages():
        mine = get_language() or ""
        entries = mine if mine in catalogue.languages() else settings.LANGUAGE_CODE
    if name := query.get("calendar", ""):
        feed = catalogue.find(name) or catalogue.find(catalogue.NETWORK)
        filters = dict(feed.filters) if feed else {}
        return Choice(_shown(filters), filters, entries, feed)
    try:
        filters = selections.normalised(said)
    except Invalid as problem:
        return Choice(said, {}, entries, None, problem.errors)
    return Choice(_shown(filters), filters, entries, catalogue.of_filters(filters))


def in_words(filters: Mapping[str, Any]) -> str:
    """A name for the combination, such as “Training, Health care, Austria”. As long as a name may be."""
    words = [word for name, value in filters.items() if (word := _word(name, value))]
    return ", ".join(words)[: selections.LONGEST_NAME].strip(" ,")


def _word(name: str, value: str) -> str:
    match name:
        case "kind":
            return str(Event.Kind(value).label)
        case "format":
            return str(Event.Format(value).label)
        case "centre":
            return Centre.objects.get(slug=value).short_name
        case "sector":
            return str(Sector.objects.get(pk=value))
        case "competence":
            return str(Competence.objects.get(pk=value))
        case "country":
            return str(countries.name(value))
        case "language":
            return gettext("in %(language)s") % {"language": LANGUAGE_NAMES[value]}
    return gettext("“%(words)s”") % {"words": value}


def _shown(filters: Mapping[str, str]) -> dict[str, str]:
    """As the lists of choices spell it: Greece is EL there."""
    return {name: eu_country_code(value) if name == "country" else value for name, value in filters.items()}
