"""How an event gets into a calendar from its page: the file, the subscription, and one-time copies."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.template import Context, Template
from django.utils import translation

from events.calendars.feeds import catalogue
from events.calendars.subscribing import actions, links
from tests.events.calendars.reading import at, published, utc

pytestmark = pytest.mark.django_db


def queries(event):
    return {
        copy.key: {name: values[0] for name, values in parse_qs(urlsplit(copy.url).query).items()}
        for copy in links.copies(event)
    }


def test_a_copy_has_the_instants_the_place_and_the_address_of_the_event():
    event = at(utc(2027, 7, 6, 7), minutes=420, title="Price & value", slug="price")
    found = queries(event)
    details = found["google"]["details"]
    assert details == "How to talk to suppliers before the call.\n\nhttps://calendar.example/events/price/"
    place = "Procurement house, Test street 1, Vienna, Austria"
    assert found["google"] == {
        "action": "TEMPLATE",
        "text": "Price & value",
        "dates": "20270706T070000Z/20270706T140000Z",
        "details": details,
        "location": place,
        "ctz": "Europe/Vienna",
    }
    assert (
        found["outlook-work"]
        == found["outlook-home"]
        == {
            "path": "/calendar/action/compose",
            "rru": "addevent",
            "subject": "Price & value",
            "startdt": "2027-07-06T07:00:00Z",
            "enddt": "2027-07-06T14:00:00Z",
            "location": place,
            "body": details,
        }
    )


def test_a_copy_of_whole_days_has_dates_with_an_exclusive_end():
    event = at(utc(2027, 7, 6, 7), all_day=True)
    found = queries(event)
    assert found["google"]["dates"] == "20270706/20270707"
    outlook = found["outlook-home"]
    assert (outlook["startdt"], outlook["enddt"], outlook["allday"]) == ("2027-07-06", "2027-07-07", "true")


def test_a_copy_for_yahoo_has_its_own_names():
    event = at(utc(2027, 7, 6, 7), minutes=420, title="Price & value", slug="price")
    timed = queries(event)["yahoo"]
    assert (timed["v"], timed["title"], timed["st"], timed["et"]) == (
        "60",
        "Price & value",
        "20270706T070000Z",
        "20270706T140000Z",
    )
    assert (timed["in_loc"], timed["desc"]) == (queries(event)["google"]["location"], queries(event)["google"]["details"])
    days = queries(at(utc(2027, 7, 6, 7), all_day=True))["yahoo"]
    assert (days["st"], days["et"], days["dur"]) == ("20270706", "20270706", "allday")


def test_a_copy_is_short_and_holds_no_secret_and_no_repetition():
    event = at(utc(2027, 7, 6, 7), format="online", venue=None, join_link="https://meet.example/secret", slug="long")
    event.summary = "x" * 900
    for found in queries(event).values():
        details = found.get("details") or found.get("body") or found["desc"]
        assert details == f"{'x' * 500}\n\nhttps://calendar.example/events/long/"
        assert [name for name, value in found.items() if name == "recur" or "meet.example" in value] == []


# --- Subscribing, by device ------------------------------------------------------------------------------------------

ADDRESS = "https://calendar.example/calendars/network.ics"

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Mobile/15E148 Safari/604.1"
IPAD = "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 Version/16.6 Mobile/15E148 Safari/604.1"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.6 Safari/605.1.15"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"
CHROMEBOOK = "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

ALL = ["apple", "outlook-new", "outlook-classic", "outlook-work", "outlook-home", "google", "thunderbird", "nextcloud"]


@pytest.mark.parametrize(
    ("headers", "first", "is_phone"),
    [
        ({"user-agent": IPHONE}, ["apple", "google"], True),
        ({"user-agent": IPAD}, ["apple", "google"], True),
        ({"user-agent": MAC}, ["apple", "google"], False),
        ({"user-agent": WINDOWS}, ["outlook-new", "outlook-classic", "outlook-work", "outlook-home"], False),
        ({"user-agent": ANDROID}, ["google", "outlook-work", "outlook-home", "nextcloud"], True),
        ({"user-agent": CHROMEBOOK}, ["google", "outlook-work", "outlook-home"], False),
        ({"user-agent": LINUX}, ["thunderbird", "nextcloud", "google"], False),
        (
            {"user-agent": LINUX, "sec-ch-ua-platform": '"Android"'},
            ["google", "outlook-work", "outlook-home", "nextcloud"],
            True,
        ),
        ({"user-agent": WINDOWS, "sec-ch-ua-platform": '"macOS"'}, ["apple", "google"], False),
        ({"user-agent": MAC, "sec-ch-ua-platform": '"Unknown"'}, ["apple", "google"], False),
        ({"user-agent": "curl/8.0"}, ALL, False),
        ({"user-agent": "x" * 401 + "Windows"}, ALL, False),
        ({}, ALL, False),
    ],
)
def test_the_programs_of_ones_own_device_stand_first_and_none_is_missing(client, headers, first, is_phone):
    page = client.get("/calendars/", headers=headers)
    keys = [program.key for program in page.context["programs"]]
    assert keys == [*first, *(key for key in ALL if key not in first)]
    assert page.context["on_phone"] == is_phone
    assert page["Vary"] == "Accept-Language, Cookie, HX-Target, Sec-CH-UA-Platform, User-Agent"


def test_on_a_phone_the_code_to_scan_comes_after_the_buttons_and_is_folded_away(client):
    phone = client.get("/calendars/", headers={"user-agent": IPHONE}).content.decode()
    desktop = client.get("/calendars/", headers={"user-agent": WINDOWS}).content.decode()
    assert phone.index("Subscribe with Thunderbird") < phone.index("On another phone or tablet") < phone.index("<svg")
    assert ("On your phone" in desktop, "On another phone" in desktop, desktop.count("<svg")) == (True, False, 1)


def test_each_program_gets_the_address_in_the_form_that_it_understands():
    found = {program.key: program.url for program in links.programs(ADDRESS, "Trainings & more")}
    webcal = "webcal://calendar.example/calendars/network.ics"
    assert (found["apple"], found["outlook-classic"], found["thunderbird"]) == (webcal, webcal, webcal)
    assert found["outlook-new"].removeprefix("webcal:") == ADDRESS  # what it makes of it
    assert parse_qs(urlsplit(found["google"]).query) == {"cid": [webcal]}
    for key in ("outlook-work", "outlook-home"):
        assert parse_qs(urlsplit(found[key]).query) == {"url": [ADDRESS], "name": ["Trainings & more"]}
    assert found["nextcloud"] == ""


def test_no_address_is_longer_than_google_takes(ana, monkeypatch):
    monkeypatch.setattr("django.conf.settings.SITE_URL", f"https://{'long-name.' * 12}europa.eu")
    selection = actions.name_selection(name="x" * 80, filters={"kind": "visit"})
    personal = actions.url_of(*actions.add_address(person=ana, name="x" * 80))
    for address in (catalogue.address(selection.code, "de"), personal):
        assert len(links.webcal(address)) <= 256


@pytest.mark.parametrize(("language", "file"), [("en", "event.ics"), ("de", "event.de.ics")])
def test_the_panel_offers_the_file_in_the_readers_language(client, language, file):
    event = at(utc(2027, 7, 6, 7), slug="price")
    with translation.override(language):
        html = Template("{% load calendars %}{% calendar_links event %}").render(Context({"event": event}))
    assert f'href="/events/price/{file}"' in html
    assert f'href="/calendars/?calendar=centre-{event.organising_centre.slug}"' in html
    suffix = file.removeprefix("event").removesuffix(".ics")
    assert f'href="webcal://calendar.example/calendars/centre-{event.organising_centre.slug}{suffix}.ics"' in html
    assert client.get(f"/events/price/{file}").status_code == 200


def test_subscribing_comes_before_the_file_and_the_file_before_copies(client):
    event = published(slug="price")
    html = client.get("/events/price/").content.decode()
    order = ["Subscribe in your calendar", "webcal:", 'href="/events/price/event.ics"', "calendar.google.com/calendar/render"]
    assert [html.index(part) for part in order] == sorted(html.index(part) for part in order)
    assert event.organising_centre.short_name in html
    assert client.get("/events/price/")["Vary"] == "Accept-Language, Cookie, Sec-CH-UA-Platform, User-Agent"


def test_what_not_everybody_may_see_is_subscribed_to_by_an_address_of_ones_own_only(client, mia):
    published(slug="internal", visibility="network")
    client.force_login(mia)
    html = client.get("/events/internal/").content.decode()
    assert ('href="/my/calendars/"' in html, "webcal:" in html) == (True, False)
