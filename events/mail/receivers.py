"""What the mail wing hears from the floors below: everything that a person wants to be told."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy

from events.calendars.invitations.signals import invitation_due
from events.calendars.models import Invitation
from events.calendars.signals import SourceNews, source_failed, source_recovered
from events.calendars.sources import words
from events.certificates.models import Certificate
from events.certificates.signals import CertificateChange, certificate_issued
from events.mail.actions import Notice, queue, queue_all
from events.mail.letters import ABOUT_A_DATE
from events.programme.models import Event
from events.programme.signals import EventChange, event_changed
from events.registrations.models import Registration
from events.registrations.signals import RegistrationChange, choice_changed, registration_changed
from network.models import JoinRequest, Person, Role
from network.rules import ORGANISING
from network.signals import join_requested

State = Registration.State

KIND_OF_STATE = {
    State.INVITED: "invitation",
    State.PENDING: "registration-pending",
    State.WAITING: "registration-waiting",
    State.OFFERED: "registration-offer",
    State.CONFIRMED: "registration-confirmed",
    State.DECLINED: "registration-declined",
    State.CANCELLED: "registration-cancelled",
    State.EXPIRED: "registration-expired",
}

#: Where an event takes place: who is registered is told when one of these is edited.
PLACE_FIELDS = frozenset({"venue", "format", "join_link"})


@receiver(registration_changed, dispatch_uid="mail_about_registrations")
def tell_about_registrations(changes: Sequence[RegistrationChange], **_kwargs: Any) -> None:
    """Tell each person the new state of their registration.

    The event's row is locked and a rush may wait for it: only rows are written, one statement for all of them.
    """
    taken_over = {change.registration.takes_over_id for change in changes if change.before is None} - {None}
    queue_all(
        Notice(
            kind=kind,
            person=change.registration.person,
            facts={
                "registration": change.registration.pk,
                "before": change.before,
                "by": change.by.pk if change.by else None,
                "by_oneself": change.by_oneself,
                "reason": " ".join(change.registration.reason.split()),
            },
            cause=cause_of(change.registration),
        )
        for change in changes
        if (kind := _kind_of_move(change, taken_over))
    )


def cause_of(registration: Registration) -> str:
    """What names the state a registration came into, once and for all."""
    return f"registration:{registration.pk}:{registration.state}:{registration.changed_at.isoformat()}"


def _kind_of_move(change: RegistrationChange, taken_over: Collection[int | None]) -> str | None:
    """The message that a move is worth."""
    registration, before = change.registration, change.before
    if registration.pk in taken_over or (before is None and registration.takes_over_id is not None):
        return "registration-taken-over"
    if before == State.INVITED and registration.state == State.CANCELLED and change.by_oneself:
        return None  # they did not take up an invitation, and know
    if before == State.WAITING and registration.state == State.CONFIRMED:
        return "registration-promoted"
    return KIND_OF_STATE[State(registration.state)]


@receiver(choice_changed, dispatch_uid="mail_about_choice")
def tell_about_choice(registration: Registration, by: Person | None, **_kwargs: Any) -> None:
    """Tell who has a place which sessions it is for now. Who has none yet sees them on the page of the registration."""
    if registration.state != State.CONFIRMED:
        return
    by_oneself = by is not None and by.pk == registration.person_id
    facts = {"registration": registration.pk, "by": by.pk if by else None, "by_oneself": by_oneself}
    cause = f"registration:{registration.pk}:sessions:{timezone.now().isoformat()}"
    queue_all([Notice("registration-sessions", registration.person, facts, cause)])


@receiver(invitation_due, dispatch_uid="mail_about_invitation")
def tell_the_calendar(invitation: Invitation, **_kwargs: Any) -> None:
    """Tell a calendar once more, at most once in each revision."""
    registration = invitation.registration
    facts = {"registration": registration.pk, "entry": invitation.entry_id, "again": True}
    cause = f"invitation:{invitation.person_id}:{invitation.entry_id}:{invitation.sequence}:again"
    queue_all([Notice(ABOUT_A_DATE, registration.person, facts, cause)])


@receiver(event_changed, dispatch_uid="mail_about_event")
def tell_about_event(change: EventChange, **_kwargs: Any) -> None:
    """Tell everybody with a live registration that the event has moved, is postponed, is cancelled or is elsewhere."""
    event = change.event
    kind = _kind_of(change)
    if kind is None:
        return
    registered = Registration.objects.filter(event=event, state__in=Registration.LIVE).select_related("person").order_by("pk")
    if kind == "event-moved":
        registered.filter(reminded_at__isnull=False).update(reminded_at=None)  # there will be a reminder of the new time
    reason = " ".join(change.reason.split())
    queue_all(
        Notice(
            kind=kind,
            person=registration.person,
            facts={"registration": registration.pk, "reason": reason},
            cause=f"event:{event.pk}:{kind}:{event.revision}:{registration.person_id}",
        )
        for registration in registered
    )


def _kind_of(change: EventChange) -> str | None:
    """The message that a change of an event is worth."""
    match change.kind:
        case "moved" | "published":  # published with people registered: it was postponed and is on again
            return "event-moved"
        case "postponed":
            return "event-postponed"
        case "cancelled":
            return "event-cancelled"
        case "edited" if change.event.state == Event.State.PUBLISHED and change.fields & PLACE_FIELDS:
            return "event-place"
        case _:
            return None


@receiver(certificate_issued, dispatch_uid="mail_about_certificate")
def tell_about_certificate(change: CertificateChange, **_kwargs: Any) -> None:
    """Tell the person that a certificate is there, or is no longer valid. The new one speaks for the one it replaces."""
    certificate = change.certificate
    if change.replaced or certificate.person is None:
        return
    told = "revoked" if change.revoked else f"again:{uuid4()}" if change.again else "issued"
    queue(
        kind="certificate-revoked" if change.revoked else "certificate-issued",
        person=certificate.person,
        context={
            "title": certificate.facts["event"]["title"],
            "kind": Certificate.Kind(certificate.kind).label,
            "number": certificate.number,
            "replaces": certificate.replaces_id is not None,
            "verify_link": f"{settings.SITE_URL}{certificate.get_absolute_url()}",
            "my_link": f"{settings.SITE_URL}{reverse('my_certificates')}",
        },
        cause=f"certificate:{certificate.pk}:{told}",
    )


@receiver(join_requested, dispatch_uid="mail_about_join_request")
def tell_the_secretariat(join_request: JoinRequest, **_kwargs: Any) -> None:
    """A country wants to join: the secretariat's mailbox hears of it."""
    queue(
        kind="join-request",
        recipient=settings.CONTACT_EMAIL,
        context={"join_request": join_request, "message": " ".join(join_request.message.split())},
        cause=f"join-request:{join_request.pk}",
    )


