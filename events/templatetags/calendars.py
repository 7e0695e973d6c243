"""``{% calendar_links event %}``: how to have an event in one's own calendar."""

from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

from events.calendars.feeds import catalogue
from events.calendars.subscribing import links
from events.programme.models import Event

register = template.Library()


@register.inclusion_tag("components/calendar_links.html", takes_context=True)
def calendar_links(context: dict[str, Any], event: Event) -> dict[str, Any]:
    """Subscribe first, because only that stays true; then the file; then one-time copies into online calendars."""
    language = get_language() or settings.LANGUAGE_CODE
    suffix = {} if language == settings.LANGUAGE_CODE or language not in catalogue.languages() else {"language": language}
    request = context.get("request")
    return {
        "event": event,
        "file": reverse("event_calendar", kwargs={"slug": event.slug, **suffix}),
        "copies": links.copies(event),
        "centre_feed": f"centre-{event.organising_centre.slug}",
        "signed_in": bool(request and request.user.is_authenticated),
    }
