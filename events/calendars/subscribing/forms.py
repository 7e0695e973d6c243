"""Forms of the calendar pages: text in, types out."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.calendars.feeds import catalogue

Choices = list[Any]


def feed_choices() -> Choices:
    """The public feeds by name and title, in groups. The network is the first and stands alone."""
    labels = {
        "kind": gettext("By kind"),
        "centre": gettext("By centre"),
        "sector": gettext("By sector"),
        "language": gettext("By language of the event"),
    }
    groups = catalogue.groups()
    whole = [(feed.name, feed.title) for feed in groups["network"]]
    return [*whole, *((label, [(feed.name, feed.title) for feed in groups[by]]) for by, label in labels.items())]


class ChooseForm(forms.Form):
    """Which calendar, and in which language its entries are labelled."""

    calendar = forms.ChoiceField(label=_("Calendar"), choices=feed_choices, initial="network")
    language = forms.ChoiceField(
        label=_("Language of the entries"),
        help_text=_("Labels such as “Organised by”. Titles are in the words of the organisers."),
        choices=catalogue.interface_languages,
    )


class AddressForm(forms.Form):
    """A new personal address."""

    name = forms.CharField(
        label=_("Name"), help_text=_("The program or device that will read it, such as “Outlook at work”."), max_length=80
    )
