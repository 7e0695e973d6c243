"""Forms of the desk’s page about lists on other sites: text in, types out."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.calendars.feeds import catalogue
from network.models import Centre

OWN = "own"


def calendar_choices() -> list[Any]:
    """The centre's own calendar, the whole network's, then parts of it."""
    groups = catalogue.groups()
    labels = {
        "kind": gettext("By kind"),
        "sector": gettext("By sector"),
        "language": gettext("By language of the event"),
    }
    whole = [(feed.name, feed.title) for feed in groups["network"]]
    parts = [(label, [(feed.name, feed.title) for feed in groups[by]]) for by, label in labels.items() if groups[by]]
    return [(OWN, gettext("The events of the centre")), *whole, *parts]


class FrameForm(forms.Form):
    """Which list: of which centre's sites, with which events, in which language."""

    centre = forms.ModelChoiceField(Centre.objects.none(), label=_("Centre"), to_field_name="slug", empty_label=None)
    calendar = forms.ChoiceField(label=_("Calendar"), choices=calendar_choices)
    language = forms.ChoiceField(label=_("Language of the list"), choices=catalogue.interface_languages)

    def __init__(self, data: Any, *, centres: QuerySet[Centre]) -> None:
        super().__init__(data)
        field = self.fields["centre"]
        field.queryset = centres  # type: ignore[attr-defined]
        if len(centres) == 1:
            field.widget = forms.HiddenInput()


class SiteForm(forms.Form):
    """A site that may show the list."""

    origin = forms.CharField(
        label=_("Site"),
        max_length=200,
        help_text=_("For example https://www.example.eu, without a page."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "url", "spellcheck": "false"}),
    )
