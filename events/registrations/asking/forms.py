"""The form in which people answer an event's questions. What is right is decided by ``answers.check``, as for programs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.boundfield import BoundField
from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django_countries import countries

from events.registrations.asking import files as answer_files
from events.registrations.asking.answers import CheckedAnswers, check
from events.registrations.asking.retention import deletion_day
from events.registrations.asking.values import file_number
from events.registrations.asking.words import condition, help_text, label, options, purpose, spoken_in
from events.registrations.models import AnswerFile, Question, Registration
from network.errors import Invalid, Problem
from network.models import Person

Kind = Question.Kind
#: More options than these are a list to open, not buttons.
MOST_RADIOS = 7
PATH = "answers."


class AnswerFileInput(forms.FileInput):
    """A file to choose, and the one that was chosen before: browsers forget it when a form comes back, the server does not."""

    template_name = "pages/registrations/_file_input.html"
    kept: AnswerFile | None = None
    label = ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """The new file; else the number of the one from before, unless it was taken back."""
        if upload := files.get(name):
            return upload
        return None if data.get(f"{name}.remove") else data.get(f"{name}.kept")

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Whether nothing was said at all."""
        return name not in files and f"{name}.kept" not in data

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """With what was chosen before."""
        context = super().get_context(name, None, attrs)
        if self.kept is not None:
            context["widget"]["kept"] = {
                "id": self.kept.pk,
                "name": self.kept.name,
                "size": filesizeformat(self.kept.size),
                "label": self.label,
            }
        return context


