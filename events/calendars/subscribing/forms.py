"""Forms of the calendar pages: text in, types out."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from events.calendars.feeds import alarms, catalogue
from events.calendars.feeds.selections import LONGEST_NAME
from events.calendars.models import PersonalAddress
from events.calendars.subscribing import queries
from network.models import Centre, Person

Choices = list[tuple[Any, Any]]

MINUTES = (0, 10, 30, 60, 120, alarms.DAY, 2 * alarms.DAY, 7 * alarms.DAY)


class NameForm(forms.Form):
    """The name of a combination of filters."""

    name = forms.CharField(
        label=_("Name of the calendar"), help_text=_("Your program shows it by this name."), max_length=LONGEST_NAME
    )


class WishesForm(forms.Form):
    """What the owner of an address wishes."""

    name = forms.CharField(
        label=_("Name"),
        help_text=_("The program or device that will read it, such as “Outlook at work”."),
        max_length=LONGEST_NAME,
    )
    language = forms.ChoiceField(
        label=_("Language of the entries"),
        choices=lambda: [("", gettext("As in my profile")), *catalogue.interface_languages()],
        required=False,
    )
    alarm_minutes = forms.TypedChoiceField(
        label=_("Reminder"),
        help_text=_(
            "Your program reminds you before everything you have a place at; for whole days at nine the morning before."
        ),
        coerce=int,
        empty_value=None,
        required=False,
    )
    hides_cancelled = forms.BooleanField(
        label=_("Leave out what is cancelled"),
        help_text=_("Otherwise it stays until its date has passed, and says that it is cancelled."),
        required=False,
    )
    in_blocks = forms.BooleanField(
        label=_("Show a congress as one block"),
        help_text=_("Instead of each of its sessions. Sessions where you speak keep their times."),
        required=False,
    )

    def __init__(self, data: Any = None, *, address: PersonalAddress | None = None) -> None:
        facts = {name: getattr(address, name) for name in self.base_fields if address is not None}
        super().__init__(data, initial=facts)
        self.fields["alarm_minutes"].choices = _reminders(facts.get("alarm_minutes"))  # type: ignore[attr-defined]

    def wishes(self) -> dict[str, Any]:
        """What was wished, without the name and the centre."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"name", "centre"}}


class AddressForm(WishesForm):
    """A new personal address; whose calendar it is, is asked of who organises for a centre."""

    centre = forms.ModelChoiceField(
        Centre.objects.none(),
        label=_("Which calendar"),
        help_text=_("Your own events, or all that your centre plans: drafts and internal events too."),
        empty_label=_("My own events"),
        required=False,
        to_field_name="slug",
    )
    field_order = ("name", "centre")

    def __init__(self, data: Any = None, *, person: Person) -> None:
        super().__init__(data)
        centres = queries.centres_of(person)
        if centres:
            self.fields["centre"].queryset = centres  # type: ignore[attr-defined]
        else:
            del self.fields["centre"]


def reminder(minutes: int | None) -> str:
    """In words: “30 minutes before”."""
    if minutes is None:
        return gettext("No reminder")
    if minutes == 0:
        return gettext("At the start")
    if minutes % alarms.DAY == 0:
        days = minutes // alarms.DAY
        return ngettext("%(n)d day before", "%(n)d days before", days) % {"n": days}
    if minutes % 60 == 0:
        return ngettext("%(n)d hour before", "%(n)d hours before", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)d minute before", "%(n)d minutes before", minutes) % {"n": minutes}


def wished(address: PersonalAddress) -> list[str]:
    """What differs from what everybody has, in words."""
    languages = dict(catalogue.interface_languages())
    words = [languages[address.language]] if address.language in languages else []
    if address.alarm_minutes is not None:
        words.append(gettext("reminder: %(when)s") % {"when": reminder(address.alarm_minutes)})
    if address.hides_cancelled:
        words.append(gettext("without what is cancelled"))
    if address.in_blocks:
        words.append(gettext("congresses as one block"))
    return [capfirst(word) for word in words[:1]] + words[1:]


def _reminders(present: int | None) -> Choices:
    """The usual ones, and the present one where a program chose another."""
    minutes = sorted({*MINUTES, *([] if present is None else [present])})
    return [("", reminder(None)), *((number, reminder(number)) for number in minutes)]
