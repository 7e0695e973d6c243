"""An event's own page: what it says to whom, registering there and giving the place back."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from events.programme.models import Event, Session, Speaker
from events.programme.wording import moment_and_zone
from events.registrations import actions, decisions, queries, terms
from events.registrations.links import self_service_path
from events.registrations.models import Registration
from tests import factories
from tests.queries import count_queries

pytestmark = pytest.mark.django_db
ADDRESS = "/events/market-dialogue/"


def panel(client, address=ADDRESS):
    """The words of the panel that says whether one can come, one text for each element."""
    html = client.get(address).content.decode()
    inside = re.search(r'<aside class="event-panel".*?</aside>', html, re.DOTALL)[0]
    inside = re.sub(r'<div class="panel-calendar.*', "", inside, flags=re.DOTALL)
    words = [unescape(words).strip() for words in re.split(r"<[^>]+>", inside)]
    return [words for words in words if words][1:]


def everything(client, address=ADDRESS):
    """All words of the panel."""
    html = client.get(address).content.decode()
    inside = re.search(r'<aside class="event-panel".*?</aside>', html, re.DOTALL)[0]
    words = [unescape(words).strip() for words in re.split(r"<[^>]+>", inside)]
    return [words for words in words if words]


def primary(client, address=ADDRESS):
    """The words and the address of the one primary action."""
    html = client.get(address).content.decode()
    found = re.findall(r'<(?:a|button) class="button button-primary[^"]*"(?: href="([^"]*)")?>(.*?)<', html)
    assert len(found) <= 1
    return found[0] if found else None


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_a_visitor_is_led_through_signing_in_to_the_button(client, training, ana):
    address = "/accounts/login/?next=/events/market-dialogue/register/"
    assert primary(client) == (address, "Register — 20 of 20 places left")
    client.force_login(ana)
    assert primary(client) == ("", "Register — 20 of 20 places left")


def test_registering_takes_a_place_and_says_what_comes_next(client, training, ana):
    client.force_login(ana)
    response = client.post(f"{ADDRESS}register/", {"note": " Step-free, please "})
    assert (response.status_code, response["Location"]) == (302, ADDRESS)
    assert told(response) == ["You are registered. A confirmation with the calendar entry is on its way to your mailbox."]
    registration = Registration.objects.get()
    assert (registration.person, registration.state, registration.note) == (ana, "confirmed", "Step-free, please")
    assert panel(client)[0] == "You are registered."
    assert primary(client) is None


def test_the_last_place_is_followed_by_the_waiting_list(client, centre, ana, ben, cleo):
    event = factories.EventFactory(organising_centre=centre, slug="market-dialogue", places=1)
    client.force_login(ana)
    assert primary(client) == ("", "Register — 1 of 1 place left")
    actions.register(event=event, person=ben, by=ben)
    assert primary(client) == ("", "Join the waiting list — nobody before you")
    actions.register(event=event, person=cleo, by=cleo)
    assert primary(client) == ("", "Join the waiting list — 1 before you")
    assert told(client.post(f"{ADDRESS}register/", {"promise": "queue"})) == [
        "You are number 2 on the waiting list. We write to you as soon as a place is yours."
    ]
    assert panel(client)[:2] == [
        "You are number 2 on the waiting list.",
        "As soon as a place is free and it is your turn, it is yours, and we write to you.",
    ]


def test_what_changed_between_looking_and_pressing_is_said(client, centre, ana, ben, cleo):
    event = factories.EventFactory(organising_centre=centre, slug="market-dialogue", places=1, promotion="offer")
    client.force_login(ana)
    promise = re.search(r'name="promise" value="(\w+)"', client.get(ADDRESS).content.decode())[1]
    assert promise == "place"
    actions.register(event=event, person=ben, by=ben)
    assert told(client.post(f"{ADDRESS}register/", {"promise": promise})) == [
        "The last place was taken a moment ago: you are number 1 on the waiting list. We write to you when a place is offered to you."
    ]
    client.force_login(cleo)
    assert re.search(r'name="promise" value="(\w+)"', client.get(ADDRESS).content.decode())[1] == "queue"
    for person in (ben, ana):
        actions.cancel(registration=queries.live(person, event), by=person)
    assert told(client.post(f"{ADDRESS}register/", {"promise": "queue"})) == [
        "A place became free a moment ago: you are registered. A confirmation with the calendar entry is on its way to your mailbox."
    ]


def test_places_that_are_kept_for_others_are_not_promised(client, centre, ana, olga):
    event = factories.EventFactory(organising_centre=centre, slug="market-dialogue", places=2)
    terms.set_quotas(event=event, by=olga, quotas=[terms.QuotaFacts(country="DE", reserved=2)])
    client.force_login(ana)
    assert primary(client) == ("", "Join the waiting list — nobody before you")
    assert panel(client)[1:3] == ["Add a note to the organiser", "A note to the organiser"]
    assert "The places that are left are kept for others for now." in panel(client)
    assert told(client.post(f"{ADDRESS}register/", {"promise": "place"})) == [
        "No place is free for you at the moment: you are number 1 on the waiting list. We write to you as soon as a place is yours."
    ]


def test_where_the_organiser_approves_one_asks_for_a_place(client, centre, ana):
    factories.EventFactory(organising_centre=centre, slug="market-dialogue", needs_approval=True)
    client.force_login(ana)
    assert primary(client) == ("", "Ask for a place")
    assert "The organiser decides on each request, and you hear by mail." in panel(client)
    assert told(client.post(f"{ADDRESS}register/")) == ["Your request has arrived. We write to you once it is decided."]
    assert panel(client)[:2] == [
        "Your request has arrived.",
        "Test AT, which organises the event, decides on it. We write to you then; there is nothing that you need to do.",
    ]


def test_where_the_home_centre_decides_it_is_named(client, centre, other_centre, ana):
    event = factories.EventFactory(
        organising_centre=other_centre, slug="market-dialogue", needs_approval=True, approver=Event.Approver.HOME_CENTRE
    )
    client.force_login(ana)
    client.post(f"{ADDRESS}register/")
    assert queries.live(ana, event).home_centre == centre
    assert panel(client)[1].startswith("Test AT, the centre of your country, decides on it.")


def test_giving_the_place_back(client, training, ana):
    client.force_login(ana)
    client.post(f"{ADDRESS}register/")
    assert "Give the place back" in client.get(ADDRESS).content.decode()
    verb = f"{self_service_path(Registration.objects.get())}cancel/"
    response = client.post(verb, {"next": "event"})
    assert (response["Location"], told(response)) == (
        ADDRESS,
        ["Your place is given back. Thank you: somebody else can have it."],
    )
    assert Registration.objects.get().state == "cancelled"
    assert panel(client)[0] == "You are no longer registered."
    assert primary(client) == ("", "Register — 20 of 20 places left")
    assert client.post(verb, {"next": "my"})["Location"] == "/my/"


def test_an_invitation_says_until_when_and_can_be_refused(client, centre, ana, olga):
    event = factories.EventFactory(organising_centre=centre, slug="market-dialogue", visibility="invited")
    until = timezone.now() + timedelta(days=3)
    invitation = decisions.invite(event=event, person=ana, by=olga, until=until)
    client.force_login(ana)
    words = panel(client)
    assert words[:2] == [
        "You are invited.",
        f"Register until {moment_and_zone(until, 'Europe/Vienna')}. An invitation holds no place yet.",
    ]
    assert primary(client) == ("", "Register — 20 of 20 places left")
    assert "Say no" in client.get(ADDRESS).content.decode()
    response = client.post(f"{self_service_path(invitation)}cancel/", {"next": "event"})
    assert told(response) == ["You said no to the invitation."]


def test_an_offer_is_taken_with_one_button(client, centre, ana, ben):
    event = factories.EventFactory(organising_centre=centre, slug="market-dialogue", places=1, promotion="offer")
    first = actions.register(event=event, person=ben, by=ben)
    mine = actions.register(event=event, person=ana, by=ana)
    actions.cancel(registration=first, by=ben)
    mine.refresh_from_db()
    client.force_login(ana)
    deadline = moment_and_zone(mine.deadline, "Europe/Vienna")
    assert panel(client)[:4] == [
        "A place is kept for you.",
        "Take it until",
        deadline,
        ". After that it goes to the next in line.",
    ]
    assert primary(client) == ("", "Take the place")
    response = client.post(f"{self_service_path(mine)}accept/", {"next": "event"})
    assert told(response) == ["The place is yours. A confirmation with the calendar entry is on its way to your mailbox."]
    assert panel(client)[0] == "You are registered."


def test_an_offer_that_nobody_answered_leaves_one_free_to_register_again(client, centre, ana, ben):
    event = factories.EventFactory(organising_centre=centre, slug="market-dialogue", places=1, promotion="offer")
    first = actions.register(event=event, person=ben, by=ben)
    mine = actions.register(event=event, person=ana, by=ana)
    actions.cancel(registration=first, by=ben)
    Registration.objects.filter(pk=mine.pk).update(deadline=timezone.now() - timedelta(minutes=1))
    client.force_login(ana)
    assert panel(client)[:2] == ["The time to take your place has run out.", "The place went to the next in line."]
    assert primary(client) == ("", "Join the waiting list — nobody before you")
    client.post(f"{ADDRESS}register/")
    assert [one.state for one in Registration.objects.filter(person=ana)] == ["expired", "confirmed"]


def test_after_the_deadline_it_is_said_before_one_tries(client, training, ana):
    mine = actions.register(event=training, person=ana, by=ana)
    until = timezone.now() + timedelta(days=1)
    Event.objects.filter(pk=training.pk).update(changes_close_at=until)
    client.force_login(ana)
    assert f"Changes are possible until|{moment_and_zone(until, 'Europe/Vienna')}" in "|".join(everything(client))
    Event.objects.filter(pk=training.pk).update(changes_close_at=timezone.now() - timedelta(minutes=1))
    words = everything(client)
    assert "Give the place back" not in words
    assert words[-1].startswith("Changes were possible until ")
    response = client.post(f"{self_service_path(mine)}cancel/", {"next": "event"})
    assert told(response)[0].startswith("Changes were possible until ")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"state": "cancelled", "state_reason": "The trainer is ill."}, "This event is cancelled."),
        ({"state": "postponed"}, "This event is postponed. Registration opens again when its new time is known."),
        ({"registration_closes_at": "past"}, "Registration closed on "),
        ({"registration_opens_at": "future"}, "Registration opens on "),
        ({"starts_at": "past"}, "This event is over."),
    ],
)
def test_what_is_closed_says_why_and_refuses(client, centre, ana, facts, words):
    now = timezone.now()
    if facts.get("starts_at") == "past":
        facts = {"starts_at": now - timedelta(days=3)}
    times = {"past": now - timedelta(hours=1), "future": now + timedelta(days=3)}
    facts = {name: times.get(value, value) if isinstance(value, str) else value for name, value in facts.items()}
    factories.EventFactory(organising_centre=centre, slug="market-dialogue", **facts)
    assert panel(client)[0].startswith(words)
    client.force_login(ana)
    assert panel(client)[0].startswith(words)
    assert primary(client) is None
    assert told(client.post(f"{ADDRESS}register/"))[0].startswith(words)
    assert Registration.objects.count() == 0


def test_somebody_declined_reads_the_reason(client, centre, ana, olga):
    event = factories.EventFactory(organising_centre=centre, slug="market-dialogue", needs_approval=True)
    registration = actions.register(event=event, person=ana, by=ana)
    decisions.decline(registration=registration, by=olga, reason="This course is for hospitals.")
    client.force_login(ana)
    assert panel(client) == [
        "The organiser declined your registration.",
        "This course is for hospitals.",
        "If you think that this is a mistake, write to the organiser.",
    ]
    assert primary(client) is None


def test_the_link_to_join_is_for_the_confirmed_and_those_who_run_it(client, centre, ana, ben, olga, otto):
    event = factories.EventFactory(
        organising_centre=centre,
        slug="market-dialogue",
        format="online",
        venue=None,
        join_link="https://meet.example/r",
        places=1,
    )
    actions.register(event=event, person=ana, by=ana)
    actions.register(event=event, person=ben, by=ben)
    seen = {}
    for person in (None, ana, ben, olga, otto):
        client.logout() if person is None else client.force_login(person)
        seen[getattr(person, "name", "visitor")] = "https://meet.example/r" in client.get(ADDRESS).content.decode()
    assert seen == {
        "visitor": False,
        "Ana Procurer": True,
        "Ben Buyer": False,
        "Olga Organiser": True,
        "Otto Other": False,
    }


def test_what_one_may_not_know_of_is_not_found(client, centre, ana, mia, olga):
    factories.EventFactory(organising_centre=centre, slug="market-dialogue", visibility=Event.Visibility.NETWORK)
    factories.EventFactory(organising_centre=centre, slug="draft", state=Event.State.DRAFT)
    answers = {}
    for person in (None, ana, mia, olga):
        client.logout() if person is None else client.force_login(person)
        answers[getattr(person, "name", "visitor")] = (
            client.get(ADDRESS).status_code,
            client.get("/events/draft/").status_code,
        )
    assert answers == {
        "visitor": (404, 404),
        "Ana Procurer": (404, 404),
        "Mia Member": (200, 404),
        "Olga Organiser": (200, 200),
    }


def test_a_visitor_who_posts_is_asked_to_sign_in(client, training):
    response = client.post(f"{ADDRESS}register/")
    assert response["Location"] == "/accounts/login/?next=/events/market-dialogue/register/"
    assert client.get(response["Location"]).status_code == 200


def test_after_signing_in_the_address_of_the_form_leads_to_the_page(client, training, ana):
    client.force_login(ana)
    assert client.get(f"{ADDRESS}register/")["Location"] == ADDRESS
    assert Registration.objects.count() == 0


def test_a_form_without_its_token_is_refused(training, ana):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    response = client.post(f"{ADDRESS}register/")
    assert response.status_code == 403
    assert b"Nothing was changed." in response.content
    assert Registration.objects.count() == 0


def test_the_same_time_is_told_on_the_readers_clock_only_where_it_differs(client, centre, ana):
    starts = timezone.now().replace(month=1, day=12, hour=8, minute=0, second=0, microsecond=0) + timedelta(days=730)
    factories.EventFactory(organising_centre=centre, slug="market-dialogue", starts_at=starts)
    ana.timezone = "Europe/Athens"
    ana.save()
    client.force_login(ana)
    html = client.get(ADDRESS).content.decode()
    assert '09:00–16:00 <span class="zone">Europe/Vienna, CET</span>' in html
    assert "For you: 10:00–17:00 (Europe/Athens, EET)" in html
    ana.timezone = "Europe/Berlin"
    ana.save()
    assert "For you:" not in client.get(ADDRESS).content.decode()


def test_the_page_shows_the_facts_and_the_programme(client, centre, other_centre):
    event = factories.EventFactory(
        organising_centre=centre,
        slug="market-dialogue",
        with_session=False,
        description="## What we do\n\nTalk.",
        learning_outcomes="Plan a dialogue",
        interpretation=["fr"],
        eligible_kinds=["utility"],
    )
    event.co_organisers.add(other_centre)
    for hours in (0, 2):
        starts = event.starts_at + timedelta(hours=hours)
        session = Session.objects.create(
            event=event,
            title=f"Part {hours}",
            starts_at=starts,
            ends_at=starts + timedelta(hours=1),
            first_day=event.first_day,
            last_day=event.first_day,
        )
        Speaker.objects.create(session=session, name="Dr Test", affiliation="University")
    html = client.get(ADDRESS).content.decode()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
    for words in (
        "English ; interpretation into French",
        "Who can take part Utility",
        "with Test DE (DE)",
        "What we do Talk.",
        "Plan a dialogue",
        "Part 0 Dr Test , University (Speaker)",
        "Procurement house, Test street 1, Vienna, Austria",
    ):
        assert words.replace(" ;", ";").replace(" ,", ",") in text.replace(" ;", ";").replace(" ,", ",")


def test_the_page_asks_the_database_as_often_for_one_session_as_for_three(client, training, ana):
    client.force_login(ana)
    one = count_queries(client, ADDRESS)
    first = training.sessions.get()
    for _ in range(2):
        session = Session.objects.create(
            event=training,
            title="More",
            starts_at=first.starts_at,
            ends_at=first.ends_at,
            first_day=first.first_day,
            last_day=first.last_day,
        )
        Speaker.objects.create(session=session, name="Dr Test")
        training.co_organisers.add(factories.CentreFactory())
    # Speakers and co-organisers are read at once, in as many queries as for none: only an empty prefetch saves one.
    assert count_queries(client, ADDRESS) == one
