"""Ready-made questions that organisers switch on. Their words are ours, so they appear in every language of the interface.

No block is on by default: what is not needed is not asked (data minimisation, Article 5 GDPR).
"""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from events.programme.models import Event
from events.registrations.models import Question
from network.errors import type_of_message
from network.vocabulary import LANGUAGE_NAMES

Kind = Question.Kind
Words = type_of_message


@dataclass(frozen=True)
class BlockQuestion:
    """One question of a block. ``options`` are pairs of value and words."""

    key: str
    kind: str
    label: Words
    help: Words = ""
    options: tuple[tuple[str, Words], ...] = ()
    is_required: bool = False
    is_special: bool = False
    purpose: Words = ""
    depends_on: str = ""
    depends_values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """A switch of the editor: what it asks, and when it is right to ask it."""

    name: str
    title: Words
    why: Words
    questions: tuple[BlockQuestion, ...]
    #: The options of its first question are ``none`` and the languages into which the event is interpreted.
    by_interpretation: bool = False
    keys: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", frozenset(question.key for question in self.questions))

    def question(self, key: str) -> BlockQuestion | None:
        """The question of this key."""
        return next((question for question in self.questions if question.key == key), None)

    def option_values(self, key: str, event: Event) -> list[str]:
        """The values that one can choose at an event."""
        question = self.question(key)
        if question is None:
            return []
        if self.by_interpretation:
            return ["none", *event.interpretation]
        return [value for value, _words in question.options]

    def option_words(self, key: str, value: str) -> Words:
        """What an option says; its value where that is not known any more."""
        question = self.question(key)
        words: dict[str, Any] = dict(question.options) if question else {}
        if self.by_interpretation and value in LANGUAGE_NAMES:
            return LANGUAGE_NAMES[value]
        return words.get(value, value)


MEALS = _("So that there is food for you that you can eat.")
ACCESS = _("So that you can take part without barriers.")

BLOCKS: dict[str, Block] = {
    block.name: block
    for block in (
        Block(
            "diet",
            _("Dietary needs"),
            _("Switch it on only if food is served. The answers are about health and belief: they are kept apart."),
            (
                BlockQuestion(
                    "diet",
                    Kind.CHOICES,
                    _("Do you have dietary needs?"),
                    _("Leave it empty if you eat everything."),
                    (
                        ("vegetarian", _("Vegetarian")),
                        ("vegan", _("Vegan")),
                        ("halal", _("Halal")),
                        ("kosher", _("Kosher")),
                        ("no-pork", _("No pork")),
                        ("gluten-free", _("Without gluten")),
                        ("lactose-free", _("Without lactose")),
                        ("no-nuts", _("Without nuts")),
                        ("other", pgettext_lazy("dietary or access needs", "Something else")),
                    ),
                    is_special=True,
                    purpose=MEALS,
                ),
                BlockQuestion(
                    "diet-other",
                    Kind.TEXT,
                    _("What should the kitchen know?"),
                    _("For example an allergy. Nothing more than is needed to cook for you."),
                    is_special=True,
                    purpose=MEALS,
                    depends_on="diet",
                    depends_values=("other",),
                ),
            ),
        ),
        Block(
            "access",
            _("Access needs"),
            _("Switch it on if you can act on the answers: people expect it. They are about health: they are kept apart."),
            (
                BlockQuestion(
                    "access",
                    Kind.CHOICES,
                    _("What do you need in order to take part?"),
                    _("Leave it empty if you need nothing of this."),
                    (
                        ("step-free", _("Access without steps")),
                        ("hearing-loop", _("Hearing loop")),
                        ("sign-language", _("Sign language interpretation")),
                        ("captions", _("Live captions")),
                        ("large-print", _("Documents in large print or for a screen reader")),
                        ("assistant", _("A place for a person who assists me")),
                        ("other", pgettext_lazy("dietary or access needs", "Something else")),
                    ),
                    is_special=True,
                    purpose=ACCESS,
                ),
                BlockQuestion(
                    "access-other",
                    Kind.LONG_TEXT,
                    _("What else should we prepare?"),
                    is_special=True,
                    purpose=ACCESS,
                    depends_on="access",
                    depends_values=("other",),
                ),
            ),
        ),
        Block(
            "interpretation",
            _("Interpretation"),
            _("Switch it on to know how many receivers and booths are needed. It offers the languages that the event states."),
            (
                BlockQuestion(
                    "interpretation",
                    Kind.CHOICE,
                    _("Which language do you want to listen in?"),
                    options=(("none", _("I need no interpretation")),),
                ),
            ),
            by_interpretation=True,
        ),
        Block(
            "travel",
            _("Travel support"),
            _("Switch it on only if travel can be paid for some participants."),
            (
                BlockQuestion(
                    "travel",
                    Kind.CHOICE,
                    _("Do you ask for support with your travel costs?"),
                    options=(("yes", _("Yes")), ("no", _("No"))),
                ),
                BlockQuestion(
                    "travel-reason",
                    Kind.LONG_TEXT,
                    _("From where do you travel, and why do you need support?"),
                    is_required=True,
                    depends_on="travel",
                    depends_values=("yes",),
                ),
            ),
        ),
        Block(
            "photos",
            _("Photos and recordings"),
            _("Switch it on only if pictures are taken or the event is recorded. No answer is ticked beforehand."),
            (
                BlockQuestion(
                    "photos",
                    Kind.CHOICE,
                    _("May pictures and recordings be published on which you can be recognised?"),
                    _("If you say no, there is a place for you where nobody takes pictures. You can change your mind."),
                    (("yes", _("Yes")), ("no", _("No"))),
                    is_required=True,
                ),
            ),
        ),
        Block(
            "participants-list",
            _("List of participants"),
            _("Switch it on only if you hand out a list of who takes part."),
            (
                BlockQuestion(
                    "participants-list",
                    Kind.CHOICE,
                    _("Who may see your name and organisation in the list of participants?"),
                    options=(("nobody", _("Nobody but the organisers")), ("participants", _("The other participants"))),
                    is_required=True,
                ),
            ),
        ),
    )
}


def block_question(question: Any) -> tuple[Block, BlockQuestion] | None:
    """The block and its question from which a stored question has its words; None if it has its own."""
    block = BLOCKS.get(question.block)
    found = block.question(question.key) if block else None
    return (block, found) if block and found else None


#: Keys that questions of organisers' own cannot have.
RESERVED_KEYS = frozenset(key for block in BLOCKS.values() for key in block.keys)
