"""While the database is away: what pages and the API answer."""

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper


@pytest.fixture
def lost_database(client, monkeypatch):
    """A database that does not answer; what goes wrong is answered, as in production, not raised."""

    def away(self):
        raise OperationalError

    client.raise_request_exception = False
    client.cookies["sessionid"] = "somebody-is-signed-in"
    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", away)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", ["/", "/my/", "/events/somewhere/", "/verify/", "/about/"])
def test_while_the_database_is_away_a_page_says_that_it_passes(client, lost_database, page):
    response = client.get(page)
    assert (response.status_code, response["Retry-After"], response["Cache-Control"]) == (503, "10", "no-store")
    assert "<h1>The calendar is not available at the moment</h1>" in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_while_the_database_is_away_the_api_answers_a_problem(client, lost_database):
    response = client.get("/api/v1/events/")
    assert (response.status_code, response["Content-Type"]) == (503, "application/problem+json")
    assert response.json()["code"] == "busy"
