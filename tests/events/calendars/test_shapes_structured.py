"""schema.org and h-event on the pages: what search engines and other websites read there."""

import json
import re
from datetime import date, timedelta
from html.parser import HTMLParser

import mf2py
import pytest
from django.utils import timezone

from events.calendars.shapes import structured
from events.programme import actions
from events.programme.models import Speaker
from network.models import Sector
from tests import factories
from tests.events.calendars.reading import at, utc
from tests.queries import count_queries

pytestmark = pytest.mark.django_db
in_autumn = pytest.mark.usefixtures("autumn")  # their day is still to come
SITE = "https://calendar.example"
VIENNA = {
    "@type": "Place",
    "name": "Procurement house",
    "address": {
        "@type": "PostalAddress",
        "streetAddress": "Test street 1",
        "addressLocality": "Vienna",
        "addressCountry": "AT",
    },
}


class Blocks(HTMLParser):
    """The blocks of JSON-LD in a page, as a parser of HTML finds them."""

    def __init__(self, html):
        super().__init__()
        self.blocks, self.others, self.inside = [], [], False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag == "script":
            self.inside = dict(attributes).get("type") == "application/ld+json"
            if self.inside:
                self.blocks.append("")
            elif "src" not in dict(attributes):
                self.others.append(attributes)

    def handle_data(self, data):
        if self.inside:
            self.blocks[-1] += data

    def handle_endtag(self, tag):
        self.inside = False


#: What Google's documentation of Event requires and what schema.org knows, by type: required properties, then all of them.
KNOWN = {
    "Event": (
        {"name", "startDate", "endDate", "location", "eventStatus", "eventAttendanceMode"},
        {
            "@context", "@id", "description", "url", "organizer", "performer", "inLanguage", "isAccessibleForFree", "offers",
            "maximumAttendeeCapacity", "remainingAttendeeCapacity", "audience", "keywords", "subEvent", "superEvent",
            "previousStartDate", "image",
        },
    ),
    "EducationEvent": ({"name", "startDate", "endDate", "location", "eventStatus", "eventAttendanceMode"}, {"teaches"}),
    "Place": ({"name", "address"}, {"geo"}),
    "PostalAddress": ({"addressLocality", "addressCountry"}, {"streetAddress"}),
    "GeoCoordinates": ({"latitude", "longitude"}, set()),
    "VirtualLocation": ({"url"}, set()),
    "Organization": ({"name"}, {"url"}),
    "Person": ({"name"}, {"affiliation"}),
    "Audience": ({"audienceType"}, set()),
    "Offer": ({"price", "priceCurrency", "url", "availability", "validFrom", "validThrough"}, set()),
}  # fmt: skip
KNOWN["EducationEvent"][1].update(KNOWN["Event"][1])
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d[+-]\d\d:\d\d)?")


def faults(thing, path="event"):
    """What is wrong with a thing and those within it."""
    if isinstance(thing, list):
        return [fault for number, one in enumerate(thing) for fault in faults(one, f"{path}.{number}")]
    if not isinstance(thing, dict) or set(thing) == {"@id"}:
        return []
    kind = thing.get("@type", "nothing")
    if kind not in KNOWN:
        return [f"{path} is {kind}"]
    required, optional = KNOWN[kind]
    found = [f"{path} has no {name}" for name in sorted(required - set(thing))]
    found += [f"{path} has {name}" for name in sorted(set(thing) - required - optional - {"@type"})]
    found += [
        f"{path}.{name}: {value}"
        for name, value in thing.items()
        if value in ("", None, []) or (name.endswith("Date") and not MOMENT.fullmatch(value))
    ]
    return found + [fault for name, value in thing.items() for fault in faults(value, f"{path}.{name}")]


def data_of(client, event):
    """What the event's page says in JSON-LD; it is well-formed."""
    html = client.get(event.get_absolute_url()).content.decode()
    (block,) = Blocks(html).blocks
    data = json.loads(block)
    assert faults(data) == []
    return data


@pytest.fixture
def dialogue(centre):
    """A training in Vienna, in summer time."""
    return at(utc(2027, 6, 14, 7), minutes=420, organising_centre=centre, title="Market dialogue", slug="market-dialogue")


