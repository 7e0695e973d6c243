"""How the tests change events and read calendars."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
from django.db import transaction

from events.programme.models import Event, Session
from events.programme.signals import EventChange, event_changed
from tests import factories


def tell(event, kind="edited"):
    """Say what the programme says after a change."""
    with transaction.atomic():
        event_changed.send(sender=Event, change=EventChange(event=event, kind=kind, by=None))


def published(**facts):
    """An event that is in the calendars."""
    event = factories.EventFactory(**facts)
    tell(event, "published")
    return event


def at(starts, zone="Europe/Vienna", minutes=60, **facts):
    """An event that starts at an instant."""
    ends = starts + timedelta(minutes=minutes)
    local, last = starts.astimezone(ZoneInfo(zone)), ends.astimezone(ZoneInfo(zone))
    return factories.EventFactory(
        starts_at=starts, ends_at=ends, first_day=local.date(), last_day=last.date(), timezone=zone, **facts
    )


def add_session(event, days=1, **facts):
    """Another session, as long as the first, some days later."""
    first = event.sessions.first()
    times = {name: getattr(first, name) + timedelta(days=days) for name in ("starts_at", "ends_at", "first_day", "last_day")}
    return Session.objects.create(event=event, all_day=first.all_day, **times, **facts)


def entries_of(body):
    """The VEVENTs of a calendar, as icalendar reads them."""
    return list(icalendar.Calendar.from_ical(body).walk("VEVENT"))


def entry_of(body):
    """The one VEVENT of a calendar."""
    (entry,) = entries_of(body)
    return entry


def lines_of(body):
    """The unfolded lines."""
    return body.decode().replace("\r\n ", "").split("\r\n")[:-1]


def summaries(response):
    """The titles in a feed, in its order."""
    return [str(entry["SUMMARY"]) for entry in entries_of(response.content)]


def utc(*parts):
    """A moment in UTC."""
    return datetime(*parts, tzinfo=UTC)
