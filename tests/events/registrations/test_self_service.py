"""A registration's own page, at the address in every mail: who holds it acts for the person, and looking changes nothing."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from events.programme.models import Event
from events.registrations import actions, decisions
from events.registrations.links import self_service_path
from events.registrations.models import Registration, SpecialAnswer
from network.models import Person
from tests import factories
from tests.events.registrations.test_registering_pages import ask, session
from tests.queries import count_queries

pytestmark = pytest.mark.django_db
VERBS = ("", "accept/", "change/", "pass-on/", "cancel/")


@pytest.fixture
def mine(training, ana):
    """Ana's place at the training."""
    return actions.register(event=training, person=ana, by=ana)


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def words(client, registration, path=""):
    """The words of the registration's part of the page."""
    html = client.get(f"{self_service_path(registration)}{path}").content.decode()
    inside = re.search(r'<section class="own.*?</section>', html, re.DOTALL)[0]
    return [text for part in re.split(r"<[^>]+>", inside) if (text := " ".join(unescape(part).split()))]


def state(registration):
    return Registration.objects.get(pk=registration.pk).state


def offered(event, ana, ben):
    """An offer to Ana, of the place that Ben gave back."""
    first = actions.register(event=event, person=ben, by=ben)
    one = actions.register(event=event, person=ana, by=ana)
    actions.cancel(registration=first, by=ben)
    one.refresh_from_db()
    return one


# --- The address ---


def test_the_page_shows_what_is_needed_and_no_more(client, mine, ana):
    ana.position = "Head of procurement"
    ana.save()
    html = client.get(self_service_path(mine)).content.decode()
    assert "Registration of Ana Procurer" in html
    assert "Market dialogue in practice" in html
    assert "Procurement house, Test street 1, Vienna, Austria" in html
    for secret in (ana.email, ana.position, str(ana.organisation)):
        assert secret not in html


def test_the_page_is_kept_out_of_caches_search_engines_and_other_sites(client, mine):
    for verb in VERBS:
        response = client.get(f"{self_service_path(mine)}{verb}")
        assert (response["Cache-Control"], response["X-Robots-Tag"], response["Referrer-Policy"]) == (
            "private, no-store",
            "noindex, nofollow",
            "same-origin",  # nothing to other sites; and a browser that says no origin at all could not send our own forms
        )


def test_an_address_that_we_did_not_sign_does_not_exist(client, mine):
    good = self_service_path(mine)
    other = good.replace(f"/{mine.pk}.", f"/{mine.pk + 1}.")
    for address in (good[:-3] + "x/", other, "/registrations/5/", "/registrations/../"):
        assert client.get(address).status_code == 404


def test_somebody_elses_registration_cannot_be_reached_by_ones_own_address(client, training, mine, ben):
    his = actions.register(event=training, person=ben, by=ben)
    signature = self_service_path(mine).split(".", 1)[1]
    assert client.post(f"/registrations/{his.pk}.{signature}cancel/").status_code == 404
    assert state(his) == "confirmed"


def test_the_registration_of_a_closed_account_does_not_exist(client, mine, ana):
    Person.objects.filter(pk=ana.pk).update(is_active=False)
    for verb in VERBS:
        assert client.get(f"{self_service_path(mine)}{verb}").status_code == 404
        assert client.post(f"{self_service_path(mine)}{verb}").status_code in {404, 405}
    assert state(mine) == "confirmed"


def test_a_mail_program_that_opens_every_link_changes_nothing(client, centre, ana, ben):
    event = factories.EventFactory(organising_centre=centre, places=1, promotion="offer")
    mine = offered(event, ana, ben)
    before = Registration.objects.values().get(pk=mine.pk)
    for verb in VERBS:
        for method in (client.get, client.head, client.options):
            assert method(f"{self_service_path(mine)}{verb}").status_code in {200, 302, 405}
    assert Registration.objects.values().get(pk=mine.pk) == before


def test_a_form_without_its_token_is_refused(mine):
    client = Client(enforce_csrf_checks=True)
    for verb in VERBS[1:]:
        assert client.post(f"{self_service_path(mine)}{verb}").status_code == 403
    assert state(mine) == "confirmed"


def test_whoever_is_signed_in_the_person_of_the_registration_acts(client, mine, olga, ana):
    client.force_login(olga)
    client.post(f"{self_service_path(mine)}cancel/")
    assert state(mine) == "cancelled"
    from auditlog.models import LogEntry

    assert LogEntry.objects.filter(object_pk=str(mine.pk), changes__has_key="state").order_by("-pk").first().actor == ana


def test_too_many_tries_have_to_wait(client, mine, settings):
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"self-service": "2/min"}}
    answers = [client.get("/registrations/5.forged/").status_code for _ in range(3)]
    assert answers == [404, 404, 429]
    response = client.post(f"{self_service_path(mine)}cancel/")
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert client.get(self_service_path(mine)).status_code == 200  # looking is never kept back
    assert state(mine) == "confirmed"


# --- Each state, each verb ---


