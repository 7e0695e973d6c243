"""Who asks too often is told so, and how long to wait."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from network import actions


@pytest.fixture(autouse=True)
def _limits(settings):
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "visitors": "2/min", "people": "3/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    cache.clear()
    yield
    cache.clear()


def test_a_visitor_who_asks_too_often_gets_a_problem_that_says_how_long_to_wait(client, db):
    assert [client.get("/api/v1/sectors/").status_code for _ in range(2)] == [200, 200]
    response = client.get("/api/v1/events/", headers={"Accept-Language": "en"})  # one allowance for all endpoints
    assert (response.status_code, response["Content-Type"]) == (429, "application/problem+json")
    seconds = int(response["Retry-After"])
    assert 1 <= seconds <= 60
    assert response.json() == {
        "type": "https://calendar.example/problems/too_many_requests",
        "title": "Too many requests.",
        "status": 429,
        "detail": f"Wait {seconds} seconds, then go on.",
        "code": "too_many_requests",
    }
    assert client.get("/api/v1/sectors/", REMOTE_ADDR="192.0.2.7").status_code == 200


def test_a_person_has_one_allowance_over_all_tokens(client, ana, ben):
    def bearer(person):
        _token, text = actions.make_token(by=person, name="Script", scope="read", expires_at=timezone.now() + timedelta(days=1))
        return {"Authorization": f"Bearer {text}"}

    first, second = bearer(ana), bearer(ana)
    statuses = [client.get("/api/v1/me/", headers=header).status_code for header in (first, second, first, second)]
    assert statuses == [200, 200, 200, 429]
    assert client.get("/api/v1/me/", headers=bearer(ben)).status_code == 200


def test_a_visitor_with_a_network_of_addresses_has_one_allowance(client, db):
    def ask(address):
        return client.get("/api/v1/sectors/", REMOTE_ADDR=address).status_code

    assert [ask(f"2001:db8:1:2::{number}") for number in (1, 2, 3)] == [200, 200, 429]
    assert ask("2001:db8:1:3::1") == 200  # their neighbour
    assert [ask(address) for address in ("::ffff:192.0.2.1", "192.0.2.1", "::ffff:192.0.2.1")] == [200, 200, 429]
    assert ask("192.0.2.2") == 200
    assert ask("unix") == 200  # no address at all
