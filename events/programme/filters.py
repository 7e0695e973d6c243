"""The filters of the programme: one set, for the list page and the API."""

from functools import lru_cache
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from events.programme import queries
from events.programme.models import Event, EventCompetence
from network.models import Centre, Competence, Sector
from network.vocabulary import LANGUAGES, iso_country_code

YES_OR_NO = (("true", _("Yes")), ("false", _("No")))


class CountryField(forms.ChoiceField):
    """A country in either spelling: EL and GR are both Greece."""

    def to_python(self, value: Any) -> str:
        """The ISO code."""
        return iso_country_code(super().to_python(value))


class CountryFilter(filters.ChoiceFilter):
    """A filter with a CountryField."""

    field_class = CountryField


class EventFilterForm(forms.Form):
    """What the filters of a list must be together."""

    def clean(self) -> dict[str, Any]:
        """The days must be in order."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("from"), cleaned.get("to")
        if first and last and last < first:
            self.add_error("to", _("The last day must not be before the first."))
        return cleaned


class EventFilter(filters.FilterSet):
    """Narrows a queryset of events. A wrong value is an error at its field; what is left out does not narrow.

    ``past=false`` leaves what is not over yet, ``past=true`` what is; without it the list has both.
    """

    q = filters.CharFilter(
        label=_("Search"),
        method="by_text",
        max_length=200,
        help_text=_("Every word must occur: in title, summary, description, city or centre."),
    )
    kind = filters.ChoiceFilter(label=_("Kind"), choices=Event.Kind.choices)
    centre = filters.ModelChoiceFilter(
        label=_("Centre"),
        queryset=Centre.objects.all(),
        to_field_name="slug",
        method="by_centre",
        help_text=_("The slug of a centre that organises or co-organises."),
    )
    country = CountryFilter(
        label=_("Country"),
        choices=lambda: list(countries),
        method="by_country",
        help_text=_("ISO 3166-1 code of the venue’s country or, online, of the organising centre’s; EL works for GR."),
    )
    sector = filters.ModelChoiceFilter(label=_("Sector"), queryset=Sector.objects.all(), method="by_sector")
    competence = filters.ModelChoiceFilter(label=_("Competence"), queryset=Competence.objects.all(), method="by_competence")
    language = filters.ChoiceFilter(
        label=_("Language"), choices=LANGUAGES, method="by_language", help_text=_("Spoken, or interpreted into.")
    )
    format = filters.ChoiceFilter(label=_("Format"), choices=Event.Format.choices)
    state = filters.ChoiceFilter(label=_("State"), choices=Event.State.choices)
    past = filters.ChoiceFilter(label=_("Over already"), choices=YES_OR_NO, method="by_past")
    # "from" is a word of Python, so these two cannot be written as assignments.
    vars()["from"] = filters.DateFilter(
        label=_("From"), method="by_first_day", help_text=_("Takes place on this day or later.")
    )
    vars()["to"] = filters.DateFilter(label=_("To"), method="by_last_day", help_text=_("Takes place on this day or before."))

    class Meta:
        model = Event
        fields: list[str] = []
        form = EventFilterForm

    def by_text(self, events: QuerySet[Event], _name: str, text: str) -> QuerySet[Event]:
        """All the words occur."""
        return queries.search(events, text)

    def by_centre(self, events: QuerySet[Event], _name: str, centre: Centre) -> QuerySet[Event]:
        """Organised or co-organised by the centre."""
        return events.filter(queries.of_centres([centre.pk]))

    def by_country(self, events: QuerySet[Event], _name: str, code: str) -> QuerySet[Event]:
        """In the country."""
        return events.filter(Q(venue__country=code) | Q(venue__isnull=True, organising_centre__country=code))

    def by_sector(self, events: QuerySet[Event], _name: str, sector: Sector) -> QuerySet[Event]:
        """About the sector."""
        return events.filter(queries.about_sector(sector))

    def by_competence(self, events: QuerySet[Event], _name: str, competence: Competence) -> QuerySet[Event]:
        """Teaches the competence, at any level."""
        return events.filter(Exists(EventCompetence.objects.filter(competence=competence, event_id=OuterRef("pk"))))

    def by_language(self, events: QuerySet[Event], _name: str, code: str) -> QuerySet[Event]:
        """The language is spoken or interpreted into."""
        return events.filter(queries.in_language(code))

    def by_past(self, events: QuerySet[Event], _name: str, value: str) -> QuerySet[Event]:
        """Over, or not over, in the order that fits."""
        return queries.past(events) if value == "true" else queries.upcoming(events)

    def by_first_day(self, events: QuerySet[Event], _name: str, day: Any) -> QuerySet[Event]:
        """Not over before the day."""
        return queries.between(events, day, None)

    def by_last_day(self, events: QuerySet[Event], _name: str, day: Any) -> QuerySet[Event]:
        """Begun by the day."""
        return queries.between(events, None, day)


@lru_cache(maxsize=256)
def only(names: frozenset[str]) -> type[EventFilter]:
    """EventFilter with these filters only. Making all of them for each request costs more than the query does."""
    narrowed: type[EventFilter] = type("EventFilter", (EventFilter,), {})
    narrowed.base_filters = {name: filter_ for name, filter_ in EventFilter.base_filters.items() if name in names}
    return narrowed
