"""What one asks about registrations: one's own, the organiser's list, the waiting list."""

from datetime import datetime

from django.db.models import Case, Count, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from events.programme.models import Event, Session
from events.programme.queries import organised_centres
from events.registrations.models import Registration
from network.models import Person
from network.rules import is_secretariat

State = Registration.State


def live(person: Person, event: Event) -> Registration | None:
    """The person's registration at the event that lives: neither declined, cancelled nor expired."""
    return Registration.objects.filter(person=person, event=event, state__in=Registration.LIVE).first()


def latest(person: Person, event: Event) -> Registration | None:
    """The person's last registration at the event, in whatever state: what the event's page tells them about."""
    return Registration.objects.filter(person=person, event=event).order_by("-pk").first()


def with_turn(registrations: QuerySet[Registration]) -> QuerySet[Registration]:
    """Annotate ``turn``: the place in the waiting list, from 1; None for all other states."""
    ahead = (
        Registration.objects.filter(event=OuterRef("event"), state=State.WAITING)
        .filter(Q(queued_at__lt=OuterRef("queued_at")) | Q(queued_at=OuterRef("queued_at"), pk__lte=OuterRef("pk")))
        .order_by()
        .values("event")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return registrations.annotate(
        turn=Case(
            When(state=State.WAITING, then=Coalesce(Subquery(ahead), Value(1))),
            default=None,
            output_field=IntegerField(null=True),
        )
    )


def position(registration: Registration) -> int | None:
    """The place in the waiting list, from 1; None if the registration is not waiting."""
    if registration.state != State.WAITING:
        return None
    return (
        Registration.objects.filter(event_id=registration.event_id, state=State.WAITING)
        .filter(Q(queued_at__lt=registration.queued_at) | Q(queued_at=registration.queued_at, pk__lte=registration.pk))
        .count()
    )


def anybody_waits(event: Event) -> bool:
    """Whether there is somebody in the waiting list."""
    return Registration.objects.filter(event=event, state=State.WAITING).exists()


def of_event(event: Event, *, state: str = "", search: str = "") -> QuerySet[Registration]:
    """The organiser's list: people by name, the waiting list by turn; optionally one state, or who matches ``search``.

    ``search`` looks in names, addresses and organisations, for ten words at most. Constant queries: person and organisation
    are joined.
    """
    found = Registration.objects.filter(event=event).select_related("person__organisation")
    if state:
        found = found.filter(state=state)
    for word in search.split()[:10]:
        found = found.filter(
            Q(person__name__icontains=word) | Q(person__email__icontains=word) | Q(person__organisation__name__icontains=word)
        )
    order = ("queued_at", "pk") if state == State.WAITING else ("person__name", "person__email", "pk")
    return with_turn(found).order_by(*order)


def of_person(person: Person) -> QuerySet[Registration]:
    """One's own registrations, the latest event first, with the event, its centre and venue joined."""
    found = Registration.objects.filter(person=person).select_related("event__organising_centre", "event__venue")
    return with_turn(found).order_by(F("event__starts_at").desc(), "-pk")


def for_home(person: Person) -> QuerySet[Registration]:
    """At events that leave approval to home centres: the people of the person's centres; all of them for the secretariat."""
    found = Registration.objects.filter(event__approver=Event.Approver.HOME_CENTRE, home_centre__isnull=False)
    return found if is_secretariat(person) else found.filter(home_centre__in=organised_centres(person))


def to_decide_for_home(person: Person) -> QuerySet[Registration]:
    """Those of ``for_home`` that wait for approval, at events that are still to take place."""
    on = Q(event__state__in=[Event.State.PUBLISHED, Event.State.POSTPONED], event__ends_at__gt=timezone.now())
    return for_home(person).filter(on, state=State.PENDING)


def extra_places(event: Event) -> int:
    """How many take part beyond the event's places."""
    return Registration.objects.filter(event=event, state=State.CONFIRMED, is_extra=True).count()


def last_change(event: Event) -> datetime | None:
    """When a registration of the event last changed its state."""
    latest: datetime | None = Registration.objects.filter(event=event).aggregate(at=Max("changed_at"))["at"]
    return latest


def summary(event: Event) -> dict[str, int]:
    """How many registrations are in each state; every state is there, in the order of the model."""
    counted = dict(Registration.objects.filter(event=event).order_by().values_list("state").annotate(number=Count("pk")))
    return {state: counted.get(state, 0) for state in State.values}


def taking_part_in(session: Session) -> QuerySet[Registration]:
    """Who has a confirmed place and takes part in the session: everybody, or those who chose it."""
    confirmed = Registration.objects.filter(event_id=session.event_id, state=State.CONFIRMED)
    return confirmed.filter(choices__session=session.pk) if session.is_chosen else confirmed
