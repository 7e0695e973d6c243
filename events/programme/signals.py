"""What the programme says to the wings above it, inside the transaction of the change."""

from dataclasses import dataclass, field
from typing import Literal

from django.dispatch import Signal

from events.programme.models import Event
from network.models import Person


@dataclass(frozen=True)
class EventChange:
    """A fact: this was done to the event. ``fields`` names what differs, ``sessions`` included.

    ``source`` is the event that a created one was cloned from, so that wings above can copy what they know of it.
    """

    event: Event
    kind: Literal["created", "edited", "published", "moved", "postponed", "cancelled", "finished"]
    by: Person | None
    reason: str = ""
    fields: frozenset[str] = field(default_factory=frozenset)
    source: Event | None = None


event_changed = Signal()  # sends change: EventChange
