"""What one asks about registrations: one's own, the organiser's list, the waiting list, and whether one may register."""

from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from events.programme.models import Event
from events.programme.periods import moment_in_words
from events.programme.queries import registration_window, visible_to
from events.registrations.errors import NotEligible, NotYetOpen, ProfileIncomplete, RegistrationClosed, WasDeclined
from events.registrations.models import Registration
from events.registrations.places import is_over
from network.errors import Refused
from network.models import Organisation, Person
from network.vocabulary import zone_named

State = Registration.State


def live(person: Person, event: Event) -> Registration | None:
    """The person's registration at the event that is neither declined nor cancelled."""
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


def summary(event: Event) -> dict[str, int]:
    """How many registrations are in each state; every state is there, in the order of the model."""
    counted = dict(Registration.objects.filter(event=event).order_by().values_list("state").annotate(number=Count("pk")))
    return {state: counted.get(state, 0) for state in State.values}


def closed(event: Event, *, for_organiser: bool = False) -> RegistrationClosed | None:
    """Why nobody can register now, or None. An organiser can register people outside the window, until the event's end."""
    if event.state == Event.State.CANCELLED:
        return RegistrationClosed(_("This event is cancelled."))
    if event.state == Event.State.POSTPONED:
        return RegistrationClosed(_("This event is postponed. Registration opens again when its new time is known."))
    if is_over(event):
        return RegistrationClosed(_("This event is over."))
    if event.state != Event.State.PUBLISHED:
        return RegistrationClosed(_("This event is not published."))
    if for_organiser:
        return None
    opens, closes = registration_window(event)
    now, zone = timezone.now(), zone_named(event.timezone)
    if opens is not None and now < opens:
        return NotYetOpen(_("Registration opens on {when}.").format(when=_in_zone(opens, zone)))
    if now >= closes:
        return RegistrationClosed(_("Registration closed on {when}.").format(when=_in_zone(closes, zone)))
    return None


def why_not(event: Event, person: Person) -> Refused | None:
    """Why this person cannot register themself now, or None if they can. Being registered already is no reason.

    An invitation is the organiser's word: it opens the event to somebody whom its visibility or its types of
    organisation would keep out, and lets in somebody who was declined before.
    """
    if refusal := closed(event) or profile_gap(person):
        return refusal
    last = latest(person, event)
    if last is not None and last.is_live:
        return None
    if last is not None and last.state == State.DECLINED:
        return WasDeclined()
    if event.visibility != Event.Visibility.PUBLIC and not visible_to(person).filter(pk=event.pk).exists():
        return NotEligible(_("This event is for invited people only.") if event.visibility == "invited" else None)
    kinds = cast("list[str]", event.eligible_kinds)
    if kinds and person.organisation is not None and person.organisation.kind not in kinds:
        names = dict(Organisation.Kind.choices)
        return NotEligible(
            _("This event is open to: {kinds}. Your organisation is listed as “{own}”.").format(
                kinds=", ".join(str(names.get(kind, kind)) for kind in kinds), own=person.organisation.get_kind_display()
            )
        )
    return None


def profile_gap(person: Person, *, own: bool = True) -> ProfileIncomplete | None:
    """The door list and the certificate need a name and an organisation."""
    if person.name.strip() and person.organisation_id:
        return None
    return ProfileIncomplete(
        None if own else _("This person’s profile has no name or no organisation yet. Invite them instead.")
    )


def _in_zone(instant: datetime, zone: ZoneInfo) -> str:
    return f"{moment_in_words(instant.astimezone(zone))} ({zone.key})"
