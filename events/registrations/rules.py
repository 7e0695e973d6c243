"""Who may register, and who may decide on registrations."""

from typing import Any

from rules.predicates import predicate

from events.programme.models import Event
from events.programme.rules import runs
from events.registrations.models import Registration
from network.models import Person
from network.queries import home_centre
from network.rules import ORGANISING, is_own, is_secretariat, is_signed_in, organises_somewhere, permission


@predicate
def runs_its_event(person: Any, registration: Registration | None) -> bool:
    """Runs the event of this registration."""
    return registration is not None and runs(person, registration.event)


@predicate
def registered_them(person: Any, registration: Registration | None) -> bool:
    """Registered this colleague, and so speaks for them."""
    return isinstance(person, Person) and registration is not None and registration.registered_by_id == person.pk


@predicate
def approves_for_home(person: Any, registration: Registration | None) -> bool:
    """Organises for the participant's home centre, where the event leaves approval to it."""
    if not isinstance(person, Person) or registration is None or registration.home_centre_id is None:
        return False
    by_home = registration.event.approver == Event.Approver.HOME_CENTRE
    return by_home and person.has_role(*ORGANISING, centre_id=registration.home_centre_id)


@predicate
def is_colleague_of(person: Any, colleague: Person | None) -> bool:
    """Works for the same organisation as ``colleague``, or organises for the centre that is the colleague's own."""
    if not isinstance(person, Person) or colleague is None or colleague.organisation_id is None:
        return False
    if person.organisation_id == colleague.organisation_id:
        return True
    centre = home_centre(colleague)
    return centre is not None and person.has_role(*ORGANISING, centre_id=centre.pk)


permission("events.register", is_signed_in)  # for oneself; whether the event is open to one is a matter of state
# For colleagues all is as if they asked themselves: the event's rules hold for them.
permission("events.register_colleagues", (organises_somewhere & is_colleague_of) | is_secretariat)
permission("events.know_colleague", is_colleague_of | is_secretariat)  # that they have an account
permission("events.register_others", organises_somewhere | is_secretariat)  # somebody, at an event
permission("events.manage_registrations", runs | is_secretariat)  # of an event
permission("events.answer_registration", is_own | registered_them)  # change, accept, pass on to a colleague
permission("events.cancel_registration", is_own | registered_them | runs_its_event | is_secretariat)
permission("events.substitute_registration", is_own | registered_them | runs_its_event | is_secretariat)
permission("events.decide_registration", runs_its_event | is_secretariat | approves_for_home)
