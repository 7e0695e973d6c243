"""A newcomer registers in one flow, and a participant looks after the registration by the link in the mail."""

import pytest
from playwright.sync_api import expect

from events.registrations import actions
from events.registrations.links import self_service_path
from events.registrations.models import Registration
from network.models import Person
from tests import factories
from tests.journeys.conftest import newest_code, too_wide, violations
from tests.requirements import need

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def session_named(event, title):
    return event.sessions.get(title=title).pk


@pytest.fixture
def mine(choices, ana):
    return actions.register(
        event=choices,
        person=ana,
        by=ana,
        sessions=[session_named(choices, "Law")],
        answers={"goal": "A plan", "diet": ["vegan"]},
    )


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_newcomer_goes_from_the_event_to_the_place_without_a_detour(choices, open_browser, scripts):
    page = open_browser(scripts=scripts, width=360)
    visited = []
    page.on("framenavigated", lambda frame: visited.append(frame.url.partition("?")[0].partition("//")[2].partition("/")[2]))
    page.goto("/events/choices/")
    page.get_by_role("link", name="Register — 20 of 20 places left").click()
    page.get_by_label("E-mail address").fill("nora@demo.example")
    page.get_by_role("button", name="Send me a code").click()
    page.wait_for_url("**/accounts/login/code/**")
    page.get_by_label("Code").fill(newest_code())
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.get_by_label("Full name").fill("Nora New")
    page.get_by_label("Organisation", exact=True).fill("City of Graz")
    page.get_by_label("Country of the organisation").select_option("AT")
    page.get_by_label("Talk").check()
    page.get_by_label("What do you want to take home?").fill("A plan")
    page.get_by_role("button", name="Register — 20 of 20 places left").click()
    expect(page.locator(".panel-state")).to_have_text("You are registered.")
    expect(page.get_by_role("status").first).to_contain_text("A confirmation with the calendar entry is on its way")
    assert visited == [
        "events/choices/",
        "accounts/login/",
        "accounts/login/code/",
        "events/choices/register/",
        "events/choices/",
    ]
    registration = Registration.objects.get()
    assert (registration.person.name, registration.state) == ("Nora New", "confirmed")
    assert registration.sessions.get().title == "Talk"


def test_what_is_missing_is_said_where_one_reads_next_and_a_question_appears_when_it_is_asked(choices, open_browser, ben):
    page = open_browser(ben)
    page.goto("/events/choices/register/")
    expect(page.get_by_label("What should the kitchen know?")).to_be_hidden()
    page.get_by_label("Something else").check()
    page.get_by_label("What should the kitchen know?").fill("No celery")
    page.get_by_role("button", name="Register — 20 of 20 places left").click()
    expect(page.locator(".error-summary")).to_be_focused()
    page.get_by_role("link", name="What do you want to take home? Answer this question").click()
    expect(page.locator("[name=answers-goal]")).to_be_focused()
    expect(page.get_by_label("What should the kitchen know?")).to_have_value("No celery")
    page.keyboard.type("A plan")
    page.get_by_label("None of these").check()
    page.get_by_role("button", name="Register — 20 of 20 places left").click()
    expect(page.locator(".panel-state")).to_have_text("You are registered.")


def test_changing_and_giving_back_by_the_link_without_signing_in(mine, open_browser):
    page = open_browser()
    page.goto(self_service_path(mine))
    expect(page.locator(".panel-state")).to_have_text("You are registered.")
    page.get_by_role("link", name="Change sessions or answers").click()
    expect(page.get_by_label("Law")).to_be_checked()
    page.get_by_label("Talk").check()
    page.get_by_label("What do you want to take home?").fill("Another plan")
    page.get_by_role("button", name="Save the changes").click()
    expect(page.get_by_role("status").first).to_have_text("Your changes are saved.")
    mine = Registration.objects.get(pk=mine.pk)
    assert (mine.sessions.get().title, mine.answers.get().value) == ("Talk", "Another plan")
    assert mine.special_answers.get().value == ["vegan"]
    page.get_by_text("Give the place back").first.click()
    page.get_by_role("button", name="Give the place back").click()
    expect(page.locator(".panel-state")).to_have_text("You are no longer registered.")
    assert Registration.objects.get(pk=mine.pk).state == "cancelled"


def test_taking_an_offer_with_the_keyboard_alone(centre, open_browser, ana, ben):
    event = factories.EventFactory(organising_centre=centre, places=1, promotion="offer")
    first = actions.register(event=event, person=ben, by=ben)
    mine = actions.register(event=event, person=ana, by=ana)
    actions.cancel(registration=first, by=ben)
    page = open_browser()
    page.goto(self_service_path(mine))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the skip link
    expect(page.get_by_role("main")).to_be_focused()
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Take the place":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator(".panel-state")).to_have_text("You are registered.")


def test_a_colleague_comes_instead_without_scripts(mine, open_browser):
    page = open_browser(scripts=False)
    page.goto(self_service_path(mine))
    page.get_by_role("link", name="Let a colleague come instead").click()
    page.get_by_label("Your colleague’s e-mail address").fill("maria@demo.example")
    page.get_by_label("Your colleague’s full name").fill("Maria Mayr")
    page.get_by_role("button", name="Pass it on").click()
    expect(page.locator(".panel-state")).to_have_text("You are no longer registered.")
    new = Registration.objects.get(takes_over=mine)
    assert new.person == Person.objects.get(email="maria@demo.example")
    page.goto(self_service_path(new))
    page.get_by_role("link", name="Answer now").click()
    expect(page.get_by_role("heading", name="Change your registration")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_holds_to_wcag_2_2_aa_and_scrolls_one_way(mine, choices, centre, open_browser, ana, ben, scheme):
    need("axe")
    offered = factories.EventFactory(organising_centre=centre, slug="offered", places=1, promotion="offer")
    first = actions.register(event=offered, person=ben, by=ben)
    offer = actions.register(event=offered, person=ana, by=ana)
    actions.cancel(registration=first, by=ben)
    own, other = self_service_path(mine), self_service_path(offer)
    newcomer = Person.objects.create_user("nora@demo.example")
    findings = {}
    visits = [
        (None, [own, f"{own}change/", f"{own}change/?anew=1", f"{own}pass-on/", other]),
        (newcomer, ["/events/choices/", "/events/choices/register/"]),
        (ana, ["/my/", "/events/choices/", "/events/offered/"]),
    ]
    for person, addresses in visits:
        page = open_browser(person, scheme=scheme, judge=True, width=320)
        for address in addresses:
            page.goto(address)
            for summary in page.locator("main details > summary").all():
                summary.click()
            found = violations(page)
            if too_wide(page):
                found.append("scrolls sideways")
            if found:
                findings[address] = found
    page = open_browser(newcomer, scheme=scheme, judge=True)
    page.goto("/events/choices/register/")
    page.get_by_role("button", name="Register — 19 of 20 places left").click()
    expect(page.locator(".error-summary")).to_be_visible()
    assert (findings, violations(page)) == ({}, [])
