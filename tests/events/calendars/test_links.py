"""How an event gets into a calendar from its page: the file, the subscription, and one-time copies."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.template import Context, Template
from django.utils import translation

from events.calendars.subscribing import links
from tests.events.calendars.reading import at, utc

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


@pytest.mark.parametrize(("language", "file"), [("en", "event.ics"), ("de", "event.de.ics")])
def test_the_panel_offers_the_file_in_the_readers_language(client, language, file):
    event = at(utc(2027, 7, 6, 7), slug="price")
    with translation.override(language):
        html = Template("{% load calendars %}{% calendar_links event %}").render(Context({"event": event}))
    assert f'href="/events/price/{file}"' in html
    assert f'href="/calendars/?calendar=centre-{event.organising_centre.slug}"' in html
    assert client.get(f"/events/price/{file}").status_code == 200
