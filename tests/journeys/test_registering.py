"""A procurer finds a training and registers: with the mouse, with the keyboard, without scripts, on a phone."""

import pytest
from playwright.sync_api import expect

from events.registrations.models import Registration
from tests.journeys.conftest import newest_code, settled

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def states(person):
    return list(Registration.objects.filter(person=person, event__slug="market-dialogue").values_list("state", flat=True))


def test_finding_registering_and_giving_back(season, open_browser, ben):
    page = open_browser(ben)
    page.goto("/")
    page.get_by_role("link", name="Market dialogue in practice").click()
    page.get_by_text("Add a note to the organiser").click()
    page.get_by_label("A note to the organiser (optional)").fill("I come by wheelchair.")
    page.get_by_role("button", name="Register — 7 of 20 places left").click()
    expect(page.get_by_role("status").first).to_have_text(
        "You are registered. A confirmation with the calendar entry is on its way to your mailbox."
    )
    assert Registration.objects.get(person=ben).note == "I come by wheelchair."
    page.get_by_text("Give the place back").first.click()
    page.get_by_role("button", name="Give the place back").click()
    expect(page.get_by_role("button", name="Register — 7 of 20 places left")).to_be_visible()
    assert states(ben) == ["cancelled"]


def test_with_the_keyboard_alone(season, open_browser, ben):
    page = open_browser(ben)
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Market dialogue in practice":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/events/market-dialogue/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the skip link
    expect(page.get_by_role("main")).to_be_focused()
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "BUTTON":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator(".panel-state")).to_have_text("You are registered.")
    assert states(ben) == ["confirmed"]


def test_without_scripts_on_a_phone(season, open_browser, ben):
    page = open_browser(ben, scripts=False, width=360)
    page.goto("/")
    page.get_by_label("Search").fill("dialogue")
    page.get_by_label("Kind").select_option("training")
    page.get_by_role("button", name="Show events").click()
    expect(page.locator(".event-row h3")).to_have_text(["Market dialogue in practice"])
    page.get_by_role("link", name="Market dialogue in practice").click()
    page.get_by_role("button", name="Register — 7 of 20 places left").click()
    expect(page.locator(".panel-state")).to_have_text("You are registered.")
    page.get_by_text("Give the place back").first.click()
    page.get_by_role("button", name="Give the place back").click()
    expect(page.get_by_role("button", name="Register — 7 of 20 places left")).to_be_visible()
    assert states(ben) == ["cancelled"]


def test_somebody_we_know_comes_from_the_code_to_the_one_button(season, open_browser, ben):
    page = open_browser()
    page.goto("/events/market-dialogue/")
    page.get_by_role("link", name="Register — 7 of 20 places left").click()
    page.get_by_label("E-mail address").fill(ben.email)
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/login/code/**")
    page.get_by_label("Code").fill(newest_code())
    page.keyboard.press("Enter")
    page.wait_for_url("**/events/market-dialogue/")
    page.get_by_role("button", name="Register — 7 of 20 places left").click()
    expect(page.locator(".panel-state")).to_have_text("You are registered.")
    assert states(ben) == ["confirmed"]


def test_filters_narrow_the_list_in_place_and_back_undoes_it(season, open_browser):
    page = open_browser()
    page.goto("/")
    page.evaluate("window.still = 'here'")
    rows = page.locator(".event-row h3")
    expect(rows).to_have_count(4)
    page.get_by_label("Kind").select_option("visit")
    expect(rows).to_have_text(["An event of mine"])
    expect(page).to_have_url("/?kind=visit")
    assert page.evaluate("window.still") == "here"
    page.get_by_label("Search").focus()
    page.keyboard.insert_text("zebra")
    expect(page.get_by_role("heading", name="No event fits these filters")).to_be_visible()
    page.go_back()
    expect(rows).to_have_text(["An event of mine"])
    expect(page.get_by_label("Kind")).to_have_value("visit")


def test_the_month_becomes_a_list_by_day_on_a_phone(season, open_browser):
    address = f"/?view=month&month={season.first_day:%Y-%m}"
    wide, narrow = open_browser(), open_browser(width=360)
    wide.goto(address)
    narrow.goto(address)
    expect(wide.get_by_role("columnheader", name="Monday")).to_be_visible()
    assert narrow.locator("thead").bounding_box()["width"] <= 1
    day = f"{season.first_day:%A} {season.first_day.day} {season.first_day:%B}"
    expect(narrow.locator("td:not(.free):not(.outside) .day-number").filter(has_text=day)).to_have_count(1)


def test_the_menu_closes_with_escape_and_gives_the_focus_back(season, open_browser, ben):
    page = open_browser(ben)
    page.goto("/")
    page.get_by_text("Ben Buyer").click()
    expect(page.get_by_role("link", name="My events and certificates")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="My events and certificates")).to_be_hidden()
    expect(page.locator("summary").filter(has_text="Ben Buyer")).to_be_focused()
    page.get_by_text("Ben Buyer").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_no_button_waits_for_a_script_that_never_comes(season, open_browser):
    page = open_browser(scripts=False)
    page.goto("/calendars/")
    expect(page.locator("button[data-copy]")).to_be_hidden()


@pytest.mark.parametrize("width", [768, 1280])
def test_choices_of_a_calendar_stand_on_one_line(season, open_browser, width):
    page = open_browser(width=width)
    page.goto("/calendars/")
    settled(page)
    tops = page.eval_on_selector_all(
        ".filters > .filter-row select", "all => all.map(one => Math.round(one.getBoundingClientRect().top))"
    )
    assert len(tops) == 4
    assert len(set(tops)) == 1


def test_the_head_takes_two_lines_on_a_phone_in_german_too(season, open_browser):
    page = open_browser(width=360)
    page.goto("/")
    page.get_by_role("button", name="DE Deutsch").click()
    expect(page.locator(".site-nav a").first).to_have_text("Was ansteht")
    settled(page)
    tops = page.eval_on_selector_all(".site-nav a", "all => all.map(one => one.getBoundingClientRect().top)")
    assert len(set(tops)) == 1
