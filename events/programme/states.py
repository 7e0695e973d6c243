"""The states of an event, and which of them each verb may start from and leads to. One table, for actions and pages alike."""

from typing import Literal

from events.programme.models import Event

State = Event.State
Verb = Literal["edit", "publish", "move", "postpone", "cancel", "clone", "finish", "discard"]

#: For each verb: the states it may start from, and the one it leads to (None: it stays).
MOVES: dict[Verb, tuple[tuple[State, ...], State | None]] = {
    "edit": (tuple(State), None),  # times and places only as FIXED says
    "publish": ((State.DRAFT, State.POSTPONED), State.PUBLISHED),
    "move": ((State.DRAFT, State.PUBLISHED, State.POSTPONED), None),  # what was postponed is published again
    "postpone": ((State.PUBLISHED,), State.POSTPONED),
    "cancel": ((State.PUBLISHED, State.POSTPONED), State.CANCELLED),
    "clone": (tuple(State), None),
    "finish": ((State.PUBLISHED,), State.FINISHED),
    "discard": ((State.DRAFT,), None),
}

#: States of an event that is on, or was: people come, attendance is recorded, certificates follow once it has ended.
HELD = (State.PUBLISHED, State.FINISHED)

#: States in which times, places and zone can no longer change: people were told, and attendance rests on them.
FIXED = (State.CANCELLED, State.FINISHED)


def allows(event: Event, verb: Verb) -> bool:
    """Whether the event's state lets it be done. Whether a person may is a matter of ``rules``."""
    return event.state in MOVES[verb][0]
