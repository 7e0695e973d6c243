"""What the calendars wing hears from the floors below, inside the transaction of the change."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from events.calendars.entries import keeping
from events.programme.models import Event, Venue
from events.programme.signals import EventChange, event_changed
from network.models import Centre


@receiver(event_changed, dispatch_uid="keep_entries")
def keep_entries(change: EventChange, **_kwargs: Any) -> None:
    """Write the event's entries, and let the feeds know. A draft concerns only the feed of its centre's staff."""
    keeping.keep(change.event.pk)
    keeping.bump(keeping.EVENTS if change.event.state in Event.PUBLIC_STATES else keeping.DRAFTS)


@receiver(post_save, sender=Venue, dispatch_uid="keep_entries_of_venue")
def keep_entries_of_venue(instance: Venue, created: bool, raw: bool = False, **_kwargs: Any) -> None:
    """A venue's name, address and point on the map stand in the entries of its events."""
    if not created and not raw:
        _keep_all(Event.objects.filter(venue=instance))


@receiver(post_save, sender=Centre, dispatch_uid="keep_entries_of_centre")
def keep_entries_of_centre(instance: Centre, created: bool, raw: bool = False, **_kwargs: Any) -> None:
    """A centre's name and website stand in the entries of the events it organises, its name in those it shares."""
    if not created and not raw:
        _keep_all(Event.objects.filter(organising_centre=instance) | Event.objects.filter(co_organisers=instance))


def _keep_all(events: Any) -> None:
    changed = [keeping.keep(pk) for pk in events.order_by("pk").values_list("pk", flat=True).distinct()]
    if any(changed):
        keeping.bump()
