"""The desk's navigation: what every page of it carries."""

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from events.programme.models import Event
from events.programme.states import Verb, allows
from network.rules import may

register = template.Library()


def _link(words: str, name: str, *args: Any, current: bool = False) -> dict[str, Any] | None:
    """A link of the navigation, or None where the page is not installed."""
    try:
        return {"label": words, "url": reverse(name, args=args), "current": current}
    except NoReverseMatch:
        return None


@register.inclusion_tag("pages/desk/_navigation.html", takes_context=True)
def desk_navigation(context: dict[str, Any]) -> dict[str, Any]:
    """The rooms of the desk that the reader may enter."""
    request = context["request"]
    path = request.path
    links = [
        _link(gettext("Events"), "desk"),
        _link(gettext("People"), "desk_people"),
        _link(gettext("Centre"), "desk_centre"),
        _link(gettext("Messages"), "desk_messages"),
    ]
    if may(request.user, "network.read_join_requests"):
        links.append(_link(gettext("Join requests"), "desk_join_requests"))
    found = [link for link in links if link]
    for link in found:
        own = link["url"]
        link["current"] = path.startswith((own, own + "events/")) if own != reverse("desk") else _is_of_events(path, own)
    return {"links": found}


def _is_of_events(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}events/")


@register.inclusion_tag("pages/desk/_event_head.html", takes_context=True)
def desk_event_head(context: dict[str, Any], event: Event, tab: str) -> dict[str, Any]:
    """The head of every page about one event: what it is, when, how full, and its tabs."""
    tabs = [
        _link(gettext("Event"), "desk_event", event.slug, current=tab == "event"),
        _link(gettext("Registrations"), "desk_registrations", event.slug, current=tab == "registrations"),
        _link(gettext("Attendance"), "desk_attendance", event.slug, current=tab == "attendance"),
        _link(gettext("Certificates"), "desk_certificates", event.slug, current=tab == "certificates"),
        _link(gettext("History"), "desk_history", event.slug, current=tab == "history"),
    ]
    verbs: list[tuple[Verb, str]] = [
        ("publish", gettext("Publish")),
        ("move", gettext("Move")),
        ("postpone", gettext("Postpone")),
        ("cancel", gettext("Cancel")),
        ("clone", gettext("Clone")),
    ]
    if event.published_at is None:  # what was published once is never deleted
        verbs.append(("discard", gettext("Delete the draft")))
    found = [_link(words, f"desk_{verb}", event.slug) for verb, words in verbs if allows(event, verb)]
    return {"event": event, "tabs": [one for one in tabs if one], "verbs": found, "tab": tab}
