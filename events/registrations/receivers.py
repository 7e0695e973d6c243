"""What the registrations wing hears from the floors below."""

from typing import Any

from django.dispatch import receiver

from events.programme.signals import EventChange, event_changed
from events.registrations import places


@receiver(event_changed, dispatch_uid="registrations_give_places_on")
def give_places_on(change: EventChange, **_kwargs: Any) -> None:
    """More places, or an event that is on again: give what is free to the waiting list, in the same transaction."""
    if "places" in change.fields or change.kind in {"published", "moved"}:
        with places.held(change.event.pk) as event:
            pass
        change.event.places_taken = event.places_taken
