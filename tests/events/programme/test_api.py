"""The programme over HTTP, as its organisers' programs use it. Who may do what is in tests/access_matrix.py."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events.programme.models import Event, EventCompetence
from network.models import Competence, Sector
from tests import factories

pytestmark = pytest.mark.django_db
EVENTS = "/api/v1/events/"


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


@pytest.fixture
def rich(as_olga, body, other_centre):
    """The address of a draft that has everything."""
    Sector.objects.get_or_create(slug="energy", defaults={"name": "Energy"})
    Competence.objects.get_or_create(code="C8", defaults={"number": 8, "cluster": "pre-award", "name": "Market"})
    body |= {
        "format": "hybrid",
        "join_link": "https://meet.demo.example/1",
        "co_organisers": [other_centre.slug],
        "sectors": ["energy"],
        "competences": [{"competence": "C8", "level": 2}],
        "interpretation": ["fr"],
        "eligible_kinds": ["utility"],
        "registration_closes": "2027-05-01T12:00+02:00",
        "needs_approval": True,
        "approver": "home-centre",
        "promotion": "offer",
        "offer_hours": 24,
        "changes_close": "2027-05-04T12:00",
        "reminder_days": 5,
        "special_answers_days": 14,
        "sessions": [
            {
                "title": "Morning",
                "starts": "2027-05-06T09:00",
                "ends": "2027-05-06T12:00",
                "credited_minutes": 150,
                "speakers": [{"name": "Tina Trainer", "affiliation": "KOINNO", "part": "trainer"}],
            },
            {
                "title": "Afternoon",
                "starts": "2027-05-06T13:00:00+02:00",
                "ends": "2027-05-06T16:00",
                "is_chosen": True,
                "places": 8,
            },
        ],
    }
    return as_olga.post(EVENTS, body)["Location"]


def test_a_workshop_goes_from_draft_to_cancelled(as_olga, body):
    created = as_olga.post(EVENTS, body)
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

    clone = as_olga.post(f"{address}clone/", {"first_day": "2028-01-10", "title": "Next year"})
    assert (clone.status_code, clone["Location"]) == (201, "http://testserver/api/v1/events/next-year/")
    assert as_olga.delete(clone["Location"]).status_code == 204
    assert as_olga.get(clone["Location"]).status_code == 404


def test_everything_about_an_event(as_olga, rich):
    event = Event.objects.get()
    first, second = event.sessions.all()
    shown = as_olga.get(rich).json()
    assert shown == {
        "slug": "market-dialogue-in-practice",
        "page": "https://calendar.example/events/market-dialogue-in-practice/",
        "calendar": "https://calendar.example/events/market-dialogue-in-practice/event.ics",
        "kind": "training",
        "state": "draft",
        "state_reason": "",
        "title": "Market dialogue in practice",
        "summary": "How to talk to suppliers before the call.",
        "description": "",
        "learning_outcomes": "",
        "organising_centre": "at-test",
        "co_organisers": ["de-test"],
        "funding": None,
        "format": "hybrid",
        "city": "Vienna",
        "country": "AT",
        "venue": event.venue_id,
        "venue_details": {
            "id": event.venue_id,
            "name": "Procurement house",
            "address": "Test street 1",
            "city": "Vienna",
            "country": "AT",
            "latitude": None,
            "longitude": None,
            "access": "",
        },
        "join_link": "https://meet.demo.example/1",
        "timezone": "Europe/Vienna",
        "all_day": False,
        "starts": "2027-05-06T09:00:00+02:00",
        "ends": "2027-05-06T16:00:00+02:00",
        "first_day": None,
        "last_day": None,
        "languages": ["en"],
        "interpretation": ["fr"],
        "sectors": ["energy"],
        "competences": [{"competence": "C8", "level": 2}],
        "audience": "",
        "visibility": "public",
        "eligible_kinds": ["utility"],
        "eligibility": "",
        "needs_approval": True,
        "approver": "home-centre",
        "promotion": "offer",
        "offer_hours": 24,
        "changes_close": "2027-05-04T12:00:00+02:00",
        "reminder_days": 5,
        "special_answers_days": 14,
        "places": 20,
        "places_left": 20,
        "registration_opens": None,
        "registration_closes": "2027-05-01T12:00:00+02:00",
        "registration_state": "closed",
        "attendance_share": 80,
        "sessions": [
            {
                "id": first.pk,
                "title": "Morning",
                "summary": "",
                "starts": "2027-05-06T09:00:00+02:00",
                "ends": "2027-05-06T12:00:00+02:00",
                "first_day": None,
                "last_day": None,
                "credited_minutes": 150,
                "is_chosen": False,
                "places": None,
                "places_taken": 0,
                "speakers": [{"name": "Tina Trainer", "affiliation": "KOINNO", "part": "trainer"}],
            },
            {
                "id": second.pk,
                "title": "Afternoon",
                "summary": "",
                "starts": "2027-05-06T13:00:00+02:00",
                "ends": "2027-05-06T16:00:00+02:00",
                "first_day": None,
                "last_day": None,
                "credited_minutes": None,
                "is_chosen": True,
                "places": 8,
                "places_taken": 0,
                "speakers": [],
            },
        ],
        "revision": 1,
        "updated_at": event.updated_at.isoformat(),
        "published_at": None,
    }


def test_what_was_read_can_be_written_back_and_changes_nothing(as_olga, rich, ana):
    Event.objects.get().sessions.first().speakers.update(person=ana)  # an account that the API does not show
    read = as_olga.get(rich)
    written = as_olga.put(rich, read.json())
    assert (written.status_code, written.json(), written["ETag"]) == (200, read.json(), read["ETag"])
    assert Event.objects.get().sessions.first().speakers.get().person == ana


def test_a_change_leaves_what_it_does_not_name(as_olga, rich):
    before = as_olga.get(rich).json()
    after = as_olga.patch(rich, {"places": 30, "competences": []}).json()
    changed = {name: value for name, value in after.items() if before[name] != value}
    changed.pop("updated_at")
    assert changed == {"places": 30, "places_left": 30, "competences": [], "revision": 2}


def test_a_session_as_long_as_the_event_follows_its_times(as_olga, body):
    address = as_olga.post(EVENTS, body)["Location"]
    before = as_olga.get(address).json()["sessions"][0]["id"]
    longer = as_olga.patch(address, {"ends": "2027-05-06T18:00"}).json()
    assert [(session["id"], session["ends"]) for session in longer["sessions"]] == [(before, "2027-05-06T18:00:00+02:00")]
    days = as_olga.patch(address, {"first_day": "2027-05-06", "last_day": "2027-05-07"}).json()
    assert (days["all_day"], days["starts"], days["last_day"]) == (True, None, "2027-05-07")
    assert [(session["id"], session["last_day"]) for session in days["sessions"]] == [(before, "2027-05-07")]


def test_wrong_input_is_told_at_its_path(as_olga, body):
    wrong = body | {
        "places": 0,
        "starts": "2027-03-28T02:30",
        "competences": [],
        "offer_hours": 0,
        "sessions": [{"places": 5, "speakers": [{"name": ""}]}],
    }
    answer = as_olga.post(EVENTS, wrong)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["errors"] == {
        "places": ["There must be at least one place. For no limit, leave this empty."],
        "offer_hours": ["From 1 to 720 hours, which are 30 days."],
        "sessions.0.places": [
            "Only a session that participants choose has places of its own. All participants come to this one."
        ],
        "starts": ["02:30 does not exist on 28 March 2027 in Europe/Vienna: the clock goes from 02:00 to 03:00."],
        "sessions.0.speakers.0.name": ["This is needed."],
    }
    assert Event.objects.count() == 0


def test_input_of_the_wrong_type_is_told_at_its_path(as_olga, body):
    wrong = body | {"starts": "soon", "organising_centre": "nowhere", "sessions": [{"first_day": 7}], "kind": "party"}
    errors = as_olga.post(EVENTS, wrong).json()["errors"]
    assert sorted(errors) == ["kind", "organising_centre", "sessions.0.first_day", "starts"]


def test_a_move_says_exactly_one_start(as_olga, training):
    for nothing in ({}, {"starts": "2030-01-01T09:00", "first_day": "2030-01-01"}):
        answer = as_olga.post(f"{EVENTS}{training.slug}/move/", nothing)
        assert answer.json()["errors"] == {"starts": ["Say when it starts: either “starts” or, for whole days, “first_day”."]}


# --- Conditional requests ---


def test_of_two_editors_the_second_is_told(as_olga, training):
    address = f"{EVENTS}{training.slug}/"
    tag = as_olga.get(address)["ETag"]
    assert as_olga.patch(address, {"places": 21}, headers={"If-Match": tag}).status_code == 200
    second = as_olga.patch(address, {"places": 22}, headers={"If-Match": tag})
    assert (second.status_code, second.json()["code"]) == (412, "stale")
    for verb, sent in (("cancel", {"reason": "x"}), ("move", {"first_day": "2030-01-01"}), ("postpone", {"reason": "x"})):
        assert as_olga.post(f"{address}{verb}/", sent, headers={"If-Match": tag}).status_code == 412
    assert as_olga.put(address, as_olga.get(address).json(), headers={"If-Match": tag}).status_code == 412
    training.refresh_from_db()
    assert (training.places, training.state, training.revision) == (21, "published", 2)


def test_what_is_unchanged_is_not_sent_again(as_olga, training):
    address = f"{EVENTS}{training.slug}/"
    first = as_olga.get(address)
    again = as_olga.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert as_olga.get(address, headers={"If-None-Match": f'"0", W/{first["ETag"]}'}).status_code == 304
    Event.objects.update(places_taken=1)  # a registration is no edit, but the answer differs
    fresh = as_olga.get(address, headers={"If-None-Match": first["ETag"]})
    assert (fresh.status_code, fresh.json()["places_left"], fresh.json()["revision"]) == (200, 19, 1)
    assert as_olga.patch(address, {"places": 9}, headers={"If-Match": first["ETag"]}).status_code == 200


# --- What whom is shown ---


def test_the_link_to_join_is_for_those_who_have_a_place_or_run_it(api, training, ana, ben, cleo, mia, olga, otto, sara):
    Event.objects.update(join_link="https://meet.demo.example/1")
    factories.RegistrationFactory(event=training, person=ana, state="confirmed")
    factories.RegistrationFactory(event=training, person=ben, state="pending")
    factories.RegistrationFactory(event=training, person=cleo, state="cancelled")
    shown = {}
    for name, person in {
        "visitor": None,
        "ana": ana,
        "ben": ben,
        "cleo": cleo,
        "mia": mia,
        "olga": olga,
        "otto": otto,
        "sara": sara,
    }.items():
        api.force_authenticate(person)
        shown[name] = api.get(f"{EVENTS}{training.slug}/").json()["join_link"] is not None
        assert "join_link" not in api.get(EVENTS).json()["results"][0]
    assert shown == {
        "visitor": False, "ana": True, "ben": False, "cleo": False, "mia": False, "olga": True, "otto": False, "sara": True,
    }  # fmt: skip


def test_a_list_takes_as_many_queries_for_three_as_for_one(api, centre, django_assert_num_queries):
    energy = Sector.objects.get_or_create(slug="energy", defaults={"name": "Energy"})[0]
    market = Competence.objects.get_or_create(code="C8", defaults={"number": 8, "cluster": "pre-award", "name": "Market"})[0]
    for number in (1, 2):
        for _ in range(number):
            event = factories.EventFactory(organising_centre=centre)
            event.sectors.add(energy)
            EventCompetence.objects.create(event=event, competence=market, level=2)
        with django_assert_num_queries(3):
            results = api.get(EVENTS).json()["results"]
        assert {(*event["sectors"], event["competences"][0]["competence"]) for event in results} == {("energy", "C8")}
    assert len(results) == 3


def test_pages_of_a_list_by_their_start_and_of_what_is_over_backwards(api, centre):
    now = timezone.now()
    for day in (3, 1, 2, -3, -1, -2):
        factories.EventFactory(organising_centre=centre, slug=f"day{day}", starts_at=now + timedelta(days=day))

    def walk(address):
        while address:
            page = api.get(address).json()
            yield [event["slug"] for event in page["results"]]
            address = page["next"]

    assert list(walk(f"{EVENTS}?past=false&limit=2")) == [["day1", "day2"], ["day3"]]
    assert list(walk(f"{EVENTS}?past=true&limit=2")) == [["day-1", "day-2"], ["day-3"]]
    assert list(walk(f"{EVENTS}?limit=4")) == [["day-3", "day-2", "day-1", "day1"], ["day2", "day3"]]


def test_a_wrong_filter_is_told_at_its_name(api, training):
    answer = api.get(f"{EVENTS}?kind=party&from=never")
    assert (answer.status_code, sorted(answer.json()["errors"])) == (400, ["from", "kind"])


# --- Venues ---


def test_venues_are_added_and_listed(as_olga):
    sent = {"name": "Zappeion", "city": "Athens", "country": "EL", "latitude": "37.97", "longitude": 23.73}
    created = as_olga.post("/api/v1/venues/", sent)
    shown = {
        "address": "",
        "access": "",
        "country": "GR",
        "latitude": 37.97,
        "longitude": 23.73,
        "name": "Zappeion",
        "city": "Athens",
    }
    assert (created.status_code, created.json()) == (201, {"id": created.json()["id"], **shown})
    assert as_olga.get("/api/v1/venues/").json()["results"] == [created.json()]
    wrong = as_olga.post("/api/v1/venues/", {"name": "", "city": "Athens", "country": "Atlantis"})
    assert (wrong.status_code, sorted(wrong.json()["errors"])) == (400, ["country", "name"])
