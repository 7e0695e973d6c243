"""The verbs of registration. Places are given under the lock of the event's row (law 2 of the house)."""

from events.programme.models import Event
from events.registrations.models import Registration
from network.errors import Refused
from network.models import Person


class RegistrationClosed(Refused):
    """Outside the registration window, or the event's state does not allow it."""

    code = "registration_closed"


class NotEligible(Refused):
    """The event is not open to this person."""

    code = "not_eligible"


class WrongState(Refused):
    """The registration's state does not allow this."""

    code = "wrong_state"


class NoPlaceLeft(Refused):
    """Approving would take more places than there are."""

    code = "no_place_left"


def register(*, event: Event, person: Person, by: Person, note: str = "") -> Registration:
    """Ask for a place at ``event`` for ``person`` and give one if there is one.

    Returns the registration: CONFIRMED, PENDING (the organiser decides) or WAITING (no place left).
    Asking twice returns the registration that already lives; an INVITED one goes on to one of these states.

    Raises:
        NotAllowed: ``by`` is neither the person nor runs the event.
        RegistrationClosed: outside the registration window, or the event is not published.
        NotEligible: the event is not open to this person.
    """
    raise NotImplementedError


def cancel(*, registration: Registration, by: Person, reason: str = "") -> Registration:
    """Give the place back, or leave the waiting list. The first in the waiting list gets a freed place at once.

    Cancelling twice changes nothing. Raises NotAllowed, RegistrationClosed (the event is over).
    """
    raise NotImplementedError


def approve(*, registration: Registration, by: Person) -> Registration:
    """PENDING to CONFIRMED, or to WAITING where no place is left. Raises NotAllowed, WrongState."""
    raise NotImplementedError


def decline(*, registration: Registration, by: Person, reason: str) -> Registration:
    """PENDING, WAITING or INVITED to DECLINED, with a reason for the person. Raises NotAllowed, WrongState."""
    raise NotImplementedError


def invite(*, event: Event, person: Person, by: Person) -> Registration:
    """Let a person see and register for an event that is not open to everybody. Inviting twice changes nothing."""
    raise NotImplementedError
