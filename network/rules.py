"""Who may do what on the ground floor, and the predicates that the wings compose."""

from typing import Any

import rules
from rules.predicates import Predicate, predicate

from network.errors import NotAllowed
from network.models import Centre, Person, Role

ORGANISING = (Role.Kind.ORGANISER, Role.Kind.COORDINATOR)


def may(person: Any, permission: str, subject: Any = None) -> bool:
    """Whether ``person`` (or an anonymous visitor) holds ``permission``, for ``subject`` if it is about one."""
    return bool(rules.has_perm(permission, person, subject))


def require(person: Any, permission: str, subject: Any = None) -> None:
    """Raise NotAllowed unless ``person`` may. The first line of an action."""
    if not may(person, permission, subject):
        raise NotAllowed


@predicate
def is_signed_in(person: Any) -> bool:
    """Anybody with an account."""
    return isinstance(person, Person) and person.is_active


@predicate
def is_secretariat(person: Any) -> bool:
    """The network's secretariat, which may do everything that a coordinator may, for every centre."""
    return isinstance(person, Person) and person.has_role(Role.Kind.SECRETARIAT)


@predicate
def is_of_the_network(person: Any) -> bool:
    """Holds any role: sees what is open to the network only."""
    return isinstance(person, Person) and bool(person.held_roles)


@predicate
def organises_somewhere(person: Any) -> bool:
    """An organiser or coordinator of any centre: has a desk."""
    return isinstance(person, Person) and person.has_role(*ORGANISING)


@predicate
def organises_for(person: Any, centre: Centre | None) -> bool:
    """An organiser or coordinator of this centre."""
    return isinstance(person, Person) and centre is not None and person.has_role(*ORGANISING, centre_id=centre.pk)


@predicate
def coordinates(person: Any, centre: Centre | None) -> bool:
    """The coordinator of this centre."""
    return isinstance(person, Person) and centre is not None and person.has_role(Role.Kind.COORDINATOR, centre_id=centre.pk)


@predicate
def is_own(person: Any, thing: Any) -> bool:
    """The thing belongs to the person (it has a ``person``)."""
    return isinstance(person, Person) and thing is not None and thing.person_id == person.pk


def permission(name: str, who: Predicate) -> None:
    """Give a permission its predicate."""
    rules.add_perm(name, who)


permission("network.use_desk", organises_somewhere | is_secretariat)
permission("network.organise_for_centre", organises_for | is_secretariat)
permission("network.change_centre", coordinates | is_secretariat)
permission("network.appoint_at_centre", coordinates | is_secretariat)
permission("network.appoint_secretariat", is_secretariat)
permission("network.read_join_requests", is_secretariat)
permission("network.use_tokens", is_signed_in)
permission("network.revoke_token", is_own)
permission("network.change_own_profile", is_signed_in)
