"""Registrations over HTTP."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.programme.models import Event, Session
from events.registrations import actions
from events.registrations.models import Registration
from tests import factories
from tests.events.registrations.questionnaires import ask, put

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
        "deadline": None,
        "is_extra": False,
        "sessions": [],
        "answers": {},
        "note": "Front row",
        "reason": "",
        "home_centre": None,
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


# Offers, changes, colleagues


def test_an_offer_is_taken_over_http(api, training, ana, ben):
    Event.objects.update(places=1, promotion="offer")
    mine, theirs = (actions.register(event=training, person=p, by=p) for p in (ana, ben))
    actions.cancel(registration=mine, by=ana)
    as_(api, ben)
    offered = api.get(f"{LIST}{theirs.pk}/").json()
    assert (offered["state"], offered["deadline"] is not None) == ("offered", True)
    assert api.post(f"{LIST}{theirs.pk}/accept/").json()["state"] == "confirmed"
    assert problem(as_(api, ana).post(f"{LIST}{mine.pk}/accept/")) == (409, "wrong_state")


def test_notes_and_sessions_are_changed_over_http(api, training, ana):
    Event.objects.update(has_choices=True)
    session = training.sessions.get()
    Session.objects.update(is_chosen=True)
    as_(api, ana)
    assert problem(api.post(LIST, {"event": training.slug, "sessions": [0]})) == (400, "invalid")
    mine = api.post(LIST, {"event": training.slug, "sessions": [session.pk]}).json()
    assert (mine["state"], mine["sessions"]) == ("confirmed", [session.pk])
    changed = api.patch(f"{LIST}{mine['id']}/", {"note": "At noon"}).json()
    assert (changed["note"], changed["sessions"]) == ("At noon", [session.pk])
    assert api.patch(f"{LIST}{mine['id']}/", {"sessions": []}).json()["errors"] == {
        "sessions": ["Choose at least one session."]
    }


def test_a_colleague_takes_over_over_http(api, training, ana, ben):
    mine = actions.register(event=training, person=ana, by=ana)
    ben.organisation = ana.organisation
    ben.save()
    answer = as_(api, ana).post(f"{LIST}{mine.pk}/pass-on/", {"person": ben.email})
    assert (answer.status_code, answer.json()["person"]["name"], answer.json()["state"]) == (201, "Ben Buyer", "confirmed")
    assert api.get(f"{LIST}{mine.pk}/").json()["state"] == "cancelled"


def test_nobody_finds_out_who_has_an_account(api, training, ana, ben, otto):
    mine = actions.register(event=training, person=ana, by=ana)
    as_(api, ana)
    answers = [api.post(f"{LIST}{mine.pk}/pass-on/", {"person": one}) for one in (ben.email, "nobody@demo.example")]
    assert answers[0].json() == answers[1].json()
    as_(api, otto)
    answers = [api.post(LIST, {"event": training.slug, "person": one}) for one in (ben.email, "nobody@demo.example")]
    assert answers[0].json() == answers[1].json()


# The organiser


def test_many_are_decided_about_at_once_each_by_itself(api, training, ana, ben, cleo, olga):
    Event.objects.update(needs_approval=True)
    rows = [actions.register(event=training, person=p, by=p).pk for p in (ana, ben, cleo)]
    as_(api, olga)
    assert api.post(f"{LIST}decline/", {"registrations": rows[:1], "reason": "Too late"}).json()["results"] == [
        {"id": rows[0], "state": "declined", "code": "", "detail": ""}
    ]
    results = api.post(f"{LIST}approve/", {"registrations": rows}).json()["results"]
    assert [(one["id"], one["state"], one["code"]) for one in results] == [
        (rows[0], "declined", "wrong_state"),
        (rows[1], "confirmed", ""),
        (rows[2], "confirmed", ""),
    ]
    assert problem(api.post(f"{LIST}approve/", {"registrations": [*rows, 10**9]})) == (404, "not_found")
    assert problem(as_(api, ana).post(f"{LIST}approve/", {"registrations": rows[:1]})) == (403, "not_allowed")


def test_many_are_cancelled_at_once_and_their_places_given_on(api, training, ana, ben, cleo, olga):
    Event.objects.update(places=1)
    first, second, third = (actions.register(event=training, person=p, by=p) for p in (ana, ben, cleo))
    sent = {"registrations": [first.pk, second.pk], "reason": "They left the agency"}
    results = as_(api, olga).post(f"{LIST}cancel/", sent).json()["results"]
    assert [(one["id"], one["state"], one["code"]) for one in results] == [
        (first.pk, "cancelled", ""),
        (second.pk, "cancelled", ""),
    ]
    third.refresh_from_db()
    assert third.state == "confirmed"
    assert problem(as_(api, cleo).post(f"{LIST}cancel/", {"registrations": [third.pk]})) == (403, "not_allowed")


def test_a_turn_is_given_over_http(api, training, ana, ben, cleo, olga):
    Event.objects.update(places=1)
    _first, second, third = (actions.register(event=training, person=p, by=p) for p in (ana, ben, cleo))
    address = f"{LIST}{third.pk}/turn/"
    assert as_(api, olga).post(address, {"turn": 1, "reason": "Far away"}).json()["position"] == 1
    assert api.get(f"{LIST}{second.pk}/").json()["position"] == 2
    assert problem(as_(api, cleo).post(address, {"turn": 1, "reason": "Please"})) == (403, "not_allowed")


def test_quotas_and_places_over_http(api, training, ana, olga, centre):
    address = f"/api/v1/events/{training.slug}/quotas/"
    as_(api, olga)
    sent = {"quotas": [{"country": "EL", "reserved": 3}, {"centre": centre.slug, "at_most": 5}]}
    answer = api.put(address, sent)
    assert (answer.status_code, answer.json()) == (200, api.get(address).json())
    assert [(one["country"], one["centre"], one["reserved"], one["at_most"]) for one in answer.json()["quotas"]] == [
        ("GR", None, 3, None),
        ("", centre.slug, 0, 5),
    ]
    wrong = api.put(address, {"quotas": [{"country": "AT", "reserved": 50}]})
    assert wrong.json()["errors"] == {"quotas": ["50 places would be reserved, but the event has only 20."]}
    training.refresh_from_db()
    actions.register(event=training, person=ana, by=ana)
    places = api.get(f"/api/v1/events/{training.slug}/places/").json()
    assert (places["places"], places["taken"], places["states"]["confirmed"]) == (20, 1, 1)
    assert [one["taken"] for one in places["quotas"]] == [0, 1]


def test_rules_over_http(api, training, ana, olga):
    address = f"/api/v1/events/{training.slug}/eligibility-rules/"
    rules = {"rules": [{"organisation_kind": "local-authority", "outcome": "refuse", "reason": "For utilities."}]}
    assert as_(api, olga).put(address, rules).status_code == 200
    assert api.get(address).json()["rules"][0]["reason"] == "For utilities."
    refused = as_(api, ana).post(LIST, {"event": training.slug})
    assert (problem(refused), refused.json()["detail"]) == ((409, "not_eligible"), "For utilities.")


def test_the_home_centre_finds_and_decides_what_waits_for_it(api, training, other_centre, ana, olga, otto):
    Event.objects.update(needs_approval=True, approver="home-centre")
    training.refresh_from_db()
    german = factories.PersonFactory(organisation__country="DE")
    for person in (german, ana):
        actions.register(event=training, person=person, by=person)
    as_(api, otto)
    rows = api.get(LIST, {"home": "true"}).json()["results"]
    assert [(row["person"]["email"], row["home_centre"]["slug"]) for row in rows] == [(german.email, other_centre.slug)]
    assert api.post(f"{LIST}{rows[0]['id']}/approve/").json()["state"] == "confirmed"
    assert api.get(LIST, {"home": "true"}).json()["results"] == []


def test_a_colleague_whom_nobody_knows_takes_over_over_http(api, training, ana, ben):
    mine = actions.register(event=training, person=ana, by=ana)
    passed_on = f"{LIST}{mine.pk}/pass-on/"
    actions.register(event=training, person=ben, by=ben)
    named = {"person": ben.email, "name": "Somebody", "organisation": "Some city"}
    answer = as_(api, ana).post(passed_on, named)
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (
        409,
        "wrong_state",
        "It cannot be passed on to this address. Try another one.",  # and not who it is, or that they are registered
    )
    answer = api.post(passed_on, {"person": "maria@demo.example", "name": "Maria Mayr"})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["organisation"])
    answer = api.post(passed_on, {"person": "maria@demo.example", "name": "Maria Mayr", "organisation": "City of Linz"})
    assert (answer.status_code, answer.json()["person"], answer.json()["state"]) == (
        201,
        {"name": "Maria Mayr", "email": "maria@demo.example", "organisation": "City of Linz"},
        "confirmed",
    )


def test_the_list_costs_the_same_where_sessions_are_chosen_and_questions_answered(api, training, olga):
    session = training.sessions.get()
    Session.objects.filter(pk=session.pk).update(is_chosen=True)
    Event.objects.update(has_choices=True)
    put(training, olga, ask("nickname"), ask("allergy", is_special=True, purpose="For the kitchen"))
    training.refresh_from_db()
    counts = []
    for _ in range(3):
        person = factories.PersonFactory()
        said = {"nickname": "Ny", "allergy": "Nuts"}
        actions.register(event=training, person=person, by=person, sessions=[session.pk], answers=said)
        olga.__dict__.pop("held_roles", None)
        with CaptureQueriesContext(connection) as asked:
            rows = as_(api, olga).get(LIST, {"event": training.slug}).json()["results"]
        assert {(tuple(row["sessions"]), *row["answers"].values()) for row in rows} == {((session.pk,), "Ny", "Nuts")}
        counts.append(len(asked))
    assert counts[0] == counts[1] == counts[2]


def test_the_list_of_requests_costs_the_same_at_one_event_and_at_three(api, centre, other_centre, olga, otto):
    counts = []
    for number in range(3):
        event = factories.EventFactory(organising_centre=centre, needs_approval=True, approver="home-centre")
        put(event, olga, ask("nickname"))
        event.refresh_from_db()
        for _ in range(number + 1):
            person = factories.PersonFactory(organisation__country="DE")
            actions.register(event=event, person=person, by=person, answers={"nickname": "Ny"})
        otto.__dict__.pop("held_roles", None)
        with CaptureQueriesContext(connection) as asked:
            rows = as_(api, otto).get(LIST, {"home": "true"}).json()["results"]
        assert [row["answers"] for row in rows] == [{"nickname": "Ny"}] * sum(range(number + 2))
        counts.append(len(asked))
    assert counts[0] == counts[2]


def test_who_registers_a_colleague_twice_does_not_read_what_the_colleague_wrote(api, training, ana, otto, olga):
    put(training, olga, ask("why"))
    training.refresh_from_db()
    ana.organisation = otto.organisation
    ana.save()
    own = actions.register(event=training, person=ana, by=ana, note="Only for Olga", answers={"why": "A private reason"})
    api.force_authenticate(otto)
    assert api.get(f"{LIST}{own.pk}/").status_code == 404
    answer = api.post(LIST, {"event": training.slug, "person": ana.email}, format="json")
    told = answer.json()
    assert (answer.status_code, told["id"], told["state"], told["note"], told["answers"]) == (200, own.pk, "confirmed", "", {})
