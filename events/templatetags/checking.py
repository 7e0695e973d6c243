"""``{% own_ticket registration %}``: what a participant shows at the door, and the way to check in oneself."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone

from events.attendance.checking import door
from events.attendance.checking.pages import has_ticket, ticket_of
from events.attendance.presence import EARLY
from events.programme.states import HELD
from events.registrations.links import self_service_token
from events.registrations.models import Registration

register = template.Library()


@register.inclusion_tag("pages/attendance/_own_ticket.html")
def own_ticket(registration: Registration) -> dict[str, Any]:
    """The ticket of a confirmed place, and a way to check in while that is possible. No query but on the day itself."""
    token = self_service_token(registration)
    sessions = door.on_now(registration) if _may_be_on(registration) else []
    present = set(registration.attendance.filter(session__in=sessions).values_list("session_id", flat=True))
    return {
        "on_now": any(session.pk not in present for session in sessions),
        "is_present": bool(present),
        "check_in": reverse("registration_check_in", args=[token]),
        "ticket": reverse("registration_ticket", args=[token]),
        **(ticket_of(registration) if has_ticket(registration) else {}),
    }


@register.simple_tag
def ticket_address(registration: Registration) -> str:
    """``{% ticket_address registration as ticket %}``: the page of the ticket alone; empty where there is none."""
    return reverse("registration_ticket", args=[self_service_token(registration)]) if has_ticket(registration) else ""


def _may_be_on(registration: Registration) -> bool:
    event, now = registration.event, timezone.now()
    is_time = event.starts_at - EARLY <= now <= event.ends_at
    return is_time and event.state in HELD and registration.state == Registration.State.CONFIRMED
