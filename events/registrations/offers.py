"""How long an offer runs."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from events.programme.models import Event
from network.models import Person
from network.vocabulary import zone_named

#: Nobody has to answer at night: an offer that would end between these hours ends in the morning instead.
NIGHT_BEGINS, MORNING = time(21), time(9)


def answer_until(event: Event, person: Person, *, now: datetime | None = None) -> datetime:
    """When an offer made now ends: after the event's hours, not at night in the person's own zone, not after the event began.

    Where the event has begun already, its end is the last moment.
    """
    now = now or timezone.now()
    local = (now + timedelta(hours=event.offer_hours)).astimezone(zone_named(person.timezone))
    if local.time() >= NIGHT_BEGINS:
        local = _at(local + timedelta(days=1), MORNING)
    elif local.time() < MORNING:
        local = _at(local, MORNING)
    latest = event.starts_at if event.starts_at > now else event.ends_at
    return min(local.astimezone(timezone.get_default_timezone()), latest)


def _at(day: datetime, hour: time) -> datetime:
    return day.replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0)
