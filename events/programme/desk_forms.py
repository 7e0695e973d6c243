"""Forms of the desk's list of events and of what one does with one: move, postpone, cancel, clone."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.programme.actions import LONGEST_REASON
from events.programme.forms import ClockField, DayField, Typed
from events.programme.models import Event


class ReasonForm(forms.Form):
    """A reason that people are told."""

    use_required_attribute = False
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        help_text=_("Participants read it in their mail and on the event’s page."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Give a reason: people plan around this.")},
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)


class StartForm(Typed):
    """A new start, in the event's zone."""

    starts_day = DayField(label=_("New first day"))
    starts_time = ClockField(label=_("Time it starts"))
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, all_day: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.all_day = all_day
        if all_day:
            del self.fields["starts_time"]

    def clean(self) -> dict[str, Any]:
        """A timed event needs a time."""
        if not self.all_day and self.cleaned_data.get("starts_time") is None and "starts_time" not in self.errors:
            self.add_error("starts_time", gettext("Give the time it starts."))
        return self.cleaned_data

    def starts(self) -> datetime | date:
        """The day, or day and wall-clock time."""
        day: date = self.cleaned_data["starts_day"]
        return day if self.all_day else datetime.combine(day, self.cleaned_data["starts_time"])


class MoveForm(StartForm):
    """A new start and why."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        required=False,
        help_text=_("Participants read it in the mail that tells them of the new time."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class CloneForm(StartForm):
    """When the copy takes place, and what it is called."""

    title = forms.CharField(label=_("Title"), max_length=160)


class ListForm(forms.Form):
    """What of the desk's list one wants to see."""

    SORTS = (
        ("starts", _("Date, soonest first")),
        ("-starts", _("Date, latest first")),
        ("title", _("Title")),
        ("-taken", _("Most places taken")),
        ("-pending", _("Most to approve")),
    )
    q = forms.CharField(label=_("Search"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All kinds")), *Event.Kind.choices])
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All states")), *Event.State.choices])
    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("Until"), required=False)
    sort = forms.ChoiceField(label=_("Order"), required=False, choices=SORTS)
