"""Calendars in the shapes that websites and programs read: ``{% event_json_ld event %}``, ``{% feed_links "network" %}``."""

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from events.calendars.feeds import catalogue
from events.calendars.shapes import atom, structured
from events.calendars.shapes import serving as shapes
from events.programme.models import Event

register = template.Library()


@register.simple_tag
def event_json_ld(event: Event) -> SafeString:
    """The event for search engines, in a block of data: browsers do not run it. Nothing for what not everybody may see."""
    if not structured.is_told(event):
        return SafeString()
    data = structured.script(structured.event_data(event))
    return mark_safe(f'<script type="application/ld+json">{data}</script>\n')  # noqa: S308 - ``script`` lets no tag through


@register.simple_tag
def feed_links(name: str) -> SafeString:
    """For a page's head: where a public calendar is, and what changes in it."""
    language = _language()
    return format_html(
        '<link rel="alternate" type="text/calendar" href="{}" title="{}">\n'
        '<link rel="alternate" type="application/atom+xml" href="{}" title="{}">\n',
        catalogue.address(name, language),
        gettext("These events as a calendar"),
        atom.address(name, language),
        gettext("What is new and what has changed"),
    )


@register.simple_tag
def other_shapes(name: str, language: str = "") -> dict[str, str]:
    """The addresses of a public calendar as Atom and as jCal, in a language or the reader's."""
    language = language or _language()
    return {"atom": atom.address(name, language), "jcal": shapes.jcal_address(name, language)}


def _language() -> str:
    """The reader's, if calendars are written in it."""
    language = get_language() or settings.LANGUAGE_CODE
    return language if language in catalogue.languages() else settings.LANGUAGE_CODE
