"""The laws of places, checked after whatever happened."""

from django.db.models import Count

from events.programme.models import Event
from events.registrations.models import Registration

State = Registration.State


def check(event_id):
    """Raise AssertionError where a law is broken. Read in one statement each: concurrent changes must not fool it."""
    event = Event.objects.get(pk=event_id)
    of_event = Registration.objects.filter(event_id=event_id)
    confirmed = of_event.filter(state=State.CONFIRMED).count()
    assert event.places_taken == confirmed, "the count is the number of confirmed"
    assert event.places is None or confirmed <= event.places, "never more confirmed than places"
    waiting = of_event.filter(state=State.WAITING).count()
    assert not waiting or (event.places is not None and confirmed == event.places), "nobody waits while a place is free"
    live = of_event.filter(state__in=Registration.LIVE).order_by().values("person").annotate(number=Count("pk"))
    assert [row for row in live if row["number"] > 1] == [], "one live registration a person"


def waiting_list(event_id):
    """The registrations that wait, in order."""
    found = Registration.objects.filter(event_id=event_id, state=State.WAITING).order_by("queued_at", "pk")
    return list(found.values_list("pk", flat=True))
