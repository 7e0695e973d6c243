"""Every address of the platform, with every persona: nobody gets in where they should not, nor is kept out."""

from collections import Counter

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from rest_framework.test import APIClient

from tests.access_matrix import PERSONAE, ROWS, Row, World

SAFE = {"GET", "HEAD", "OPTIONS"}


@pytest.fixture
def world(centre, other_centre, ana, ben, mia, olga, carl, otto, sara):
    people = {"ana": ana, "ben": ben, "mia": mia, "olga": olga, "carl": carl, "otto": otto, "sara": sara}
    return World(people, centre, other_centre)


def status_for(persona: str, row: Row, address: str, body: dict, world: World) -> int:
    """What the persona gets; whatever the request wrote is taken back."""
    api = address.startswith("/api/")
    client = APIClient(raise_request_exception=False) if api else Client(raise_request_exception=False)
    cache.clear()
    with transaction.atomic():
        if persona != "anonymous":
            client.force_login(world.people[persona])
        extra = {"format": "json"} if api and row.method not in SAFE else {}
        response = getattr(client, row.method.lower())(address + row.query, body, **extra)
        if response.streaming:  # read to its end: closing it early would close the database connection too
            assert isinstance(b"".join(response.streaming_content), bytes)
        transaction.set_rollback(True)
    return response.status_code


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_everybody_gets_what_the_matrix_says(row, world):
    address = reverse(row.route, kwargs=row.args(world))
    body = row.body(world)
    got = {persona: status_for(persona, row, address, body, world) for persona in PERSONAE}
    assert got == dict(zip(PERSONAE, row.expected, strict=True))


def routes(patterns, prefix=""):
    """Every address pattern with its name and, where the view tells, its methods."""
    for pattern in patterns:
        where = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, where)
        elif isinstance(pattern, URLPattern):
            actions = getattr(pattern.callback, "actions", None) or {}
            yield where, pattern.name, sorted({method.upper() for method in actions} - {"HEAD"})  # HEAD goes with GET


def test_every_route_has_its_rows():
    known = Counter(row.route for row in ROWS)
    with_method = {(row.route, row.method) for row in ROWS}
    missing = []
    for where, name, methods in routes(get_resolver().url_patterns):
        if name is None:
            missing.append(f"{where} has no name")
        elif name not in known:
            missing.append(f"{where} ({name}) has no row")
        else:
            missing += [f"{where} ({name}) has no row for {method}" for method in methods if (name, method) not in with_method]
    assert missing == []


def test_no_row_is_about_an_address_that_is_gone():
    names = {name for _where, name, _methods in routes(get_resolver().url_patterns)}
    assert [str(row) for row in ROWS if row.route not in names] == []
