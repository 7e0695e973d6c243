"""Certificates for programs."""

import io
import zipfile

import pytest

from events.certificates.issuing import actions, files
from events.certificates.models import Certificate
from events.certificates.numbers import new_number
from events.programme.models import Event

ALL = "/api/v1/certificates/"
OF_EVENT = "/api/v1/events/market-dialogue/certificates/"


@pytest.fixture
def as_(api):
    """``as_(ana).get(…)``."""

    def sign_in(person):
        api.force_authenticate(person)
        return api

    return sign_in


def numbers(response):
    return [row["number"] for row in response.data["results"]]


def test_one_sees_ones_own_and_those_of_the_events_that_one_runs(anas, came, ana, ben, olga, otto, as_):
    anas.event.co_organisers.clear()
    bens = actions.issue(registration=came(ben), by=olga)
    assert numbers(as_(ana).get(ALL)) == [anas.number]
    assert numbers(as_(olga).get(ALL)) == []
    assert numbers(as_(olga).get(ALL, {"event": "market-dialogue"})) == [bens.number, anas.number]
    assert numbers(as_(ana).get(ALL, {"event": "market-dialogue"})) == [anas.number]
    assert numbers(as_(otto).get(ALL, {"event": "market-dialogue"})) == []
    assert as_(ben).get(f"{ALL}{anas.number}/").status_code == 404
    assert as_(None).get(ALL).status_code == 401


def test_a_certificate_shows_what_was_certified(anas, ana, as_):
    data = as_(ana).get(f"{ALL}{anas.number}/").json()
    assert (data["name"], data["validity"], data["register_number"]) == ("Ana Procurer", "valid", anas.register_number)
    assert data["competences"] == [{"code": "C6", "name": "Innovation procurement", "level": 3}]
    assert (data["minutes_attended"], data["minutes"], data["country"]) == (240, 240, "AT")
    assert data["verify"] == f"https://calendar.example/verify/{anas.number}"
    assert data["file"] == f"https://calendar.example/api/v1/certificates/{anas.number}/file/"
    assert (data["replaces"], data["replaced_by"], data["event"]) == (None, None, "market-dialogue")


def test_lists_cost_the_same_for_one_and_for_three(anas, came, ben, cleo, olga, as_, django_assert_num_queries):
    client = as_(olga)
    client.get(ALL, {"event": "market-dialogue"})
    with django_assert_num_queries(1):
        client.get(ALL, {"event": "market-dialogue"})
    for person in (ben, cleo):
        actions.issue(registration=came(person), by=olga)
    with django_assert_num_queries(1):
        assert len(numbers(client.get(ALL, {"event": "market-dialogue"}))) == 3


def test_an_organiser_issues_one(came, ana, ben, olga, as_):
    registration = came(ana)
    first = as_(olga).post(ALL, {"registration": registration.pk, "language": "de"})
    again = as_(olga).post(ALL, {"registration": registration.pk})
    assert (first.status_code, again.status_code, again.data["number"]) == (201, 200, first.data["number"])
    assert first.data["language"] == "de"
    assert as_(ana).post(ALL, {"registration": registration.pk}).status_code == 403
    refused = as_(olga).post(ALL, {"registration": came(ben, 1).pk})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_earned")


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, ["registration"]),
        ({"registration": 999}, ["registration"]),
        ({"registration": 10**30}, ["registration"]),
        ({"registration": "x"}, ["registration"]),
        ({"registration": None}, ["registration"]),
    ],
)
def test_what_is_wrong_is_said_at_the_field(course, olga, as_, body, errors):
    response = as_(olga).post(ALL, body)
    assert (response.status_code, list(response.json()["errors"])) == (400, errors)


def test_a_language_that_certificates_do_not_have_is_refused(came, ana, olga, as_):
    response = as_(olga).post(ALL, {"registration": came(ana).pk, "language": "xx"})
    assert (response.status_code, response.json()["errors"]) == (400, {"language": ["Certificates are written in: en, de."]})


