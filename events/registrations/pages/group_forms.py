"""The form by which somebody registers several colleagues: a few fields for each of them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from events.registrations.lists.colleagues import Row, checked
from events.registrations.models import RegistrationImport
from network.errors import Invalid
from network.forms import add_errors, country_choices
from network.models import Organisation, Person

Mode = RegistrationImport.Mode

#: Rows of an empty form, rows that a press on “more” adds, and as many as there may be: for more there is the import.
FIRST, MORE, MOST = 5, 5, 50
TYPED = ("name", "email", "note")


class RowForm(forms.Form):
    """One person. A row in which nothing was typed is nobody: what is suggested in it does not count."""

    use_required_attribute = False
    name = forms.CharField(label=_("Full name"), max_length=160, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.CharField(label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    organisation = forms.CharField(
        label=_("Organisation"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    country = forms.ChoiceField(label=_("Country of the organisation"), choices=lazy(country_choices, list)())
    kind = forms.ChoiceField(label=_("Type of organisation"), choices=Organisation.Kind.choices)
    note = forms.CharField(label=_("A note to the organiser"), max_length=500, required=False)

    def has_changed(self) -> bool:
        """Whether there is somebody in this row."""
        return any(str(self.data.get(self.add_prefix(name), "")).strip() for name in TYPED)

    def row(self) -> Row:
        """What was typed, as the action takes it; what is wrong is at its field then. Call it if the form is valid."""
        row = Row(**{name: self.cleaned_data[name] for name in self.fields})
        try:
            checked(row)
        except Invalid as error:
            add_errors(self, error)
        return row


class HowForm(forms.Form):
    """What to do if there are fewer places than people."""

    use_required_attribute = False
    mode = forms.ChoiceField(
        label=_("If there are fewer places than people"), choices=Mode.choices, initial=Mode.FIT, widget=forms.RadioSelect
    )


def empty_row(number: int, by: Person) -> RowForm:
    """A row for somebody of one's own organisation."""
    organisation = by.organisation
    initial = (
        {"organisation": organisation.name, "country": str(organisation.country), "kind": organisation.kind}
        if organisation is not None
        else {"kind": Organisation.Kind.LOCAL_AUTHORITY}
    )
    return RowForm(prefix=f"row-{number}", initial=initial)


def rows_sent(data: Mapping[str, Any]) -> list[RowForm]:
    """The rows of a form that was sent."""
    said = str(data.get("rows", ""))
    count = min(int(said), MOST) if said.isdecimal() and len(said) < 5 else 0
    return [RowForm(data, prefix=f"row-{number}", empty_permitted=True) for number in range(count)]
