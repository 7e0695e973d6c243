"""What registrations say to the wings above, inside the transaction of the change."""

from dataclasses import dataclass

from django.dispatch import Signal

from events.registrations.models import Registration
from network.models import Person


@dataclass(frozen=True)
class RegistrationChange:
    """A registration came into its present state from ``before`` (None: it is new)."""

    registration: Registration
    before: str | None
    by: Person | None
    reason: str = ""


registration_changed = Signal()  # sends change: RegistrationChange
