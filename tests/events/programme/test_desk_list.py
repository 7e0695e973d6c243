"""The desk's first page: my events, what waits, and how to find one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories
from tests.queries import count_queries


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


def titles(response):
    return [event.title for event, _steps in response.context["page"].object_list]


def steps(response):
    return {event.title: [step.text for step in found] for event, found in response.context["page"].object_list}


@pytest.fixture
def season(centre, other_centre):
    now = timezone.now()
    make = factories.EventFactory
    make(organising_centre=centre, title="Soon", slug="soon", starts_at=factories.soon(10))
    make(organising_centre=centre, title="Later visit", slug="later", kind="visit", starts_at=factories.soon(40))
    make(organising_centre=centre, title="A draft", slug="draft", state="draft", published_at=None)
    make(organising_centre=centre, title="Over", slug="over", starts_at=now - timedelta(days=9))
    make(organising_centre=centre, title="Put off", slug="off", state="postponed", starts_at=factories.soon(20))
    make(organising_centre=other_centre, title="Not mine", slug="not-mine")
    shared = make(organising_centre=other_centre, title="Shared", slug="shared", starts_at=factories.soon(50))
    shared.co_organisers.add(centre)


def test_upcoming_events_of_my_centre_come_soonest_first(desk, season):
    response = desk.get("/desk/")
    assert titles(response) == ["Soon", "Put off", "Later visit", "Shared"]
    assert [(name, count) for name, _label, count in response.context["tabs"]] == [
        ("upcoming", 4),
        ("drafts", 1),
        ("past", 1),
        ("all", 6),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tab=drafts", ["A draft"]),
        ("tab=past", ["Over"]),
        ("kind=visit", ["Later visit"]),
        ("state=postponed", ["Put off"]),
        ("q=soon", ["Soon"]),
        ("q=nothing+fits", []),
        ("sort=title", ["Later visit", "Put off", "Shared", "Soon"]),
        ("sort=-starts", ["Shared", "Later visit", "Put off", "Soon"]),
        ("tab=nonsense&sort=nonsense&kind=nonsense&page=99&since=nonsense", ["Soon", "Put off", "Later visit", "Shared"]),
    ],
)
def test_the_list_filters_and_sorts(desk, season, query, found):
    assert titles(desk.get(f"/desk/?{query}")) == found


def test_a_period(desk, season):
    day = (timezone.now() + timedelta(days=30)).date().isoformat()
    assert titles(desk.get(f"/desk/?since={day}")) == ["Later visit", "Shared"]
    assert titles(desk.get(f"/desk/?until={day}")) == ["Soon", "Put off"]


def test_the_list_says_what_waits(desk, centre, season, ana, ben):
    from events.programme.models import Event

    soon = Event.objects.get(slug="soon")
    factories.RegistrationFactory(event=soon, person=ana)
    factories.RegistrationFactory(event=soon, person=ben)
    over = Event.objects.get(slug="over")
    factories.RegistrationFactory(event=over, person=ana, state="confirmed")
    Event.objects.filter(pk=over.pk).update(places_taken=1)
    assert steps(desk.get("/desk/?tab=all")) == {
        "Shared": [],
        "Later visit": [],
        "A draft": ["Publish"],
        "Put off": ["Set a new time"],
        "Soon": ["2 to approve"],
        "Over": ["Record who came"],
    }
    assert desk.get("/desk/").context["to_approve"] == 2


def test_the_secretariat_has_all_events_on_its_desk(client, sara, season):
    client.force_login(sara)
    assert len(titles(client.get("/desk/?tab=all"))) == 7


def test_long_lists_have_pages(desk, centre):
    factories.EventFactory.create_batch(26, organising_centre=centre)
    page = desk.get("/desk/?page=2").context["page"]
    assert (page.paginator.num_pages, len(page.object_list)) == (2, 1)


def test_the_list_asks_the_database_as_often_for_three_events_as_for_one(desk, centre):
    factories.RegistrationFactory(event=factories.EventFactory(organising_centre=centre))
    for_one = count_queries(desk, "/desk/")
    for event in factories.EventFactory.create_batch(2, organising_centre=centre):
        factories.RegistrationFactory(event=event)
    assert count_queries(desk, "/desk/") == for_one <= 10