@in_autumn
def test_a_training_says_what_when_where_and_that_it_is_free(client, dialogue, centre, other_centre):
    centre.website = "https://centre.example/"
    centre.save()
    dialogue.co_organisers.add(other_centre)
    dialogue.sectors.add(Sector.objects.create(slug="health-care", name="Health care"))
    dialogue.description, dialogue.audience = "**Bold** words.", "Buyers"
    dialogue.learning_outcomes, dialogue.places_taken = "Plan a dialogue\n\nHold it", 7
    dialogue.published_at = utc(2026, 1, 2, 3)
    dialogue.save()
    assert data_of(client, dialogue) == {
        "@context": "https://schema.org",
        "@id": f"{SITE}/events/market-dialogue/",
        "@type": "EducationEvent",
        "name": "Market dialogue",
        "description": "How to talk to suppliers before the call.\n\nBold words.",
        "url": f"{SITE}/events/market-dialogue/",
        "image": f"{SITE}/static/calendar/training.png",
        "startDate": "2027-06-14T09:00:00+02:00",
        "endDate": "2027-06-14T16:00:00+02:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": VIENNA,
        "organizer": [
            {"@type": "Organization", "name": "Test centre AT-TEST", "url": "https://centre.example/"},
            {"@type": "Organization", "name": "Test centre DE-TEST", "url": f"{SITE}/centres/de-test/"},
        ],
        "inLanguage": ["en"],
        "isAccessibleForFree": True,
        "offers": {
            "@type": "Offer",
            "price": 0,
            "priceCurrency": "EUR",
            "url": f"{SITE}/events/market-dialogue/",
            "availability": "https://schema.org/InStock",
            "validFrom": "2026-01-02T04:00:00+01:00",
            "validThrough": "2027-06-14T09:00:00+02:00",
        },
        "maximumAttendeeCapacity": 20,
        "remainingAttendeeCapacity": 13,
        "audience": {"@type": "Audience", "audienceType": "Buyers"},
        "keywords": ["Training", "Health care"],
        "teaches": ["Plan a dialogue", "Hold it"],
    }


def test_whole_days_are_dates_and_no_limit_is_no_number(client, centre):
    event = factories.EventFactory(
        organising_centre=centre, kind="ceremony", all_day=True, places=None,
        first_day=date(2027, 6, 14), last_day=date(2027, 6, 15), starts_at=utc(2027, 6, 13, 22), ends_at=utc(2027, 6, 15, 22),
    )  # fmt: skip
    data = data_of(client, event)
    assert (data["@type"], data["startDate"], data["endDate"]) == ("Event", "2027-06-14", "2027-06-15")
    assert {"maximumAttendeeCapacity", "remainingAttendeeCapacity", "teaches"}.isdisjoint(data)


@pytest.mark.parametrize(
    ("format", "mode", "location"),
    [
        ("online", "OnlineEventAttendanceMode", {"@type": "VirtualLocation", "url": f"{SITE}/events/market-dialogue/"}),
        (
            "hybrid",
            "MixedEventAttendanceMode",
            [
                VIENNA | {"geo": {"@type": "GeoCoordinates", "latitude": 48.2, "longitude": 16.37}},
                {"@type": "VirtualLocation", "url": f"{SITE}/events/market-dialogue/"},
            ],
        ),
    ],
)
def test_one_joins_from_the_page_and_the_link_to_join_is_nowhere(client, dialogue, format, mode, location):
    dialogue.format, dialogue.join_link = format, "https://meet.example/secret-room"
    dialogue.venue.latitude, dialogue.venue.longitude = "48.20000", "16.37000"
    dialogue.venue.save()
    dialogue.save()
    data = data_of(client, dialogue)
    assert (data["eventAttendanceMode"], data["location"]) == (f"https://schema.org/{mode}", location)
    assert "secret-room" not in json.dumps(data)


@pytest.mark.parametrize(("verb", "status"), [("cancel", "EventCancelled"), ("postpone", "EventPostponed")])
def test_what_is_called_off_says_so_and_offers_nothing(client, dialogue, olga, verb, status):
    getattr(actions, verb)(event=dialogue, reason="Ill.", by=olga)
    data = data_of(client, dialogue)
    assert (data["eventStatus"], "offers" in data) == (f"https://schema.org/{status}", False)


def test_what_was_moved_says_from_when(client, dialogue, olga):
    move = actions.move
    move(event=dialogue, starts=utc(2027, 12, 1, 9), by=olga)
    data = data_of(client, dialogue)
    assert (data["eventStatus"], data["previousStartDate"], data["startDate"]) == (
        "https://schema.org/EventRescheduled", "2027-06-14T09:00:00+02:00", "2027-12-01T10:00:00+01:00",
    )  # fmt: skip
    actions.postpone(event=dialogue, reason="Ill.", by=olga)
    assert "previousStartDate" not in data_of(client, dialogue)
    move(event=dialogue, starts=utc(2027, 12, 2, 9), by=olga)
    assert data_of(client, dialogue)["previousStartDate"] == "2027-12-01T10:00:00+01:00"


