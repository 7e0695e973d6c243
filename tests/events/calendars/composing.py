"""Entries without a database: what ``texts.vevent`` makes of facts that no form would let in."""

from datetime import UTC, date, datetime, timedelta

from django.utils import translation

from events.calendars.entries import texts
from events.calendars.models import Entry
from events.programme.models import Event, Session, Speaker, Venue
from network.models import Centre, Sector

STAMP = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
STARTS = datetime(2027, 5, 6, 7, tzinfo=UTC)


def venue(**facts):
    return Venue(pk=1, **{"name": "Procurement house", "address": "Test street 1", "city": "Vienna", "country": "AT"} | facts)


def made(*, kind="session", uid="1@calendar.example", title="Dialogue", starts=STARTS, session=None, speakers=(), **facts):
    """An entry with its event and session, all with primary keys and none of them saved."""
    sectors = facts.pop("sectors", [])
    facts = {
        "slug": "dialogue",
        "kind": "training",
        "state": "published",
        "format": "on-site",
        "timezone": "Europe/Vienna",
        "languages": ["en"],
        "summary": "How to talk to suppliers.",
        "organising_centre": Centre(pk=1, name="Centre", code="AT-TEST"),
        "venue": venue(),
    } | facts
    days = {"first_day": date(2027, 5, 6), "last_day": date(2027, 5, 6)}
    times = {"starts_at": starts, "ends_at": starts + timedelta(minutes=90), **days}
    event = Event(pk=1, title=title, **times, **facts)
    slot = Session(pk=1, event=event, **times, **(session or {}))
    slot._prefetched_objects_cache = {"speakers": [Speaker(name=name, affiliation="City") for name in speakers]}
    event._prefetched_objects_cache = {
        "sectors": [Sector(slug=str(number), name=name) for number, name in enumerate(sectors)],
        "co_organisers": [],
        "sessions": [slot, slot],
    }
    is_session = kind == "session"
    entry = Entry(kind=kind, event=event, session_id=1 if is_session else None, uid=uid, title=title, **times)
    entry.created_at = entry.changed_at = STAMP
    entry.zone = texts.zone_of(entry, event.timezone)
    return entry, event, slot if is_session else None


def composed(audience="public", language="en", withdrawn=False, extra=(), **facts):
    """The VEVENT."""
    entry, event, session = made(**facts)
    with translation.override(language):
        return texts.vevent(
            entry=entry,
            event=event,
            session=session,
            audience=audience,
            withdrawn=withdrawn,
            extra=extra,
            related="0@x.example",
        )


def calendar_of(*components):
    """A calendar of them, with the zones that they name."""
    from events.calendars.entries import timezones
    from events.calendars.feeds import bodies

    named = {
        line.partition("TZID=")[2].partition(":")[0] for text in components for line in text.split("\r\n") if "TZID=" in line
    }
    declared = "".join(map(timezones.vtimezone, sorted(named)))
    return f"{bodies.HEAD}{declared}{''.join(components)}END:VCALENDAR\r\n".encode()
