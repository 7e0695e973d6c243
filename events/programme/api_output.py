"""How the programme looks to programs.

Lists are long and asked for often, so what they show is put together by hand from plain rows; the serializers below
describe it for the OpenAPI document.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers

from events.programme.models import Event, EventCompetence, Session, Speaker, Venue
from events.programme.queries import registration_state
from network.models import Organisation, Person
from network.rules import may
from network.vocabulary import zone_named

WITH_OFFSET = "With the offset of the event’s zone; null for whole days."
DAYS = "For whole days; null otherwise."


def times(thing: Any, zone: ZoneInfo) -> dict[str, Any]:
    """Either instants or days, of anything that has the columns of ``models.Timed``."""
    if thing.all_day:
        return {"starts": None, "ends": None, "first_day": thing.first_day.isoformat(), "last_day": thing.last_day.isoformat()}
    return {
        "starts": thing.starts_at.astimezone(zone).isoformat(),
        "ends": thing.ends_at.astimezone(zone).isoformat(),
        "first_day": None,
        "last_day": None,
    }


def _moment(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat()


#: The columns of an event that ``summaries`` shows. Rows of plain values cost a fraction of model instances.
ROW = (
    "pk", "slug", "kind", "state", "title", "summary", "organising_centre__slug", "organising_centre__country", "format",
    "venue__city", "venue__country", "timezone", "all_day", "starts_at", "ends_at", "first_day", "last_day", "languages",
    "interpretation", "visibility", "places", "places_taken", "registration_opens_at", "registration_closes_at", "updated_at",
)  # fmt: skip


def rows(events: QuerySet[Event]) -> QuerySet[Event, Any]:
    """What ``summaries`` takes."""
    return events.values_list(*ROW, named=True)


def summaries(events: Sequence[Any]) -> list[dict[str, Any]]:
    """What a list says of its events, given as ``rows``. Two queries for all of them together."""
    keys = [event.pk for event in events]
    sectors: dict[int, list[str]] = {key: [] for key in keys}
    of_events = Event.sectors.through.objects.filter(event_id__in=keys).order_by("sector__position", "sector_id")
    for key, sector in of_events.values_list("event_id", "sector_id"):
        sectors[key].append(sector)
    competences: dict[int, list[dict[str, Any]]] = {key: [] for key in keys}
    taught = EventCompetence.objects.filter(event_id__in=keys).order_by("competence__number")
    for key, competence, level in taught.values_list("event_id", "competence_id", "level"):
        competences[key].append({"competence": competence, "level": level})
    now = timezone.now()
    return [_summary(event, sectors[event.pk], competences[event.pk], now) for event in events]


def _summary(event: Any, sectors: list[str], competences: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    zone = zone_named(event.timezone)
    return {
        "slug": event.slug,
        "page": f"{settings.SITE_URL}/events/{event.slug}/",
        "kind": event.kind,
        "state": event.state,
        "title": event.title,
        "summary": event.summary,
        "organising_centre": event.organising_centre__slug,
        "format": event.format,
        "city": event.venue__city or "",
        "country": event.venue__country or event.organising_centre__country,
        "timezone": event.timezone,
        "all_day": event.all_day,
        **times(event, zone),
        "languages": event.languages,
        "interpretation": event.interpretation,
        "sectors": sectors,
        "competences": competences,
        "visibility": event.visibility,
        "places": event.places,
        "places_left": None if event.places is None else max(event.places - event.places_taken, 0),
        "registration_opens": _moment(event.registration_opens_at, zone),
        "registration_closes": _moment(event.registration_closes_at, zone),
        "registration_state": registration_state(event, now=now),
        "updated_at": event.updated_at.isoformat(),
    }


def details_of(event: Event, person: Any) -> dict[str, Any]:
    """Everything about an event that ``person`` may know. It was read by ``queries.with_all_parts``."""
    zone = zone_named(event.timezone)
    return {
        **summaries(list(rows(Event.objects.filter(pk=event.pk))))[0],
        "calendar": f"{settings.SITE_URL}/events/{event.slug}/event.ics",
        "state_reason": event.state_reason,
        "description": event.description,
        "learning_outcomes": event.learning_outcomes,
        "co_organisers": [centre.slug for centre in event.co_organisers.all()],
        "funding": event.funding.name if event.funding else None,
        "venue": event.venue_id,
        "venue_details": venue_of(event.venue) if event.venue else None,
        "join_link": event.join_link if event.join_link and knows_join_link(person, event) else None,
        "audience": event.audience,
        "eligible_kinds": event.eligible_kinds,
        "eligibility": event.eligibility,
        "needs_approval": event.needs_approval,
        "approver": event.approver,
        "promotion": event.promotion,
        "offer_hours": event.offer_hours,
        "changes_close": _moment(event.changes_close_at, zone),
        "reminder_days": event.reminder_days,
        "special_answers_days": event.special_answers_days,
        "attendance_share": event.attendance_share,
        "sessions": [_session(session, zone) for session in event.sessions.all()],
        "revision": event.revision,
        "published_at": _moment(event.published_at, zone),
    }


def knows_join_link(person: Any, event: Event) -> bool:
    """The link is for those who run the event and those who have a place."""
    if not isinstance(person, Person):
        return False
    # ``registrations`` belongs to a floor above: only the relation is used.
    return may(person, "events.change_event", event) or event.registrations.filter(person=person, state="confirmed").exists()


def venue_of(venue: Venue) -> dict[str, Any]:
    """A venue."""
    return {
        "id": venue.pk,
        "name": venue.name,
        "address": venue.address,
        "city": venue.city,
        "country": venue.country.code,
        "latitude": None if venue.latitude is None else float(venue.latitude),
        "longitude": None if venue.longitude is None else float(venue.longitude),
        "access": venue.access,
    }


def _session(session: Session, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": session.pk,
        "title": session.title,
        "summary": session.summary,
        **times(session, zone),
        "credited_minutes": session.credited_minutes,
        "is_chosen": session.is_chosen,
        "places": session.places,
        "places_taken": session.places_taken,
        "speakers": [
            {"name": speaker.name, "affiliation": speaker.affiliation, "part": speaker.part}
            for speaker in session.speakers.all()
        ],
    }


# --- The same for the OpenAPI document -----------------------------------------------------------------------------


class SpeakerSerializer(serializers.Serializer[Any]):
    """Somebody on the programme of a session."""

    name = serializers.CharField()
    affiliation = serializers.CharField()
    part = serializers.ChoiceField(choices=Speaker.Part.choices)


class _TimesSerializer(serializers.Serializer[Any]):
    starts = serializers.DateTimeField(allow_null=True, help_text=WITH_OFFSET)
    ends = serializers.DateTimeField(allow_null=True, help_text=WITH_OFFSET)
    first_day = serializers.DateField(allow_null=True, help_text=DAYS)
    last_day = serializers.DateField(allow_null=True, help_text=DAYS)


class SessionSerializer(_TimesSerializer):
    """One session of an event."""

    id = serializers.IntegerField()
    title = serializers.CharField(help_text="Empty: the event’s title.")
    summary = serializers.CharField()
    credited_minutes = serializers.IntegerField(allow_null=True, help_text="Minutes that count, where not those of the clock.")
    is_chosen = serializers.BooleanField(help_text="Participants choose it; others are for all participants.")
    places = serializers.IntegerField(allow_null=True, help_text="Null: no limit of its own.")
    places_taken = serializers.IntegerField(help_text="By participants who chose it; 0 where it is for all.")
    speakers = SpeakerSerializer(many=True)


class TaughtSerializer(serializers.Serializer[Any]):
    """A competence of ProcurCompEU that the event teaches, and the level that participants reach."""

    competence = serializers.CharField(help_text="C1 to C30.")
    level = serializers.IntegerField(min_value=0, max_value=4, help_text="0 is below basic, 4 is expert.")


class VenueSerializer(serializers.Serializer[Any]):
    """A place where people meet."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    address = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField(help_text="ISO 3166-1 alpha-2.")
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    access = serializers.CharField(help_text="How to get in, also with a wheelchair.")

    def to_representation(self, instance: Venue) -> dict[str, Any]:
        """By hand."""
        return venue_of(instance)