def test_what_was_moved_back_was_last_announced_for_the_other_day(client, dialogue, olga):
    for starts in (utc(2027, 12, 1, 9), utc(2027, 6, 14, 7)):
        actions.move(event=dialogue, starts=starts, by=olga)
    data = data_of(client, dialogue)
    assert (data["eventStatus"], data["previousStartDate"]) == (
        "https://schema.org/EventRescheduled", "2027-12-01T10:00:00+01:00",
    )  # fmt: skip


def test_whole_days_that_were_moved_say_from_which_day(client, centre, olga):
    event = factories.EventFactory(
        organising_centre=centre, all_day=True, format="online", venue=None, join_link="https://meet.example/", timezone="UTC",
        first_day=date(2027, 6, 14), last_day=date(2027, 6, 14), starts_at=utc(2027, 6, 14), ends_at=utc(2027, 6, 15),
    )  # fmt: skip
    actions.move(event=event, starts=date(2027, 6, 21), by=olga)
    assert data_of(client, event)["previousStartDate"] == "2027-06-14"


def test_a_draft_that_was_moved_was_never_announced_for_another_day(client, dialogue, olga):
    type(dialogue).objects.filter(pk=dialogue.pk).update(state="draft", published_at=None)
    dialogue.refresh_from_db()
    actions.move(event=dialogue, starts=utc(2027, 12, 1, 9), by=olga)
    dialogue.refresh_from_db()
    actions.publish(event=dialogue, by=olga)
    assert data_of(client, dialogue)["eventStatus"] == "https://schema.org/EventScheduled"


@in_autumn
@pytest.mark.parametrize(
    ("facts", "availability"),
    [
        ({"places_taken": 20}, "https://schema.org/SoldOut"),
        ({"registration_opens_at": timedelta(days=1)}, "https://schema.org/PreOrder"),
        ({"registration_closes_at": timedelta(days=-1)}, None),
    ],
)
def test_an_offer_says_whether_there_are_places(client, dialogue, facts, availability):
    for name, value in facts.items():
        setattr(dialogue, name, timezone.now() + value if isinstance(value, timedelta) else value)
    dialogue.save()
    assert data_of(client, dialogue).get("offers", {}).get("availability") == availability


@in_autumn
def test_an_offer_begins_when_registration_opens(client, dialogue):
    dialogue.registration_opens_at = utc(2027, 1, 4, 8)
    dialogue.save()
    assert data_of(client, dialogue)["offers"]["validFrom"] == "2027-01-04T09:00:00+01:00"


def test_a_course_has_its_sessions_and_names_who_speaks_once(client, dialogue):
    first = dialogue.sessions.get()
    first.title, first.summary = "Part 1", "Why"
    first.save()
    second = factories.Session.objects.create(
        event=dialogue, starts_at=utc(2027, 6, 14, 12), ends_at=utc(2027, 6, 14, 14),
        first_day=date(2027, 6, 14), last_day=date(2027, 6, 14),
    )  # fmt: skip
    for session in (first, second):
        Speaker.objects.create(session=session, name="Dr Test", affiliation="University")
    Speaker.objects.create(session=second, name="Moderator", part="moderator")
    Speaker.objects.create(session=second, name="Voice", part="interpreter")
    test = {"@type": "Person", "name": "Dr Test", "affiliation": {"@type": "Organization", "name": "University"}}
    data = data_of(client, dialogue)
    assert data["performer"] == [test, {"@type": "Person", "name": "Moderator"}]
    assert data["subEvent"] == [
        {
            "@type": "EducationEvent",
            "name": "Part 1",
            "description": "Why",
            "startDate": "2027-06-14T09:00:00+02:00",
            "endDate": "2027-06-14T16:00:00+02:00",
            "eventStatus": "https://schema.org/EventScheduled",
            "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
            "location": VIENNA,
            "performer": [test],
            "superEvent": {"@id": f"{SITE}/events/market-dialogue/"},
        },
        {
            "@type": "EducationEvent",
            "name": "Market dialogue",
            "startDate": "2027-06-14T14:00:00+02:00",
            "endDate": "2027-06-14T16:00:00+02:00",
            "eventStatus": "https://schema.org/EventScheduled",
            "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
            "location": VIENNA,
            "performer": [test, {"@type": "Person", "name": "Moderator"}],
            "superEvent": {"@id": f"{SITE}/events/market-dialogue/"},
        },
    ]


