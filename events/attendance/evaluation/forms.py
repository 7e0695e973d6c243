"""Forms of an evaluation: the questionnaire itself, and what the organiser states about it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from events.attendance.evaluation.checks import ANSWER_LENGTH, CHOOSING, MOST_OPTIONS, TEXT_LENGTH, Asked
from events.attendance.evaluation.words import options_of, text_of
from events.attendance.models import EvaluationQuestion
from events.programme.forms import DAY_ENDS, ClockField, DayField, Typed
from events.programme.periods import instant
from network.errors import Invalid
from network.vocabulary import zone_named

Kind = EvaluationQuestion.Kind
DAY_BEGINS = time(0, 0)


class AsItIs(forms.Field):
    """Takes what was chosen as it is: the action judges. ``required`` only says so to the reader."""

    def __init__(self, question: EvaluationQuestion, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.is_scale = question.kind == Kind.SCALE  # its steps stand side by side

    def clean(self, value: Any) -> Any:
        """As it came."""
        return value

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was chosen, to show it again."""
        return data


class SheetForm(forms.Form):
    """The questionnaire as participants see it. Fields are named by the questions' ids."""

    use_required_attribute = False

    def __init__(self, questions: Sequence[EvaluationQuestion], data: Any = None) -> None:
        super().__init__(data, prefix="q")
        for question in questions:
            self.fields[str(question.pk)] = AsItIs(
                question,
                label=text_of(question),
                required=question.is_required,
                widget=self._widget(question),
                help_text=gettext("Tick all that apply.") if question.kind == Kind.CHOICES else "",
            )

    @staticmethod
    def _widget(question: EvaluationQuestion) -> forms.Widget:
        none = [] if question.is_required else [("", gettext("No answer"))]
        match question.kind:
            case Kind.TEXT:
                return forms.Textarea(attrs={"rows": 4, "maxlength": ANSWER_LENGTH})
            case Kind.CHOICES:
                return forms.CheckboxSelectMultiple(choices=options_of(question))
            case _:
                return forms.RadioSelect(choices=[*options_of(question), *none])

    def answers(self) -> dict[str, Any]:
        """What was chosen and typed, as the action takes it. Only after ``is_valid``."""
        return dict(self.cleaned_data)

    def place(self, problem: Invalid) -> None:
        """Put what the action found wrong at its question."""
        for path, messages in problem.errors.items():
            for message in messages:
                self.add_error(path if path in self.fields else None, str(message))


class QuestionForm(forms.Form):
    """One question. Its kind is settled before; of a ready-made one only whether it must be answered can be chosen."""

    use_required_attribute = False

    text = forms.CharField(label=_("Question"), max_length=TEXT_LENGTH)
    options = forms.CharField(
        label=_("Answers to choose from"),
        help_text=gettext_lazy("One a line."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    is_required = forms.BooleanField(label=_("Must be answered"), required=False)

    def __init__(self, asked: Asked, data: Any = None) -> None:
        self.asked = asked
        initial = {"text": asked.text, "options": "\n".join(asked.options), "is_required": asked.is_required}
        super().__init__(data, initial=initial)
        if asked.key or asked.kind not in CHOOSING:
            del self.fields["options"]
        if asked.key:
            del self.fields["text"]
        else:
            self.fields["text"].help_text = gettext(
                "Ask nothing that tells who somebody is, such as their function or their city: the answers are anonymous."
            )
        if "options" in self.fields:
            self.fields["options"].help_text = gettext("One a line, %(count)d at most.") % {"count": MOST_OPTIONS}

    def stated(self) -> Asked:
        """The question as it was typed. Only after ``is_valid``."""
        said = self.cleaned_data
        return replace(
            self.asked,
            text=said.get("text", self.asked.text),
            options=tuple(said["options"].splitlines()) if "options" in said else self.asked.options,
            is_required=said["is_required"],
        )

    def place(self, problem: Invalid) -> None:
        """Put what the action found wrong at its field: the paths end with the field's name."""
        for path, messages in problem.errors.items():
            name = path.rpartition(".")[2]
            for message in messages:
                self.add_error(name if name in self.fields else None, str(message))


class TimesForm(Typed):
    """From when and until when one can answer, on the event's own clock."""

    opens_day = DayField(label=_("Open from"), required=False, help_text=_("Empty: from the end of the event."))
    opens_time = ClockField(label=_("Time it opens"))
    closes_day = DayField(label=_("Open until"), required=False, help_text=_("Empty: for thirty days."))
    closes_time = ClockField(label=_("Time it closes"))

    def __init__(self, zone: str, data: Any = None, *, opens_at: datetime | None, closes_at: datetime | None) -> None:
        self.zone = zone_named(zone)
        initial: dict[str, Any] = {}
        for name, moment in (("opens", opens_at), ("closes", closes_at)):
            local = moment.astimezone(self.zone) if moment else None
            initial |= {f"{name}_day": local.date() if local else None, f"{name}_time": local.time() if local else None}
        super().__init__(data, initial=initial)

    def clean(self) -> dict[str, Any]:
        """A time belongs to a day."""
        self.complain_if_only_a_time("opens")
        self.complain_if_only_a_time("closes")
        return self.cleaned_data

    def at(self, name: str) -> datetime | None:
        """The instant of ``opens`` or ``closes``: of a day without a time its beginning, or its end.

        Raises Invalid at ``opens_at`` or ``closes_at``.
        """
        moment = self.moment(name, by_default=DAY_BEGINS if name == "opens" else DAY_ENDS)
        try:
            return instant(moment, self.zone) if moment else None
        except Invalid as error:  # the clock is put forward over it
            raise Invalid({f"{name}_at": error.errors[""]}) from None

    def place(self, problem: Invalid) -> None:
        """Put what the action found wrong at the day."""
        for path, messages in problem.errors.items():
            name = f"{path.removesuffix('_at')}_day"
            for message in messages:
                self.add_error(name if name in self.fields else None, str(message))
