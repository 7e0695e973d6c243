"""The form by which a registration is passed on to a colleague."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.registrations.errors import NoRoom, NotEligible
from events.registrations.models import Registration
from network.errors import Invalid, NotAllowed, Problem, WrongState
from network.forms import add_errors


class ColleagueForm(forms.Form):
    """Who comes instead. What it says about an address never tells more of its owner than was typed."""

    use_required_attribute = False

    email = forms.EmailField(
        label=_("Your colleague’s e-mail address"),
        max_length=254,
        help_text=_("They get a mail there, and need no account."),
        error_messages={"required": _("Enter the address to which your colleague’s mail goes.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("Your colleague’s full name"),
        max_length=160,
        help_text=_("As it should appear on the list at the door. They can correct it."),
        error_messages={"required": _("Enter your colleague’s full name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    organisation = forms.CharField(
        label=_("Organisation"),
        max_length=200,
        error_messages={"required": _("Enter the organisation that your colleague works for.")},
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )

    def __init__(self, registration: Registration, data: Any = None) -> None:
        own = registration.person.organisation
        super().__init__(data, initial={"organisation": own.name if own else ""})
        self.registration = registration

    def clean_email(self) -> str:
        """Somebody else’s."""
        address = str(self.cleaned_data["email"]).strip()
        if address.casefold() == self.registration.person.email.casefold():
            raise forms.ValidationError(_("This is your own address. Enter that of the colleague who comes instead."))
        return address

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
