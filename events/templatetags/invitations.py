"""``{% invitation_note registration %}``: what comes by mail for the calendar of who has a place."""

from typing import Any

from django import template

from events.calendars.invitations.telling import is_to_come
from events.registrations.models import Registration

register = template.Library()


@register.inclusion_tag("components/invitation_note.html")
def invitation_note(registration: Registration) -> dict[str, Any]:
    """That an invitation comes, and why it may not show at once; nothing where none comes."""
    return {"comes": is_to_come(registration)}
