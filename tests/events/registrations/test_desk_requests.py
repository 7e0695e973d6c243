"""Requests for the home centre: who decides where an event leaves it to the participant's own centre."""

import pytest
from django.urls import reverse

from events.registrations import actions, terms
from events.registrations.models import Registration
from tests import factories
from tests.events.registrations.desk import said, states, tick
from tests.queries import count_queries

PAGE, DECIDE = "desk_requests", "desk_requests_decide"


@pytest.fixture
def training(centre):
    """Olga's centre runs it; Otto's approves its own people."""
    return factories.EventFactory(
        organising_centre=centre, slug="abroad", places=2, needs_approval=True, approver="home-centre", title="Abroad"
    )


def german(event, name):
    organisation = factories.OrganisationFactory(country="DE")
    person = factories.PersonFactory(name=name, organisation=organisation)
    return actions.register(event=event, person=person, by=person)


@pytest.fixture
def asked(training, other_centre, ana):
    """Two from Germany, and Ana from Austria."""
    actions.register(event=training, person=ana, by=ana)
    return [german(training, "Gerd German"), german(training, "Gabi German")]


def shown(response):
    return [
        (group["event"].title, [row["registration"].person.name for row in group["rows"]])
        for group in response.context["groups"]
    ]


def test_an_organiser_sees_the_people_of_their_own_centre_only(client, otto, olga, asked):
    client.force_login(otto)
    assert shown(client.get(reverse(PAGE))) == [("Abroad", ["Gerd German", "Gabi German"])]
    client.force_login(olga)
    assert shown(client.get(reverse(PAGE))) == [("Abroad", ["Ana Procurer"])]


def test_the_desk_says_that_somebody_waits(client, otto, ana, asked):
    client.force_login(otto)
    (notice,) = client.get(reverse("desk")).context["notices"]
    assert notice.text == "2 people wait for the approval of your centre as their home centre."
    for row in asked:
        actions.cancel(registration=row, by=row.person)
    assert client.get(reverse("desk")).context["notices"] == []


def test_the_home_centre_approves_many_at_once(client, otto, asked):
    client.force_login(otto)
    response = client.post(reverse(DECIDE), {"do": "approve", "registrations": tick(*asked)}, follow=True)
    assert said(response) == ["2 approved: 2 have a place. They are told."]
    assert states() == {"Ana": "pending", "Gerd": "confirmed", "Gabi": "confirmed"}
    assert shown(response) == []


def test_the_home_centre_declines_with_a_reason(client, otto, asked):
    client.force_login(otto)
    sent = {"do": "decline", "registrations": tick(asked[0])}
    response = client.post(reverse(DECIDE), {**sent, "reason": ""})
    assert (response.status_code, response.context["reason_errors"]) == (400, ["Say why: the person reads it."])
    client.post(reverse(DECIDE), {**sent, "reason": "Not this year"})
    assert states()["Gerd"] == "declined"


def test_the_home_centre_decides_about_nobody_else(client, otto, asked, training):
    ana = Registration.objects.get(person__name="Ana Procurer")
    client.force_login(otto)
    response = client.post(reverse(DECIDE), {"do": "approve", "registrations": tick(ana)}, follow=True)
    assert said(response) == ["Nobody was ticked. Tick the people first, then choose what to do."]
    assert client.get(reverse("desk_registrations", args=["abroad"])).status_code == 403
    assert states()["Ana"] == "pending"


def test_where_the_organiser_approves_the_home_centre_is_not_asked(client, otto, training, other_centre):
    training.approver = "organiser"
    training.save()
    german(training, "Gerd German")
    client.force_login(otto)
    assert shown(client.get(reverse(PAGE))) == []


def test_the_organiser_may_decide_too_and_who_is_first_counts(client, olga, otto, asked):
    client.force_login(olga)
    client.post(
        reverse("desk_registrations_decide", args=["abroad"]), {"do": "approve", "registrations": tick(asked[0])}, follow=True
    )
    assert states()["Gerd"] == "confirmed"
    client.force_login(otto)
    response = client.post(
        reverse(DECIDE), {"do": "decline", "registrations": tick(*asked), "reason": "Not this year"}, follow=True
    )
    assert states() == {"Ana": "pending", "Gerd": "confirmed", "Gabi": "declined"}
    assert said(response) == [
        "1 person is declined and told why.",
        "Gerd German: this changed since you opened the list and is now “Confirmed”. It was left as it is.",
    ]


def test_the_quota_of_the_people_stands_beside_them(client, otto, olga, asked, training):
    training.refresh_from_db()
    terms.set_quotas(event=training, quotas=[terms.QuotaFacts(country="DE", at_most=1)], by=olga)
    client.force_login(otto)
    (group,) = client.get(reverse(PAGE)).context["groups"]
    assert [quota.group_name for quota in group["rows"][0]["quotas"]] == ["Germany"]


def test_the_page_asks_the_database_as_often_for_many_as_for_one(client, otto, other_centre, training):
    client.force_login(otto)
    german(training, "One")
    for_one = count_queries(client, reverse(PAGE))
    for number in range(3):
        other = factories.EventFactory(needs_approval=True, approver="home-centre")
        german(other, f"Another {number}")
    assert count_queries(client, reverse(PAGE)) == for_one <= 8


def test_an_event_that_does_not_take_place_asks_nobody(client, otto, asked, training):
    training.state = "cancelled"
    training.save()
    client.force_login(otto)
    assert shown(client.get(reverse(PAGE))) == []
