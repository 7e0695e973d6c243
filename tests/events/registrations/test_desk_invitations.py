"""The organiser invites people or registers them at once: one address or many."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from events.registrations import actions
from events.registrations.models import Registration
from network.models import Person
from tests import factories
from tests.events.registrations.desk import at, said, states

VIENNA = ZoneInfo("Europe/Vienna")


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def full(centre):
    return factories.EventFactory(organising_centre=centre, slug="full", places=1)


def test_somebody_new_is_invited_by_address(desk, full):
    response = desk.post(at("registrations_add"), {"emails": "Nora New <new@demo.example>", "how": "invite"}, follow=True)
    assert states() == {"Nora": "invited"}
    assert said(response) == ["Nora New: Invited."]


def test_many_are_invited_at_once_and_who_is_there_already_is_left_alone(desk, full, ana, ben):
    actions.register(event=full, person=ana, by=ana)
    lines = "ana.procurer@demo.example\n\n  BEN.BUYER@demo.example,\nben.buyer@demo.example\nnew@demo.example\n"
    response = desk.post(at("registrations_add") + "?state=invited", {"emails": lines, "how": "invite"}, follow=True)
    assert said(response) == [
        "2 people: Invited.",
        "Ana Procurer was on the list already: Confirmed. Nothing was changed.",
    ]
    assert sorted(Registration.objects.values_list("person__email", "state")) == [
        ("ana.procurer@demo.example", "confirmed"),
        ("ben.buyer@demo.example", "invited"),
        ("new@demo.example", "invited"),
    ]
    assert response.redirect_chain == [(at("registrations") + "?state=invited", 302)]


def test_an_invitation_may_stand_above_the_window_and_the_places_and_have_an_end(desk, full, ana):
    sent = {"emails": ana.email, "how": "invite", "when_closed": "on", "when_full": "on"}
    day = (timezone.now() + timedelta(days=9)).date()
    desk.post(at("registrations_add"), {**sent, "until_day": day.isoformat()})
    row = Registration.objects.get()
    assert (row.when_closed, row.when_full) == (True, True)
    assert f"{row.deadline.astimezone(VIENNA):%F %H:%M}" == f"{day} 23:59"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"until_day": "2020-01-01"}, "Choose a time in the future."),
        ({"until_day": "soon"}, "This is not a day. Write it as year-month-day, such as 2027-03-28."),
        ({"until_time": "12:00"}, "Give the day that belongs to this time."),
    ],
)
def test_an_end_that_is_none_is_said_at_its_field(desk, full, typed, message):
    response = desk.post(at("registrations_add"), {"emails": "new@demo.example", "how": "invite", **typed})
    assert (response.status_code, response.context["form"].errors["until_day"]) == (400, [message])
    assert Registration.objects.count() == 0


def test_somebody_known_is_registered_at_once(desk, full, ana, ben):
    lines = "Ana.Procurer@demo.example\nben.buyer@demo.example"
    response = desk.post(at("registrations_add"), {"emails": lines, "how": "register"}, follow=True)
    assert states() == {"Ana": "confirmed", "Ben": "waiting"}
    assert said(response) == ["Ana Procurer: Confirmed.", "Ben Buyer: On the waiting list."]


def test_addresses_for_which_it_could_not_be_done_stay_in_the_form_with_the_reason(desk, full, ana):
    empty = factories.PersonFactory(name="", email="empty@demo.example")
    lines = "nobody@demo.example\nana.procurer@demo.example\nempty@demo.example"
    response = desk.post(at("registrations_add"), {"emails": lines, "how": "register"})
    assert states() == {"Ana": "confirmed"}
    assert response.context["form"]["emails"].value() == "nobody@demo.example\nempty@demo.example"
    assert response.context["form"].errors["emails"] == [
        "nobody@demo.example: Nobody has this address here yet. Invite them: they get a mail with the way in.",
        "empty@demo.example: This person’s profile has no name or no organisation yet. Invite them instead.",
    ]
    assert not empty.registrations.exists()


@pytest.mark.parametrize(
    ("typed", "messages"),
    [
        ("", ["Enter one address at least."]),
        ("no address\nfine@demo.example", ["Line 1 is not an e-mail address: no address"]),
        ("\n".join(f"p{n}@demo.example" for n in range(201)), ["At most 200 at once; these are 201."]),
    ],
)
def test_lines_that_are_no_addresses_are_named_and_nobody_is_added(desk, full, typed, messages):
    before = Person.objects.count()
    response = desk.post(at("registrations_add"), {"emails": typed, "how": "invite"})
    assert (response.status_code, response.context["form"].errors["emails"]) == (400, messages)
    assert response.context["form"]["emails"].value() == typed
    assert (Registration.objects.count(), Person.objects.count()) == (0, before)


def test_nobody_is_added_to_an_event_that_does_not_take_place(desk, full, ana):
    full.state = "cancelled"
    full.save()
    response = desk.get(at("registrations_add"))
    assert "This cannot be done now: the event is “Cancelled”." in response.content.decode()
    desk.post(at("registrations_add"), {"emails": ana.email, "how": "invite"})
    assert Registration.objects.count() == 0
