"""Tickets, and the list that a desk keeps: who has a ticket opens its entry, who has the list alone learns nothing."""

import json
import re
from base64 import urlsafe_b64decode
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from events.attendance import actions
from events.attendance.checking.offline import key_of, keys_of, offline_list
from events.attendance.checking.tickets import address_of, code_of
from events.programme.models import Session
from events.registrations.links import self_service_path
from events.registrations.models import Registration
from network.code_words import ALPHABET, parse
from network.models import Person
from tests import factories
from tests.queries import count_queries


@pytest.fixture
def session(centre):
    event = factories.EventFactory(organising_centre=centre, slug="today", starts_at=timezone.now() - timedelta(hours=1))
    return event.sessions.get()


@pytest.fixture
def ana_comes(session, ana):
    return factories.RegistrationFactory(event=session.event, person=ana, state="confirmed")


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


def raw(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def opened(body, code):
    """What whoever holds the ticket reads, by the steps that the documentation names and nothing of ours."""
    salt, letters = raw(body["salt"]), code.replace("-", "")
    sealed = raw(body["people"][key_of(salt, letters)])
    key = HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"check-in record").derive(letters.encode())
    return json.loads(AESGCM(key).decrypt(sealed[:12], sealed[12:], None))


def address(session):
    return reverse("api-check-in-list", args=[session.event.slug, session.pk])


@given(st.integers(1, 2**40))
def test_a_ticket_has_a_code_of_its_own_that_is_always_the_same(key):
    code = code_of(key)
    assert code == code_of(key) == parse(code.lower())
    assert code != code_of(key + 1)
    assert [len(part) for part in code.split("-")] == [4, 4, 4, 4, 1]
    assert set(code) <= {*ALPHABET, "-"}


def test_another_secret_makes_other_codes(settings):
    before = code_of(1)
    settings.SECRET_KEY = "another secret " * 4
    assert code_of(1) != before


def test_with_the_ticket_the_entry_opens_and_with_nothing_else(desk, session, ana_comes):
    body = desk.get(address(session)).json()
    assert opened(body, code_of(ana_comes.pk)) == {
        "name": "Ana Procurer",
        "organisation": str(ana_comes.person.organisation),
        "problem": "",
        "words": "",
    }
    letters = code_of(ana_comes.pk).replace("-", "")
    ((_key, sealed),) = body["people"].items()
    body["people"] = {key_of(raw(body["salt"]), "0" * 17): sealed}
    with pytest.raises(InvalidTag):
        opened(body, "0" * 17)
    assert [word for word in ("Ana", ana_comes.person.email, letters, code_of(ana_comes.pk)) if word in json.dumps(body)] == []
    assert set(body) == {"session", "salt", "opens_at", "expires_at", "people", "present"}


def test_entries_do_not_tell_by_their_length_or_their_order(desk, session):
    for name in ("Al Li", "Bo Wu", "Maximiliane"):
        factories.RegistrationFactory(event=session.event, person__name=name, state="confirmed")
    people = desk.get(address(session)).json()["people"]
    assert list(people) == sorted(people)
    assert len({len(sealed) for sealed in people.values()}) == 1
    assert all((len(raw(sealed)) - 12 - 16) % 64 == 0 for sealed in people.values())


def test_the_list_says_who_cannot_be_checked_in_and_who_is_there(desk, session, ana_comes, ben, cleo, olga):
    waiting = factories.RegistrationFactory(event=session.event, person=ben, state="waiting", queued_at=timezone.now())
    record = actions.check_in(registration=ana_comes, session=session, by=olga)
    body = desk.get(address(session)).json()
    told = opened(body, code_of(waiting.pk))
    assert (told["problem"], told["words"]) == (
        "not_confirmed",
        "Ben Buyer has no confirmed place: the registration is “On the waiting list”.",
    )
    (key,) = keys_of(session, [ana_comes.pk])
    assert body["present"] == {key: record.checked_in_at.isoformat().replace("+00:00", "Z")}
    Session.objects.filter(pk=session.pk).update(is_chosen=True)
    assert opened(desk.get(address(session)).json(), code_of(ana_comes.pk))["problem"] == "other_session"


def test_the_keys_of_one_session_say_nothing_about_another(session, ana_comes):
    other = Session.objects.create(
        event=session.event,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        first_day=session.first_day,
        last_day=session.last_day,
    )
    assert keys_of(session, [ana_comes.pk]).keys().isdisjoint(keys_of(other, [ana_comes.pk]))


def test_the_list_is_sent_again_only_if_something_changed(desk, session, ana_comes, ana, olga):
    first = desk.get(address(session))
    etag = first.headers["ETag"]
    assert (desk.get(address(session)).content, first.headers["Cache-Control"]) == (first.content, "private, no-cache")
    assert desk.get(address(session), headers={"If-None-Match": etag}).status_code == 304
    seen = {etag}
    for change in (
        lambda: Person.objects.filter(pk=ana.pk).update(name="Ana Maria Procurer"),
        lambda: Registration.objects.update(state="cancelled"),
        lambda: Registration.objects.update(state="confirmed"),
        lambda: actions.check_in(registration=ana_comes, session=session, by=olga),
    ):
        change()
        response = desk.get(address(session), headers={"If-None-Match": etag})
        assert response.status_code == 200
        etag = response.headers["ETag"]
        seen.add(etag)
    assert len(seen) == 4  # confirmed again, it says what it said before


