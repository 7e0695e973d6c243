"""What the programme's templates need: ``{{ event.description|markdown }}``."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from events.programme import markdown as md

register = template.Library()


@register.filter
def markdown(text: str) -> SafeString:
    """An organiser's Markdown as safe HTML, with headings from h3 down."""
    return mark_safe(md.html(text or ""))  # noqa: S308 - cleaned by nh3


@register.filter
def plain(text: str) -> str:
    """An organiser's Markdown as plain text."""
    return md.plain(text or "")
