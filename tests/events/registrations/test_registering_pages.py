"""Registering on one page: what is asked, by whom it is asked, and that nothing which was typed is lost."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.test import Client

from events.mail.models import Message
from events.programme.models import Event, Session
from events.registrations import actions, queries
from events.registrations.models import Answer, Question, Registration, SpecialAnswer
from events.registrations.pages import drafts
from network.models import Person
from tests import factories

pytestmark = pytest.mark.django_db
ADDRESS = "/events/market-dialogue/"
FORM = f"{ADDRESS}register/"
WHO = {"name": "Nora New", "organisation": "City of Graz", "kind": "local-authority", "country": "AT"}


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def session(event, title, hour, hours=1, **facts):
    starts = event.starts_at + timedelta(hours=hour)
    ends = starts + timedelta(hours=hours)
    days = {"first_day": event.first_day, "last_day": event.first_day}
    return Session.objects.create(event=event, title=title, starts_at=starts, ends_at=ends, **days, **facts)


def ask(event, key, kind="text", position=0, **facts):
    Event.objects.filter(pk=event.pk).update(has_questions=True)
    facts.setdefault("label", {"en": key.capitalize()})
    return Question.objects.create(event=event, key=key, kind=kind, position=position, **facts)


@pytest.fixture
def day(centre):
    """A day with an opening for everybody, then two sessions at the same time, then one by itself."""
    event = factories.EventFactory(organising_centre=centre, slug="market-dialogue", with_session=False, has_choices=True)
    event.opening = session(event, "Opening", 0)
    event.law = session(event, "Law", 1, is_chosen=True, places=1)
    event.talk = session(event, "Talk", 1, is_chosen=True)
    event.walk = session(event, "Walk", 3, is_chosen=True, places=5)
    return event


def slots(client):
    """The fields for sessions: the legend, and the words of its options."""
    html = client.get(FORM).content.decode()
    found = []
    for legend, inside in re.findall(r"<legend>(.*?)</legend>(.*?)</fieldset>", html, re.DOTALL):
        labels = re.findall(r"<label.*?</label>", inside, re.DOTALL)
        found.append((unescape(legend), [" ".join(unescape(re.sub(r"<[^>]+>", " ", label)).split()) for label in labels]))
    return found


# --- One page, one form, one button ---


def test_a_question_moves_the_button_to_a_page_of_its_own(client, training, ana):
    ask(training, "goal", is_required=True)
    client.force_login(ana)
    html = client.get(ADDRESS).content.decode()
    assert re.findall(r'<a class="button button-primary button-wide" href="(.*?)">(.*?)</a>', html) == [
        (FORM, "Register — 20 of 20 places left")
    ]
    html = client.get(FORM).content.decode()
    assert re.findall(r'<button class="button button-primary">(.*?)</button>', html) == ["Register — 20 of 20 places left"]
    assert "You register as <strong>Ana Procurer</strong>" in html
    response = client.post(FORM, {"sheet": "1", "answers-goal": "A plan", "note": "Until noon"})
    assert (response.status_code, response["Location"]) == (302, ADDRESS)
    registration = Registration.objects.get()
    assert (registration.state, registration.note, registration.answers.get().value) == ("confirmed", "Until noon", "A plan")


def test_what_is_wrong_is_said_above_and_at_the_field_and_what_was_typed_is_kept(client, training, ana):
    ask(training, "goal", is_required=True)
    ask(training, "guests", "number", 1, limits={"most": 3})
    client.force_login(ana)
    response = client.post(FORM, {"sheet": "1", "answers-guests": "7", "note": "x" * 501})
    html = response.content.decode()
    assert response.status_code == 400
    assert re.findall(r'<li><a href="#(.*?)">(.*?)</a></li>', html.split("error-summary", 1)[1].split("</ul>", 1)[0]) == [
        ("id_answers-goal", "Goal: Answer this question: the organiser needs it from everybody."),
        ("id_answers-guests", "Guests: This is 7, and the most is 3."),
        ("id_note", "A note to the organiser: Ensure this value has at most 500 characters (it has 501)."),
    ]
    assert 'value="7"' in html
    assert "x" * 501 in html
    assert html.count('aria-invalid="true"') == 3
    assert Registration.objects.count() == 0


def test_sessions_are_chosen_by_time_with_the_places_that_are_left(client, day, ana, ben):
    actions.register(event=day, person=ben, by=ben, sessions=[day.law.pk])
    client.force_login(ana)
    law, walk = slots(client)
    assert law[0].endswith("11:00–12:00 (Europe/Vienna, CET)") or law[0].endswith("12:00–13:00 (Europe/Vienna, CEST)")
    assert law[1] == ["Law Full: whoever chooses it goes on the waiting list", "Talk", "None of these"]
    assert walk[1] == ["Walk 5 of 5 places left", "I do not take part in it"]
    fields = {f"sessions-slot-{day.law.pk}": day.talk.pk, f"sessions-slot-{day.walk.pk}": "none"}
    client.post(FORM, {"sheet": "1", **fields})
    mine = queries.live(ana, day)
    assert (mine.state, mine.chosen) == ("confirmed", {day.talk.pk})


def test_who_chooses_a_full_session_waits_and_is_told_why(client, day, ana, ben):
    actions.register(event=day, person=ben, by=ben, sessions=[day.law.pk])
    client.force_login(ana)
    fields = {f"sessions-slot-{day.law.pk}": day.law.pk, f"sessions-slot-{day.walk.pk}": "none"}
    assert told(client.post(FORM, {"sheet": "1", "promise": "place", **fields})) == [
        "A session that you chose is full: you are number 1 on the waiting list. We write to you as soon as a place is yours."
    ]


def test_each_time_wants_a_word(client, day, ana):
    client.force_login(ana)
    response = client.post(FORM, {"sheet": "1", f"sessions-slot-{day.walk.pk}": "none"})
    assert response.status_code == 400
    assert response.content.decode().count("Choose one, or say none.") == 2  # in the summary and at the field
    fields = {f"sessions-slot-{day.law.pk}": "999999", f"sessions-slot-{day.walk.pk}": "none"}
    assert (
        "This session is no longer to be chosen. Choose again." in client.post(FORM, {"sheet": "1", **fields}).content.decode()
    )
    assert Registration.objects.count() == 0


def test_sessions_that_overlap_in_part_are_boxes_and_cannot_be_combined(client, centre, ana):
    event = factories.EventFactory(organising_centre=centre, slug="market-dialogue", with_session=False, has_choices=True)
    long = session(event, "Long", 0, 4, is_chosen=True)
    early = session(event, "Early", 0, 1, is_chosen=True)
    late = session(event, "Late", 2, 1, is_chosen=True)
    client.force_login(ana)
    name = f"sessions-slot-{long.pk}"
    html = client.get(FORM).content.decode()
    assert html.count(f'type="checkbox" name="{name}"') == 3
    response = client.post(FORM, {"sheet": "1", name: [long.pk, early.pk]})
    assert "“Long” and “Early” are at the same time. Choose one of them." in response.content.decode()
    assert "Choose at least one session." in client.post(FORM, {"sheet": "1"}).content.decode()
    client.post(FORM, {"sheet": "1", name: [early.pk, late.pk]})
    assert queries.live(ana, event).chosen == {early.pk, late.pk}


def test_looking_changes_nothing(client, day, ana):
    client.force_login(ana)
    for method in (client.get, client.head):
        assert method(FORM).status_code == 200
    assert Registration.objects.count() == 0


# --- Bad luck ---


def test_two_tabs_and_double_clicks_are_one_registration(client, training, ana):
    ask(training, "goal", is_required=True)
    client.force_login(ana)
    for _click in range(2):
        response = client.post(FORM, {"sheet": "1", "answers-goal": "A plan"})
        assert response["Location"] == ADDRESS
        assert told(response) == ["You are registered. A confirmation with the calendar entry is on its way to your mailbox."]
        client.get(ADDRESS)
    response = client.post(FORM, {"sheet": "1"})  # a third tab, where nothing was typed
    assert response["Location"] == ADDRESS
    assert Registration.objects.count() == Answer.objects.count() == 1


def test_a_page_from_before_there_were_questions_leads_to_them_and_keeps_the_note(client, training, ana):
    client.force_login(ana)
    ask(training, "goal", is_required=True)
    response = client.post(FORM, {"promise": "place", "note": "Until noon"})
    html = response.content.decode()
    assert "There is something to fill in before you can register." in html
    assert "Until noon</textarea>" in html
    assert "error-summary" not in html
    assert Registration.objects.count() == 0


def test_what_was_typed_before_the_sign_in_ran_out_comes_back_after_it(client, training, ana):
    goal = ask(training, "goal", is_required=True)
    ask(training, "health", position=1, is_special=True, purpose="Ramps")
    typed = {"sheet": "1", "whose": drafts.mark_of(ana), "answers-goal": "A plan", "answers-health": "Secret", "note": "Noon"}
    response = client.post(FORM, typed)
    assert response["Location"] == f"/accounts/login/?next={FORM}"
    assert told(response) == ["You were signed out in the meantime. Sign in, and what you have typed is there again."]
    assert "Secret" not in str(dict(client.session))
    client.force_login(ana)
    response = client.get(FORM)
    html = response.content.decode()
    assert "You were signed out in the meantime. What you had typed is here again: look it over." in html
    assert 'value="A plan"' in html
    assert "Noon</textarea>" in html
    assert Registration.objects.count() == 0
    assert 'value="A plan"' not in client.get(FORM).content.decode()  # once
    assert goal.key == "goal"


def test_what_was_typed_comes_back_to_nobody_else(client, training, ana, ben):
    ask(training, "goal")
    client.post(FORM, {"sheet": "1", "whose": drafts.mark_of(ana), "answers-goal": "A plan"})
    client.force_login(ben)
    assert "A plan" not in client.get(FORM).content.decode()
    response = Client().post(FORM, {"sheet": "1", "whose": "1:forged", "answers-goal": "A plan"})
    assert told(response) == ["You were signed out in the meantime, and are not registered yet. Sign in, then enter it again."]


def test_a_visitor_who_presses_an_old_button_is_told_that_nothing_happened_yet(client, training):
    response = client.post(FORM)
    assert response["Location"] == f"/accounts/login/?next={FORM}"
    assert told(response) == ["You are not registered yet: sign in, then press the button again."]


# --- Newcomers ---


def newest_code():
    text = Message.objects.order_by("-pk").first().text
    return next(line for line in text.splitlines() if re.fullmatch(r"[A-Z0-9]{3,4}-?[A-Z0-9]{3,4}", line.strip())).strip()


def sign_in(client, email):
    cache.clear()
    client.post("/accounts/login/", {"email": email, "next": FORM})
    return client.post("/accounts/login/code/", {"code": newest_code(), "next": FORM})["Location"]


def test_a_newcomer_registers_in_one_flow(client, training):
    ask(training, "goal", is_required=True)
    assert sign_in(client, "nora@demo.example") == FORM
    html = client.get(FORM).content.decode()
    labels = [re.sub(r"\s*<.*", "", label) for label in re.findall(r'<label for="[^"]+">(.*?)</label>', html)]
    assert labels == [
        "Full name",
        "Organisation",
        "Type of organisation",
        "Country of the organisation",
        "Goal",
        "A note to the organiser",
    ]
    response = client.post(FORM, {"sheet": "1", **WHO, "answers-goal": "A plan"})
    assert (response["Location"], told(response)) == (
        ADDRESS,
        ["You are registered. A confirmation with the calendar entry is on its way to your mailbox."],
    )
    registration = Registration.objects.get()
    person = registration.person
    assert (person.name, person.organisation.name, registration.organisation_kind) == (
        "Nora New",
        "City of Graz",
        "local-authority",
    )


def test_a_newcomer_who_forgets_something_loses_nothing(client, training):
    ask(training, "goal", is_required=True)
    client.force_login(Person.objects.create_user("nora@demo.example"))
    response = client.post(FORM, {"sheet": "1", **WHO, "country": "", "answers-goal": "A plan"})
    html = response.content.decode()
    assert response.status_code == 400
    assert 'value="Nora New"' in html
    assert 'value="A plan"' in html
    assert Person.objects.get(email="nora@demo.example").name == ""


def test_a_newcomer_can_correct_who_they_are_until_it_has_worked(client, day):
    day.opening.delete()
    client.force_login(Person.objects.create_user("nora@demo.example"))
    nothing = {f"sessions-slot-{day.law.pk}": "none", f"sessions-slot-{day.walk.pk}": "none"}
    response = client.post(FORM, {"sheet": "1", **WHO, **nothing})
    assert response.status_code == 400
    assert "Choose at least one session." in response.content.decode()
    assert 'value="Nora New"' in response.content.decode()
    client.post(FORM, {"sheet": "1", **WHO, "name": "Nora Newton", **nothing, f"sessions-slot-{day.law.pk}": day.law.pk})
    registration = Registration.objects.get()
    assert (registration.person.name, registration.organisation_kind) == ("Nora Newton", "local-authority")


def test_somebody_we_know_lands_on_the_page_with_the_button(client, training, ana):
    assert sign_in(client, ana.email) == FORM
    assert client.get(FORM)["Location"] == ADDRESS


def test_only_what_the_profile_lacks_is_asked(client, training, ana):
    ana.name = ""
    ana.save()
    client.force_login(ana)
    html = client.get(FORM).content.decode()
    assert "Full name" in html
    assert "Type of organisation" not in html
    client.post(FORM, {"sheet": "1", "name": "Ana Again"})
    ana.refresh_from_db()
    assert (ana.name, queries.live(ana, training).state) == ("Ana Again", "confirmed")


def test_a_newcomer_whom_the_rules_keep_out_hears_why(client, centre):
    factories.EventFactory(organising_centre=centre, slug="market-dialogue", eligible_kinds=["utility"])
    client.force_login(Person.objects.create_user("nora@demo.example"))
    response = client.post(FORM, {"sheet": "1", **WHO})
    assert response["Location"] == ADDRESS
    assert told(response) == ["This event is open to: Utility. Your organisation is listed as “Local contracting authority”."]


def test_special_answers_go_where_they_are_kept_apart(client, training, ana):
    ask(training, "health", is_special=True, purpose="Ramps")
    client.force_login(ana)
    client.post(FORM, {"sheet": "1", "answers-health": "A ramp"})
    assert (Answer.objects.count(), SpecialAnswer.objects.get().value) == (0, "A ramp")
