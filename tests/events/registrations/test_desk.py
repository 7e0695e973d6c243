"""The organiser's list of registrations: approve and decline many, invite one, cancel one, take the list away as CSV."""

import csv
import io

import pytest
from django.urls import reverse

from events.programme.actions import cancel
from events.programme.models import Event
from events.registrations import actions
from events.registrations.desk import safe_cell
from events.registrations.models import Registration
from tests import factories
from tests.queries import count_queries


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def full(centre):
    """A training with two places where the organiser approves."""
    return factories.EventFactory(organising_centre=centre, slug="full", places=2, needs_approval=True)


@pytest.fixture
def three(full, ana, ben, cleo):
    return [actions.register(event=full, person=person, by=person) for person in (ana, ben, cleo)]


def at(name, slug="full", **more):
    return reverse(f"desk_{name}", kwargs={"slug": slug, **more})


def states():
    return {row.person.name.split()[0]: str(row.state) for row in Registration.objects.select_related("person")}


def said(response):
    return [str(message) for message in response.context["messages"]]


def names(response):
    return [row.person.name for row in response.context["page"].object_list]


def test_many_are_approved_at_once_and_who_has_no_place_waits(desk, three):
    keys = [row.pk for row in three]
    response = desk.post(at("registrations_decide"), {"do": "approve", "registrations": keys}, follow=True)
    assert states() == {"Ana": "confirmed", "Ben": "confirmed", "Cleo": "waiting"}
    assert said(response) == [
        "2 people have a place and are told so.",
        "1 person is on the waiting list: no place is left.",
    ]


def test_one_is_approved_with_the_rows_own_button(desk, three):
    desk.post(at("registrations_decide"), {"one": f"approve:{three[1].pk}"})
    assert states() == {"Ana": "pending", "Ben": "confirmed", "Cleo": "pending"}


def test_declining_needs_a_reason_and_keeps_the_ticks(desk, three):
    response = desk.post(at("registrations_decide"), {"do": "decline", "registrations": [three[0].pk], "reason": " "})
    assert (response.status_code, response.context["reason_errors"]) == (400, ["Say why: the person reads it."])
    assert response.context["chosen"] == {three[0].pk}
    assert states()["Ana"] == "pending"
    desk.post(at("registrations_decide"), {"do": "decline", "registrations": [three[0].pk], "reason": "Only for buyers"})
    assert (states()["Ana"], Registration.objects.get(pk=three[0].pk).reason) == ("declined", "Only for buyers")


def test_what_cannot_be_done_for_one_does_not_keep_back_the_others(desk, three, olga):
    actions.decline(registration=three[0], by=olga, reason="No")
    response = desk.post(
        at("registrations_decide"), {"do": "approve", "registrations": [three[0].pk, three[1].pk]}, follow=True
    )
    assert said(response) == [
        "1 person has a place and is told so.",
        "Ana Procurer: Only a registration that waits for approval can be approved.",
    ]


def test_ticking_nobody_or_nonsense_or_people_of_another_event_does_nothing(desk, three, training, ana):
    other = factories.RegistrationFactory(event=training, person=ana)
    for keys in ([], ["x", "-1", "9" * 40], [other.pk]):
        response = desk.post(at("registrations_decide"), {"do": "approve", "registrations": keys}, follow=True)
        assert said(response) == ["Nobody was ticked. Tick the people first, then choose what to do."]
    assert set(Registration.objects.values_list("state", flat=True)) == {"pending"}


def test_the_list_is_filtered_searched_and_sorted(desk, three, olga):
    actions.approve(registration=three[1], by=olga)
    assert names(desk.get(at("registrations"))) == ["Ana Procurer", "Ben Buyer", "Cleo Contracts"]
    assert names(desk.get(at("registrations") + "?state=pending")) == ["Ana Procurer", "Cleo Contracts"]
    assert names(desk.get(at("registrations") + "?q=ben.buyer")) == ["Ben Buyer"]
    assert names(desk.get(at("registrations") + "?sort=-created")) == ["Cleo Contracts", "Ben Buyer", "Ana Procurer"]
    assert names(desk.get(at("registrations") + "?q=nobody")) == []


def test_the_filter_survives_a_decision(desk, three):
    response = desk.post(at("registrations_decide") + "?state=pending&q=a", {"one": f"approve:{three[0].pk}"})
    assert response.headers["Location"] == at("registrations") + "?state=pending&q=a"


