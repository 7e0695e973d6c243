"""``{% calendar_links event %}``: how to have an event in one's own calendar."""

from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

from events.calendars.feeds import bodies, catalogue
from events.calendars.sources import queries
from events.calendars.sources.rows import Row
from events.calendars.subscribing import links
from events.calendars.subscribing.devices import device_of
from events.programme.models import Event
from events.registrations.links import self_service_token
from events.registrations.models import Registration
from network.models import Centre

register = template.Library()


@register.inclusion_tag("components/calendar_links.html", takes_context=True)
def calendar_links(context: dict[str, Any], event: Event, registration: Registration | None = None) -> dict[str, Any]:
    """Subscribe first, because only that stays true; then the file; then one-time copies into online calendars.

    On a registration's own page the file is that of the ``registration``: one need not be signed in for the link to join.
    The calendar of the centre is offered where it has the event: one that not everybody may see is in no public feed.
    """
    language = get_language() or settings.LANGUAGE_CODE
    written = language if language in catalogue.languages() else settings.LANGUAGE_CODE
    suffix = {} if written == settings.LANGUAGE_CODE else {"language": written}
    request = context.get("request")
    centre = event.organising_centre
    feed = f"centre-{centre.slug}"
    is_public = event.visibility == Event.Visibility.PUBLIC
    name, address = bodies.title(centre.short_name), catalogue.address(feed, written)
    return {
        "event": event,
        "file": reverse("event_calendar", kwargs={"slug": event.slug, **suffix})
        if registration is None
        else reverse("registration_calendar", kwargs={"token": self_service_token(registration), **suffix}),
        "programs": links.programs(address, name, device_of(request)) if is_public else [],
        "choose": f"{reverse('calendars')}?calendar={feed}",
        "copies": links.copies(event),
        "signed_in": bool(request and request.user.is_authenticated),
    }


@register.inclusion_tag("components/other_calendars.html")
def other_calendars(centre: Centre | None = None) -> dict[str, Any]:
    """What the centres’ own calendars have next, of one centre or of all: a section, or nothing. One query."""
    rows = [Row(entry) for entry in queries.coming(centre.slug if centre else "")[: queries.SHOWN_AT_MOST]]
    return {"rows": rows, "centre": centre}
