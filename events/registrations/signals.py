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

    @property
    def by_oneself(self) -> bool:
        """Whether the person did it."""
        return self.by is not None and self.by.pk == self.registration.person_id


#: Sends ``changes``, a sequence of RegistrationChange at one event, in the order in which they happened: one person's move, or
#: those of hundreds who are promoted at once. Every registration has its ``person`` and ``event`` loaded.
registration_changed = Signal()

#: Sends ``registration``, with its ``person`` loaded, and ``by``: it takes part in other sessions than before.
choice_changed = Signal()
