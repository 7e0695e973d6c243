"""Pages of a list by position."""

import base64
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from network.models import Organisation
from tests import factories


@pytest.fixture
def seven(api, ana):
    """Seven organisations of which some share a name, besides Ana's own."""
    names = ["Alpha", "Beta", "Beta", "Beta", "Gamma", "Gamma", "Zeta"]
    Organisation.objects.filter(pk=ana.organisation_id).update(name="Omega")
    for country, name in zip(["AT", "AT", "DE", "EE", "AT", "DE", "AT"], names, strict=True):
        factories.OrganisationFactory(name=name, country=country)
    api.force_authenticate(ana)
    return ["Alpha", "Beta", "Beta", "Beta", "Gamma", "Gamma", "Omega", "Zeta"]


def names_of(page):
    return [row["name"] for row in page["results"]]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 8, 100])
def test_all_rows_come_once_forwards_and_backwards(api, seven, limit):
    page = api.get(f"/api/v1/organisations/?limit={limit}").json()
    assert page["previous"] is None
    forwards = names_of(page)
    while page["next"]:
        page = api.get(page["next"]).json()
        forwards += names_of(page)
    assert forwards == seven
    backwards = names_of(page)
    while page["previous"]:
        page = api.get(page["previous"]).json()
        backwards = names_of(page) + backwards
    assert backwards == seven


def test_a_row_added_meanwhile_neither_repeats_nor_hides_another(api, seven):
    first = api.get("/api/v1/organisations/?limit=3").json()
    factories.OrganisationFactory(name="Aardvark", country="FI")
    second = api.get(first["next"]).json()
    assert names_of(first) + names_of(second) == seven[:6]


def test_filters_stay_in_the_addresses_of_the_pages(api, seven):
    first = api.get("/api/v1/organisations/?q=beta&limit=2").json()
    assert names_of(api.get(first["next"]).json()) == ["Beta"]


@pytest.mark.parametrize("limit", ["0", "-1", "101", "many", "1.5", "", "٣", "9" * 40])
def test_a_limit_that_is_none_is_said_so(api, db, limit):
    response = api.get("/api/v1/centres/", {"limit": limit})
    assert response.status_code == 400
    assert response.json()["errors"] == {"limit": ["Use a whole number from 1 to 100."]}


def cursor(*parts):
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "ä",
        cursor(),
        cursor("next"),
        cursor("next", "a", "b", "c"),
        cursor("sideways", "a", 1),
        cursor("next", "a", "no number"),
        cursor("next", "a", {"x": 1}),
        cursor("next", "a\x00", 1),
        cursor(["next"], "a", 1),
    ],
)
def test_a_cursor_that_is_not_ours_is_said_so(api, ana, text):
    api.force_authenticate(ana)
    response = api.get("/api/v1/organisations/", {"cursor": text})
    assert (response.status_code, list(response.json()["errors"])) == (400, ["cursor"])


def test_a_page_costs_the_same_whatever_it_holds(api, ana):
    api.force_authenticate(ana)
    counts = []
    for _more in range(2):
        with CaptureQueriesContext(connection) as queries:
            api.get("/api/v1/centres/")
        counts.append(len(queries))
        for _number in range(3):
            factories.CentreFactory().organisations.add(factories.OrganisationFactory())
    with CaptureQueriesContext(connection) as queries:
        api.get("/api/v1/centres/")
    assert counts[0] <= 1
    assert len(queries) == 2  # the centres, their organisations
