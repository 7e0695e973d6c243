"""What one fills in to register, or to change a registration: one page, one form, made of up to four parts."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.programme.models import Event
from events.registrations.asking.answers import answers_of
from events.registrations.asking.facts import questions_of
from events.registrations.asking.forms import AnswersForm
from events.registrations.asking.session_forms import SessionsForm
from events.registrations.eligibility import profile_gap
from events.registrations.models import Question, Registration, SpecialAnswer
from network.errors import Invalid, Problem
from network.forms import IntroductionForm, add_errors
from network.models import Person


class NoteForm(forms.Form):
    """A word to the organiser."""

    use_required_attribute = False

    note = forms.CharField(
        label=_("A note to the organiser"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class Sheet:
    """The parts of the form, each there only if there is something to ask.

    With ``registration`` it changes that one. Answers of special categories are not shown again: the page may be opened by
    whoever holds the mail. ``anew`` asks those questions once more, and what is entered replaces what was answered.
    """

    def __init__(
        self,
        event: Event,
        person: Person,
        data: Any = None,
        files: Any = None,
        *,
        registration: Registration | None = None,
        anew: bool = False,
        note: str = "",
    ) -> None:
        self.event, self.person, self.registration = event, person, registration
        self.anew = anew
        asks_who = registration is None and profile_gap(person) is not None
        self.profile = IntroductionForm(person, data) if asks_who else None
        self.sessions = self._sessions(data) if event.has_choices else None
        self.hidden: list[Question] = []  # questions that were answered and are not shown
        self.answers = self._answers(data, files) if event.has_questions else None
        self.note = NoteForm(data, initial={"note": registration.note if registration else note})

    def _sessions(self, data: Any) -> SessionsForm | None:
        one = self.registration
        if one is None:
            form = SessionsForm(self.event, data)
        else:
            form = SessionsForm(self.event, data, former=one.chosen, holds_place=one.holds_place and not one.is_extra)
        return form if form.fields else None

    def _answers(self, data: Any, files: Any) -> AnswersForm | None:
        questions, one, initial = questions_of(self.event), self.registration, {}
        if one is not None:
            initial = answers_of([one], with_special=False)[one.pk]
            if not self.anew:
                answered = SpecialAnswer.objects.filter(registration=one).values_list("question_id", flat=True)
                self.hidden = [question for question in questions if _hangs_on(question, set(answered))]
                questions = [question for question in questions if question not in self.hidden]
        form = AnswersForm(questions, data, files, initial, person=self.person, registration=one)
        return form if form.fields else None

    @property
    def forms(self) -> list[forms.Form]:
        """The parts that there are, in their order."""
        return [part for part in (self.profile, self.sessions, self.answers, self.note) if part is not None]

    @property
    def has_errors(self) -> bool:
        """Whether something that was sent needs another look."""
        return any(part.errors for part in self.forms)

    def is_valid(self) -> bool:
        """Judge all parts, so that all that is wrong is said at once."""
        verdicts = [part.is_valid() for part in self.forms]
        return all(verdicts)

    def facts(self) -> dict[str, Any]:
        """What the actions take; None where nothing was asked, so that it stays as it is."""
        return {
            "note": self.note.cleaned_data["note"],
            "sessions": self.sessions.chosen if self.sessions else None,
            "answers": self.answers.raw if self.answers else None,
        }

    def place(self, problem: Problem) -> None:
        """Put what an action found wrong at the field that it is about."""
        if not isinstance(problem, Invalid):
            if not self.has_errors:  # unless a part has said it already
                (self.sessions or self.note).add_error(None, str(problem.message))
            return
        rest = {}
        for path, messages in problem.errors.items():
            if path == "sessions" and self.sessions:
                self.sessions.place(map(str, messages))
            elif path.startswith("answers") and self.answers:
                self.answers.place(Invalid({path: messages}))
            else:
                rest[path] = messages
        add_errors(self.note, Invalid(rest))


def _hangs_on(question: Question, answered: Collection[int]) -> bool:
    """Whether the question is one of these, or is asked only after one of them."""
    if question.pk in answered:
        return True
    return question.depends_on is not None and _hangs_on(question.depends_on, answered)