class AskedField(forms.Field):
    """A question as a form field: takes what is typed as it is. ``required`` only says so to the reader."""

    def __init__(self, question: Question, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.question = question

    def clean(self, value: Any) -> Any:
        """As it was typed; the whole form is judged at once, because questions depend on each other."""
        return value

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was typed, to show it again."""
        return data


class AnswersForm(forms.Form):
    """The questions of an event, built from ``questions``. Fields are named by the questions' keys.

    ``raw`` is what was typed, as the actions take it, uploaded files already kept; ``checked`` is there once ``is_valid``.
    ``place`` puts what an action found wrong (``answers.diet``) at its field.
    """

    use_required_attribute = False
    script = "js/questions.js"

    def __init__(
        self,
        questions: Sequence[Question],
        data: Any = None,
        files: Any = None,
        initial: Mapping[str, Any] | None = None,
        *,
        language: str | None = None,
        person: Person | None = None,
        registration: Registration | None = None,
        must: bool = True,
        prefix: str = "answers",
    ) -> None:
        super().__init__(data, files, initial=dict(initial or {}), prefix=prefix)
        self.questions, self.person, self.registration, self.must = list(questions), person, registration, must
        self.language = language or get_language() or "en"
        self.checked: CheckedAnswers | None = None
        self.raw: dict[str, Any] = {}
        for question in self.questions:
            self.fields[question.key] = self._field(question)
        self._find_kept()

    # --- building ---

    def _field(self, question: Question) -> AskedField:
        words = label(question, self.language)
        if question.kind == Kind.CONSENT and not question.is_required:  # a check box says it nowhere else
            words = gettext("%(consent)s (optional)") % {"consent": words}
        return AskedField(
            question,
            label=words,
            help_text=self._help(question),
            required=question.is_required,
            widget=self._widget(question),
        )

    def _widget(self, question: Question) -> forms.Widget:
        had = self.initial.get(question.key)
        match question.kind:
            case Kind.LONG_TEXT:
                return forms.Textarea(attrs={"rows": 4, "maxlength": 5000})
            case Kind.CHOICE:
                chosen = options(question, self.language, also=[had] if had else ())
                if len(chosen) > MOST_RADIOS:
                    return forms.Select(choices=[("", gettext("Choose an answer")), *chosen])
                empty = [] if question.is_required else [("", gettext("No answer"))]
                return forms.RadioSelect(choices=[*chosen, *empty])
            case Kind.CHOICES:
                return forms.CheckboxSelectMultiple(choices=options(question, self.language, also=had or ()))
            case Kind.NUMBER:
                return forms.TextInput(attrs={"inputmode": "decimal", "class": "answer-number", "maxlength": 30})
            case Kind.DATE:
                return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
            case Kind.COUNTRY:
                return forms.Select(choices=[("", gettext("Choose a country")), *countries])
            case Kind.CONSENT:
                return forms.CheckboxInput()
            case Kind.FILE:
                return AnswerFileInput(attrs={"accept": ",".join(answer_files.allowed(question))})
            case _:
                return forms.TextInput(attrs={"maxlength": 500})

    def _help(self, question: Question) -> SafeString:
        """What one should know before answering. Texts of organisers are escaped here: templates trust a help text."""
        parts = []
        if asked := condition(question, self.language):
            # The script that hides the question until it is asked hides this sentence, too.
            parts.append(format_html("<span data-only-if>{}</span>", asked))
        if text := help_text(question, self.language):
            parts.append(format_html("<span>{}</span>", _with_line_ends(text)))
        if question.kind == Kind.FILE:
            parts.append(format_html("<span>{}</span>", answer_files.expected(question)))
        parts += [format_html("<span>{}</span>", line) for line in self._limits(question)]
        if reason := purpose(question, self.language):
            parts.append(format_html("<span>{}</span>", reason))
        if question.is_special:
            day = date_format(deletion_day(question.event), "DATE_FORMAT")
            kept = gettext("Only those who run the event see your answer. It is deleted after %(day)s.") % {"day": day}
            parts.append(format_html("<span>{}</span>", kept))
        return format_html_join(" ", "{}", ((part,) for part in parts))

    @staticmethod
    def _limits(question: Question) -> list[str]:
        least, most = question.limits.get("least"), question.limits.get("most")
        if least is not None and most is not None:
            return [gettext("From %(least)s to %(most)s.") % {"least": least, "most": most}]
        if least is not None:
            return [gettext("%(least)s or more.") % {"least": least}]
        return [gettext("%(most)s or less.") % {"most": most}] if most is not None else []

    def _find_kept(self) -> None:
        """The files that were chosen before: answers, or uploads of the form that comes back. One query for all."""
        numbers: dict[str, int] = {}
        for question in self.questions:
            if question.kind == Kind.FILE:
                name = self.add_prefix(question.key)
                sent = self.data.get(f"{name}.kept") if self.is_bound else self.initial.get(question.key)
                removed = self.is_bound and self.data.get(f"{name}.remove")
                if (number := file_number(sent)) and not removed:
                    numbers[question.key] = number
        if not numbers:
            return
        found = answer_files.readable_by(self.person).in_bulk(numbers.values())
        for key, number in numbers.items():
            file = found.get(number)
            if file is not None and file.question_id == self._question(key).pk:
                self._show_kept(key, file)

    def _show_kept(self, key: str, file: AnswerFile) -> None:
        widget = self.fields[key].widget
        assert isinstance(widget, AnswerFileInput)  # noqa: S101 - for the type checker
        widget.kept, widget.label = file, str(self.fields[key].label)

    def _question(self, key: str) -> Question:
        return next(question for question in self.questions if question.key == key)

    # --- judging ---

    def clean(self) -> dict[str, Any]:
        """Keep what was uploaded, then judge all answers at once."""
        self.raw = {}
        for question in self.questions:
            value = self.cleaned_data.get(question.key)
            if isinstance(value, UploadedFile):
                value = self._keep(question, value)
            self.raw[question.key] = value
        wrong_files = set(self.errors)
        try:
            self.checked = check(
                self.questions,
                self.raw,
                by=self.person,
                registration=self.registration,
                language=self.language,
                must=self.must,
            )
        except Invalid as error:
            self.place(error, but=wrong_files)
        return self.cleaned_data

    def _keep(self, question: Question, upload: UploadedFile[Any]) -> Any:
        """Store an upload, so that it need not be chosen again. What cannot be taken is told at its field."""
        if self.person is None:
            return None
        try:
            file = answer_files.keep(question=question, person=self.person, upload=upload)
        except Problem as error:
            for message in error.errors[""] if isinstance(error, Invalid) else [str(error.message)]:
                self.add_error(question.key, message)
            widget = self.fields[question.key].widget
            return widget.kept.pk if isinstance(widget, AnswerFileInput) and widget.kept else None
        self._show_kept(question.key, file)
        return file.pk

    def place(self, problem: Invalid, *, but: Sequence[str] | set[str] = ()) -> None:
        """Put messages at the fields they are about; what has no field stands above the form."""
        for path, messages in problem.errors.items():
            key = path.removeprefix(PATH)
            if key in but:
                continue
            for message in messages:
                self.add_error(key if path.startswith(PATH) and key in self.fields else None, str(message))

    # --- showing ---

    def rows(self) -> Iterator[dict[str, Any]]:
        """The fields with what a template needs: when they are asked, and in which language they speak."""
        for question in self.questions:
            field: BoundField = self[question.key]
            depends = question.depends_on
            spoken = spoken_in(question, self.language)
            yield {
                "field": field,
                "question": question,
                "depends_on": self.add_prefix(depends.key) if depends else "",
                "depends_values": ["on"] if depends and depends.kind == Kind.CONSENT else question.depends_values,
                "lang": spoken if spoken != (get_language() or "en") else "",
            }


def _with_line_ends(text: str) -> SafeString:
    """A text of several lines."""
    return format_html_join(SafeString("<br>"), "{}", ((line,) for line in text.split("\n")))