@pytest.mark.parametrize(
    "facts", [{"visibility": "network"}, {"visibility": "invited"}, {"state": "draft", "published_at": None}]
)
def test_what_not_everybody_may_see_says_nothing_even_to_who_may(client, dialogue, olga, facts):
    type(dialogue).objects.filter(pk=dialogue.pk).update(**facts)
    client.force_login(olga)
    response = client.get(dialogue.get_absolute_url())
    assert (response.status_code, Blocks(response.content.decode()).blocks) == (200, [])


@pytest.mark.parametrize(
    "title",
    [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "-->",
        "]]>",
        "\u2028alert(1)\u2029",
        '"},{"@type":"Offer"',
        "&lt;/script&gt;",
        "\\u003c/script>",
    ],
)
def test_a_title_does_not_break_out(client, dialogue, title):
    dialogue.title = dialogue.summary = title
    dialogue.save()
    page = Blocks(client.get(dialogue.get_absolute_url()).content.decode())
    assert (json.loads(page.blocks[0])["name"], len(page.blocks), page.others) == (title, 1, [])
    assert not set(structured.script({"a": title})) & set("<>&\u2028\u2029")


def test_the_page_asks_no_more_often_for_three_sessions_than_for_one(client, dialogue):
    one = count_queries(client, dialogue.get_absolute_url())
    for hour in (12, 13):
        session = factories.Session.objects.create(
            event=dialogue, starts_at=utc(2027, 6, 14, hour), ends_at=utc(2027, 6, 14, hour + 1),
            first_day=date(2027, 6, 14), last_day=date(2027, 6, 14),
        )  # fmt: skip
        Speaker.objects.create(session=session, name="Dr Test")
    assert count_queries(client, dialogue.get_absolute_url()) == one


# --- h-event ---------------------------------------------------------------------------------------------------------


def events_of(client, address):
    """What a reader of microformats finds."""
    parsed = mf2py.parse(doc=client.get(address).content.decode(), url=f"{SITE}{address}")
    return [item["properties"] for item in parsed["items"] if "h-event" in item["type"]]


def test_the_page_is_an_h_event(client, dialogue):
    assert events_of(client, dialogue.get_absolute_url()) == [
        {
            "name": ["Market dialogue"],
            "summary": ["How to talk to suppliers before the call."],
            "start": ["2027-06-14T09:00:00+0200"],
            "end": ["2027-06-14T16:00:00+0200"],
            "url": [f"{SITE}/events/market-dialogue/"],
            "category": ["Training"],
            "location": ["Procurement house, Test street 1, Vienna, Austria"],
        }
    ]


@in_autumn
def test_so_is_every_row_of_a_list(client, dialogue, centre):
    factories.EventFactory(
        organising_centre=centre, title="Two days", slug="two-days", kind="visit", all_day=True, format="online", venue=None,
        first_day=date(2027, 7, 1), last_day=date(2027, 7, 2), starts_at=utc(2027, 6, 30, 22), ends_at=utc(2027, 7, 2, 22),
    )  # fmt: skip
    assert events_of(client, "/") == [
        {
            "name": ["Market dialogue"],
            "summary": ["How to talk to suppliers before the call."],
            "start": ["2027-06-14T09:00:00+0200"],
            "url": [f"{SITE}/events/market-dialogue/"],
            "location": ["Vienna (AT)"],
        },
        {
            "name": ["Two days"],
            "summary": ["How to talk to suppliers before the call."],
            "start": ["2027-07-01"],
            "url": [f"{SITE}/events/two-days/"],
            "location": ["Online"],
        },
    ]


# --- Where the feeds are ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/", "network"),
        ("/?kind=training", "kind-training"),
        ("/?view=month", "network"),
        ("/centres/at-test/", "centre-at-test"),
    ],
)
@pytest.mark.parametrize(("language", "suffix"), [("en", ""), ("de", ".de")])
def test_lists_name_their_feeds_in_the_readers_language(client, centre, address, name, language, suffix):
    parsed = mf2py.parse(doc=client.get(address, headers={"accept-language": language}).content.decode())
    found = {url: rel["type"] for url, rel in parsed["rel-urls"].items() if rel["rels"] == ["alternate"] and "type" in rel}
    assert found == {
        f"{SITE}/calendars/{name}{suffix}.ics": "text/calendar",
        f"{SITE}/calendars/{name}{suffix}.atom": "application/atom+xml",
    }
