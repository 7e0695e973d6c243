"""Columns of a list that answer an event's questions: which they are, and how their cells become answers."""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from django.conf import settings

from events.registrations.asking.words import label, option_label
from events.registrations.lists.words import country_of, plain
from events.registrations.models import Question

Kind = Question.Kind

YES = {"yes", "y", "ja", "j", "true", "wahr", "1", "x", "oui", "si", "sim", "tak"}
NO = {"no", "n", "nein", "false", "falsch", "0", "non", "nie"}
GERMAN_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
LANGUAGES = [code for code, _name in settings.LANGUAGES]


class Questionnaire:
    """The questions of an event by the headings that may stand above their answers: key, or words in any language.

    A file cannot stand in a cell: such questions have no column.
    """

    def __init__(self, questions: Iterable[Question]) -> None:
        self.questions = list(questions)
        self.by_key = {question.key: question for question in self.questions if question.kind != Kind.FILE}
        self._headings: dict[str, str] = {}
        for question in reversed(list(self.by_key.values())):
            for words in (*self._labels(question), question.key):
                self._headings[plain(words)] = question.key

    @staticmethod
    def _labels(question: Question) -> list[str]:
        return [*question.label.values(), *(label(question, language) for language in LANGUAGES)]

    def key_of(self, heading: str) -> str:
        """The key of the question that a heading names; empty if it names none."""
        return self._headings.get(plain(heading.removeprefix("answers.")), "")

    def answers_in(self, cells: Mapping[str, str]) -> dict[str, Any]:
        """Cells, by the keys of their questions, as answers that ``answers.check`` judges. Empty cells answer nothing."""
        return {key: self._value(self.by_key[key], text) for key, text in cells.items() if text}

    def _value(self, question: Question, text: str) -> Any:
        match question.kind:
            case Kind.CHOICE:
                return self._option(question, text)
            case Kind.CHOICES:
                whole = self._option(question, text)  # an option's own words may hold a comma
                parts = [text] if whole != text else re.split(r"[,;|\n]", text)
                return [self._option(question, part.strip()) for part in parts if part.strip()]
            case Kind.CONSENT:
                word = plain(text)
                return True if word in YES else False if word in NO else text
            case Kind.DATE:
                day = GERMAN_DAY.fullmatch(text)
                return f"{day[3]}-{day[2]:0>2}-{day[1]:0>2}" if day else text
            case Kind.COUNTRY:
                return country_of(text) or text
            case _:
                return text

    def _option(self, question: Question, text: str) -> str:
        return self._options[question.key].get(plain(text), text)

    @cached_property
    def _options(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for question in self.questions:
            words: dict[str, str] = {}
            for option in question.options:
                value = str(option["value"])
                for language in LANGUAGES:
                    words[plain(option_label(question, value, language))] = value
                words |= {plain(said): value for said in option.get("label", {}).values()}
                words[plain(value)] = value
            found[question.key] = words
        return found