@receiver(source_failed, dispatch_uid="mail_about_source_failed")
def tell_of_trouble_with_a_calendar(news: SourceNews, **_kwargs: Any) -> None:
    """A calendar that the centre publishes elsewhere cannot be read: who looks after the centre hears of it once."""
    _tell_the_centre("source-failed", news, cause=f"source:{news.source.pk}:failed:{news.source.reported_at}")


@receiver(source_recovered, dispatch_uid="mail_about_source_recovered")
def tell_that_a_calendar_is_well(news: SourceNews, **_kwargs: Any) -> None:
    """It can be read again: nobody needs to do anything about the earlier message."""
    _tell_the_centre("source-recovered", news, cause=f"source:{news.source.pk}:recovered:{news.source.succeeded_at}")


def _tell_the_centre(kind: str, news: SourceNews, cause: str) -> None:
    """Its coordinators; where it has none, its organisers."""
    roles = Role.objects.filter(centre=news.source.centre, kind__in=ORGANISING, person__is_active=True)
    coordinators = roles.filter(kind=Role.Kind.COORDINATOR)
    chosen = coordinators if coordinators.exists() else roles
    for person in Person.objects.filter(roles__in=chosen).distinct().order_by("pk"):
        link = settings.SITE_URL + reverse("desk_calendar", args=[news.source.pk])
        problem = lazy(words.says, str)(news.source)  # in the reader’s language
        context = {"source": news.source, "centre": news.source.centre, "problem": problem, "link": link}
        queue(kind=kind, person=person, context=context, cause=f"{cause}:{person.pk}")