class EventSummarySerializer(_TimesSerializer):
    """An event, as lists show it."""

    slug = serializers.SlugField()
    page = serializers.URLField(help_text="Where people read about it.")
    kind = serializers.ChoiceField(choices=Event.Kind.choices)
    state = serializers.ChoiceField(choices=Event.State.choices)
    title = serializers.CharField()
    summary = serializers.CharField()
    organising_centre = serializers.SlugField()
    format = serializers.ChoiceField(choices=Event.Format.choices)
    city = serializers.CharField(help_text="Of the venue; empty online.")
    country = serializers.CharField(help_text="ISO 3166-1 alpha-2: of the venue, else of the organising centre.")
    timezone = serializers.CharField(help_text="IANA name.")
    all_day = serializers.BooleanField()
    languages = serializers.ListField(child=serializers.CharField())
    interpretation = serializers.ListField(child=serializers.CharField())
    sectors = serializers.ListField(child=serializers.SlugField())
    competences = TaughtSerializer(many=True)
    visibility = serializers.ChoiceField(choices=Event.Visibility.choices)
    places = serializers.IntegerField(allow_null=True, help_text="Null: no limit.")
    places_left = serializers.IntegerField(allow_null=True, help_text="Null: no limit.")
    registration_opens = serializers.DateTimeField(allow_null=True, help_text="Null: once the event is published.")
    registration_closes = serializers.DateTimeField(allow_null=True, help_text="Null: when the event starts.")
    registration_state = serializers.ChoiceField(
        choices=["not-yet-open", "open", "full", "closed"], help_text="`full`: one can join the waiting list."
    )
    updated_at = serializers.DateTimeField()