def test_the_waiting_list_is_in_its_order(desk, three, olga):
    for row in three:
        actions.approve(registration=row, by=olga)
    dora = actions.register(event=Event.objects.get(), person=factories.PersonFactory(name="Aaron Last"), by=olga)
    response = desk.get(at("registrations") + "?state=waiting")
    assert [(row.person.name, row.turn) for row in response.context["page"].object_list] == [
        ("Cleo Contracts", 1),
        ("Aaron Last", 2),
    ]
    assert dora.state == "waiting"


def test_somebody_new_is_invited_by_address(desk, full):
    desk.post(at("registrations_add"), {"email": "new@demo.example", "name": "Nora New", "how": "invite"})
    assert states() == {"Nora": "invited"}


def test_somebody_known_is_registered(desk, full, ana):
    desk.post(at("registrations_add"), {"email": "Ana.Procurer@demo.example", "how": "register"})
    assert states() == {"Ana": "confirmed"}


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (
            {"email": "nobody@demo.example", "how": "register"},
            "Nobody has this address here yet. Invite them: they get a mail with the way in.",
        ),
        ({"email": "no address", "how": "invite"}, "Enter a valid email address."),
        ({"email": "", "how": "invite"}, "This field is required."),
    ],
)
def test_who_cannot_be_added_is_said_at_the_field(desk, full, sent, message):
    response = desk.post(at("registrations_add"), sent)
    assert (response.status_code, response.context["add"].errors["email"]) == (400, [message])
    assert response.context["add"]["email"].value() == sent["email"]


def test_cancelling_one_says_who_gets_the_place_and_gives_it(desk, three, olga):
    for row in three:
        actions.approve(registration=row, by=olga)
    page = at("registration_cancel", key=three[0].pk)
    assert desk.get(page).context["following"].person.name == "Cleo Contracts"
    desk.post(page, {"reason": "Asked by mail"})
    assert states() == {"Ana": "cancelled", "Ben": "confirmed", "Cleo": "confirmed"}


def test_a_cancelled_event_offers_no_decision(desk, three, full, olga):
    def offers():
        page = desk.get(at("registrations")).content.decode()
        return [offer in page for offer in ('value="approve', "Invite or register somebody", 'name="registrations"')]

    assert offers() == [True, True, True]
    cancel(event=full, reason="The hall is closed.", by=olga)
    assert offers() == [False, False, False]


def test_a_registration_of_another_event_is_not_found(desk, full, training, ana):
    other = factories.RegistrationFactory(event=training, person=ana)
    assert desk.get(at("registration_cancel", key=other.pk)).status_code == 404


def test_the_list_as_csv(desk, three):
    Registration.objects.filter(pk=three[0].pk).update(note='=HYPERLINK("http://x")')
    response = desk.get(at("registrations_export") + "?state=pending")
    text = response.content.decode("utf-8")
    assert text[0] == "\ufeff"  # Excel takes the file for UTF-8 only with this mark
    rows = list(csv.reader(io.StringIO(text[1:])))
    assert rows[0][:6] == ["Name", "E-mail address", "Function", "Organisation", "Country", "State"]
    assert [row[0] for row in rows[1:]] == ["Ana Procurer", "Ben Buyer", "Cleo Contracts"]
    assert rows[1][7] == '\'=HYPERLINK("http://x")'
    assert response.headers["Content-Disposition"] == 'attachment; filename="full-registrations.csv"'


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+43 1", "'+43 1"),
        ("-2", "'-2"),
        ("@x", "'@x"),
        (" =1", "' =1"),
        ("\tx", "'\tx"),
        ("Ana", "Ana"),
        (3, "3"),
    ],
)
def test_no_cell_is_taken_for_a_formula(cell, safe):
    assert safe_cell(cell) == safe


def test_the_list_asks_the_database_as_often_for_three_people_as_for_one(desk, full):
    factories.RegistrationFactory(event=full)
    for_one = count_queries(desk, at("registrations"))
    factories.RegistrationFactory(event=full)
    factories.RegistrationFactory(event=full)
    assert count_queries(desk, at("registrations")) == for_one <= 10


def test_a_search_of_thousands_of_words_is_a_search(desk, three):
    assert desk.get(at("registrations"), {"q": "a " * 2500}).status_code == 200
