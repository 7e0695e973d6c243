"""Forms of the terms of attendance, and of a report that is handed in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.attendance.models import AttendanceTerms
from events.attendance.terms.handing_in import ACCEPTED
from events.programme.models import Event
from events.programme.wording import when


class TermsForm(forms.Form):
    """What a certificate needs beyond the share of the hours."""

    use_required_attribute = False

    required_sessions = forms.TypedMultipleChoiceField(
        label=_("Sessions that must be attended"),
        coerce=int,
        required=False,
        help_text=_("Of a session that participants choose, only who chose it must attend it."),
        widget=forms.CheckboxSelectMultiple,
    )
    needs_evaluation = forms.BooleanField(
        label=_("The evaluation must be filled in"),
        required=False,
        help_text=_("You then see who has answered, and never what. Participants are told so."),
    )
    needs_report = forms.BooleanField(
        label=_("A report must be handed in"),
        required=False,
        help_text=_("Participants upload it on the page of their registration, or you note that you have it."),
    )

    def __init__(self, event: Event, terms: AttendanceTerms | None, data: Any = None) -> None:
        required = list(terms.required_sessions.values_list("pk", flat=True)) if terms is not None else []
        initial = {
            "required_sessions": required,
            "needs_evaluation": terms is not None and terms.needs_evaluation,
            "needs_report": terms is not None and terms.needs_report,
        }
        super().__init__(data, initial=initial)
        choices = []
        for session in event.sessions.order_by("starts_at", "pk"):
            session.event = event
            choices.append((session.pk, f"{session}, {when(session)}"))
        self.fields["required_sessions"].choices = choices  # type: ignore[attr-defined]


class ReportForm(forms.Form):
    """A report to hand in. What it may be is judged where it is kept."""

    use_required_attribute = False

    file = forms.FileField(
        label=_("Your report"),
        allow_empty_file=True,  # the action says what is wrong with one, and what works
        max_length=None,
        error_messages={"required": _("Choose a file.")},
        widget=forms.FileInput(attrs={"accept": ",".join(ACCEPTED)}),
    )
