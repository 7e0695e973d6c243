"""The form in which an organiser writes one question, in several languages."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.programme.models import Event
from events.registrations.asking.checks import CHOOSING
from events.registrations.asking.facts import MOST_MEGABYTES, USUAL_MEGABYTES, OptionFacts, QuestionFacts
from events.registrations.asking.words import INTERFACE, in_words, label, options
from events.registrations.models import Question
from network.errors import Errors
from network.vocabulary import LANGUAGE_NAMES

Kind = Question.Kind
TYPES = [("image", _("Pictures (PNG, JPEG, WebP)")), ("document", _("PDF"))]
PATH = re.compile(r"questions\.([0-9]+)\.?(.*)")
OPTION_PATH = re.compile(r"options\.([0-9]+)\.label(?:\.([a-z]+))?")


def languages_for(event: Event, *known: Mapping[str, str]) -> list[str]:
    """The languages in which one can write: those of the event first, then those of the interface, then any that are used."""
    used = [code for texts in known for code in texts]
    return list(dict.fromkeys([*event.languages, *INTERFACE, *used]))


class Wanted(forms.CharField):
    """A text that is needed in one language at least: not called optional, and judged by the action."""

    def validate(self, value: Any) -> None:
        """May be empty, if another language is not."""


class QuestionForm(forms.Form):
    """One question. Its kind is settled before: each kind has fields of its own."""

    use_required_attribute = False

    is_required = forms.BooleanField(label=_("Must be answered"), required=False)
    is_special = forms.BooleanField(
        label=_("The answers are about health, diet, belief or the like"),
        required=False,
        help_text=_("They are kept apart, only those who run the event see them, and they are deleted after the event."),
    )
    purpose = forms.CharField(
        label=_("What the answers are for"),
        max_length=300,
        required=False,
        help_text=_("People read it before they answer. It is needed for answers about health, diet, belief or the like."),
    )

    def __init__(
        self, data: Any = None, *, event: Event, kind: str, earlier: Sequence[Question], facts: QuestionFacts | None = None
    ) -> None:
        self.facts_before = facts or QuestionFacts(kind=kind)
        self.kind = kind
        self.earlier = [question for question in earlier if question.kind in (*CHOOSING, Kind.CONSENT)]
        # A condition on a country is written by programs; here it stays as it is, or goes.
        self.earlier += [
            question for question in earlier if question.kind == Kind.COUNTRY and question.key == self.facts_before.depends_on
        ]
        before = self.facts_before
        self.languages = languages_for(event, before.label, before.help, *(option.label for option in before.options))
        super().__init__(data, initial=self._initial())
        for code in self.languages:
            self._add_language(code)
        self._add_kind()
        if self.earlier:
            self.fields["depends"] = forms.MultipleChoiceField(
                label=_("Asked only with certain answers to an earlier question"),
                required=False,
                choices=list(self._conditions()),
                widget=forms.CheckboxSelectMultiple,
                help_text=_("Nothing ticked: everybody is asked. Tick answers to one question only."),
            )
        if kind == Kind.CONSENT:
            self.fields["is_required"].help_text = gettext("Without it nobody can register. A consent under force is none.")

    def _initial(self) -> dict[str, Any]:
        before = self.facts_before
        initial: dict[str, Any] = {
            "is_required": before.is_required,
            "is_special": before.is_special,
            "purpose": before.purpose,
            "least": before.least,
            "most": before.most,
            "types": before.types or [name for name, _words in TYPES],
            "megabytes": before.megabytes,
            "depends": [_pair(before.depends_on, value) for value in before.depends_values],
        }
        for code in self.languages:
            initial[f"label_{code}"] = before.label.get(code, "")
            initial[f"help_{code}"] = before.help.get(code, "")
            initial[f"options_{code}"] = "\n".join(option.label.get(code, "") for option in before.options).strip("\n")
        return initial

    def _add_language(self, code: str) -> None:
        text, is_first = {"lang": code}, code == self.languages[0]
        self.fields[f"label_{code}"] = Wanted(
            label=_("Question"), required=is_first, widget=forms.TextInput(attrs={**text, "maxlength": 300})
        )
        self.fields[f"help_{code}"] = forms.CharField(
            label=_("Help"),
            required=False,
            help_text=_("Stands between the question and its field."),
            widget=forms.Textarea(attrs={**text, "rows": 2}),
        )
        if self.kind in CHOOSING:
            self.fields[f"options_{code}"] = Wanted(
                label=_("Answers to choose from"),
                required=is_first,
                help_text=_("One a line, in the same order in every language."),
                widget=forms.Textarea(attrs={**text, "rows": 5}),
            )

    def _add_kind(self) -> None:
        if self.kind == Kind.NUMBER:
            number = forms.TextInput(attrs={"inputmode": "decimal", "class": "answer-number"})
            self.fields["least"] = forms.DecimalField(label=_("At least"), required=False, widget=number)
            self.fields["most"] = forms.DecimalField(label=_("At most"), required=False, widget=number)
        elif self.kind == Kind.FILE:
            self.fields["types"] = forms.MultipleChoiceField(
                label=_("What it can be"), choices=TYPES, widget=forms.CheckboxSelectMultiple
            )
            self.fields["megabytes"] = forms.IntegerField(
                label=_("Megabytes at most"),
                min_value=1,
                max_value=MOST_MEGABYTES,
                help_text=_("A photo from a phone has 3 to 5."),
                widget=forms.NumberInput(attrs={"min": 1, "max": MOST_MEGABYTES}),
            )

    def _conditions(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """The answers to earlier questions, by question."""
        for question in self.earlier:
            if question.kind == Kind.CONSENT:
                yield label(question), [(_pair(question.key, True), gettext("Yes, agreed"))]
            elif question.kind == Kind.COUNTRY:
                values = self.facts_before.depends_values
                yield label(question), [(_pair(question.key, value), in_words(question, value)) for value in values]
            else:
                yield label(question), [(_pair(question.key, value), words) for value, words in options(question)]

    # --- showing ---

    def by_language(self) -> Iterator[dict[str, Any]]:
        """The fields of each language, the first one open."""
        for number, code in enumerate(self.languages):
            fields: list[BoundField] = [self[name] for name in self._names(code)]
            used = any(field.value() or field.errors for field in fields)
            yield {"code": code, "name": LANGUAGE_NAMES.get(code, code), "fields": fields, "open": number == 0 or used}

    def _names(self, code: str) -> list[str]:
        return [name for name in (f"label_{code}", f"options_{code}", f"help_{code}") if name in self.fields]

    def own_fields(self) -> list[BoundField]:
        """The fields that only this kind has."""
        return [self[name] for name in ("least", "most", "types", "megabytes") if name in self.fields]

    # --- reading ---

    def clean(self) -> dict[str, Any]:
        """The lines of all languages belong together; a condition is on one question."""
        lines = {code: _lines(self.cleaned_data.get(f"options_{code}", "")) for code in self.languages}
        said = {code: found for code, found in lines.items() if found}
        if said:
            first, most = next(iter(said)), len(next(iter(said.values())))
            for code, found in said.items():
                if len(found) != most:
                    message = gettext("Here are %(here)d answers, in %(language)s %(there)d: the lines belong together.")
                    names = {"here": len(found), "language": LANGUAGE_NAMES[first], "there": most}
                    self.add_error(f"options_{code}", message % names)
        if len({pair.partition("=")[0] for pair in self.cleaned_data.get("depends", ())}) > 1:
            self.add_error("depends", gettext("Tick answers to one question only."))
        return self.cleaned_data

    def facts(self) -> QuestionFacts:
        """What was typed. Only after ``is_valid``."""
        said = self.cleaned_data
        pairs = [pair.partition("=") for pair in said.get("depends", ())]
        parent = pairs[0][0] if pairs else ""
        is_consent = any(question.key == parent and question.kind == Kind.CONSENT for question in self.earlier)
        return replace(
            self.facts_before,
            kind=self.kind,
            label=self._texts("label"),
            help=self._texts("help"),
            options=self._options(),
            least=_finite(said.get("least")),
            most=_finite(said.get("most")),
            types=() if len(said.get("types", ())) == len(TYPES) else tuple(said.get("types", ())),
            megabytes=said.get("megabytes") or USUAL_MEGABYTES,
            is_required=said["is_required"],
            is_special=said["is_special"],
            purpose=said["purpose"],
            depends_on=parent,
            depends_values=(True,) if is_consent else tuple(value for _key, _equals, value in pairs),
        )

    def _texts(self, name: str) -> dict[str, str]:
        said = {code: self.cleaned_data[f"{name}_{code}"] for code in self.languages}
        return {code: text for code, text in said.items() if text}

    def _options(self) -> tuple[OptionFacts, ...]:
        """The lines as options. Those that are there already keep their value: by what they say, else by where they stand."""
        lines = {code: _lines(self.cleaned_data.get(f"options_{code}", "")) for code in self.languages}
        count = max((len(found) for found in lines.values()), default=0)
        labels = [{code: found[index] for code, found in lines.items() if index < len(found)} for index in range(count)]
        before = list(self.facts_before.options)
        values: list[str] = [""] * count
        for index, words in enumerate(labels):
            same = (one for one in before if one.value not in values and set(words.items()) & set(one.label.items()))
            values[index] = next((one.value for one in same), "")
        if count == len(before):
            for index, one in enumerate(before):
                if not values[index] and one.value not in values:
                    values[index] = one.value
        return tuple(OptionFacts(words, value) for words, value in zip(labels, values, strict=True))

    def place(self, errors: Errors, index: int) -> None:
        """Put what the action found wrong at the fields of this question, which is number ``index`` of all."""
        for path, messages in errors.items():
            found = PATH.fullmatch(path)
            name = self._field_of(found[2]) if found and int(found[1]) == index else None
            for message in messages:
                self.add_error(name, str(message))

    def _field_of(self, path: str) -> str | None:
        first = self.languages[0]
        option = OPTION_PATH.fullmatch(path)
        name = f"options_{option[2] or first}" if option else path.replace(".", "_")
        name = {
            "label": f"label_{first}",
            "help": f"help_{first}",
            "options": f"options_{first}",
            "depends_on": "depends",
            "depends_values": "depends",
        }.get(name, name)
        return name if name in self.fields else None


def _pair(key: str, value: Any) -> str:
    return f"{key}={value}"


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _finite(number: Decimal | None) -> Decimal | None:
    return number if number is None or number.is_finite() else None
