"""Letting a colleague come instead, by the link in the mail: who gets what, and that nobody learns of others by it."""

import re
from html import unescape

import pytest

from events.mail.models import Message
from events.registrations import actions, queries
from events.registrations.links import self_service_path
from events.registrations.models import Registration
from network.models import Person
from tests import factories
from tests.events.registrations.test_self_service import mine, state, told, words

__all__ = ["mine"]  # a fixture

pytestmark = pytest.mark.django_db
COLLEAGUE = {"email": "maria@demo.example", "name": "Maria Mayr", "organisation": "City of Linz"}


def test_a_colleague_who_is_new_gets_the_place_and_a_mail(client, mine, ana):
    html = client.get(f"{self_service_path(mine)}pass-on/").content.decode()
    assert f'value="{ana.organisation}"' in html
    Message.objects.all().delete()
    response = client.post(f"{self_service_path(mine)}pass-on/", COLLEAGUE)
    assert (response["Location"], told(response)) == (
        self_service_path(mine),
        [
            "Passed on to maria@demo.example. They get a mail with the event and a link of their own; you get one that confirms it. The organiser sees it in the list."
        ],
    )
    maria = Person.objects.get(email="maria@demo.example")
    assert (maria.name, maria.organisation.name, maria.organisation.country.code) == ("Maria Mayr", "City of Linz", "AT")
    new = queries.live(maria, mine.event)
    assert (new.state, new.takes_over, state(mine)) == ("confirmed", mine, "cancelled")
    assert set(Message.objects.values_list("recipient", flat=True)) == {"maria@demo.example", ana.email}
    assert words(client, mine)[:2] == ["You are no longer registered.", "A colleague takes over."]


def test_pressing_twice_passes_on_once(client, mine):
    address = f"{self_service_path(mine)}pass-on/"
    first = told(client.post(address, COLLEAGUE))
    client.get(self_service_path(mine))
    assert told(client.post(address, COLLEAGUE)) == first
    assert Registration.objects.count() == 2


def test_a_colleague_whom_we_know_keeps_their_own_name(client, mine, ben):
    client.post(f"{self_service_path(mine)}pass-on/", {**COLLEAGUE, "email": ben.email})
    was = ben.organisation
    ben.refresh_from_db()
    assert (ben.name, ben.organisation) == ("Ben Buyer", was)
    assert queries.live(ben, mine.event).state == "confirmed"


def test_a_turn_on_the_waiting_list_is_passed_on(client, centre, ana, ben, cleo):
    event = factories.EventFactory(organising_centre=centre, places=1)
    actions.register(event=event, person=ben, by=ben)
    mine = actions.register(event=event, person=ana, by=ana)
    actions.register(event=event, person=cleo, by=cleo)
    client.post(f"{self_service_path(mine)}pass-on/", COLLEAGUE)
    new = queries.live(Person.objects.get(email="maria@demo.example"), event)
    assert (new.state, queries.position(new)) == ("waiting", 1)


@pytest.mark.parametrize(
    ("email", "why"),
    [
        ("ana.procurer@demo.example", "This is your own address. Enter that of the colleague who comes instead."),
        (
            "ben.buyer@demo.example",
            "Your colleague is registered for this event already, or this is no longer yours to pass on.",
        ),
        ("nobody", "Enter a valid email address."),
        ("closed@demo.example", "It cannot be passed on to this address. Try another one."),
    ],
)
def test_why_it_cannot_be_passed_on_tells_nothing_of_others(client, mine, ben, email, why):
    actions.register(event=mine.event, person=ben, by=ben)
    factories.PersonFactory(email="closed@demo.example", is_active=False)
    people = Person.objects.count()
    response = client.post(f"{self_service_path(mine)}pass-on/", {**COLLEAGUE, "email": email})
    html = unescape(response.content.decode())
    assert response.status_code == 400
    assert re.findall(r'<ul class="field-errors".*?<li>(.*?)</li>', html, re.DOTALL) == [why]
    assert "Ben Buyer" not in html
    assert 'value="Maria Mayr"' in html
    assert (state(mine), Person.objects.count()) == ("confirmed", people)


def test_a_colleague_to_whom_the_event_is_not_open_leaves_no_account_behind(client, centre, ana):
    event = factories.EventFactory(organising_centre=centre, eligible_kinds=["local-authority"])
    mine = actions.register(event=event, person=ana, by=ana)
    ana.organisation.kind = "supplier"
    ana.organisation.save()
    response = client.post(f"{self_service_path(mine)}pass-on/", COLLEAGUE)
    assert "The event is not open to this colleague." in response.content.decode()
    assert not Person.objects.filter(email="maria@demo.example").exists()


def test_strangers_are_not_written_to_without_end(client, mine, settings):
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"pass-on": "1/hour"}}
    client.post(
        f"{self_service_path(mine)}pass-on/", {**COLLEAGUE, "email": "ana.procurer@demo.example"}
    )  # a slip is not counted
    client.post(f"{self_service_path(mine)}pass-on/", COLLEAGUE)
    new = Registration.objects.get(takes_over=mine)
    response = client.post(f"{self_service_path(new)}pass-on/", {**COLLEAGUE, "email": "another@demo.example"})
    assert response.status_code == 429
    assert state(new) == "confirmed"
