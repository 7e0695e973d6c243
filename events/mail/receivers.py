"""What the mail wing hears from the floors below: everything that a person wants to be told."""

from typing import Any

from django.conf import settings
from django.dispatch import receiver

from events.certificates.signals import CertificateChange, certificate_issued
from events.mail.actions import queue, queue_to_many
from events.programme.models import Event
from events.programme.signals import EventChange, event_changed
from events.registrations.models import Registration
from events.registrations.signals import RegistrationChange, registration_changed
from network.models import JoinRequest
from network.signals import join_requested

State = Registration.State

KIND_OF_STATE = {
    State.INVITED: "invitation",
    State.PENDING: "registration-pending",
    State.WAITING: "registration-waiting",
    State.CONFIRMED: "registration-confirmed",
    State.DECLINED: "registration-declined",
    State.CANCELLED: "registration-cancelled",
}

#: Where an event takes place: who is registered is told when one of these is edited.
PLACE_FIELDS = frozenset({"venue", "format", "join_link"})


@receiver(registration_changed, dispatch_uid="mail_about_registration")
def tell_about_registration(change: RegistrationChange, **_kwargs: Any) -> None:
    """Tell the person each new state of their registration."""
    registration = change.registration
    by_oneself = change.by is not None and change.by.pk == registration.person_id
    if change.before == State.INVITED and registration.state == State.CANCELLED and by_oneself:
        return  # they did not take up an invitation, and know
    kind = KIND_OF_STATE[State(registration.state)]
    if change.before == State.WAITING and registration.state == State.CONFIRMED:
        kind = "registration-promoted"
    queue(
        kind=kind,
        person=registration.person,
        context={
            "event": registration.event,
            "registration": registration,
            "before": change.before,
            "reason": " ".join(registration.reason.split()),
            "by_oneself": by_oneself,
            "confirmed": registration.state == State.CONFIRMED,
            "my_link": f"{settings.SITE_URL}{settings.LOGIN_REDIRECT_URL}",
        },
        cause=f"registration:{registration.pk}:{registration.state}:{registration.changed_at.isoformat()}",
    )


@receiver(event_changed, dispatch_uid="mail_about_event")
def tell_about_event(change: EventChange, **_kwargs: Any) -> None:
    """Tell everybody with a live registration that the event has moved, is postponed, is cancelled or is elsewhere."""
    event = change.event
    kind = _kind_of(change)
    if kind is None:
        return
    registered = Registration.objects.filter(event=event, state__in=Registration.LIVE).select_related("person").order_by("pk")
    reason = " ".join(change.reason.split())
    queue_to_many(
        kind=kind,
        people=(
            (registration.person, {"event": event, "reason": reason, "confirmed": registration.state == State.CONFIRMED})
            for registration in registered
        ),
        cause=lambda person: f"event:{event.pk}:{kind}:{event.revision}:{person.pk}",
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
    if change.replaced:
        return
    certificate = change.certificate
    queue(
        kind="certificate-revoked" if change.revoked else "certificate-issued",
        person=certificate.person,
        context={
            "title": certificate.event.title,
            "number": certificate.number,
            "replaces": certificate.replaces_id is not None,
            "verify_link": f"{settings.SITE_URL}{certificate.get_absolute_url()}",
            "my_link": f"{settings.SITE_URL}{settings.LOGIN_REDIRECT_URL}",
        },
        cause=f"certificate:{certificate.pk}:{'revoked' if change.revoked else 'issued'}",
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
