"""Registrations over HTTP."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.programme.models import Event
from events.registrations import actions
from events.registrations.models import Registration
from tests import factories

LIST = "/api/v1/registrations/"


def as_(api, person):
    api.force_authenticate(person)
    return api


def problem(answer):
    return answer.status_code, answer.json()["code"]


def test_registering_answers_with_what_came_of_it(api, training, ana):
    answer = as_(api, ana).post(LIST, {"event": training.slug, "note": "Front row"})
    registration = Registration.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": registration.pk,
        "event": {"slug": "market-dialogue", "title": "Market dialogue in practice"},
        "person": {
            "name": "Ana Procurer",
            "email": "ana.procurer@demo.example",
            "organisation": ana.organisation.name,
        },
        "state": "confirmed",
        "position": None,
        "note": "Front row",
        "reason": "",
        "created_at": registration.created_at.isoformat().replace("+00:00", "Z"),
        "changed_at": registration.changed_at.isoformat().replace("+00:00", "Z"),
    }
    again = api.post(LIST, {"event": training.slug})
    assert (again.status_code, again.json()["id"]) == (200, registration.pk)


def test_a_full_event_gives_a_turn(api, training, ana, ben):
    Event.objects.update(places=1)
    actions.register(event=training, person=ben, by=ben)
    answer = as_(api, ana).post(LIST, {"event": training.slug}).json()
    assert (answer["state"], answer["position"]) == ("waiting", 1)


def test_cancelling_over_http_gives_the_place_on(api, training, ana, ben):
    Event.objects.update(places=1)
    mine, theirs = (actions.register(event=training, person=p, by=p) for p in (ana, ben))
    answer = as_(api, ana).post(f"{LIST}{mine.pk}/cancel/", {"reason": "Ill"})
    assert (answer.status_code, answer.json()["state"], answer.json()["reason"]) == (200, "cancelled", "Ill")
    theirs.refresh_from_db()
    assert theirs.state == "confirmed"


def test_an_organiser_sees_and_decides(api, training, ana, ben, olga):
    Event.objects.update(needs_approval=True)
    first, second = (actions.register(event=training, person=p, by=p) for p in (ana, ben))
    as_(api, olga)
    rows = api.get(LIST, {"event": training.slug, "state": "pending"}).json()["results"]
    assert [row["person"]["email"] for row in rows] == ["ben.buyer@demo.example", "ana.procurer@demo.example"]
    assert api.post(f"{LIST}{first.pk}/approve/").json()["state"] == "confirmed"
    assert api.post(f"{LIST}{second.pk}/decline/", {"reason": "Full"}).json()["state"] == "declined"
    assert problem(api.post(f"{LIST}{second.pk}/approve/")) == (409, "wrong_state")
    assert problem(api.post(f"{LIST}{first.pk}/decline/", {"reason": " "})) == (400, "invalid")
    assert api.get(LIST).json()["results"] == []  # her own


def test_an_organiser_registers_by_address(api, training, ana, ben, olga):
    as_(api, olga)
    assert api.post(LIST, {"event": training.slug, "person": "ANA.procurer@demo.example"}).json()["state"] == "confirmed"
    unknown = api.post(LIST, {"event": training.slug, "person": "nobody@demo.example"})
    assert unknown.json()["errors"] == {"person": ["Nobody has an account with this address. Invite them instead."]}
    as_(api, ben)
    assert problem(api.post(LIST, {"event": training.slug, "person": "ana.procurer@demo.example"})) == (403, "not_allowed")


def test_invitations(api, training, olga, ana):
    address = f"/api/v1/events/{training.slug}/invitations/"
    Event.objects.update(visibility="invited")
    assert problem(as_(api, ana).post(address, {"email": "x@demo.example"})) == (404, "not_found")
    answer = as_(api, olga).post(address, {"email": "new@demo.example", "name": "New"})
    assert (answer.status_code, answer.json()["state"], answer.json()["person"]["name"]) == (201, "invited", "New")
    assert problem(api.post(address, {"email": "nowhere"})) == (400, "invalid")


@pytest.mark.parametrize(
    ("name", "see", "cancel", "approve"),
    [
        (None, 401, 401, 401),
        ("ana", 200, 200, 403),
        ("ben", 404, 404, 404),
        ("mia", 404, 404, 404),
        ("otto", 404, 404, 404),
        ("olga", 200, 200, 200),
        ("carl", 200, 200, 200),
        ("sara", 200, 200, 200),
    ],
)
def test_who_may(api, training, ana, request, name, see, cancel, approve):
    Event.objects.update(needs_approval=True)
    registration = actions.register(event=training, person=ana, by=ana)
    person = request.getfixturevalue(name) if name else None
    if person:
        as_(api, person)
    address = f"{LIST}{registration.pk}/"
    assert api.get(address).status_code == see
    assert api.post(f"{address}approve/").status_code == approve
    assert api.post(f"{address}cancel/").status_code == cancel


def test_one_sees_only_ones_own_even_of_an_event(api, training, ana, ben, otto):
    for person in (ana, ben):
        actions.register(event=training, person=person, by=person)
    for person, names in ((ana, ["Ana Procurer"]), (otto, [])):
        rows = as_(api, person).get(LIST, {"event": training.slug}).json()["results"]
        assert [row["person"]["name"] for row in rows] == names


def test_bad_questions_get_a_clear_answer(api, training, ana):
    as_(api, ana)
    assert problem(api.get(LIST, {"state": "lost"})) == (400, "invalid")
    assert problem(api.get(f"{LIST}{10**17}/")) == (404, "not_found")
    assert problem(api.get(f"{LIST}{'9' * 40}/")) == (404, "not_found")
    assert problem(api.post(LIST, {"event": "nowhere"})) == (404, "not_found")
    assert problem(api.post(LIST, {})) == (400, "invalid")


def test_the_list_costs_the_same_with_one_and_with_three(api, training, olga):

    counts = []
    for _ in range(3):
        person = factories.PersonFactory()
        actions.register(event=training, person=person, by=person)
        olga.__dict__.pop("held_roles", None)
        with CaptureQueriesContext(connection) as asked:
            as_(api, olga).get(LIST, {"event": training.slug})
        counts.append(len(asked))
    assert counts[0] == counts[2]
