"""What the calendars wing hears from the floors below, inside the transaction of the change."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver

from events.calendars.entries import keeping
from events.calendars.models import Source
from events.calendars.sources import actions as sources
from events.programme.models import Event, Venue
from events.programme.signals import EventChange, event_changed
from network.models import Centre, Competence, Sector


@receiver(event_changed, dispatch_uid="keep_entries")
def keep_entries(change: EventChange, **_kwargs: Any) -> None:
    """Write the event's entries, and let the feeds know. A draft concerns only the feed of its centre's staff."""
    keeping.keep(change.event.pk)
    keeping.bump(keeping.scope_of(change.event.state))


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
        sources.renew(Source.objects.filter(centre=instance))


@receiver(post_save, sender=Sector, dispatch_uid="keep_entries_of_sector")
def keep_entries_of_sector(instance: Sector, created: bool, raw: bool = False, **_kwargs: Any) -> None:
    """A sector's name is a category of the entries about it."""
    if not created and not raw:
        _keep_all(Event.objects.filter(sectors=instance))


@receiver(pre_delete, sender=Sector, dispatch_uid="remember_events_of_sector")
def remember_events_of_sector(instance: Sector, **_kwargs: Any) -> None:
    """Once it is gone nobody can tell which events were about it."""
    instance.events_about_it = list(Event.objects.filter(sectors=instance).values_list("pk", flat=True))  # type: ignore[attr-defined]


@receiver(post_delete, sender=Sector, dispatch_uid="rewrite_entries_of_sector")
def rewrite_entries_of_sector(instance: Sector, **_kwargs: Any) -> None:
    """What was about it is no longer."""
    _keep_all(Event.objects.filter(pk__in=instance.events_about_it))  # type: ignore[attr-defined]


@receiver(post_delete, sender=Event, dispatch_uid="forget_entries")
def forget_entries(instance: Event, **_kwargs: Any) -> None:
    """A draft that is discarded takes its entries with it."""
    keeping.bump(keeping.scope_of(instance.state))


@receiver((post_save, post_delete), sender=Centre, dispatch_uid="renew_feeds_of_centre")
@receiver((post_save, post_delete), sender=Sector, dispatch_uid="renew_feeds_of_sector")
@receiver((post_save, post_delete), sender=Competence, dispatch_uid="renew_feeds_of_competence")
def renew_feeds(created: bool = False, raw: bool = False, **_kwargs: Any) -> None:
    """Feeds are named after these, and choose events by them, also where no entry says so."""
    if not created and not raw:
        keeping.bump()


def _keep_all(events: Any) -> None:
    """Write the entries of these events, each under its lock: who is moving one of them would be overwritten."""
    with transaction.atomic():
        changed = set()
        for pk in sorted(set(events.values_list("pk", flat=True))):
            event = Event.objects.select_for_update(no_key=True).only("state").get(pk=pk)
            if keeping.keep(pk):
                changed.add(keeping.scope_of(event.state))
        for scope in sorted(changed):
            keeping.bump(scope)
