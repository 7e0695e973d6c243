"""A coordinator registers several colleagues at once: all of them or nobody, or as many as there are places."""

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from events.mail.models import Message
from events.programme.models import Event
from events.registrations import actions, decisions
from events.registrations.lists.colleagues import Row, register_colleagues
from events.registrations.models import EligibilityRule, Question, Quota, Registration
from network.errors import NotAllowed
from network.models import Organisation, Person
from tests import factories
from tests.events.registrations import laws
from tests.events.registrations.test_races import together

State = Registration.State


@pytest.fixture
def abroad(other_centre):
    """A training of another centre: who brings colleagues there is a guest."""
    return factories.EventFactory(organising_centre=other_centre, slug="abroad", places=2)


def row(name, email="", organisation="City of Graz", country="AT", **more):
    return Row(
        email=email or f"{name.split()[0].lower()}@demo.example", name=name, organisation=organisation, country=country, **more
    )


def outcome(result):
    """What each row came to: the state, or the code of what stood in the way."""
    return [line.problem.code if line.problem else str(line.registration.state) for line in result.rows]


def messages_of(result):
    return [str(line.problem.message) if line.problem else "" for line in result.rows]


# --- The action ------------------------------------------------------------------------------------------------------


def test_new_people_get_an_account_with_what_is_stated(training, olga):
    result = register_colleagues(
        event=training, rows=[row("Nora New", kind="Utility", position="Buyer", note="Hello")], by=olga
    )
    nora = Person.objects.get(email="nora@demo.example")
    assert (nora.name, nora.position, nora.organisation.name, nora.organisation.kind, str(nora.organisation.country)) == (
        "Nora New",
        "Buyer",
        "City of Graz",
        "utility",
        "AT",
    )
    assert (nora.has_usable_password(), nora.language, nora.timezone) == (False, "en", "Europe/Vienna")
    assert (outcome(result), result.rows[0].is_new, Registration.objects.get().note) == (["confirmed"], True, "Hello")
    entry = LogEntry.objects.get_for_object(nora).get()
    assert (entry.actor, entry.additional_data, entry.changes["email"]) == (
        olga,
        {"reason": "register_colleagues"},
        ["None", "nora@demo.example"],
    )
    assert list(Message.objects.values_list("recipient", flat=True)) == ["nora@demo.example"]


def test_what_somebody_wrote_of_themself_is_never_overwritten(training, olga, ana):
    own = (ana.name, ana.organisation_id)
    register_colleagues(event=training, rows=[row("Anna Other", ana.email.upper())], by=olga)
    ana.refresh_from_db()
    assert (ana.name, ana.organisation_id) == own
    assert Registration.objects.get().person == ana


def test_an_empty_profile_takes_what_is_stated_only_if_the_person_is_registered(training, olga):
    nobody_yet = factories.PersonFactory(name="", organisation=None, email="new@demo.example")
    Event.objects.update(places=1)
    register_colleagues(event=training, rows=[row("Nora New", "new@demo.example"), row("Ada A")], by=olga, mode="all")
    nobody_yet.refresh_from_db()
    assert (nobody_yet.name, nobody_yet.organisation) == ("", None)
    register_colleagues(event=training, rows=[row("Nora New", "new@demo.example")], by=olga)
    nobody_yet.refresh_from_db()
    assert (nobody_yet.name, nobody_yet.organisation.name) == ("Nora New", "City of Graz")


def test_as_many_as_fit_and_the_others_wait(abroad, olga):
    result = register_colleagues(event=abroad, rows=[row("Ada A"), row("Bea B"), row("Cyd C")], by=olga)
    assert outcome(result) == ["confirmed", "confirmed", "waiting"]
    assert {one.registered_by for one in Registration.objects.all()} == {olga}
    laws.check(abroad.pk)


def test_all_or_nobody_leaves_nothing_behind(abroad, olga):
    before = LogEntry.objects.count()
    result = register_colleagues(event=abroad, rows=[row("Ada A"), row("Bea B"), row("Cyd C"), row("Dan")], by=olga, mode="all")
    assert (result.written, [line.registration for line in result.rows]) == (False, [None] * 4)
    assert [line.problem and line.problem.code for line in result.rows] == [None, None, "no_room", "no_room"]
    assert (Registration.objects.count(), Message.objects.count(), LogEntry.objects.count()) == (0, 0, before)
    assert not Person.objects.filter(name__in=["Ada A", "Bea B", "Cyd C"]).exists()
    assert not Organisation.objects.filter(name="City of Graz").exists()
    abroad.refresh_from_db()
    assert abroad.places_taken == 0


def test_all_or_nobody_means_that_a_fault_in_one_row_keeps_all_back(abroad, olga):
    result = register_colleagues(event=abroad, rows=[row("Ada A"), row("", "bea@demo.example")], by=olga, mode="all")
    assert (result.written, Registration.objects.count()) == (False, 0)
    assert result.rows[1].problem.errors == {"name": ["The name is missing."]}


