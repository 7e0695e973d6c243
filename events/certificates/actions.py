"""The verbs of certificates."""

from events.certificates.models import Certificate
from events.programme.models import Event
from events.registrations.models import Registration
from network.errors import Refused
from network.models import Person


class NotEarned(Refused):
    """The event is not over, or too few hours were attended."""

    code = "not_earned"


class CannotPrint(Refused):
    """A name or title has a character that none of our fonts has; the message names it."""

    code = "cannot_print"


def issue(*, registration: Registration, by: Person, language: str = "") -> Certificate:
    """Render, freeze and store a certificate of attendance, in ``language`` (default: the person's).

    Issuing twice returns the valid certificate that exists. Raises NotAllowed, NotEarned, CannotPrint.
    """
    raise NotImplementedError


def issue_all(*, event: Event, by: Person) -> int:
    """Have the worker issue all certificates of an event that were earned and not yet issued; returns how many.

    Progress is what ``queries.register_of(event)`` shows. A crashed run is resumed by asking again: nothing is issued twice.
    """
    raise NotImplementedError


def revoke(*, certificate: Certificate, reason: str, by: Person) -> Certificate:
    """Mark it as no longer valid. Its page says so from now on. Twice is once."""
    raise NotImplementedError


def reissue(*, certificate: Certificate, reason: str, by: Person) -> Certificate:
    """Revoke it and issue a new one from the present facts, linked from the old one."""
    raise NotImplementedError
