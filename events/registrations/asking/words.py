"""How a question and its answers are said in a language: for forms, lists, mails, exports and the editor."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django_countries import countries

from events.registrations.asking.blocks import block_question
from events.registrations.models import Question

Kind = Question.Kind
Texts = Mapping[str, str]
INTERFACE = tuple(code for code, _name in settings.LANGUAGES)


@contextmanager
def _in(language: str | None) -> Iterator[None]:
    """Speak the language, where it is one; else that which is spoken already."""
    if language is None:
        yield
        return
    with translation.override(language):
        yield


def _now(language: str | None) -> str:
    return (language or translation.get_language() or settings.LANGUAGE_CODE).lower()


def language_of(texts: Texts, language: str | None = None) -> str:
    """The language in which a text is said to a reader of ``language``: theirs, else English, else the first there is."""
    wanted = _now(language)
    for code in (wanted, wanted.split("-")[0], "en"):
        if texts.get(code):
            return code
    return next((code for code, text in texts.items() if text), "")


def text_in(texts: Texts, language: str | None = None) -> str:
    """The text for a reader of ``language``; empty if it is said in none."""
    return texts.get(language_of(texts, language), "")


def spoken_in(question: Question, language: str | None = None) -> str:
    """The language of the question's words as ``language`` gets them: for ``lang`` attributes."""
    if block_question(question):
        wanted = _now(language)
        return wanted if wanted in INTERFACE else settings.LANGUAGE_CODE
    return language_of(question.label, language) or _now(language)


def label(question: Question, language: str | None = None) -> str:
    """The question itself."""
    if found := block_question(question):
        with _in(language):
            return str(found[1].label)
    return text_in(question.label, language) or question.key


def help_text(question: Question, language: str | None = None) -> str:
    """What stands between a question and its field."""
    if found := block_question(question):
        with _in(language):
            return str(found[1].help)
    return text_in(question.help, language)


def purpose(question: Question, language: str | None = None) -> str:
    """What the answer is for."""
    if found := block_question(question):
        with _in(language):
            return str(found[1].purpose)
    return question.purpose


def option_label(question: Question, value: Any, language: str | None = None) -> str:
    """What an option says; also one that is no longer offered."""
    if found := block_question(question):
        with _in(language):
            return str(found[0].option_words(question.key, str(value)))
    for option in question.options:
        if option["value"] == value:
            return text_in(option.get("label", {}), language) or str(value)
    return str(value)


def offered(question: Question) -> list[str]:
    """The values that can be chosen."""
    return [option["value"] for option in question.options if not option.get("removed")]


def options(question: Question, language: str | None = None, *, also: Any = ()) -> list[tuple[str, str]]:
    """What can be chosen, as pairs of value and words; ``also``: values that are no longer offered, but are the answer."""
    known = [option["value"] for option in question.options if not option.get("removed") or option["value"] in also]
    return [(value, option_label(question, value, language)) for value in known]


def condition(question: Question, language: str | None = None) -> str:
    """When a conditional question is asked; empty if it always is."""
    parent = question.depends_on
    if parent is None:
        return ""
    asked = label(parent, language)
    with _in(language):
        if parent.kind == Kind.CONSENT:
            return _("Only if you agreed to “%(question)s”.") % {"question": asked}
        answers = [f"“{in_words(parent, value, language)}”" for value in question.depends_values]
        *most, last = answers or [""]
        if most:
            return _("Only if your answer to “%(question)s” is %(answers)s or %(last)s.") % {
                "question": asked,
                "answers": ", ".join(most),
                "last": last,
            }
        return _("Only if your answer to “%(question)s” is %(answer)s.") % {"question": asked, "answer": last}


def in_words(question: Question, value: Any, language: str | None = None) -> str:
    """An answer as a person reads it; empty where there is none."""
    if value in (None, "", []):
        return ""
    with _in(language):
        match question.kind:
            case Kind.CHOICE:
                return option_label(question, value, language)
            case Kind.CHOICES:
                return ", ".join(option_label(question, one, language) for one in _several(value))
            case Kind.NUMBER:
                return str(number_format(Decimal(str(value))))
            case Kind.DATE:
                return _day(str(value))
            case Kind.COUNTRY:
                return str(countries.name(str(value))) or str(value)
            case Kind.CONSENT:
                return _("Yes") if value is True else ""
            case Kind.FILE:
                return str(value.get("name", "")) if isinstance(value, dict) else str(value)
            case _:
                return str(value)


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _day(value: str) -> str:
    try:
        return date_format(date.fromisoformat(value), "DATE_FORMAT")
    except ValueError:
        return value
