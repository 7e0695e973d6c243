"""An event in the words of schema.org, as JSON-LD: what search engines and directories of events read from its page.

It says what the page says to everybody, and nothing else: no link to join, nothing of an event that not everybody may see.
"""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from auditlog.models import LogEntry
from django.conf import settings
from django.utils.dateparse import parse_datetime

from events.calendars.entries import texts
from events.programme.markdown import plain
from events.programme.models import Event, Session, Speaker, Venue
from events.programme.queries import registration_state, registration_window
from events.programme.wording import When, when
from network.models import Centre

Data = dict[str, Any]

ATTENDANCE = {
    Event.Format.ON_SITE: "OfflineEventAttendanceMode",
    Event.Format.ONLINE: "OnlineEventAttendanceMode",
    Event.Format.HYBRID: "MixedEventAttendanceMode",
}
OFF = {Event.State.CANCELLED: "EventCancelled", Event.State.POSTPONED: "EventPostponed"}
AVAILABILITY = {"open": "InStock", "full": "SoldOut", "not-yet-open": "PreOrder"}

# As Django's ``json_script``: "<" and the like could end the script, and two line ends are none to JSON but to scripts.
_UNSAFE = {ord(character): f"\\u{ord(character):04X}" for character in "<>&\u2028\u2029"}


def script(data: Data) -> str:
    """JSON that can stand in a script element, whatever the organiser wrote."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE)


def is_told(event: Event) -> bool:
    """Whether the event is for everybody to know of."""
    return event.visibility == Event.Visibility.PUBLIC and event.state in Event.PUBLIC_STATES


def event_data(event: Event) -> Data:
    """The event with its sessions. Read it with ``programme.queries.with_all_parts``; one more query is for its history."""
    page = texts.event_address(event)
    sessions = list(event.sessions.all())
    description = "\n\n".join(filter(None, (event.summary, plain(event.description))))
    centres = [event.organising_centre, *event.co_organisers.all()]
    data = {
        "@context": "https://schema.org",
        "@id": page,
        **_occasion(event, when(event), page),
        **_status(event),
        "name": event.title,
        "description": description,
        "url": page,
        "image": texts.image_address(event),
        "organizer": [_organiser(centre) for centre in centres],
        "performer": _performers(speaker for session in sessions for speaker in session.speakers.all()),
        "inLanguage": event.languages,
        "isAccessibleForFree": True,
        "offers": _offer(event, page),
        "maximumAttendeeCapacity": event.places,
        "remainingAttendeeCapacity": event.places_left,
        "audience": {"@type": "Audience", "audienceType": event.audience} if event.audience else None,
        "keywords": [str(event.get_kind_display()), *map(str, event.sectors.all())],
        "teaches": [line for line in event.learning_outcomes.splitlines() if line.strip()],
        "subEvent": [_part(event, session, page) for session in sessions] if len(sessions) > 1 else None,
    }
    if event.kind != Event.Kind.TRAINING:
        del data["teaches"]  # schema.org knows it of an EducationEvent only
    return {name: value for name, value in data.items() if value not in (None, [], "")}


def _occasion(event: Event, when: When, page: str) -> Data:
    """What an event and a session of it have in common."""
    return {
        "@type": "EducationEvent" if event.kind == Event.Kind.TRAINING else "Event",
        "startDate": when.first.isoformat(),
        "endDate": when.last.isoformat(),
        "eventAttendanceMode": f"https://schema.org/{ATTENDANCE[Event.Format(event.format)]}",
        "location": _location(event, page),
    }


def _part(event: Event, session: Session, page: str) -> Data:
    """A session as an event within the event."""
    data = {
        **_occasion(event, When(session, event.timezone), page),
        "eventStatus": f"https://schema.org/{OFF.get(Event.State(event.state), 'EventScheduled')}",
        "name": session.title or event.title,
        "description": session.summary,
        "performer": _performers(session.speakers.all()),
        "superEvent": {"@id": page},
    }
    return {name: value for name, value in data.items() if value not in ([], "")}


def _status(event: Event) -> Data:
    """Whether it takes place as first announced; else from when it was moved, where the journal knows."""
    status = OFF.get(Event.State(event.state))
    former = None if status else _former_start(event)
    return {
        "eventStatus": f"https://schema.org/{status or ('EventRescheduled' if former else 'EventScheduled')}",
        "previousStartDate": former.isoformat() if former else None,
    }


def _former_start(event: Event) -> date | None:
    """When it was to start before it was last moved in public, on its own clock."""
    name = "first_day" if event.all_day else "starts_at"
    moves = LogEntry.objects.get_for_object(event).filter(
        action=LogEntry.Action.UPDATE, timestamp__gte=event.published_at or event.created_at, changes__has_key=name
    )
    moved = moves.order_by("-timestamp", "-pk").values_list("changes", flat=True).first()
    if moved is None:
        return None
    before = str(moved[name][0])
    if event.all_day:
        return date.fromisoformat(before)
    moment = parse_datetime(before)
    return moment and (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(when(event).tz)


def _location(event: Event, page: str) -> Data | list[Data] | None:
    """The venue, the page from which one joins (never the link itself), or both."""
    places = [_place(event.venue)] if event.venue and event.format != Event.Format.ONLINE else []
    if event.format != Event.Format.ON_SITE:
        places.append({"@type": "VirtualLocation", "url": page})
    return places if len(places) > 1 else places[0] if places else None


def _place(venue: Venue) -> Data:
    address = {
        "@type": "PostalAddress",
        "streetAddress": venue.address,
        "addressLocality": venue.city,
        "addressCountry": venue.country.code,
    }
    place: Data = {
        "@type": "Place",
        "name": venue.name,
        "address": {name: value for name, value in address.items() if value},
    }
    if venue.latitude is not None and venue.longitude is not None:
        place["geo"] = {"@type": "GeoCoordinates", "latitude": float(venue.latitude), "longitude": float(venue.longitude)}
    return place


def _organiser(centre: Centre) -> Data:
    return {
        "@type": "Organization",
        "name": centre.name,
        "url": centre.website or f"{settings.SITE_URL}{centre.get_absolute_url()}",
    }


def _performers(speakers: Iterable[Speaker]) -> list[Data]:
    """Who speaks, by name as published; who interprets does not perform. Somebody of two sessions is named once."""
    heard = (speaker for speaker in speakers if speaker.part != Speaker.Part.INTERPRETER)
    named = dict.fromkeys((speaker.name, speaker.affiliation) for speaker in heard)
    return [
        {"@type": "Person", "name": name}
        | ({"affiliation": {"@type": "Organization", "name": affiliation}} if affiliation else {})
        for name, affiliation in named
    ]


def _offer(event: Event, page: str) -> Data | None:
    """A place, which costs nothing; none once registration has closed."""
    availability = AVAILABILITY.get(registration_state(event))
    if availability is None:
        return None
    opens, closes = registration_window(event)
    zone = when(event).tz

    def local(moment: datetime | None) -> str | None:
        return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None

    offer = {
        "@type": "Offer",
        "price": 0,
        "priceCurrency": "EUR",
        "url": page,
        "availability": f"https://schema.org/{availability}",
        "validFrom": local(opens or event.published_at),
        "validThrough": local(closes),
    }
    return {name: value for name, value in offer.items() if value is not None}
