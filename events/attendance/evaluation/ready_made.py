"""Questions that are ready-made: their words are here and translated, the table has only their keys."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from events.attendance.models import EvaluationQuestion

Kind = EvaluationQuestion.Kind


@dataclass(frozen=True)
class ReadyMade:
    """One of them. ``options`` are values with their words, for a choice."""

    key: str
    kind: EvaluationQuestion.Kind
    text: Any
    options: tuple[tuple[str, Any], ...] = ()
    is_required: bool = False


#: In the order in which they are asked.
READY_MADE: dict[str, ReadyMade] = {
    one.key: one
    for one in (
        ReadyMade("content", Kind.SCALE, _("The content was what I had hoped for."), is_required=True),
        ReadyMade("trainer", Kind.SCALE, _("The speakers and trainers explained things well.")),
        ReadyMade("relevance", Kind.SCALE, _("I can use in my work what I learned."), is_required=True),
        ReadyMade("organisation", Kind.SCALE, _("The event was well organised."), is_required=True),
        ReadyMade(
            "length",
            Kind.CHOICE,
            _("How long was the event for what it covered?"),
            (("short", _("Too short")), ("right", _("About right")), ("long", _("Too long"))),
        ),
        ReadyMade("accessibility", Kind.SCALE, _("I could take part in everything without barriers.")),
        ReadyMade("recommend", Kind.SCALE, _("I would recommend the event to colleagues."), is_required=True),
        ReadyMade("words", Kind.TEXT, _("What should stay, and what should change?")),
    )
}