def test_the_list_asks_as_often_for_three_people_as_for_one(desk, session):
    factories.RegistrationFactory(event=session.event, state="confirmed")
    for_one = count_queries(desk, address(session))
    for _ in range(2):
        factories.RegistrationFactory(event=session.event, state="confirmed")
    assert count_queries(desk, address(session)) == for_one


def test_the_list_of_a_thousand_has_them_all(session):
    organisation = factories.OrganisationFactory()
    people = Person.objects.bulk_create(
        Person(name=f"Person {number}", email=f"p{number}@demo.example", organisation=organisation) for number in range(1000)
    )
    Registration.objects.bulk_create(
        Registration(event=session.event, person=person, state="confirmed", changed_at=timezone.now()) for person in people
    )
    assert len(offline_list(session).body()["people"]) == 1000


# --- The ticket on the participant's pages ----------------------------------------------------------------------------


def test_the_ticket_is_on_the_registrations_own_page_while_there_is_a_door_to_come(client, session, ana_comes):
    page = client.get(self_service_path(ana_comes)).content.decode()
    assert f'<p class="ticket-letters">{code_of(ana_comes.pk)}</p>' in page
    assert f"<title>QR code of your ticket: {code_of(ana_comes.pk)}</title>" in page
    ticket = client.get(f"{self_service_path(ana_comes)}ticket/")
    assert (ticket.status_code, ticket.context["code"]) == (200, code_of(ana_comes.pk))
    for change in ({"state": "cancelled"}, {"state": "waiting", "queued_at": timezone.now()}):
        Registration.objects.filter(pk=ana_comes.pk).update(**change)
        assert "ticket-letters" not in client.get(self_service_path(ana_comes)).content.decode()
        assert client.get(f"{self_service_path(ana_comes)}ticket/").headers["Location"] == self_service_path(ana_comes)


def test_ones_own_list_leads_to_the_tickets(client, session, ana_comes, ana):
    factories.RegistrationFactory(event__format="online", event__venue=None, person=ana, state="confirmed")
    factories.RegistrationFactory(person=ana, state="pending")
    client.force_login(ana)
    links = re.findall(r'href="(/registrations/[^"]+/ticket/)"', client.get("/my/").content.decode())
    assert links == [f"{self_service_path(ana_comes)}ticket/"]


def test_a_scanned_ticket_leads_everybody_where_it_concerns_them(client, session, ana_comes, ana, ben, olga, otto):
    path = address_of(ana_comes).removeprefix("https://calendar.example")
    assert client.get(path).status_code == 200
    assert client.get(path).content == client.get(f"/t/{code_of(ana_comes.pk + 1)}/".replace("-", "")).content.replace(
        code_of(ana_comes.pk + 1).replace("-", "").encode(), code_of(ana_comes.pk).replace("-", "").encode()
    )
    scan = f"{reverse('desk_scan', args=['today', session.pk])}?code={code_of(ana_comes.pk)}"
    for person, where in ((ana, self_service_path(ana_comes)), (olga, scan), (ben, None), (otto, None)):
        client.force_login(person)
        assert client.get(path).headers.get("Location") == where, person


def test_without_scripts_the_page_says_who_it_is_and_what_can_be_done(desk, session, ana_comes, ben):
    page = reverse("desk_scan", args=["today", session.pk])

    def shown(code):
        found = desk.get(page, {"code": code}).context["found"]
        return found["title"], found.get("detail", ""), found.get("do", False), found.get("undo", False)

    assert shown(code_of(ana_comes.pk)) == ("Not checked in yet", "", True, False)
    went = desk.post(page, {"code": code_of(ana_comes.pk), "present": "1"}, follow=True)
    assert went.context["found"]["title"] == "Checked in"
    assert shown(code_of(ana_comes.pk))[0].startswith("Already checked in at ")
    pending = factories.RegistrationFactory(event=session.event, person=ben)
    desk.post(page, {"code": code_of(pending.pk), "present": "1"})
    assert shown(code_of(pending.pk))[:2] == (
        "Not checked in",
        "Ben Buyer has no confirmed place: the registration is “Waiting for approval”.",
    )
    assert (
        shown("hello")[1]
        == "This is no ticket’s code: a character is wrong or missing. Scan it again, or compare it with the ticket."
    )
    assert shown(code_of(10**9))[1].startswith("No registration for this event has this ticket.")
    back = desk.post(page, {"code": code_of(ana_comes.pk), "present": "0"}, follow=True)
    assert [str(message) for message in back.context["messages"]] == ["Ana Procurer is not checked in any more."]


@pytest.mark.parametrize("typed", ["", "\x00", "x" * 5000, "<script>", "７Q２K"])
def test_nothing_that_is_typed_breaks_the_page(desk, session, typed):
    page = reverse("desk_scan", args=["today", session.pk])
    assert desk.get(page, {"code": typed}).status_code == 200
    assert desk.post(page, {"code": typed}, follow=True).status_code == 200
