"""The form by which a registration is passed on to a colleague."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.registrations.errors import NoRoom, NotEligible
from events.registrations.models import Registration
from network import actions
from network.errors import Invalid, NotAllowed, Problem, WrongState
from network.forms import add_errors
from network.models import Organisation, Person


class ColleagueForm(forms.Form):
    """Who comes instead. What it says about an address never tells more of its owner than was typed."""

    use_required_attribute = False

    email = forms.EmailField(
        label=_("Your colleague’s e-mail address"),
        max_length=254,
        help_text=_("They get a mail there, and need no account."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("Your colleague’s full name"),
        max_length=160,
        help_text=_("As it shall stand on the list at the door. They can correct it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    organisation = forms.CharField(
        label=_("Organisation"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )

    def __init__(self, registration: Registration, data: Any = None) -> None:
        own = registration.person.organisation
        super().__init__(data, initial={"organisation": own.name if own else ""})
        self.registration, self.own = registration, own

    def clean_email(self) -> str:
        """Somebody else’s."""
        address = str(self.cleaned_data["email"]).strip()
        if address.casefold() == self.registration.person.email.casefold():
            raise forms.ValidationError(_("This is your own address. Enter that of the colleague who comes instead."))
        return address

    def introduced(self, colleague: Person) -> Person:
        """The colleague with what was typed where their profile is empty. What stands there stays. Raises Invalid."""
        if not colleague.is_active:
            raise NotAllowed
        if colleague.name.strip() and colleague.organisation_id:
            return colleague
        return actions.complete_profile(
            person=colleague,
            by=self.registration.person,
            name=self.cleaned_data["name"],
            organisation=self._organisation(),
        )

    def _organisation(self) -> Organisation:
        name = " ".join(self.cleaned_data["organisation"].split())
        if self.own is not None and name.casefold() == self.own.name.casefold():
            return self.own
        country = self.own.country.code if self.own else self.registration.event.organising_centre.country.code
        kind = self.own.kind if self.own else Organisation.Kind.OTHER
        return actions.name_organisation(by=self.registration.person, name=name, country=country, kind=kind)

    def place(self, problem: Problem) -> None:
        """Say why it did not work."""
        match problem:
            case Invalid():
                add_errors(self, problem)
            case WrongState():
                self.add_error(
                    "email", _("Your colleague is registered for this event already, or this is no longer yours to pass on.")
                )
            case NotEligible():
                self.add_error("email", _("The event is not open to this colleague. Who can take part is said on its page."))
            case NoRoom():
                self.add_error(
                    "email", _("Your place is one that is kept for a group to which this colleague does not belong.")
                )
            case NotAllowed():
                self.add_error("email", _("It cannot be passed on to this address. Try another one."))
            case _:
                self.add_error(None, str(problem.message))