def test_a_place_is_given_back_once_however_often_one_presses(client, mine):
    assert words(client, mine)[0] == "You are registered."
    address = f"{self_service_path(mine)}cancel/"
    response = client.post(address)
    assert (response["Location"], told(response)) == (
        self_service_path(mine),
        ["Your place is given back. Thank you: somebody else can have it."],
    )
    client.get(self_service_path(mine))
    assert told(client.post(address)) == ["Nothing had to be done: this registration has ended already."]
    assert words(client, mine)[:2] == ["You are no longer registered.", "Register again"]
    assert client.get(address)["Location"] == self_service_path(mine)


def test_an_offer_is_taken_once_however_often_one_presses(client, centre, ana, ben):
    mine = offered(factories.EventFactory(organising_centre=centre, places=1, promotion="offer"), ana, ben)
    assert words(client, mine)[0] == "A place is kept for you."
    for _click in range(2):
        response = client.post(f"{self_service_path(mine)}accept/")
        assert told(response) == ["The place is yours. A confirmation with the calendar entry is on its way to your mailbox."]
        client.get(response["Location"])
    assert state(mine) == "confirmed"


def test_an_offer_is_refused_and_goes_on(client, centre, ana, ben, cleo):
    event = factories.EventFactory(organising_centre=centre, places=1, promotion="offer")
    mine = offered(event, ana, ben)
    next_one = actions.register(event=event, person=cleo, by=cleo)
    assert told(client.post(f"{self_service_path(mine)}cancel/")) == [
        "You said no to the place. Thank you: somebody else can have it."
    ]
    assert (state(mine), state(next_one)) == ("cancelled", "offered")


def test_an_offer_that_has_ended_cannot_be_taken(client, centre, ana, ben, cleo):
    event = factories.EventFactory(organising_centre=centre, places=1, promotion="offer")
    mine = offered(event, ana, ben)
    Registration.objects.filter(pk=mine.pk).update(deadline=timezone.now() - timedelta(seconds=1))
    assert words(client, mine)[:2] == ["The time to take your place has run out.", "The place went to the next in line."]
    assert told(client.post(f"{self_service_path(mine)}accept/")) == [
        "The time to answer has run out, and the place went to the next in line. You can register again."
    ]
    assert state(mine) == "expired"


def test_the_waiting_list_tells_the_position_and_lets_one_go(client, centre, ana, ben, cleo):
    event = factories.EventFactory(organising_centre=centre, places=1)
    for person in (ben, cleo):
        actions.register(event=event, person=person, by=person)
    mine = actions.register(event=event, person=ana, by=ana)
    assert words(client, mine)[0] == "You are number 2 on the waiting list."
    assert told(client.post(f"{self_service_path(mine)}cancel/")) == ["You have left the waiting list."]


def test_an_invitation_leads_to_registering_or_is_refused(client, centre, ana, olga):
    event = factories.EventFactory(organising_centre=centre, slug="closed-round", visibility="invited")
    mine = decisions.invite(event=event, person=ana, by=olga)
    html = client.get(self_service_path(mine)).content.decode()
    assert '<a class="button button-primary" href="/events/closed-round/register/">Register</a>' in html
    assert "See the event" not in html  # which visitors cannot
    assert told(client.post(f"{self_service_path(mine)}cancel/")) == ["You said no to the invitation."]


@pytest.mark.parametrize(
    ("make", "first"),
    [
        ({"state": "pending"}, "Your request has arrived."),
        ({"state": "declined", "reason": "For hospitals."}, "The organiser declined your registration."),
        ({"state": "expired"}, "Your invitation has run out."),
    ],
)
def test_other_states_are_told(client, training, ana, make, first):
    mine = factories.RegistrationFactory(event=training, person=ana, **make)
    assert words(client, mine)[0] == first


def test_who_was_declined_by_their_home_centre_does_not_read_that_the_organiser_did_it(client, training, ana, other_centre):
    Event.objects.update(approver="home-centre")
    training.refresh_from_db()
    mine = factories.RegistrationFactory(event=training, person=ana, state="declined", home_centre=other_centre)
    assert words(client, mine)[:2] == [
        "Your registration was declined.",
        f"If you think that this is a mistake, write to {other_centre.short_name}, the centre of your country, or to the organiser.",
    ]


def test_a_cancelled_event_needs_nothing_done(client, mine):
    Event.objects.update(state="cancelled", state_reason="The trainer is ill.")
    assert words(client, mine) == [
        "This event is cancelled.",
        "The trainer is ill.",
        "You were registered.",
        "There is nothing that you need to do.",
        "This page works without signing in. Anybody who has its address can act for you, so do not pass the mail on.",
    ]