class EventSerializer(EventSummarySerializer):
    """Everything about an event."""

    calendar = serializers.URLField(help_text="The event as an iCalendar file.")
    state_reason = serializers.CharField(help_text="Why it was postponed or cancelled.")
    description = serializers.CharField(help_text="Markdown.")
    learning_outcomes = serializers.CharField(help_text="One a line.")
    co_organisers = serializers.ListField(child=serializers.SlugField())
    funding = serializers.CharField(allow_null=True)
    venue = serializers.IntegerField(allow_null=True)
    venue_details = VenueSerializer(allow_null=True)
    join_link = serializers.URLField(
        allow_null=True,
        allow_blank=True,
        help_text="Only for those who have a place or run the event; null for all others, and where there is none yet.",
    )
    audience = serializers.CharField()
    eligible_kinds = serializers.ListField(child=serializers.ChoiceField(choices=Organisation.Kind.choices))
    eligibility = serializers.CharField()
    needs_approval = serializers.BooleanField()
    approver = serializers.ChoiceField(choices=Event.Approver.choices, help_text="Who decides on registrations.")
    promotion = serializers.ChoiceField(
        choices=Event.Promotion.choices, help_text="What becomes of a free place while people wait for one."
    )
    offer_hours = serializers.IntegerField(help_text="Hours to answer an offered place.")
    changes_close = serializers.DateTimeField(
        allow_null=True, help_text="Until when participants may change or cancel by themselves. Null: until the event ends."
    )
    reminder_days = serializers.IntegerField(help_text="Days before the event that participants are reminded; 0: never.")
    special_answers_days = serializers.IntegerField(
        help_text="Days after the event until answers about health and diet are deleted."
    )
    attendance_share = serializers.IntegerField(help_text="Per cent of the hours that a certificate needs.")
    sessions = SessionSerializer(many=True)
    revision = serializers.IntegerField()
    published_at = serializers.DateTimeField(allow_null=True)
