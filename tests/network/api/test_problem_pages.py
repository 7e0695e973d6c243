"""The ``type`` of a problem leads to a page that says what it means (RFC 9457 §3.1.1)."""

import pytest

from events.registrations.errors import RegistrationClosed
from network.api import problems
from network.errors import Invalid, NotAllowed, Refused


def test_the_type_of_an_answer_leads_to_its_page(api, client, db):
    kind = api.get("/api/v1/me/").json()["type"]
    page = client.get(kind.removeprefix("https://calendar.example"))
    assert (page.status_code, "<h1>You are not signed in.</h1>" in page.content.decode()) == (200, True)


@pytest.mark.django_db
def test_the_wings_own_problems_have_pages_too(client):
    assert problems.catalogue()["registration_closed"] == (409, str(RegistrationClosed.message))
    assert {client.get(f"/problems/{code}").status_code for code in problems.catalogue()} == {200}


def test_other_codes_have_none(client, db):
    assert client.get("/problems/nonsense").status_code == 404


def test_a_problem_has_one_title_whichever_wing_it_comes_from():
    kinds, titles = [NotAllowed, Refused, Invalid], {}
    for kind in kinds:
        kinds += kind.__subclasses__()
        titles.setdefault(kind.code, set()).add(str(kind.message))
    assert {code: found for code, found in titles.items() if len(found) > 1} == {}
