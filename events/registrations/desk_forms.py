"""Forms of the organiser's list of registrations."""

from django import forms
from django.utils.translation import gettext_lazy as _

from events.registrations.models import Registration


class FilterForm(forms.Form):
    """Which registrations one wants to see, and in which order."""

    SORTS = (
        ("name", _("Name")),
        ("-created", _("Latest first")),
        ("created", _("Earliest first")),
        ("organisation", _("Organisation")),
        ("turn", _("Waiting list")),
    )
    q = forms.CharField(label=_("Search"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    state = forms.ChoiceField(required=False, choices=[("", _("All")), *Registration.State.choices])
    sort = forms.ChoiceField(label=_("Order"), required=False, choices=SORTS)


class AddForm(forms.Form):
    """Somebody whom the organiser wants to have there."""

    use_required_attribute = False
    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"})
    )
    name = forms.CharField(
        label=_("Full name"), max_length=160, required=False, help_text=_("Only needed for somebody who is new here.")
    )
    how = forms.ChoiceField(
        label=_("What to do"),
        choices=[
            ("invite", _("Invite: they get a mail and register themselves")),
            ("register", _("Register: they have a place at once, if there is one")),
        ],
        initial="invite",
        widget=forms.RadioSelect,
    )


class ReasonForm(forms.Form):
    """Why a registration is cancelled. The person reads it."""

    use_required_attribute = False
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        help_text=_("The person reads it in the mail."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
