"""The desk's navigation: what every page of it carries."""

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext, pgettext

from events.programme.models import Event
from events.programme.states import Verb, allows
from network.models import Centre, Person, Role
from network.rules import is_secretariat, may

register = template.Library()


def _link(words: str, name: str, *args: Any, current: bool = False, session: int | None = None) -> dict[str, Any] | None:
    """A link of the navigation, or None where the page is not installed."""
    query = f"?session={session}" if session else ""
    try:
        return {"label": words, "url": reverse(name, args=args) + query, "current": current}
    except NoReverseMatch:
        return None


@register.simple_tag
def has_desk(person: Any) -> bool:
    """Whether the person has a desk, for the link in every page's head."""
    return may(person, "network.use_desk")


@register.inclusion_tag("pages/desk/_navigation.html", takes_context=True)
def desk_navigation(context: dict[str, Any]) -> dict[str, Any]:
    """The rooms of the desk that the reader may enter. On a phone the site's other pages stand in the same list."""
    request = context["request"]
    person = request.user
    links = [_link(gettext("Events"), "desk"), _link(gettext("Requests"), "desk_requests")]
    links.append(_link(gettext("Certificates"), "desk_register"))
    links.append(_link(gettext("Other calendars"), "desk_calendars"))
    if coordinated := _coordinated(person):
        links.append(_link(gettext("People"), "desk_people"))
        if coordinated is not True:
            links.append(_link(gettext("Centre"), "desk_centre", coordinated))
        links.append(_link(gettext("On your site"), "desk_embedding"))
    if may(person, "events.read_messages"):
        links.append(_link(gettext("Messages"), "desk_messages"))
    if may(person, "network.read_join_requests"):
        links.append(_link(gettext("Join requests"), "desk_join_requests"))
    found = [link for link in links if link]
    for link in found:
        link["current"] = _is_under(request.path, link["url"])
    public = [
        _link(gettext("What is on"), "what_is_on"),
        _link(gettext("Calendars"), "calendars"),
        _link(gettext("Centres"), "centres"),
        _link(gettext("About"), "about"),
    ]
    return {"links": found, "public": [link for link in public if link]}


def _coordinated(person: Any) -> str | bool:
    """The address part of the centre that the person coordinates; True for the secretariat, which has them all."""
    if is_secretariat(person):
        return True
    if not isinstance(person, Person):
        return False
    keys = [role.centre_id or 0 for role in person.held_roles if role.kind == Role.Kind.COORDINATOR]
    return str(Centre.objects.values_list("slug", flat=True).get(pk=keys[0])) if keys else False


def _is_under(path: str, address: str) -> bool:
    """Whether a page belongs to a room. The desk's own address is that of its first room, the events."""
    if address == reverse("desk"):
        return path == address or path.startswith(f"{address}events/")
    if address == reverse("desk_register") and path.startswith(reverse("desk_certificate_templates")):
        return True  # what certificates look like is part of that room
    return path.startswith(address)


@register.inclusion_tag("pages/desk/_event_head.html", takes_context=True)
def desk_event_head(context: dict[str, Any], event: Event, tab: str, part: str = "") -> dict[str, Any]:
    """The head of every page about one event: what it is, when, how full, its tabs, and the parts of the present tab.

    A page of a tab that has parts says which one it is by ``part``, here or in its context.
    """
    tabs = [
        _link(gettext("Event"), "desk_event", event.slug, current=tab == "event"),
        _link(gettext("Registrations"), "desk_registrations", event.slug, current=tab == "registrations"),
        _link(gettext("Quotas and rules"), "desk_terms", event.slug, current=tab == "terms"),
        _link(gettext("Questions"), "desk_questions", event.slug, current=tab == "questions"),
        _link(gettext("Replies"), "desk_replies", event.slug, current=tab == "replies"),
        _link(gettext("Attendance"), "desk_attendance", event.slug, current=tab == "attendance"),
        _link(gettext("Certificates"), "desk_certificates", event.slug, current=tab == "certificates"),
        _link(gettext("History"), "desk_history", event.slug, current=tab == "history"),
    ]
    part = part or str(context.get("part", ""))
    if tab == "attendance":
        parts = _parts_of_attendance(event, part, getattr(context.get("session"), "pk", None))
    elif tab == "certificates":
        parts = _parts_of_certificates(event, part)
    else:
        parts = []
    for one in tabs:
        if one and one["current"]:
            one["parts"] = parts
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
    return {"event": event, "tabs": [one for one in tabs if one], "parts": parts, "verbs": found, "tab": tab}


def _parts_of_attendance(event: Event, part: str, session: int | None) -> list[dict[str, Any]]:
    """What attendance consists of. The pages about one session stay at the present one."""
    parts = [
        _link(gettext("Check in"), "desk_attendance", event.slug, current=part == "roster", session=session),
        _link(gettext("Hours"), "desk_hours", event.slug, current=part == "hours"),
        _link(gettext("What a certificate needs"), "desk_attendance_terms", event.slug, current=part == "terms"),
        _link(gettext("Evaluation"), "desk_evaluation", event.slug, current=part == "evaluation"),
        _link(gettext("Report of the webinar"), "desk_reports", event.slug, current=part == "report", session=session),
        _link(gettext("List to print and sign"), "desk_sign", event.slug, current=part == "sign", session=session),
        _link(gettext("Evidence"), "desk_evidence", event.slug, current=part == "evidence"),
    ]
    return [one for one in parts if one]


def _parts_of_certificates(event: Event, part: str) -> list[dict[str, Any]]:
    """What an event's certificates consist of."""
    parts = [
        _link(pgettext("of certificates", "Register"), "desk_certificates", event.slug, current=part == "register"),
        _link(gettext("Speakers, hosts, winners"), "desk_recognitions", event.slug, current=part == "recognitions"),
        _link(gettext("Assessments"), "desk_assessments", event.slug, current=part == "assessments"),
        _link(gettext("Look and validity"), "desk_certificate_terms", event.slug, current=part == "terms"),
    ]
    return [one for one in parts if one]
