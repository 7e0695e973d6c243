"""The programme over HTTP, as its organisers' programs use it."""

from datetime import datetime

import pytest

from events.programme import actions
from events.programme.models import Event
from tests import factories
from tests.factories import RegistrationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def body(centre):
    return {
        "kind": "training",
        "title": "Market dialogue in practice",
        "summary": "How to talk to suppliers before the call.",
        "organising_centre": centre.slug,
        "format": "on-site",
        "timezone": "Europe/Vienna",
        "languages": ["en"],
        "starts": "2027-05-06T09:00",
        "ends": "2027-05-06T16:00",
        "venue": factories.VenueFactory().pk,
        "places": 20,
    }


@pytest.fixture
def as_olga(api, olga):
    api.force_authenticate(olga)
    return api


def test_a_workshop_goes_from_draft_to_cancelled(as_olga, body):
    created = as_olga.post("/api/v1/events/", body)
    assert created.status_code == 201
    assert created["Location"] == "http://testserver/api/v1/events/market-dialogue-in-practice/"
    address = created["Location"]
    shown = created.json()
    assert (shown["state"], shown["starts"], shown["ends"]) == (
        "draft",
        "2027-05-06T09:00:00+02:00",
        "2027-05-06T16:00:00+02:00",
    )

    published = as_olga.post(f"{address}publish/", {})
    assert (published.status_code, published.json()["state"]) == (200, "published")

    moved = as_olga.post(f"{address}move/", {"starts": "2027-12-06T09:00", "reason": "The hall is closed."})
    assert moved.json()["sessions"][0]["ends"] == "2027-12-06T16:00:00+01:00"

    assert as_olga.post(f"{address}postpone/", {"reason": "Snow."}).json()["state"] == "postponed"
    assert as_olga.post(f"{address}move/", {"first_day": "2027-12-08"}).json()["starts"] == "2027-12-08T09:00:00+01:00"

    cancelled = as_olga.post(f"{address}cancel/", {"reason": "More snow."}).json()
    assert (cancelled["state"], cancelled["state_reason"], cancelled["revision"]) == ("cancelled", "More snow.", 6)

    again = as_olga.post(f"{address}publish/", {})
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")


def test_what_was_read_can_be_written_back_and_changes_nothing(as_olga, body):
    address = as_olga.post("/api/v1/events/", body)["Location"]
    read = as_olga.get(address)
    written = as_olga.put(address, read.json())
    assert written.status_code == 200
    assert written.json() == read.json()
    assert written["ETag"] == read["ETag"]