def test_of_who_is_not_registered_no_account_is_left_behind(abroad, olga):
    EligibilityRule.objects.create(
        event=abroad, position=1, organisation_kind="supplier", outcome="refuse", reason="Buyers only"
    )
    Event.objects.update(has_rules=True)
    before = LogEntry.objects.count()
    result = register_colleagues(event=abroad, rows=[row("Sam S", kind="supplier", organisation="Firm")], by=olga)
    assert outcome(result) == ["not_eligible"]
    assert not Person.objects.filter(email="sam@demo.example").exists()
    assert LogEntry.objects.exclude(content_type__model="organisation").count() == before


def test_colleagues_are_those_of_ones_organisation_and_of_ones_centres_country(abroad, olga):
    theirs = olga.organisation
    result = register_colleagues(
        event=abroad, rows=[row("Ada A"), row("Bea B", organisation=theirs.name), row("Cyd C", country="DE"), row("Dan D", country="FR")], by=olga
    )  # fmt: skip
    assert outcome(result) == ["confirmed", "confirmed", "not_allowed", "not_allowed"]
    assert set(Person.objects.filter(email__in=["cyd@demo.example", "dan@demo.example"])) == set()


def test_nothing_tells_who_is_known_but_is_no_colleague(abroad, olga):
    factories.PersonFactory(email="known@demo.example", name="Secret Name", organisation__country="FR")
    result = register_colleagues(
        event=abroad, rows=[row("Guess A", "known@demo.example"), row("Guess B", "unknown@demo.example", country="FR")], by=olga
    )
    assert len(set(messages_of(result))) == 1
    assert "Secret" not in messages_of(result)[0]


def test_why_a_colleague_is_not_let_in_is_theirs_to_know(abroad, olga, otto, ana):
    pending = factories.RegistrationFactory(event=abroad, person=ana)
    decisions.decline(registration=pending, by=otto, reason="A secret reason")
    result = register_colleagues(event=abroad, rows=[row("Ana", ana.email)], by=olga)
    assert outcome(result) == ["not_eligible"]
    assert messages_of(result) == [
        "The event’s rules do not let you register this person. They can ask for a place themselves."
    ]


def test_who_runs_the_event_names_anybody(abroad, otto):
    result = register_colleagues(event=abroad, rows=[row("Ada A", country="FR"), row("Bea B", country="PT")], by=otto)
    assert outcome(result) == ["confirmed", "confirmed"]


def test_who_is_registered_already_stays_and_who_is_named_twice_is_registered_once(training, olga, ana):
    mine = actions.register(event=training, person=ana, by=ana)
    result = register_colleagues(
        event=training, rows=[row("Ana", ana.email), row("Nora"), row("Nora", "NORA@demo.example")], by=olga
    )
    assert [(line.registration.pk == mine.pk, line.is_new) for line in result.rows] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    assert Registration.objects.count() == 2


def test_a_coordinator_may_be_one_of_the_group(abroad, olga):
    result = register_colleagues(event=abroad, rows=[row("Olga", olga.email), row("Ada A")], by=olga)
    assert outcome(result) == ["confirmed", "confirmed"]


def test_quotas_hold_for_a_group(abroad, olga):
    Quota.objects.create(event=abroad, country="AT", at_most=1)
    Event.objects.update(has_quotas=True)
    assert outcome(register_colleagues(event=abroad, rows=[row("Ada A"), row("Bea B")], by=olga)) == ["confirmed", "waiting"]
    laws.check(abroad.pk)


def test_questions_are_left_to_the_colleagues_unless_answers_are_brought(abroad, olga):
    Question.objects.create(event=abroad, key="years", position=1, kind="number", label={"en": "Years"}, is_required=True)
    Event.objects.update(has_questions=True)
    abroad.refresh_from_db()
    result = register_colleagues(
        event=abroad, rows=[row("Ada A"), row("Bea B", answers={"years": 3}), row("Cyd C", answers={"years": "x"}), row("Dan D", answers={})], by=olga
    )  # fmt: skip
    assert outcome(result) == ["confirmed", "confirmed", "invalid", "invalid"]
    assert [list(line.problem.errors) for line in result.rows[2:]] == [["answers.years"], ["answers.years"]]
    assert Registration.objects.get(person__name="Bea B").answers.get().value == 3


def test_who_organises_nowhere_registers_nobody(training, ana):
    with pytest.raises(NotAllowed):
        register_colleagues(event=training, rows=[row("Ben")], by=ana)


def test_the_database_is_asked_as_often_for_forty_people_as_for_two(training, olga):
    def count(start, number):
        rows = [row(f"Person{n} P", f"p{n}@demo.example") for n in range(start, start + number)]
        with CaptureQueriesContext(connection) as queries:
            register_colleagues(event=training, rows=rows, by=olga)
        return len(queries)

    count(0, 2)
    Event.objects.update(places=100)
    assert count(100, 2) == count(200, 40)


