"""Signing in with a code by mail: one way for people we know and for newcomers."""

import re

import pytest
from django.core.cache import cache
from django.urls import NoReverseMatch, reverse

from events.mail.models import Message
from network.models import Person

LOGIN, CODE = "/accounts/login/", "/accounts/login/code/"


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


def newest_code():
    """The code in the newest mail."""
    text = Message.objects.order_by("-pk").first().text
    return next(line for line in text.splitlines() if re.fullmatch(r"[A-Z0-9]{3,4}-?[A-Z0-9]{3,4}", line.strip())).strip()


def words_of(response):
    return [str(message) for message in response.context["messages"]]


def test_somebody_we_know_gets_back_to_where_they_came_from(client, ana):
    response = client.post(LOGIN, {"email": "Ana.Procurer@demo.example", "next": "/my/tokens/"})
    assert response["Location"] == f"{CODE}?next=%2Fmy%2Ftokens%2F"
    response = client.post(CODE, {"code": newest_code().lower(), "next": "/my/tokens/"})
    assert response["Location"] == "/my/tokens/"
    assert client.get("/my/tokens/").context["user"] == ana


def test_a_newcomer_has_an_account_once_the_code_is_right_and_says_who_they_are(client, db):
    client.post(LOGIN, {"email": "new@demo.example", "next": "/calendars/"}, headers={"Accept-Language": "de"})
    assert not Person.objects.exists()
    response = client.post(CODE, {"code": newest_code(), "next": "/calendars/"}, headers={"Accept-Language": "de"})
    assert response["Location"] == "/my/welcome/?next=%2Fcalendars%2F"
    person = Person.objects.get()
    assert (person.email, person.name, person.language) == ("new@demo.example", "", "de")
    facts = {"name": "Nora New", "organisation": "City of Graz", "kind": "local-authority", "country": "AT", "language": "de"}
    response = client.post("/my/welcome/", {**facts, "next": "/calendars/"})
    assert response["Location"] == "/calendars/"
    person.refresh_from_db()
    assert (person.name, person.organisation.name, person.organisation.country.code) == ("Nora New", "City of Graz", "AT")


def test_no_welcome_stands_before_a_page_that_asks_who_one_is(client, training):
    target = "/events/market-dialogue/register/?x=1"
    client.post(LOGIN, {"email": "new@demo.example", "next": target})
    assert client.post(CODE, {"code": newest_code(), "next": target})["Location"] == target


def test_a_newcomer_gets_the_zone_of_the_countrys_centre(client, other_centre, db):
    person = Person.objects.create_user("new@demo.example")
    client.force_login(person)
    facts = {"name": "Nora", "organisation": "City of Kiel", "kind": "local-authority", "country": "DE", "language": "de"}
    client.post("/my/welcome/", facts)
    person.refresh_from_db()
    assert person.timezone == "Europe/Berlin"


def test_the_answer_does_not_tell_whether_an_address_has_an_account(client, ana):
    answers = []
    for address in (ana.email, "stranger@demo.example"):
        client.cookies.clear()
        response = client.post(LOGIN, {"email": address})
        page = client.get(response["Location"]).content.decode().replace(address, "…")
        mail = Message.objects.get(recipient=address)
        answers.append((response.status_code, response["Location"], re.sub(r'value="[^"]{64}"', "", page), mail.subject))
    assert answers[0] == answers[1]


def test_a_wrong_code_may_be_tried_again_three_times_in_all(client, ana):
    client.post(LOGIN, {"email": ana.email})
    code = newest_code()
    for _attempt in range(2):
        response = client.post(CODE, {"code": "AAA-AAA"})
        assert response.context["verify_form"].errors == {
            "code": ["This is not the code. Look at the newest mail from us, or ask for another code."]
        }
    response = client.post(CODE, {"code": "AAA-AAA"}, follow=True)
    assert response.redirect_chain == [(LOGIN, 302)]
    assert words_of(response) == ["That were too many wrong codes. Enter your address to get a new one."]
    assert client.post(CODE, {"code": code})["Location"] == LOGIN


def test_a_code_expires(client, ana, monkeypatch):
    client.post(LOGIN, {"email": ana.email, "next": "/my/"})
    code = newest_code()
    monkeypatch.setattr("network.sign_in.Process.is_valid", lambda process: False)
    response = client.post(CODE, {"code": code, "next": "/my/"}, follow=True)
    assert words_of(response) == ["The code has expired. Enter your address to get a new one."]
    assert response.redirect_chain == [(f"{LOGIN}?next=%2Fmy%2F", 302)]


def test_only_the_newest_of_two_codes_works(client, ana):
    client.post(LOGIN, {"email": ana.email})
    first = newest_code()
    response = client.post(CODE, {"action": "resend"}, follow=True)
    assert words_of(response) == ["Another code is on its way. Only the newest one works."]
    assert client.post(CODE, {"code": first}).status_code == 200
    assert client.post(CODE, {"code": newest_code()}).status_code == 302


def test_codes_for_one_address_are_limited(client, ana):
    for _request in range(3):
        client.post(LOGIN, {"email": ana.email})
    response = client.post(LOGIN, {"email": ana.email})
    assert (response.status_code, list(response.context["form"].errors)) == (200, ["email"])
    assert Message.objects.count() == 3


def test_a_closed_account_stays_closed(client, ana):
    ana.is_active = False
    ana.save()
    client.post(LOGIN, {"email": ana.email})
    assert client.post(CODE, {"code": newest_code()})["Location"] == "/accounts/inactive/"
    assert client.get("/my/tokens/").status_code == 302


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_nobody_is_led_to_another_site(client, ana, target):
    client.post(LOGIN, {"email": ana.email, "next": target})
    assert client.post(CODE, {"code": newest_code(), "next": target})["Location"] == "/my/"
    assert client.post("/my/welcome/", {"name": "A"}).status_code == 200


def test_who_is_signed_in_is_not_asked_again(client, ana):
    client.force_login(ana)
    assert client.get(f"{LOGIN}?next=/calendars/")["Location"] == "/calendars/"
    assert client.get(CODE)["Location"] == "/my/"


def test_signing_out_takes_a_post(client, ana):
    client.force_login(ana)
    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/my/tokens/").status_code == 200
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert client.get("/my/tokens/")["Location"] == f"{LOGIN}?next=/my/tokens/"


@pytest.mark.parametrize(
    "address", ["signup/", "password/reset/", "password/change/", "password/set/", "email/", "confirm-email/"]
)
def test_there_are_no_passwords_and_no_sign_up(client, ana, address):
    client.force_login(ana)
    assert client.get(f"/accounts/{address}").status_code == 404


@pytest.mark.parametrize("name", ["account_signup", "account_reset_password", "account_set_password", "account_email"])
def test_nothing_links_to_what_is_not_there(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)
