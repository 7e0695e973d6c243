"""Who may register, and who may decide on registrations."""

from typing import Any

from rules.predicates import predicate

from events.programme.rules import runs
from events.registrations.models import Registration
from network.rules import is_own, is_secretariat, is_signed_in, permission


@predicate
def runs_its_event(person: Any, registration: Registration | None) -> bool:
    """Runs the event of this registration."""
    return registration is not None and runs(person, registration.event)


permission("events.register", is_signed_in)  # for oneself; whether the event is open to one is a matter of state
permission("events.manage_registrations", runs | is_secretariat)  # of an event
permission("events.cancel_registration", is_own | runs_its_event | is_secretariat)
permission("events.decide_registration", runs_its_event | is_secretariat)
