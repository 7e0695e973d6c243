"""Registering several people over HTTP, with an answer for each of them."""

import pytest

from events.programme.models import Event
from events.registrations.models import Registration
from network.models import Person
from tests import factories


@pytest.fixture
def post(api, training):
    def send(by, people, **more):
        api.force_authenticate(by)
        return api.post(f"/api/v1/events/{training.slug}/registrations/bulk/", {"people": people, **more}, format="json")

    return send


def someone(name, **more):
    organisation = {"name": "City of Graz", "country": "AT"} | more.pop("organisation", {})
    return {"email": f"{name.split()[0].lower()}@demo.example", "name": name, "organisation": organisation, **more}


def keys():
    return list(Registration.objects.order_by("pk").values_list("pk", flat=True))


def test_each_person_has_a_row_in_the_answer(post, olga, training):
    Event.objects.update(places=1)
    people = [
        someone("Ada A", organisation={"kind": "utility"}, note="Hello", position="Buyer"),
        someone("Bea B", email="no address", organisation={"country": "Nowhere", "name": ""}),
        someone("Cyd C"),
        someone("Ada Again", email="ADA@demo.example"),
    ]
    answer = post(olga, people)
    ada, cyd = keys()
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "written": True,
            "rows": [
                {"row": 0, "registration": ada, "state": "confirmed", "is_new": True, "problem": None},
                {
                    "row": 1,
                    "registration": None,
                    "state": None,
                    "is_new": False,
                    "problem": {
                        "code": "invalid",
                        "detail": "Some of what was entered needs another look.",
                        "errors": {
                            "email": ["“no address” is no e-mail address. It looks like ana@example.eu."],
                            "organisation.name": ["The organisation is missing."],
                            "organisation.country": ["“Nowhere” is no country. Write its code, such as AT, or its name."],
                        },
                    },
                },
                {"row": 2, "registration": cyd, "state": "waiting", "is_new": True, "problem": None},
                {"row": 3, "registration": ada, "state": "confirmed", "is_new": False, "problem": None},
            ],
        },
    )
    person = Person.objects.get(email="ada@demo.example")
    assert (person.name, person.position, person.organisation.kind) == ("Ada A", "Buyer", "utility")


def test_all_or_nobody_is_a_problem_that_says_who_stood_in_the_way(post, olga):
    Event.objects.update(places=1)
    answer = post(olga, [someone("Ada A"), someone("Bea B")], mode="all")
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert answer.json() == {
        "type": "https://calendar.example/problems/nobody_registered",
        "title": "Nobody was registered: not all of them could be.",
        "status": 409,
        "detail": "Nobody was registered: not all of them could be.",
        "code": "nobody_registered",
        "written": False,
        "rows": [
            {"row": 0, "registration": None, "state": None, "is_new": False, "problem": None},
            {
                "row": 1,
                "registration": None,
                "state": None,
                "is_new": False,
                "problem": {"code": "no_room", "detail": "There is no place left."},
            },
        ],
    }
    assert (Registration.objects.count(), Person.objects.filter(name="Ada A").count()) == (0, 0)


def test_a_guest_brings_colleagues_only(post, otto):
    answer = post(otto, [someone("Ada A", organisation={"country": "DE"}), someone("Bea B")])
    assert [(row["state"], row["problem"] and row["problem"]["code"]) for row in answer.json()["rows"]] == [
        ("confirmed", None),
        (None, "not_allowed"),
    ]


def test_who_organises_nowhere_may_not(post, ana):
    assert (post(ana, [someone("Ada A")]).status_code, Registration.objects.count()) == (403, 0)


def test_an_event_that_one_may_not_see_is_not_there(post, otto):
    Event.objects.update(state="draft", published_at=None)
    assert post(otto, [someone("Ada A")]).status_code == 404


@pytest.mark.parametrize(
    ("sent", "paths"),
    [
        ({"people": []}, ["people"]),
        ({"people": [someone("A")] * 501}, ["people"]),
        ({"people": "everybody"}, ["people"]),
        ({"people": [someone("A")], "mode": "some"}, ["mode"]),
        ({"people": [{"email": "a@demo.example", "name": "A"}]}, ["people.0.organisation"]),
        ({"people": [someone("A"), someone("B", sessions="all")]}, ["people.1.sessions"]),
    ],
)
def test_what_is_no_list_of_people_is_refused_as_a_whole(post, olga, sent, paths):
    answer = post(olga, **sent)
    assert (answer.status_code, list(answer.json()["errors"]), Registration.objects.count()) == (400, paths, 0)


def test_five_hundred_people_at_once(post, olga, training):
    Event.objects.update(places=600)
    answer = post(olga, [someone(f"P{n} Person") for n in range(500)])
    assert {row["state"] for row in answer.json()["rows"]} == {"confirmed"}
    training.refresh_from_db()
    assert training.places_taken == 500


def test_answers_and_sessions_are_judged_row_by_row(post, olga, training):
    factories.RegistrationFactory(event=training)
    answer = post(olga, [someone("Ada A", sessions=[4711]), someone("Bea B", answers={"diet": "none"}), someone("Cyd C")])
    problems = [row["problem"] for row in answer.json()["rows"]]
    assert [list(problem["errors"]) if problem else None for problem in problems] == [["sessions"], ["answers.diet"], None]
