"""One registration at the desk: its page and history, cancelling, declining, moving in line, passing on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events.programme.models import Event, Session
from events.registrations import actions, decisions, terms
from events.registrations.models import Quota, Registration, SessionChoice
from tests import factories
from tests.events.registrations.desk import at, names, said, states


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def full(centre):
    """A training with two places."""
    return factories.EventFactory(organising_centre=centre, slug="full", places=2)


@pytest.fixture
def three(full, ana, ben, cleo):
    """Ana and Ben have the two places, Cleo waits."""
    return [actions.register(event=full, person=person, by=person) for person in (ana, ben, cleo)]


def follows(response):
    return response.context["verb"].consequences[1:-1]


def test_cancelling_one_says_who_gets_the_place_and_gives_it(desk, three):
    page = at("registration_cancel", key=three[0].pk)
    assert follows(desk.get(page)) == ["A place goes to Cleo Contracts, the next in line who may have it, at once."]
    assert states() == {"Ana": "confirmed", "Ben": "confirmed", "Cleo": "waiting"}  # looking changes nothing
    response = desk.post(page, {"reason": "Asked by mail"}, follow=True)
    assert states() == {"Ana": "cancelled", "Ben": "confirmed", "Cleo": "confirmed"}
    assert said(response) == ["Ana Procurer is off the list and is told so."]


def test_where_places_are_offered_it_says_so_and_until_when(desk, three):
    Event.objects.update(promotion="offer")
    (line,) = follows(desk.get(at("registration_cancel", key=three[0].pk)))
    assert line.startswith("A place is offered to Cleo Contracts, the next in line who may have it, until ")
    assert line.endswith("(Europe/Vienna).")


def test_the_next_in_line_is_who_the_quotas_let_in(desk, full, three, olga):
    """Cleo stands first, but the place is kept for Germany."""
    german = factories.PersonFactory(name="Gerd", organisation=factories.OrganisationFactory(country="DE"))
    actions.register(event=full, person=german, by=olga)
    full.refresh_from_db()
    terms.set_quotas(event=full, quotas=[terms.QuotaFacts(country="DE", reserved=1)], by=olga)
    (line,) = follows(desk.get(at("registration_cancel", key=three[0].pk)))
    assert line == "A place goes to Gerd, the next in line who may have it, at once."
    desk.post(at("registration_cancel", key=three[0].pk), {})
    assert states() == {"Ana": "cancelled", "Ben": "confirmed", "Cleo": "waiting", "Gerd": "confirmed"}


def test_a_quota_whose_date_has_passed_keeps_no_place_from_the_next_in_line(desk, full, three, olga):
    """Nobody has noted yet that the date has passed: the forecast says what the rule will do."""
    until = timezone.now() + timedelta(hours=1)
    terms.set_quotas(event=full, quotas=[terms.QuotaFacts(country="DE", reserved=1, until=until)], by=olga)
    Quota.objects.update(until=timezone.now())
    (line,) = follows(desk.get(at("registration_cancel", key=three[0].pk)))
    assert line == "A place goes to Cleo Contracts, the next in line who may have it, at once."
    desk.post(at("registration_cancel", key=three[0].pk), {})
    assert states() == {"Ana": "cancelled", "Ben": "confirmed", "Cleo": "confirmed"}


def test_the_next_in_line_is_who_wants_the_session_that_becomes_free(desk, full, three):
    """Cleo waits for the other workshop, which stays full."""
    dora = factories.PersonFactory(name="Dora")
    dora_waits = actions.register(event=full, person=dora, by=dora)
    Event.objects.update(has_choices=True)
    workshops = [
        Session.objects.create(
            event=full, title=title, is_chosen=True, places=1, places_taken=1, starts_at=full.starts_at, ends_at=full.ends_at,
            first_day=full.first_day, last_day=full.last_day,
        )
        for title in ("A", "B")
    ]  # fmt: skip
    for row, workshop in zip([three[0], three[1], three[2], dora_waits], [*workshops, *reversed(workshops)], strict=True):
        SessionChoice.objects.create(registration=row, session=workshop)
    (line,) = follows(desk.get(at("registration_cancel", key=three[0].pk)))
    assert line == "A place goes to Dora, the next in line who may have it, at once."


def test_a_place_for_which_nobody_waits_and_one_for_nobody_who_waits_are_told_apart(desk, full, three, olga):
    full.refresh_from_db()
    terms.set_quotas(event=full, quotas=[terms.QuotaFacts(country="AT", at_most=2)], by=olga)
    terms.set_quotas(event=full, quotas=[terms.QuotaFacts(country="DE", reserved=1)], by=olga)
    page = at("registration_cancel", key=three[0].pk)
    assert follows(desk.get(page)) == [
        "The place is free again. It is for nobody who waits now: a quota, or the sessions they chose, are in the way."
    ]
    actions.cancel(registration=three[2], by=three[2].person)
    assert follows(desk.get(page)) == ["The place is free again. Nobody waits for it."]


def test_who_takes_part_beyond_the_places_leaves_none_behind(desk, full, three, olga):
    guest = factories.RegistrationFactory(event=full, state="confirmed", is_extra=True)
    assert follows(desk.get(at("registration_cancel", key=guest.pk))) == [
        "No place becomes free: they take part beyond the places of the event."
    ]


def test_one_is_declined_with_a_reason(desk, three):
    page = at("registration_decline", key=three[2].pk)
    assert desk.post(page, {"reason": ""}).context["form"].errors == {"reason": ["Say why: the person reads it."]}
    desk.post(page, {"reason": "Only for buyers"})
    assert states()["Cleo"] == "declined"


def test_who_has_a_place_is_not_declined_but_cancelled(desk, three):
    response = desk.get(at("registration_decline", key=three[0].pk))
    assert "This cannot be done now: the registration is “Confirmed”." in response.content.decode()


def test_somebody_is_moved_in_line_with_a_reason_and_moved_back(desk, full, three, olga):
    for name in ("Dora", "Emil"):
        actions.register(event=full, person=factories.PersonFactory(name=name), by=olga)
    emil = Registration.objects.get(person__name="Emil")
    page = at("registration_turn", key=emil.pk)
    assert desk.get(page).context["verb"].names == ["Cleo Contracts", "Dora", "Emil"]
    assert desk.post(page, {"turn": "1", "reason": ""}).status_code == 400
    response = desk.post(page + "?state=waiting", {"turn": "1", "reason": "Comes from far"}, follow=True)
    assert said(response) == ["Emil has turn 1 of 3 now."]
    assert names(response) == ["Emil", "Cleo Contracts", "Dora"]
    undo = response.context["undo"]
    assert (undo["person"], undo["after"], undo["rows"]) == ("Emil", 1, [f"{emil.pk}:3"])
    response = desk.post(
        at("registrations_undo") + "?state=waiting", {"kind": "turn", "registrations": undo["rows"]}, follow=True
    )
    assert said(response) == ["Emil has the former turn again: no. 3."]
    assert names(response) == ["Cleo Contracts", "Dora", "Emil"]


@pytest.mark.parametrize("turn", ["0", "-1", "x", ""])
def test_a_turn_is_a_number_from_one(desk, three, turn):
    response = desk.post(at("registration_turn", key=three[2].pk), {"turn": turn, "reason": "So"})
    assert (response.status_code, "turn" in response.context["form"].errors) == (400, True)


def test_a_colleague_takes_over(desk, full, three):
    dora = factories.PersonFactory(name="Dora Deputy", email="dora@demo.example")
    page = at("registration_pass_on", key=three[0].pk)
    response = desk.post(page, {"email": "nobody@demo.example"})
    assert response.context["form"].errors == {"email": ["Nobody has an account with this address. Invite them instead."]}
    response = desk.post(page, {"email": "Dora@demo.example", "reason": "Is ill"}, follow=True)
    assert said(response) == ["Dora Deputy takes over from Ana Procurer: Confirmed."]
    assert states() == {"Ana": "cancelled", "Ben": "confirmed", "Cleo": "waiting", "Dora": "confirmed"}
    assert dora.registrations.get().takes_over == three[0]
    own = desk.get(at("registration", key=three[0].pk))
    assert own.context["successor"].person == dora


def test_its_page_tells_the_history_who_when_why(desk, three, olga):
    actions.cancel(registration=three[0], by=olga, reason="Asked by phone")
    page = desk.get(at("registration", key=three[0].pk))
    moments = page.context["moments"]
    assert [(moment.who, moment.reason) for moment in moments] == [
        ("Olga Organiser", "Asked by phone"),
        ("Ana Procurer", ""),
    ]
    assert page.context["can"] == dict.fromkeys(("approve", "decline", "turn", "pass_on", "cancel"), False)


def test_a_registration_of_another_event_is_not_found(desk, full, training, ana):
    other = factories.RegistrationFactory(event=training, person=ana)
    for name in ("", "_cancel", "_decline", "_turn", "_pass_on"):
        assert desk.get(at(f"registration{name}", key=other.pk)).status_code == 404


def test_what_somebody_else_did_meanwhile_is_said(desk, three, olga):
    page = at("registration_turn", key=three[2].pk)
    decisions.decline(registration=three[2], by=olga, reason="No")
    response = desk.post(page, {"turn": "1", "reason": "So"})
    assert response.context["form"].non_field_errors() == ["Only who is on the waiting list has a turn there."]


def test_a_turn_beyond_all_numbers_is_the_last(client, centre, olga, ana, ben):
    event = factories.EventFactory(organising_centre=centre, places=1, slug="small")
    actions.register(event=event, person=ana, by=ana)
    waits = actions.register(event=event, person=ben, by=ben)
    client.force_login(olga)
    address = f"/desk/events/small/registrations/{waits.pk}/turn/"
    assert client.post(address, {"turn": "9" * 30, "reason": "Last in line"}).status_code == 302
