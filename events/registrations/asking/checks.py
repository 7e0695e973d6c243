"""Whether questions make sense: their words, options and limits, and the conditions between them. Each problem at its path."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django_countries import countries

from events.programme.models import Event
from events.programme.slugs import slug_of
from events.programme.texts import Errors, clean_text
from events.registrations.asking.blocks import BLOCKS, RESERVED_KEYS, Block, BlockQuestion
from events.registrations.asking.facts import FILE_TYPES, MOST_MEGABYTES, OptionFacts, QuestionFacts
from events.registrations.models import Question
from network.errors import Invalid
from network.vocabulary import LANGUAGE_NAMES, iso_country_code

Kind = Question.Kind
CHOOSING = (Kind.CHOICE, Kind.CHOICES)
#: Kinds on whose answers another question can depend.
DECIDING = (Kind.CHOICE, Kind.CHOICES, Kind.CONSENT, Kind.COUNTRY)
MOST_QUESTIONS = 60
MOST_OPTIONS = 60
LONGEST = {"label": 300, "help": 1000, "option": 200, "key": 40, "purpose": 300}
LARGEST = Decimal(10**12)  # of a number: what every program reads back as it was written
KEY = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


@dataclass
class Stock:
    """The questions that an event has: those it asks, those it asked once, and which of them were answered."""

    live: Mapping[str, Question] = field(default_factory=dict)
    archived: Mapping[str, Question] = field(default_factory=dict)
    answered: frozenset[int] = frozenset()

    def known(self, key: str) -> Question | None:
        """The question of that key."""
        return self.live.get(key) or self.archived.get(key)

    def is_answered(self, question: Question | None) -> bool:
        """Whether somebody has answered it."""
        return question is not None and question.pk in self.answered


@dataclass
class CheckedQuestion:
    """A question as it will be written: its columns, but for the one that it depends on, which is named by its key."""

    key: str
    columns: dict[str, Any]
    depends_on: str = ""


def check_questions(event: Event, stated: Sequence[QuestionFacts], stock: Stock) -> list[CheckedQuestion]:
    """The questions in their normal form, blocks complete. Raises Invalid (``questions.2.label.en``)."""
    errors = Errors()
    facts = list(_with_whole_blocks(stated, errors))
    if len(facts) > MOST_QUESTIONS:
        message = _("These are %(number)d questions; an event can ask %(most)d. People give up long before.")
        errors.add("questions", message % {"number": len(facts), "most": MOST_QUESTIONS})
        errors.stop_if_any()
    names = _Names(stock, facts)
    found: dict[str, CheckedQuestion] = {}
    for index, one in facts:
        check = _Check(event, one, f"questions.{index}.", stock, errors)
        key = check.key(names, found, index)
        found[key] = check.checked(key, found)
    errors.stop_if_any()
    return list(found.values())


def _with_whole_blocks(stated: Sequence[QuestionFacts], errors: Errors) -> Iterable[tuple[int, QuestionFacts]]:
    """Each with its index; where a block is named, its questions stand there in their order, all of them, once."""
    done: set[str] = set()
    for index, one in enumerate(stated):
        if not one.block:
            yield index, one
        elif one.block not in BLOCKS:
            message = _("There is no block “%(name)s”. There are: %(all)s.")
            errors.add(f"questions.{index}.block", message % {"name": one.block[:40], "all": ", ".join(BLOCKS)})
        elif one.key and one.key not in BLOCKS[one.block].keys:
            message = _("The block asks “%(keys)s”, not “%(key)s”.")
            keys = "”, “".join(question.key for question in BLOCKS[one.block].questions)
            errors.add(f"questions.{index}.key", message % {"keys": keys, "key": one.key[:40]})
        elif one.block not in done:
            done.add(one.block)
            for question in BLOCKS[one.block].questions:
                yield index, QuestionFacts(key=question.key, block=one.block)


class _Names:
    """Gives keys to questions that have none."""

    def __init__(self, stock: Stock, facts: Iterable[tuple[int, QuestionFacts]]) -> None:
        self.taken = {*stock.live, *stock.archived, *RESERVED_KEYS, *(one.key for _index, one in facts)}

    def new(self, label: Mapping[str, str], position: int) -> str:
        """A key like the label, that no other question has or had."""
        text = next((slug for text in label.values() if (slug := slug_of(str(text)[:200]).replace("_", "-"))), "")
        base = re.sub("-+", "-", text)[:30].strip("-") or f"question-{position + 1}"
        number, key = 1, base
        while key in self.taken:
            number += 1
            key = f"{base}-{number}"
        self.taken.add(key)
        return key


@dataclass
class _Check:
    """One question."""

    event: Event
    facts: QuestionFacts
    path: str
    stock: Stock
    errors: Errors

    def complain(self, name: str, message: str) -> None:
        self.errors.add(self.path + name, message)

    def key(self, names: _Names, found: Mapping[str, Any], index: int) -> str:
        """The question's key: a new one where none is stated."""
        key = self.facts.key
        if not key:
            return names.new(self.facts.label, index)
        known = self.stock.known(key)
        if not KEY.fullmatch(key) or len(key) > LONGEST["key"]:
            message = _("Use small letters a to z, digits and hyphens, up to %(most)d of them: for example “arrival-day”.")
            self.complain("key", message % {"most": LONGEST["key"]})
        elif key in found:
            self.complain("key", _("Another question has this name already."))
        elif key in RESERVED_KEYS and not self.facts.block:
            self.complain("key", _("This name belongs to a ready-made block. Choose another."))
        elif key in self.stock.archived and known is not None and known.kind != self.facts.kind and not self.facts.block:
            message = _("A question of this name was asked before, as “%(kind)s”, and has answers. Choose another name.")
            self.complain("key", message % {"kind": known.get_kind_display()})
        return key

    def checked(self, key: str, earlier: Mapping[str, CheckedQuestion]) -> CheckedQuestion:
        """All its columns."""
        if self.facts.block:
            block = BLOCKS[self.facts.block]
            question = block.question(key)
            return self.of_block(block, question) if question else CheckedQuestion(key, {})
        facts = self.facts
        known = self.stock.known(key)
        if facts.kind not in Kind.values:
            self.complain("kind", _("Choose one of: %(kinds)s.") % {"kinds": ", ".join(Kind.values)})
        elif known is not None and known.kind != facts.kind and self.stock.is_answered(known) and key in self.stock.live:
            message = _("This was answered as “%(kind)s” and stays that. Remove it and add a new question instead.")
            self.complain("kind", message % {"kind": known.get_kind_display()})
        label = self.texts("label", facts.label, LONGEST["label"])
        if not label and not any(path.startswith(f"{self.path}label") for path in self.errors.found):
            self.complain("label", _("Write the question, in one language at least."))
        if known is not None and known.is_special and not facts.is_special and self.stock.is_answered(known):
            message = _("People answered on the word that this is kept apart and deletes itself. It stays so.")
            self.complain("is_special", message)
        columns = {
            "kind": facts.kind,
            "block": "",
            "label": label,
            "help": self.texts("help", facts.help, LONGEST["help"], lines=True),
            "options": self.options(),
            "limits": self.limits(),
            "is_required": bool(facts.is_required),
            "is_special": bool(facts.is_special),
            "purpose": self.purpose(),
            "depends_values": self.condition(key, earlier),
        }
        return CheckedQuestion(key, columns, facts.depends_on)

    def of_block(self, block: Block, question: BlockQuestion) -> CheckedQuestion:
        """As the block says."""
        if block.by_interpretation and not self.event.interpretation and question.key not in self.stock.live:
            self.complain("block", _("State first into which languages the event is interpreted."))
        with translation.override("en"):
            purpose = str(question.purpose)
        columns = {
            "kind": question.kind,
            "block": block.name,
            "label": {},
            "help": {},
            "options": [{"value": value} for value in block.option_values(question.key, self.event)],
            "limits": {},
            "is_required": question.is_required,
            "is_special": question.is_special,
            "purpose": purpose,
            "depends_values": list(question.depends_values),
        }
        return CheckedQuestion(question.key, columns, question.depends_on)

    def texts(self, name: str, said: Mapping[str, str], most: int, *, lines: bool = False) -> dict[str, str]:
        """A text in several languages, trimmed; a language in which nothing is said is left out."""
        found = {}
        for language, text in said.items():
            if language not in LANGUAGE_NAMES:
                self.complain(f"{name}.{language[:20]}", _("This is none of the network’s languages, such as “en” or “de”."))
                continue
            try:
                clean = clean_text(str(text), most=most, lines=lines)
            except Invalid as error:
                for message in error.errors[""]:
                    self.complain(f"{name}.{language}", message)
                continue
            if clean:
                found[language] = clean
        return found

    def options(self) -> list[dict[str, Any]]:
        """The answers to choose from, each with a value of its own."""
        stated = self.facts.options
        if self.facts.kind not in CHOOSING:
            if stated:
                self.complain("options", _("Only a question where people choose has answers to choose from."))
            return []
        least = 2 if self.facts.kind == Kind.CHOICE else 1
        if not least <= len(stated) <= MOST_OPTIONS:
            message = _("Give from %(least)d to %(most)d answers to choose from.")
            self.complain("options", message % {"least": least, "most": MOST_OPTIONS})
            return []
        found: list[dict[str, Any]] = []
        stated_values = {option.value for option in stated if option.value}
        former = {value: label for value, label in self._former().items() if value not in stated_values}
        taken = {*stated_values, *former}
        said: set[tuple[str, str]] = set()
        for index, option in enumerate(stated):
            label = self.texts(f"options.{index}.label", option.label, LONGEST["option"])
            if not label:
                self.complain(f"options.{index}.label", _("Write what this answer says."))
            for language, text in label.items():
                if (language, text) in said:
                    self.complain(f"options.{index}.label.{language}", _("“%(text)s” is there already.") % {"text": text})
                said.add((language, text))
            same = next((value for value, texts in former.items() if texts.items() & label.items()), None)
            if not option.value and same is not None:  # it says what it said before: it is the same
                del former[same]
                found.append({"value": same, "label": label})
            else:
                found.append({"value": self._value(option, index, taken, found), "label": label})
        return found

    def _former(self) -> dict[str, dict[str, str]]:
        """The options that there are or were. A new one of another meaning must not be called like one of them."""
        known = self.stock.known(self.facts.key) if self.facts.key else None
        return {option["value"]: option.get("label", {}) for option in known.options} if known is not None else {}

    def _value(self, option: OptionFacts, index: int, taken: set[str], found: list[dict[str, Any]]) -> str:
        if option.value:
            if not KEY.fullmatch(option.value) or len(option.value) > LONGEST["key"]:
                self.complain(f"options.{index}.value", _("Use small letters a to z, digits and hyphens, 40 at most."))
            elif any(other["value"] == option.value for other in found):
                self.complain(f"options.{index}.value", _("Another answer has this value already."))
            return option.value
        base = next((slug for text in option.label.values() if (slug := slug_of(str(text)[:200]))), "")
        base = re.sub("[-_]+", "-", base)[:30].strip("-") or f"answer-{index + 1}"
        number, value = 1, base
        while value in taken:
            number += 1
            value = f"{base}-{number}"
        taken.add(value)
        return value

    def limits(self) -> dict[str, Any]:
        """The limits of a number or a file."""
        facts, limits = self.facts, dict[str, Any]()
        if facts.kind == Kind.NUMBER:
            for name, stated in (("least", facts.least), ("most", facts.most)):
                if stated is None:
                    continue
                limit = Decimal(stated)
                if not limit.is_finite() or abs(limit) > LARGEST:
                    self.complain(name, _("This number is too large."))
                else:
                    limits[name] = int(limit) if limit == limit.to_integral_value() else float(limit)
            if len(limits) == 2 and limits["least"] > limits["most"]:
                self.complain("most", _("The most is less than the least: no number would do."))
        elif facts.kind == Kind.FILE:
            if unknown := [name for name in facts.types if name not in FILE_TYPES]:
                message = _("“%(name)s” is no type of file. Choose from: %(types)s.")
                self.complain("types", message % {"name": str(unknown[0])[:40], "types": ", ".join(FILE_TYPES)})
            if not 1 <= facts.megabytes <= MOST_MEGABYTES:
                self.complain("megabytes", _("A file can have from 1 to %(most)d megabytes.") % {"most": MOST_MEGABYTES})
            limits = {"types": [name for name in FILE_TYPES if name in facts.types], "megabytes": facts.megabytes}
        return limits

    def purpose(self) -> str:
        """What the answer is for; who asks for what is sensitive must say it."""
        try:
            text = clean_text(self.facts.purpose, most=LONGEST["purpose"])
        except Invalid as error:
            for message in error.errors[""]:
                self.complain("purpose", message)
            return ""
        if self.facts.is_special and not text:
            self.complain("purpose", _("Say what the answers are for: people read it before they answer."))
        return text

    def condition(self, key: str, earlier: Mapping[str, CheckedQuestion]) -> list[Any]:
        """The answers on which it depends. A condition looks back only, so that none can go round in circles."""
        facts = self.facts
        if not facts.depends_on:
            return []
        parent = earlier.get(facts.depends_on)
        if facts.depends_on == key:
            self.complain("depends_on", _("A question cannot depend on itself."))
        elif parent is None:
            self.complain("depends_on", _("It can depend only on a question that is asked before it. Move it further down."))
        elif not parent.columns:
            pass  # what is wrong with it is said there
        elif parent.columns["kind"] not in DECIDING:
            message = _("It can depend only on a choice, a country or a consent, not on “%(kind)s”.")
            kinds = dict(Kind.choices)
            self.complain("depends_on", message % {"kind": kinds.get(parent.columns["kind"], parent.columns["kind"])})
        else:
            return self._values(parent.columns)
        return []

    def _values(self, parent: Mapping[str, Any]) -> list[Any]:
        stated = list(dict.fromkeys(self.facts.depends_values))
        if parent["kind"] == Kind.CONSENT:
            if any(value is not True for value in stated):
                self.complain("depends_values", _("A consent is given or not: it is asked if it is given."))
            return [True]
        if parent["kind"] == Kind.COUNTRY:
            stated = [iso_country_code(value) if isinstance(value, str) else value for value in stated]
            known = set(dict(countries))
        else:
            known = {option["value"] for option in parent["options"]}
        if not stated:
            self.complain("depends_values", _("Say with which answers it is asked."))
        for value in stated:
            if value not in known:
                message = _("“%(value)s” is no answer to that question.")
                self.complain("depends_values", message % {"value": str(value)[:60]})
        return stated
