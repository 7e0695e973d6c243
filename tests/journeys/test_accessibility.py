"""Everybody can use it: every page judged by axe in both designs, on a phone, on paper, and without a policy broken."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import too_wide, violations
from tests.requirements import need

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOR_ALL = [
    "/",
    "/?q=zebra",
    "/?view=month",
    "/?kind=party&from=x",
    "/events/market-dialogue/",
    "/events/called-off/",
    "/events/full/",
    "/centres/",
    "/centres/at-test/",
    "/calendars/",
    "/calendars/?kind=training&format=online",
    "/verify/",
    "/about/",
    "/about/join/",
    "/about/join/thanks/",
    "/accessibility/",
    "/privacy/",
    "/accounts/login/",
    "/nowhere/",
]
FOR_ANA = [
    "/my/",
    "/my/calendars/",
    "/my/profile/",
    "/my/tokens/",
    "/events/market-dialogue/",
    "/events/mine/",
    "/events/full/",
]
FOR_OLGA = [
    "/desk/",
    "/desk/events/new/",
    "/desk/events/market-dialogue/",
    "/desk/events/market-dialogue/registrations/",
    "/desk/events/market-dialogue/registrations/add/",
    "/desk/events/market-dialogue/registrations/import/",
    "/events/market-dialogue/colleagues/",
    "/desk/events/market-dialogue/terms/",
    "/desk/events/full/registrations/",
    "/desk/requests/",
    "/desk/events/market-dialogue/write/",
    "/desk/events/market-dialogue/attendance/",
    "/desk/events/market-dialogue/history/",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_wcag_2_2_aa(season, open_browser, ana, olga, scheme):
    need("axe")
    findings = {}
    for person, addresses in ((None, FOR_ALL), (ana, FOR_ANA), (olga, FOR_OLGA)):
        page = open_browser(person, scheme=scheme, judge=True)
        for address in addresses:
            page.goto(address)
            if found := violations(page):
                findings[f"{address} {person}"] = found
    assert findings == {}


def test_no_page_scrolls_sideways_at_320_pixels(season, open_browser, ana, olga):
    """WCAG 1.4.10: what 400 % zoom leaves of a screen of 1280 pixels."""
    findings = {}
    for person, addresses in ((None, FOR_ALL), (ana, FOR_ANA), (olga, FOR_OLGA)):
        page = open_browser(person, width=320)
        for address in addresses:
            page.goto(address)
            if sideways := too_wide(page):
                findings[f"{address} {person}"] = sideways
    assert findings == {}


def test_the_form_with_errors_and_opened_parts_hold_too(season, open_browser, ana):
    need("axe")
    page = open_browser(judge=True)
    page.goto("/about/join/")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".error-summary")).to_be_focused()
    assert violations(page) == []
    page = open_browser(ana, judge=True)
    page.goto("/events/mine/")
    for summary in page.locator("details > summary").all():
        summary.press("Enter")  # what is open already may lie over it
    assert violations(page) == []


def test_nothing_breaks_the_content_security_policy_or_fails_to_load(season, open_browser, ana, olga):
    complaints = []
    for person, addresses in ((None, FOR_ALL), (ana, FOR_ANA), (olga, FOR_OLGA)):
        page = open_browser(person)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        for address in addresses:
            page.goto(address)
    expected = "Failed to load resource: the server responded with a status of 404 (Not Found)"  # the page that is not there
    assert complaints == [expected]


def test_on_paper_there_is_the_event_and_no_navigation(season, open_browser):
    page = open_browser()
    page.goto("/events/market-dialogue/")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Market dialogue in practice")).to_be_visible()
    expect(page.get_by_text("Procurement house, Test street 1, Vienna, Austria")).to_be_visible()
    for part in (page.locator(".site-nav"), page.locator(".site-footer"), page.locator(".button").first):
        expect(part).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_the_dark_design_is_dark_and_paper_stays_white(season, open_browser):
    page = open_browser(scheme="dark")
    page.goto("/")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 23, 21)"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_our_own_typeface_is_used_for_latin_greek_and_cyrillic(season, open_browser):
    page = open_browser()
    page.goto("/")
    loads = "async text => (await document.fonts.load('18px \"Source Sans 3\"', text)).length"
    assert [page.evaluate(loads, text) for text in ("Abc", "Ωμέγα", "Жук", "ěšč")] == [1, 1, 1, 1]
