"""The reads of the programme: what somebody may see, and the parts of it that lists show."""

from datetime import date, datetime, timedelta
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from events.programme.models import Event
from events.programme.periods import start_of_day
from network.models import Person, Sector
from network.rules import ORGANISING, is_of_the_network, is_secretariat
from network.statements import Lookup
from network.vocabulary import zone_named

Visibility = Event.Visibility


def organised_centres(person: Any) -> list[int]:
    """Keys of the centres whose events the person runs."""
    if not isinstance(person, Person):
        return []
    return [role.centre_id for role in person.held_roles if role.kind in ORGANISING and role.centre_id is not None]


def of_centres(centres: list[int]) -> Q:
    """Organised or co-organised by one of these centres."""
    together = Event.co_organisers.through.objects.filter(centre_id__in=centres, event_id=OuterRef("pk"))
    return Q(organising_centre_id__in=centres) | Q(Exists(together))


def about_sector(sector: Sector) -> Q:
    """About this sector."""
    return Q(Exists(Event.sectors.through.objects.filter(sector_id=sector.pk, event_id=OuterRef("pk"))))


def in_language(code: str) -> Q:
    """Spoken or interpreted into."""
    return Q(languages__has=code) | Q(interpretation__has=code)


def visible_to(person: Any) -> QuerySet[Event]:
    """The events that one may know of; ``person`` may be an anonymous visitor.

    Published ones by their visibility, those one has (or had) a registration at, and all of a centre that one organises for,
    drafts too. What is not among them does not exist for the person: answer 404.
    """
    if is_secretariat(person):
        return Event.objects.all()
    seen = Q(visibility=Visibility.PUBLIC)
    if not isinstance(person, Person):
        return Event.objects.filter(seen, state__in=Event.PUBLIC_STATES)
    if is_of_the_network(person):
        seen |= Q(visibility=Visibility.NETWORK)
    # ``registrations`` belongs to a floor above: only the relation is used, nothing of that floor is imported.
    seen |= Q(pk__in=person.registrations.order_by().values("event_id"))
    allowed = Q(state__in=Event.PUBLIC_STATES) & seen
    if centres := organised_centres(person):
        allowed |= of_centres(centres)
    return Event.objects.filter(allowed)


_by_slug = Lookup(lambda slug: Event.objects.defer("description", "learning_outcomes").filter(slug=slug).order_by())


def visible_event(person: Any, slug: str) -> Event | None:
    """The event of that name, if the person may know of it; without its long texts. One query for one that everybody sees."""
    event = _by_slug(slug)
    if event is None or (event.visibility == Visibility.PUBLIC and event.state in Event.PUBLIC_STATES):
        return event
    return visible_to(person).filter(pk=event.pk).first()


def organised_by(person: Any) -> QuerySet[Event]:
    """The events on the person's desk: those of the centres one organises for; the secretariat has all."""
    if is_secretariat(person):
        return Event.objects.all()
    centres = organised_centres(person)
    return Event.objects.filter(of_centres(centres)) if centres else Event.objects.none()


def with_list_parts(events: QuerySet[Event]) -> QuerySet[Event]:
    """Read what a list shows of each event together with it, in one query, and leave long texts where they are."""
    return events.select_related("organising_centre", "venue").defer("description", "learning_outcomes", "venue__access")


def with_all_parts(events: QuerySet[Event]) -> QuerySet[Event]:
    """Read everything that an event's page shows, in a fixed number of queries."""
    return events.select_related("organising_centre", "venue", "funding").prefetch_related(
        "co_organisers", "sectors", "taught__competence", "sessions__speakers"
    )


def upcoming(events: QuerySet[Event], *, now: datetime | None = None) -> QuerySet[Event]:
    """Those that are not over, the next one first."""
    return events.filter(ends_at__gt=now or timezone.now()).order_by("starts_at", "pk")


def past(events: QuerySet[Event], *, now: datetime | None = None) -> QuerySet[Event]:
    """Those that are over, the latest first."""
    return events.filter(ends_at__lte=now or timezone.now()).order_by("-starts_at", "-pk")


def registration_window(event: Any) -> tuple[datetime | None, datetime]:
    """When registration opens (None: once the event is published) and closes.

    It closes as stated, else when the event starts; for whole days at the end of the first one, in the event's zone.
    ``event`` may be a plain row with the columns of an Event.
    """
    closes = event.registration_closes_at
    if closes is None and event.all_day:
        closes = start_of_day(event.first_day + timedelta(days=1), zone_named(event.timezone))
    return event.registration_opens_at, closes or event.starts_at


def registration_state(event: Any, *, now: datetime | None = None) -> str:
    """``not-yet-open``, ``open``, ``full`` (one can join the waiting list) or ``closed``, for anybody who is eligible."""
    now = now or timezone.now()
    opens, closes = registration_window(event)
    if event.state != Event.State.PUBLISHED or now >= closes:
        return "closed"
    if opens is not None and now < opens:
        return "not-yet-open"
    return "full" if event.places is not None and event.places_taken >= event.places else "open"


def between(events: QuerySet[Event], first_day: date | None, last_day: date | None) -> QuerySet[Event]:
    """Those that touch the days from ``first_day`` to ``last_day``, both included; None leaves that end open.

    Days are those of the event's own zone.
    """
    if first_day is not None:
        events = events.filter(last_day__gte=first_day)
    return events if last_day is None else events.filter(first_day__lte=last_day)


def in_month(events: QuerySet[Event], year: int, month: int) -> QuerySet[Event]:
    """Those that touch a month, as ``between`` counts days."""
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return between(events, first, following - timedelta(days=1))


def search(events: QuerySet[Event], text: str) -> QuerySet[Event]:
    """Those in which every word of ``text`` occurs: in title, summary, description, city, or the centre's name.

    Upper and lower case count alike as far as the database can tell: SQLite knows only A to Z.
    """
    words = text.split()[:10]
    if not words:
        return events
    fields = ("title", "summary", "description", "venue__city", "organising_centre__name", "organising_centre__short_name")
    return events.filter(reduce(and_, (_any_of(fields, word) for word in words)))


def _any_of(fields: tuple[str, ...], word: str) -> Q:
    condition = Q()
    for spelling in {word, word.lower(), word.upper(), word.capitalize()} if not word.isascii() else {word}:
        for field in fields:
            condition |= Q(**{f"{field}__icontains": spelling})
    return condition
