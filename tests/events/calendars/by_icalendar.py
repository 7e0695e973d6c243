"""The same VEVENT as ours, built with icalendar's objects: a yardstick of speed, and a second opinion of what we write."""

from datetime import timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import icalendar
from django.conf import settings

from events.calendars.entries import texts, wording
from events.calendars.entries.colours import COLOURS


def prose(entry, event, session, audience):
    """What is said in words, which is ours: a place, a title, a description."""
    where = texts.place(event)
    address = f"{settings.SITE_URL}/events/{event.slug}/"
    words = wording.describe(entry, event, session, audience, address=address, where=where)
    return where, address, wording.summary(entry, event, audience), words.plain, words.altrep and words.html


def built(entry, event, session, audience, related="", said=None):
    """The component, from the facts and ``prose``. Without what ``withdrawn`` and drafts change."""
    component = icalendar.Event()
    where, address, summary, description, html = said or prose(entry, event, session, audience)
    busy = {"public": "FREE", "participant": "BUSY", "tentative": "TENTATIVE"}[audience]
    if entry.kind == "deadline":
        busy = "FREE"
    for name, value in {
        "UID": entry.uid,
        "DTSTAMP": entry.changed_at,
        "CREATED": entry.created_at,
        "LAST-MODIFIED": entry.changed_at,
        "SEQUENCE": entry.sequence,
        "SUMMARY": summary,
        "STATUS": "TENTATIVE" if audience == "tentative" else "CONFIRMED",
        "TRANSP": "TRANSPARENT" if busy == "FREE" else "OPAQUE",
        "X-MICROSOFT-CDO-BUSYSTATUS": busy,
        "CLASS": "PUBLIC" if event.visibility == "public" else "PRIVATE",
        "URL": address,
        "COLOR": COLOURS[event.kind][0],
        "CONTACT": ", ".join(filter(None, (event.organising_centre.name, event.organising_centre.website))),
    }.items():
        component.add(name, value)
    component.add(
        "CATEGORIES", [*(["Deadline"] if entry.kind == "deadline" else []), str(event.get_kind_display()), *sectors(event)]
    )
    if entry.all_day:
        component.add("DTSTART", entry.first_day)
        component.add("DTEND", entry.last_day + timedelta(days=1))
    else:
        zone = ZoneInfo(entry.zone or "UTC")
        component.add("DTSTART", entry.starts_at.astimezone(zone))
        component.add("DTEND", entry.ends_at.astimezone(zone))
    altrep = {"ALTREP": f"data:text/html,{quote(html, safe=wording._AS_THEY_ARE)}"} if html else {}
    component.add("DESCRIPTION", description, parameters=altrep)
    badge = f"{settings.SITE_URL}/static/calendar/{event.kind}.png"
    component.add("IMAGE", icalendar.vUri(badge), parameters={"VALUE": "URI", "DISPLAY": "BADGE", "FMTTYPE": "image/png"})
    if related:
        component.add("RELATED-TO", related, parameters={"RELTYPE": "PARENT" if entry.kind == "deadline" else "SIBLING"})
    if entry.kind == "deadline":
        return component
    place_of(event, component, where)
    if audience == "participant" and event.join_link:
        parameters = {"VALUE": "URI", "FEATURE": ["AUDIO", "VIDEO"], "LABEL": "Join online"}
        component.add("CONFERENCE", icalendar.vUri(event.join_link), parameters=parameters)
    return component


def place_of(event, component, where):
    venue = event.venue
    if event.format == "online" or venue is None or venue.latitude is None:
        if where:
            component.add("LOCATION", where)
        return
    title, address = (venue.name, f"{venue.address}, {venue.city}, Austria") if venue.address else (venue.one_line, "")
    title += ", and online" if event.format == "hybrid" else ""
    component.add("LOCATION", "\n".join(filter(None, (title, address))))
    component.add("GEO", (venue.latitude, venue.longitude))
    parameters = {"VALUE": "URI", "X-ADDRESS": address, "X-APPLE-RADIUS": "72", "X-TITLE": title}
    point = icalendar.vUri(f"geo:{venue.latitude:.5f},{venue.longitude:.5f}")
    component.add("X-APPLE-STRUCTURED-LOCATION", point, parameters={name: value for name, value in parameters.items() if value})


def sectors(event):
    return [str(sector) for sector in event.sectors.all()]


def meaning(component):
    """What a VEVENT says, whoever wrote it: each property with its parameters and its value, as icalendar reads them."""
    read = icalendar.Event.from_ical(component)
    said = []
    for name, value in read.property_items(recursive=False, sorted=True):
        if name in {"BEGIN", "END"}:
            continue
        parameters = {key: list(found) if isinstance(found, list) else str(found) for key, found in value.params.items()}
        said.append((name, parameters, plain(name, value)))
    return sorted(said, key=repr)


def plain(name, value):
    if name == "CATEGORIES":
        return [str(category) for category in value.cats]
    if hasattr(value, "dt"):
        return value.dt
    if name == "GEO":
        return (value.latitude, value.longitude)
    return str(value)
