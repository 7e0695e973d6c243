"""Forms for assessments and recognitions."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.certificates.grounds.assessing import ASSESSOR_LENGTH, GRADE_LENGTH, Result
from events.certificates.grounds.recognising import (
    AFFILIATION_LENGTH,
    MOST_MINUTES,
    NAME_LENGTH,
    SUBJECT_LENGTH,
    Part,
)
from events.certificates.models import Assessment, Recognition
from events.programme.forms import DayField


class HowForm(forms.Form):
    """How those were assessed whose results are recorded together."""

    use_required_attribute = False

    method = forms.ChoiceField(label=_("How it was assessed"), choices=[("", _("Choose how")), *Assessment.Method.choices])
    assessed_on = DayField(label=_("Assessed on"))
    assessor = forms.CharField(
        label=_("Assessed by"),
        max_length=ASSESSOR_LENGTH,
        help_text=_("Who examined: a person or a body. It stands on the certificate."),
    )
    supervised = forms.BooleanField(label=_("Supervised, with the identity checked"), required=False)
    renew = forms.BooleanField(
        label=_("Also for those whose result stays as it is"),
        required=False,
        help_text=_("To correct the day, the method or the name for everybody on this page."),
    )

    @staticmethod
    def facts_of(assessment: Assessment | None) -> dict[str, Any]:
        """What the form shows at first: how somebody was assessed before."""
        if assessment is None:
            return {}
        return {name: getattr(assessment, name) for name in ("method", "assessed_on", "assessor", "supervised")}


class ResultRow:
    """One participant in the list: what is recorded, and what was chosen."""

    RESULTS = {"passed": True, "failed": False}

    def __init__(self, registration: Any, assessment: Assessment | None, data: Mapping[str, str] | None = None) -> None:
        self.registration, self.assessment = registration, assessment
        self.errors: list[str] = []
        key = registration.pk
        recorded = "" if assessment is None else "passed" if assessment.passed else "failed"
        self.was = f"{recorded}|{assessment.grade if assessment else ''}"
        self.result, self.grade = recorded, assessment.grade if assessment else ""
        self.is_sent = data is not None and f"was-{key}" in data
        self.is_changed = False
        if data is not None and self.is_sent:
            self.result = data.get(f"result-{key}", "")
            self.grade = " ".join(data.get(f"grade-{key}", "").replace("\0", "").split())
            # Against what the page showed, not against what is recorded by now: a colleague's change is not undone unseen.
            self.is_changed = f"{self.result}|{self.grade}" != data[f"was-{key}"]

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """Value, words and whether it is chosen."""
        words = [("", gettext("Not assessed")), ("passed", gettext("Passed")), ("failed", gettext("Not passed"))]
        return [(value, text, value == self.result) for value, text in words]

    def stated(self, how: Mapping[str, Any]) -> Result:
        """The result as the action takes it."""
        return Result(
            registration=self.registration.pk,
            passed=self.RESULTS[self.result],
            grade=self.grade,
            method=how["method"],
            assessed_on=how["assessed_on"],
            assessor=how["assessor"],
            supervised=how["supervised"],
        )

    def check(self) -> None:
        """Say what is wrong with the row itself."""
        if self.result and self.result not in self.RESULTS:
            self.errors.append(gettext("Choose a result."))
        if len(self.grade) > GRADE_LENGTH:
            self.errors.append(gettext("Use at most %(count)d characters.") % {"count": GRADE_LENGTH})
        if self.grade and not self.result:
            self.errors.append(gettext("A grade belongs to a result: choose one."))


class PartForm(forms.Form):
    """What somebody did at an event."""

    use_required_attribute = False

    kind = forms.ChoiceField(label=_("What it was"), choices=[("", _("Choose what it was")), *Recognition.Kind.choices])
    name = forms.CharField(
        label=_("Name"), max_length=NAME_LENGTH, help_text=_("A person, or the authority that hosted or won.")
    )
    affiliation = forms.CharField(label=_("Organisation"), max_length=AFFILIATION_LENGTH, required=False)
    subject = forms.CharField(
        label=_("For what"),
        max_length=SUBJECT_LENGTH,
        required=False,
        help_text=_("The title of the talk, the category and the entry, the visit."),
    )
    minutes = forms.IntegerField(
        label=_("Minutes"),
        required=False,
        min_value=1,
        max_value=MOST_MINUTES,
        help_text=_("Empty: the certificate says none."),
    )
    language = forms.ChoiceField(
        label=_("Language of the certificate"),
        required=False,
        choices=[("", _("The person’s, else English")), *settings.LANGUAGES],
    )

    def __init__(self, data: Any = None, *, recognition: Recognition | None = None) -> None:
        self.recognition = recognition
        names = ("kind", "name", "affiliation", "subject", "minutes", "language")
        initial = {name: getattr(recognition, name) for name in names} if recognition is not None else {}
        super().__init__(data, initial=initial)
        if recognition is not None and recognition.person is not None:
            facts = {"email": recognition.person.email}
            self.fields["keeps_person"] = forms.BooleanField(
                label=gettext("It belongs to the account of %(email)s") % facts,
                initial=True,
                required=False,
                help_text=gettext("They are told of the certificate and find it on their page. Untick it for somebody else."),
            )

    def stated(self) -> Part:
        """What was typed, as the action takes it. Only after ``is_valid``."""
        said = dict(self.cleaned_data)
        person = self.recognition.person if self.recognition is not None and said.pop("keeps_person", False) else None
        said.pop("keeps_person", None)
        return Part(**said, person=person)
