"""Forms of the organiser's list of registrations, and of what is done with one row or many."""

from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.programme.forms import ClockField, DayField, Typed
from events.registrations.models import Registration

MOST_ADDRESSES = 200
LONGEST_SHOWN = 60


class FilterForm(forms.Form):
    """Which registrations one wants to see, and in which order. ``offer`` fills the lists that depend on the event."""

    SORTS = (
        ("name", _("Name")),
        ("-created", _("Latest first")),
        ("created", _("Earliest first")),
        ("organisation", _("Organisation")),
        ("country", _("Country")),
        ("turn", _("Waiting list")),
        ("changed", _("Last changed")),
    )
    use_required_attribute = False
    q = forms.CharField(label=_("Search"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    state = forms.ChoiceField(required=False, choices=[("", _("All")), *Registration.State.choices])
    country = forms.CharField(label=_("Country"), required=False)
    kind = forms.CharField(label=_("Type of organisation"), required=False)
    session = forms.CharField(label=_("Session"), required=False)
    answer = forms.CharField(label=_("Answer"), required=False)
    sort = forms.ChoiceField(label=_("Order"), required=False, choices=SORTS)

    #: The filters besides the search and the state.
    CHOOSING = ("country", "kind", "session", "answer")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lists: list[forms.BoundField] = []

    def offer(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        """What can be chosen. Where there is nothing, there is no list."""
        asked = self.data.get(name, "")
        self.fields[name].widget = forms.Select(choices=[("", gettext("All")), *choices])
        if choices or asked:
            self.lists.append(self[name])

    @property
    def is_narrow(self) -> bool:
        """Whether something besides the state is filtered."""
        return any(self.data.get(name) for name in ("q", *self.CHOOSING))


class AddForm(Typed):
    """People whom the organiser wants to have there."""

    emails = forms.CharField(
        label=_("E-mail addresses"),
        help_text=_("One on each line, up to 200. With a name, if you like: “Ana Procurer &lt;ana@example.eu&gt;”."),
        error_messages={"required": _("Enter one address at least.")},
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
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
    when_closed = forms.BooleanField(label=_("They may register outside the registration window, too"), required=False)
    when_full = forms.BooleanField(
        label=_("They may register when all places are taken, too"),
        help_text=_("Then they take part beyond the places of the event."),
        required=False,
    )
    until_day = DayField(label=_("Answer until"), required=False, help_text=_("Empty: the invitation has no end of its own."))
    until_time = ClockField(label=_("Time"))

    def clean(self) -> dict[str, Any]:
        """A time needs its day."""
        self.complain_if_only_a_time("until")
        return self.cleaned_data

    def clean_emails(self) -> list[tuple[str, str]]:
        """Pairs of name and address. Each address once; lines that are none are named."""
        found: dict[str, tuple[str, str]] = {}
        wrong = []
        for number, line in enumerate(self.cleaned_data["emails"].splitlines(), start=1):
            text = line.strip().rstrip(",;")
            if not text:
                continue
            name, address = parseaddr(text) if "<" in text else ("", text)
            try:
                validate_email(address)
            except ValidationError:
                said = text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
                wrong.append(gettext("Line %(n)d is not an e-mail address: %(text)s") % {"n": number, "text": said})
                continue
            found.setdefault(address.casefold(), (name.strip(), address))
        if len(found) > MOST_ADDRESSES:
            text = gettext("At most %(most)d at once; these are %(n)d.")
            raise ValidationError(text % {"most": MOST_ADDRESSES, "n": len(found)})
        if wrong:
            raise ValidationError(wrong[:10])
        return list(found.values())


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


class DeclineForm(ReasonForm):
    """Why a registration is declined: this is always said."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True
        self.fields["reason"].error_messages["required"] = gettext("Say why: the person reads it.")


class TurnForm(forms.Form):
    """Another turn in the waiting list, and why."""

    use_required_attribute = False
    turn = forms.IntegerField(label=_("New turn"), min_value=1, help_text=_("1 is the next in line."))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("It stands in the event’s history. The person does not get a mail."),
        error_messages={"required": _("Say why: it stands in the event’s history.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class PassOnForm(forms.Form):
    """Which colleague takes over."""

    use_required_attribute = False
    email = forms.EmailField(
        label=_("E-mail address of the colleague"),
        help_text=_("They need an account here, with their name and organisation."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        help_text=_("The person reads it in the mail."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
