"""The verbs of the programme: create, edit, publish, move, postpone, cancel, clone, finish.

Each checks permission and facts, locks the event, writes, journals and tells the other wings, in one transaction.
``revision`` is the one that the caller saw; if the event has moved on since, ``Stale`` is raised and nothing is written.
"""

from datetime import date, datetime

from events.programme.facts import EventFacts
from events.programme.models import Event
from network.errors import Refused
from network.models import Person


class Stale(Refused):
    """Somebody else changed the event in the meantime."""

    code = "stale"


class WrongState(Refused):
    """The event's state does not allow this, for example publishing what was cancelled."""

    code = "wrong_state"


def create(*, facts: EventFacts, by: Person) -> Event:
    """Write a new draft. Raises Invalid (``.errors`` by field path) and NotAllowed."""
    raise NotImplementedError


def edit(*, event: Event, facts: EventFacts, by: Person, revision: int | None = None, reason: str = "") -> Event:
    """Make the event what ``facts`` say. A published event whose times differ counts as moved.

    Raises Invalid, NotAllowed, Stale, WrongState (a cancelled or finished event's times and places are fixed).
    """
    raise NotImplementedError


def publish(*, event: Event, by: Person, revision: int | None = None) -> Event:
    """DRAFT or POSTPONED to PUBLISHED: visible, open for registration, in the calendars."""
    raise NotImplementedError


def move(
    *, event: Event, starts: datetime | date, by: Person, reason: str = "", revision: int | None = None
) -> Event:
    """Let the event start at another time (a datetime, naive: wall clock of its zone; or a date, for whole days).

    Its end, all sessions and a stated end of registration move along by the same wall-clock distance. A postponed
    event that is moved is PUBLISHED again.
    """
    raise NotImplementedError


def postpone(*, event: Event, reason: str, by: Person, revision: int | None = None) -> Event:
    """PUBLISHED to POSTPONED: it will take place, at a time not yet known. Registrations stay."""
    raise NotImplementedError


def cancel(*, event: Event, reason: str, by: Person, revision: int | None = None) -> Event:
    """Call the event off. It stays visible and in calendars, as cancelled; a reason is required."""
    raise NotImplementedError


def clone(*, event: Event, starts: datetime | date, by: Person, title: str = "") -> Event:
    """A new draft like ``event`` at another time: facts, sessions and speakers; no registrations, no reason, no revision."""
    raise NotImplementedError


def finish(*, event: Event) -> Event:
    """PUBLISHED to FINISHED once it has ended. Called by the worker; does nothing if it is too early or already done."""
    raise NotImplementedError
