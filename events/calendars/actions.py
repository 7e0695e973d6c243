"""The verbs of calendar addresses."""

from events.calendars.models import PersonalAddress
from network.models import Person


def add_address(*, person: Person, name: str) -> tuple[PersonalAddress, str]:
    """A new secret address of the person's own calendar, and its token, which is shown this once."""
    raise NotImplementedError


def revoke_address(*, address: PersonalAddress, by: Person) -> PersonalAddress:
    """Close an address. It answers with an empty calendar for 30 days, then with 410 Gone."""
    raise NotImplementedError
