"""The front door: about, joining, my events, languages, health, and what is said when something is wrong."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from events.programme.wording import moment_and_zone
from events.registrations import actions, decisions
from events.registrations.links import self_service_path
from events.registrations.models import Registration
from network.models import JoinRequest
from tests import factories
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/about/", "/about/join/", "/about/join/thanks/", "/accessibility/", "/privacy/"])
def test_pages_for_everybody(client, address):
    response = client.get(address)
    assert response.status_code == 200
    assert dict(response.cookies).keys() <= {"csrftoken"}
    html = response.content.decode()
    assert re.findall(r"<h1[^>]*>", html) == ["<h1>"]
    assert '<html lang="en">' in html


def test_the_about_page_counts_the_countries_that_have_a_centre_now(client, centre, other_centre):
    factories.CentreFactory(code="FI-OLD", country="FI", active_until=timezone.localdate() - timedelta(days=1))
    html = client.get("/about/").content.decode()
    assert re.findall(r"<dd>(.*?)</dd>", html) == ["14 %", "2", "5"]


JOIN = {"country": "PL", "organisation": "Urząd", "contact": "Jan Test", "email": "jan@demo.example", "message": "We begin."}


def test_a_country_asks_to_join(client):
    response = client.post("/about/join/", JOIN)
    assert (response.status_code, response["Location"]) == (302, "/about/join/thanks/")
    wish = JoinRequest.objects.get()
    assert (wish.country.code, wish.organisation, wish.contact, wish.email, wish.message) == tuple(JOIN.values())


def test_page_and_api_share_one_allowance_of_wishes(client, settings):
    cache.clear()
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "join": "2/hour"},
    }
    assert [client.post("/about/join/", JOIN).status_code for _wish in range(2)] == [302] * 2
    assert client.post("/about/join/", {**JOIN, "email": "jan"}).status_code == 400  # a mistake does not count
    refused = client.post("/about/join/", JOIN)
    assert (refused.status_code, int(refused["Retry-After"]) > 0) == (429, True)
    assert client.post("/api/v1/join-requests/", JOIN, content_type="application/json").status_code == 429
    assert JoinRequest.objects.count() == 2
    cache.clear()


def test_a_wish_with_errors_is_shown_again_with_what_was_typed(client):
    response = client.post("/about/join/", {**JOIN, "country": "", "email": "jan"})
    html = response.content.decode()
    assert response.status_code == 400
    assert re.findall(r'<li><a href="(#[\w-]+)">(.*?)</a></li>', html.split("error-summary")[1]) == [
        ("#id_country", "Country: This field is required."),
        ("#id_email", "E-mail address: Enter a valid email address."),
    ]
    assert 'value="Urząd"' in html
    assert '<ul class="field-errors" id="id_email_error">' in html
    assert re.search(r'<input type="email" name="email" value="jan"[^>]* aria-invalid="true"[^>]*>', html)
    assert JoinRequest.objects.count() == 0


def test_my_page_needs_a_person(client):
    assert client.get("/my/")["Location"] == "/accounts/login/?next=/my/"


def test_my_page_has_what_is_to_come_what_was_and_where_i_stand(client, centre, ana, ben, olga):
    soon = factories.EventFactory(organising_centre=centre, title="Soon", places=1)
    later = factories.EventFactory(organising_centre=centre, title="Later", starts_at=factories.soon(60), places=1)
    over = factories.EventFactory(organising_centre=centre, title="Over", starts_at=factories.soon(-10))
    declined = factories.EventFactory(organising_centre=centre, title="Declined", needs_approval=True)
    given_back = factories.EventFactory(organising_centre=centre, title="Given back")
    actions.register(event=soon, person=ana, by=ana)
    actions.register(event=later, person=ben, by=ben)
    actions.register(event=later, person=ana, by=ana)
    decisions.decline(registration=actions.register(event=declined, person=ana, by=ana), by=olga, reason="Not for you.")
    actions.cancel(registration=actions.register(event=given_back, person=ana, by=ana), by=ana)
    factories.RegistrationFactory(event=over, person=ana, state="confirmed")
    client.force_login(ana)
    html = client.get("/my/").content.decode()
    parts = {}
    for part in re.split(r"<h2[^>]*>", html)[1:]:
        heading = part.split("<", 1)[0]
        parts[heading] = re.findall(r'<h3><a href="[^"]+">(.*?)</a>', part)
    assert {name: parts[name] for name in ("Coming", "Past", "Declined or run out")} == {
        "Coming": ["Soon", "Later"],
        "Past": ["Over"],
        "Declined or run out": ["Declined"],
    }
    assert re.findall(r'<p class="my-state"><span class="badge [\w-]+">(.*?)</span>', html) == [
        "Confirmed",
        "On the waiting list",
    ]
    assert "number 1" in html


def test_my_page_begins_with_the_offer_whose_time_runs(client, centre, ana, ben):
    actions.register(event=factories.EventFactory(organising_centre=centre, title="Soon"), person=ana, by=ana)
    later = factories.EventFactory(
        organising_centre=centre, title="Later", starts_at=factories.soon(60), places=1, promotion="offer"
    )
    first = actions.register(event=later, person=ben, by=ben)
    mine = actions.register(event=later, person=ana, by=ana)
    actions.cancel(registration=first, by=ben)
    mine.refresh_from_db()
    client.force_login(ana)
    html = client.get("/my/").content.decode()
    assert re.findall(r'<h3><a href="[^"]+">(.*?)</a>', html) == ["Later", "Soon"]
    assert f"Take it until {moment_and_zone(mine.deadline, 'Europe/Vienna')}." in html
    assert client.post(f"{self_service_path(mine)}accept/", {"next": "my"})["Location"] == "/my/"
    assert "Take it until" not in client.get("/my/").content.decode()


def test_my_page_is_never_somebody_elses(client, training, ana, ben):
    actions.register(event=training, person=ana, by=ana)
    client.force_login(ben)
    assert "You are not registered for anything" in client.get("/my/").content.decode()


def test_my_page_asks_the_database_as_often_for_one_event_as_for_three(client, training, ana):
    factories.RegistrationFactory(event=training, person=ana, state="confirmed")
    client.force_login(ana)
    one = count_queries(client, "/my/")
    for _ in range(2):
        factories.RegistrationFactory(person=ana, state="confirmed")
    assert Registration.objects.count() == 3
    assert count_queries(client, "/my/") == one


def test_a_visitor_chooses_a_language_by_a_cookie(client):
    response = client.post("/language/", {"language": "de", "next": "/about/?x=1"})
    assert (response.status_code, response["Location"]) == (302, "/about/?x=1")
    assert response.cookies["django_language"].value == "de"
    assert '<html lang="de">' in client.get("/about/").content.decode()


def test_a_person_chooses_a_language_for_good(ana):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    assert client.post("/language/", {"language": "de"}).status_code == 403
    client.get("/about/join/")
    token = client.cookies["csrftoken"].value
    assert client.post("/language/", {"language": "de"}, headers={"x-csrftoken": token}).status_code == 302
    ana.refresh_from_db()
    assert ana.language == "de"


@pytest.mark.parametrize(
    ("sent", "goes"),
    [
        ({"language": "de", "next": "https://evil.example/"}, "/"),
        ({"language": "de", "next": "//evil.example/"}, "/"),
        ({"language": "xx", "next": "/about/"}, "/about/"),
        ({}, "/"),
    ],
)
def test_the_choice_of_a_language_leads_nowhere_else(client, sent, goes):
    response = client.post("/language/", sent)
    assert response["Location"] == goes
    assert ("django_language" in response.cookies) == (sent.get("language") == "de")


def test_the_process_is_alive_without_a_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"alive\n")
    assert "no-store" in response["Cache-Control"]


def test_not_ready_while_tables_are_missing(client, settings):
    """The tests run without migrations, so here all of them are still to be applied."""
    settings.MIGRATION_MODULES = {}
    response = client.get("/readyz")
    if response.status_code == 200:  # the run was made with migrations
        assert response.content == b"ready\n"
    else:
        assert response.status_code == 503
        assert re.fullmatch(
            rb"not ready: \d+ migrations are not applied, such as [\w., ]+\. Run: manage\.py migrate\n", response.content
        )


def test_ready_when_everything_is_applied(client, settings):
    settings.MIGRATION_MODULES = dict.fromkeys(
        ("account", "auditlog", "auth", "contenttypes", "django_tasks_database", "events", "network", "sessions", "front_door")
    )
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ready\n")


@pytest.mark.django_db(transaction=True)
def test_not_ready_while_the_database_does_not_answer(client, monkeypatch):
    from django.db import OperationalError
    from django.db.backends.base.base import BaseDatabaseWrapper

    def away(self):
        raise OperationalError

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", away)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.content.startswith(b"not ready: The database does not answer (OperationalError).")


def test_what_is_not_there_says_what_to_do(client):
    response = client.get("/nowhere/")
    html = response.content.decode()
    assert response.status_code == 404
    assert "This page does not exist" in html
    assert 'href="/accounts/login/?next=/nowhere/"' in html


def test_a_mistake_of_ours_is_owned_up_to(client, monkeypatch):
    from config import pages

    client.raise_request_exception = False
    monkeypatch.setattr(pages.queries, "active_centres", lambda: 1 / 0)
    response = client.get("/about/")
    assert response.status_code == 500
    assert "The mistake is ours, not yours." in response.content.decode()


def test_the_catalogue_of_components_is_for_the_demonstration_only(client):
    assert client.get("/demo/components/").status_code == 404


def test_the_catalogue_renders(rf):
    from django.contrib.auth.models import AnonymousUser
    from django.contrib.messages.storage.cookie import CookieStorage

    from config.catalogue import components

    request = rf.get("/demo/components/")
    request.user = AnonymousUser()
    request._messages = CookieStorage(request)
    html = components(request).content.decode()
    assert html.count('<time class="date-block') == 6
    assert mail.outbox == []


def test_robots_may_read_all_that_is_public(client):
    answer = client.get("/robots.txt")
    assert (answer.status_code, answer["Content-Type"], answer.content) == (
        200, "text/plain; charset=utf-8", b"User-agent: *\nDisallow:\n",
    )  # fmt: skip
    assert answer.cookies == {}