@pytest.mark.django_db(transaction=True)
def test_two_who_bring_the_same_people_at_the_same_moment(centre, olga, carl):
    event = factories.EventFactory(organising_centre=centre, places=30)
    rows = [row(f"P{n} Person", organisation=f"City {n % 7}") for n in range(40)]

    def bring(by, some):
        return lambda: register_colleagues(event=event, rows=some, by=by)

    together(bring(olga, rows), bring(carl, rows[::-1]), bring(olga, rows[10:]), bring(carl, rows[:20]))
    assert laws.states(event.pk) == {"confirmed": 30, "waiting": 10}
    assert Person.objects.filter(name__endswith=" Person").count() == 40
    assert Organisation.objects.filter(name__startswith="City ").exclude(name__startswith="City of").count() == 7
    laws.check(event.pk)


# --- The page --------------------------------------------------------------------------------------------------------


@pytest.fixture
def page(client, olga):
    client.force_login(olga)
    return client


def at(event):
    return reverse("event_colleagues", args=[event.slug])


def sent(*people, rows=5, **more):
    data = {"rows": str(rows), "mode": "fit", "do": "register"}
    for number in range(rows):
        given = people[number] if number < len(people) else {}
        suggested = {
            "name": "",
            "email": "",
            "organisation": "City of Graz",
            "country": "AT",
            "kind": "local-authority",
            "note": "",
        }
        data |= {f"row-{number}-{name}": value for name, value in {**suggested, **given}.items()}
    return data | more


def person(name, **more):
    return {"name": name, "email": f"{name.split()[0].lower()}@demo.example", **more}


def shown(response):
    return [
        (line["name"], str(line["registration"].state) if line["registration"] else None, line["why"])
        for line in response.context["lines"]
    ]


def test_five_empty_rows_suggest_ones_own_organisation(page, abroad, olga):
    forms = page.get(at(abroad)).context["forms"]
    assert [form["organisation"].value() for form in forms] == [olga.organisation.name] * 5
    assert [form["name"].value() for form in forms] == [None] * 5


def test_more_rows_come_without_script_and_keep_what_was_typed(page, abroad):
    answer = page.post(at(abroad), sent(person("Ada A", note="Hi"), do="more", mode="all"))
    forms = answer.context["forms"]
    assert (answer.status_code, len(forms), forms[0]["name"].value(), forms[0]["note"].value()) == (200, 10, "Ada A", "Hi")
    assert (answer.context["errors"], answer.context["how"]["mode"].value()) == ([], "all")
    assert len(page.post(at(abroad), sent(rows=48, do="more")).context["forms"]) == 50


def test_each_person_is_told_about_as_they_were_typed(page, abroad, ana):
    answer = page.post(
        at(abroad), sent(person("Ada A"), person("Anna Typo", email=ana.email), person("Cyd C"), person("Dan D", country="FR"))
    )
    assert shown(answer) == [
        ("Ada A", "confirmed", ""),
        ("Anna Typo", "confirmed", ""),
        ("Cyd C", "waiting", ""),
        (
            "Dan D",
            None,
            "You register colleagues of your organisation and of your centre’s country. This person registers themself.",
        ),
    ]
    text = answer.content.decode()
    assert ("Ana Procurer" in text, "3 people are registered" in text) == (False, True)


def test_errors_stand_at_their_row_and_what_was_typed_is_kept(page, abroad):
    answer = page.post(at(abroad), sent(person("Ada A"), {"name": "Bea"}, person("Cyd", email="no address", note="x")))
    assert answer.status_code == 400
    assert answer.context["errors"] == [
        ("id_row-1-email", "Person 2, E-mail address", "This field is required."),
        ("id_row-2-email", "Person 3, E-mail address", "“no address” is no e-mail address. It looks like ana@example.eu."),
    ]
    assert [form["name"].value() for form in answer.context["forms"][:3]] == ["Ada A", "Bea", "Cyd"]
    assert Registration.objects.count() == 0


def test_all_or_nobody_says_at_each_row_what_stood_in_the_way(page, abroad):
    answer = page.post(at(abroad), sent(person("Ada A"), person("Bea B"), person("Cyd C"), mode="all"))
    assert answer.status_code == 409
    assert answer.context["errors"] == [("id_row-2-name", "Person 3, Full name", "There is no place left.")]
    assert (Registration.objects.count(), Person.objects.filter(name="Ada A").count()) == (0, 0)


def test_nobody_at_all_is_an_error(page, abroad):
    answer = page.post(at(abroad), sent())
    assert (answer.status_code, [error[2] for error in answer.context["errors"]]) == (400, ["Enter one person at least."])


@pytest.mark.parametrize("rows", ["", "x", "-1", "9" * 9])
def test_nonsense_gives_a_new_form(page, abroad, rows):
    answer = page.post(at(abroad), {"rows": rows, "do": "register"})
    assert answer.status_code in {200, 400}


def test_a_closed_event_says_so_instead(page, abroad):
    Event.objects.filter(pk=abroad.pk).update(state="cancelled")
    answer = page.get(at(abroad))
    assert (answer.context["closed"], 'name="rows"' in answer.content.decode()) == ("This event is cancelled.", False)