def test_after_the_deadline_nothing_is_offered_and_nothing_is_done(client, mine):
    Event.objects.update(changes_close_at=timezone.now() - timedelta(hours=1))
    assert any(text.startswith("Changes were possible until ") for text in words(client, mine))
    assert not {"Give the place back", "Let a colleague come instead"} & set(words(client, mine))
    for verb in ("change/", "pass-on/", "cancel/"):
        response = client.post(f"{self_service_path(mine)}{verb}", {"email": "maria@demo.example"})
        assert response["Location"] == self_service_path(mine)
        assert told(response)[-1].startswith("Changes were possible until ")
    assert state(mine) == "confirmed"


# --- Changing ---


@pytest.fixture
def asked(training):
    """The training asks for a goal and, apart, for what concerns health."""
    ask(training, "goal", is_required=True)
    ask(training, "health", position=1, is_special=True, is_required=True, purpose="Ramps")
    training.refresh_from_db()
    return training


def test_answers_are_changed_and_special_ones_neither_shown_nor_lost(client, asked, ana):
    mine = actions.register(event=asked, person=ana, by=ana, note="Noon", answers={"goal": "A plan", "health": "A ramp"})
    address = f"{self_service_path(mine)}change/"
    html = client.get(address).content.decode()
    assert 'value="A plan"' in html
    assert "Noon</textarea>" in html
    assert "A ramp" not in html
    assert "answers-health" not in html
    response = client.post(address, {"answers-goal": "Another plan", "note": ""})
    assert (response["Location"], told(response)) == (self_service_path(mine), ["Your changes are saved."])
    mine.refresh_from_db()
    assert (mine.note, mine.answers.get().value, mine.special_answers.get().value) == ("", "Another plan", "A ramp")


def test_special_answers_are_given_anew(client, asked, ana):
    mine = actions.register(event=asked, person=ana, by=ana, answers={"goal": "A plan", "health": "A ramp"})
    address = f"{self_service_path(mine)}change/"
    html = client.get(f"{address}?anew=1").content.decode()
    assert 'name="answers-health"' in html
    assert "A ramp" not in html
    client.post(address, {"anew": "1", "answers-goal": "A plan", "answers-health": "A lift"})
    assert SpecialAnswer.objects.get().value == "A lift"
    response = client.post(address, {"anew": "1", "answers-goal": "A plan"})
    assert response.status_code == 400  # it must be answered
    assert SpecialAnswer.objects.get().value == "A lift"


def test_what_is_wrong_with_a_change_is_said_and_what_was_typed_is_kept(client, asked, ana):
    mine = actions.register(event=asked, person=ana, by=ana, answers={"goal": "A plan", "health": "A ramp"})
    response = client.post(f"{self_service_path(mine)}change/", {"answers-goal": "", "note": "Noon"})
    assert response.status_code == 400
    assert "Noon</textarea>" in response.content.decode()
    assert mine.answers.get().value == "A plan"


def test_sessions_are_changed_all_or_not_at_all(client, centre, ana, ben):
    event = factories.EventFactory(organising_centre=centre, has_choices=True)
    law = session(event, "Law", 1, is_chosen=True, places=1)
    talk = session(event, "Talk", 1, is_chosen=True, places=1)
    mine = actions.register(event=event, person=ana, by=ana, sessions=[law.pk])
    address, name = f"{self_service_path(mine)}change/", f"sessions-slot-{law.pk}"
    assert re.search(rf'<input type="radio" name="{name}" value="{law.pk}"[^>]* checked', client.get(address).content.decode())
    his = actions.register(event=event, person=ben, by=ben, sessions=[talk.pk])
    assert re.search(
        rf'<input type="radio" name="{name}" value="{talk.pk}"[^>]* disabled', client.get(address).content.decode()
    )
    response = client.post(address, {name: talk.pk})
    assert response.status_code == 400
    assert "No place is left in: “Talk”. Nothing was changed." in unescape(response.content.decode())
    actions.cancel(registration=his, by=ben)
    client.post(address, {name: talk.pk})
    assert Registration.objects.get(pk=mine.pk).chosen == {talk.pk}
    client.post(address, {name: "none"})
    assert Registration.objects.get(pk=mine.pk).chosen == frozenset()
    law.refresh_from_db()
    talk.refresh_from_db()
    assert (law.places_taken, talk.places_taken) == (0, 0)


def test_who_was_registered_by_others_is_asked_for_the_answers(client, asked, ana, olga):
    mine = actions.register(event=asked, person=ana, by=olga)
    assert "The organiser still needs answers from you." in words(client, mine)
    client.post(f"{self_service_path(mine)}change/", {"answers-goal": "A plan", "answers-health": "None"})
    assert "The organiser still needs answers from you." not in words(client, mine)


def test_the_page_asks_the_database_as_often_for_one_session_as_for_three(client, centre, ana):
    event = factories.EventFactory(organising_centre=centre, has_choices=True)
    sessions = [session(event, f"Talk {hour}", hour, is_chosen=True) for hour in (1, 2, 3)]
    mine = actions.register(event=event, person=ana, by=ana, sessions=[sessions[0].pk])
    one = count_queries(client, self_service_path(mine))
    actions.change(registration=mine, by=ana, sessions=[one.pk for one in sessions])
    assert count_queries(client, self_service_path(mine)) == one
