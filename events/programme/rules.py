"""Who may run an event. Who may *see* one is a queryset, ``queries.visible_to``: the same for lists, pages, API and feeds."""

from typing import Any

from rules.predicates import predicate

from events.programme.models import Event
from network.models import Person
from network.rules import ORGANISING, is_secretariat, organises_for, organises_somewhere, permission


@predicate
def runs(person: Any, event: Event | None) -> bool:
    """An organiser or coordinator of the organising centre or of a co-organiser."""
    if not isinstance(person, Person) or event is None:
        return False
    if person.has_role(*ORGANISING, centre_id=event.organising_centre_id):
        return True
    return person.has_role(*ORGANISING) and any(
        person.has_role(*ORGANISING, centre_id=centre.pk) for centre in event.co_organisers.all()
    )


permission("events.add_event", organises_for | is_secretariat)  # for a centre
permission("events.add_venue", organises_somewhere | is_secretariat)
permission("events.change_event", runs | is_secretariat)
permission("events.clone_event", runs | is_secretariat)