def test_all_of_an_event_are_asked_for_and_followed(course, came, ana, ben, cleo, olga, worker, as_):
    came(ana)
    came(ben)
    came(cleo, 1)
    client = as_(olga)
    asked = client.post(OF_EVENT)
    assert (asked.status_code, asked.json()) == (
        202,
        {"asked_for": 2, "progress": {"valid": 0, "revoked": 0, "due": 2, "impossible": 0, "running": True}},
    )
    worker()
    answer = client.get(OF_EVENT).json()
    assert answer["progress"] == {"valid": 2, "revoked": 0, "due": 0, "impossible": 0, "running": False}
    assert [(line["name"], line["standing"], line["why_not"]) for line in answer["register"]] == [
        ("Ana Procurer", "valid", ""),
        ("Ben Buyer", "valid", ""),
        ("Cleo Contracts", "not-earned", "Attended 25 % of the hours; a certificate needs 70 %."),
    ]


def test_the_archive_is_a_zip(anas, olga, as_):
    response = as_(olga).get(f"{OF_EVENT}archive/", headers={"Accept": "application/zip"})
    assert (response.status_code, response["Content-Type"]) == (200, "application/zip")
    assert response["Content-Disposition"] == 'attachment; filename="certificates-market-dialogue.zip"'
    opened = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert opened.namelist() == ["register.csv", f"AT-TEST-{anas.year}-1 Ana Procurer.pdf"]


@pytest.mark.parametrize(("method", "address"), [("get", OF_EVENT), ("post", OF_EVENT), ("get", f"{OF_EVENT}archive/")])
def test_the_register_is_for_who_runs_the_event(course, ana, otto, mia, as_, method, address):
    course.co_organisers.clear()
    statuses = [getattr(as_(person), method)(address).status_code for person in (None, ana, otto, mia)]
    assert statuses == [401, 403, 403, 403]
    Event.objects.filter(pk=course.pk).update(visibility="invited")
    assert getattr(as_(otto), method)(address).status_code == 404


def test_revoke_and_reissue(anas, ana, olga, as_):
    client = as_(olga)
    missing = client.post(f"{ALL}{anas.number}/revoke/", {})
    assert (missing.status_code, list(missing.json()["errors"])) == (400, ["reason"])
    newer = client.post(f"{ALL}{anas.number}/reissue/", {"reason": "Name"})
    assert (newer.status_code, newer.json()["replaces"]) == (201, anas.number)
    again = client.post(f"{ALL}{anas.number}/reissue/", {"reason": "Name"})
    assert (again.status_code, again.json()["code"]) == (409, "already_replaced")
    assert client.get(f"{ALL}{anas.number}/").json()["validity"] == "replaced"
    revoked = client.post(f"{ALL}{newer.json()['number']}/revoke/", {"reason": "Mistake"})
    assert (revoked.status_code, revoked.json()["validity"]) == (200, "revoked")
    assert "Mistake" not in revoked.content.decode()
    assert as_(ana).post(f"{ALL}{anas.number}/revoke/", {"reason": "Mine"}).status_code == 403
    assert Certificate.objects.count() == 2


def test_the_file_is_served_to_a_program(anas, ana, ben, as_):
    address = f"{ALL}{anas.number}/file/"
    for accept in ("*/*", "application/pdf"):
        response = as_(ana).get(address, headers={"Accept": accept})
        assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
        assert b"".join(response.streaming_content) == files.read(anas)
    etag = response["ETag"]
    assert as_(ana).get(address, headers={"If-None-Match": etag}).status_code == 304
    refused = as_(ben).get(address, headers={"Accept": "application/pdf"})
    assert (refused.status_code, refused["Content-Type"]) == (404, "application/problem+json")


def test_anybody_may_check_a_number(anas, olga, api):
    response = api.get(f"/api/v1/verify/{anas.number.lower()}/")
    assert (response.status_code, response.json()["validity"], response["Cache-Control"]) == (200, "valid", "no-store")
    assert "ana.procurer" not in response.content.decode()
    actions.revoke(certificate=anas, reason="Wrong person", by=olga)
    revoked = api.get(f"/api/v1/verify/{anas.number}/")
    assert (revoked.json()["validity"], "Wrong person" in revoked.content.decode()) == ("revoked", False)
    unknown, impossible = (api.get(f"/api/v1/verify/{number}/") for number in (new_number(), "nonsense"))
    assert (unknown.status_code, impossible.status_code, unknown.json() == impossible.json()) == (404, 404, True)
