"""Every kind of calendar that we serve, as it is served: the one list that the tests of readers go through."""

from django.test import Client

from events.calendars.feeds import catalogue
from events.calendars.subscribing import actions

HOST = "https://calendar.example"


def addresses(*, person, organiser, centre):
    """The path of every feed, by a name for it. What is not there yet is made: a named selection, personal addresses."""
    found = {
        f"{feed.name} {language}": catalogue.address(feed.name, language)
        for feeds in catalogue.groups().values()
        for feed in feeds
        for language in catalogue.languages()
    }
    selection = actions.name_selection(name="Visits online", filters={"kind": "visit", "format": "online"})
    for language in catalogue.languages():
        found[f"selection {language}"] = catalogue.address(selection.code, language)
    for name, owner, of_centre, wishes in (
        ("personal", person, None, {}),
        ("personal in German", person, None, {"language": "de"}),
        ("personal without what is cancelled", person, None, {"hides_cancelled": True}),
        ("personal in blocks", person, None, {"in_blocks": True}),
        ("personal with reminders", person, None, {"alarm_minutes": 90}),
        (
            "personal, all wishes",
            person,
            None,
            {"language": "de", "hides_cancelled": True, "in_blocks": True, "alarm_minutes": 2880},
        ),
        ("staff", organiser, centre, {}),
        ("revoked", person, None, {}),
    ):
        address, token = actions.add_address(person=owner, name=name[:80], centre=of_centre, wishes=wishes)
        found[name] = actions.url_of(address, token)
        if name == "revoked":
            actions.revoke_address(address=address, by=owner)
    return {name: url.removeprefix(HOST) for name, url in found.items()}


def files(event, *, person):
    """The file of one event, for a visitor and for somebody who has a place at it."""
    path = f"/events/{event.slug}/event.ics"
    visitor, participant = Client(), Client()
    participant.force_login(person)
    return {"file": visitor.get(path).content, "file of a participant": participant.get(path).content}


def served(paths):
    """The body of each, as a program gets it."""
    client = Client()
    bodies = {}
    for name, path in paths.items():
        response = client.get(path)
        assert (name, response.status_code, response["Content-Type"]) == (name, 200, "text/calendar; charset=utf-8")
        bodies[name] = response.content
    return bodies
