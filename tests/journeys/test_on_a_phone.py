"""The desk on a phone: what a page is about begins on the first screen, and every other part is one tap away."""

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.journeys.conftest import violations
from tests.requirements import need

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EVENT = "/desk/events/market-dialogue/"
PAGES = [
    "",
    "registrations/",
    "terms/",
    "questions/",
    "replies/",
    "attendance/",
    "attendance/hours/",
    "attendance/terms/",
    "evaluation/",
    "attendance/webinar/",
    "attendance/sign/",
    "evidence/",
    "certificates/",
    "certificates/recognitions/",
    "certificates/assessments/",
    "certificates/terms/",
    "history/",
]
OF_THE_EVENT = "Pages of this event"
WHERE_CONTENT_BEGINS = """() => {
    const first = [...document.querySelectorAll("main :is(h2, h3, legend, form, table, .empty, .notice, .stats)")]
        .find(one => !one.closest(".event-head") && one.checkVisibility());
    return first.getBoundingClientRect().top;
}"""


@pytest.fixture
def with_ana(season, ana):
    """An event with somebody in its lists."""
    factories.RegistrationFactory(event=season, person=ana, state="confirmed")
    return season


def open_parts(page, name=OF_THE_EVENT):
    """The list of parts, opened by the keyboard."""
    parts = page.get_by_role("navigation", name=name)
    parts.locator("summary").press("Enter")
    expect(parts.locator("details")).to_have_attribute("open", "")
    return parts


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_a_page_is_about_begins_on_the_first_screen_of_a_phone(with_ana, open_browser, olga, language):
    olga.language = language
    olga.save()
    page = open_browser(olga, width=360)
    page.set_viewport_size({"width": 360, "height": 640})
    late, sideways = {}, {}
    for address in PAGES:
        page.goto(EVENT + address)
        if (begins := page.evaluate(WHERE_CONTENT_BEGINS)) > 640 - 40:  # one line of it can be read
            late[address] = begins
        if over := page.evaluate("document.documentElement.scrollWidth - window.innerWidth"):
            sideways[address] = over
    assert (late, sideways) == ({}, {})


@pytest.mark.parametrize("scripts", [True, False])
def test_the_keyboard_leads_to_another_part_with_scripts_and_without(with_ana, open_browser, olga, scripts):
    page = open_browser(olga, width=360, scripts=scripts)
    page.goto(EVENT + "attendance/hours/")
    summary = page.get_by_role("navigation", name=OF_THE_EVENT).locator("summary")
    expect(summary).to_have_text("Pages of this event: Attendance / Hours")
    expect(page.get_by_role("link", name="Evidence")).to_be_hidden()
    parts = open_parts(page)
    names = []
    for link in parts.get_by_role("link").all():
        page.keyboard.press("Tab")
        expect(link).to_be_focused()
        names.append(link.inner_text())
    assert names == [
        "Event", "Registrations", "Quotas and rules", "Questions", "Replies",
        "Attendance", "Check in", "Hours", "What a certificate needs", "Evaluation", "Report of the webinar",
        "List to print and sign", "Evidence", "Certificates", "History",
    ]  # fmt: skip
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(parts.get_by_role("link", name="Evidence")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{EVENT}evidence/")
    expect(summary).to_have_text("Pages of this event: Attendance / Evidence")
    expect(page.get_by_role("link", name="Hours")).to_be_hidden()  # the new page begins with its list closed


def test_escape_closes_the_list_and_leaves_the_reader_where_they_were(with_ana, open_browser, olga):
    page = open_browser(olga, width=360)
    page.goto(EVENT + "certificates/")
    parts = open_parts(page)
    page.keyboard.press("Tab")
    expect(parts.get_by_role("link", name="Event", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(parts.get_by_role("link")).to_have_count(0)
    expect(parts.locator("summary")).to_be_focused()


def test_one_part_says_that_it_is_the_present_one_and_the_part_above_it_that_it_is_above(with_ana, open_browser, olga):
    page = open_browser(olga, width=360)
    page.goto(EVENT + "attendance/terms/")
    parts = open_parts(page)
    said = {link.inner_text(): link.get_attribute("aria-current") for link in parts.get_by_role("link").all()}
    assert {name: how for name, how in said.items() if how} == {"Attendance": "true", "What a certificate needs": "page"}
    desk = open_parts(page, "Desk")
    said = {link.inner_text(): link.get_attribute("aria-current") for link in desk.get_by_role("link").all()}
    assert {name: how for name, how in said.items() if how} == {"Events": "true"}
    assert list(said)[-4:] == ["What is on", "Calendars", "Centres", "About"]  # the head of the site has no room for them here


def test_another_session_is_one_tap_away_too(with_ana, open_browser, olga):
    page = open_browser(olga, width=360)
    page.goto(f"{EVENT}attendance/?session={with_ana.sessions.get(title='Part 0').pk}")
    sessions = open_parts(page, "Session")
    sessions.get_by_role("link", name="2. Part 3").click()
    expect(page.get_by_role("navigation", name="Session").locator("summary")).to_have_text("Session: 2. Part 3")
    open_parts(page).get_by_role("link", name="List to print and sign").click()  # the session stays
    expect(page.get_by_role("heading", name="Attendance list")).to_be_visible()
    expect(page.get_by_role("navigation", name="Session").locator("summary")).to_have_text("Session: 2. Part 3")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_opened_lists_can_be_used_by_everybody_at_320_pixels(with_ana, open_browser, olga, scheme):
    """WCAG 2.2: axe, no scrolling in two directions at 400 % (1.4.10), and targets that a thumb hits (44 px, more than 2.5.8 asks)."""
    need("axe")
    olga.language = "de"
    olga.save()
    page = open_browser(olga, width=320, scheme=scheme, judge=True)
    page.goto(f"{EVENT}attendance/")
    for summary in page.locator(".parts-menu > summary").all():
        summary.press("Enter")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") == 0
    sizes = "all => all.map(one => one.getBoundingClientRect().height)"
    targets = page.locator(".parts-menu :is(summary, a)").evaluate_all(sizes)
    assert (len(targets) > 20, [size for size in targets if size < 44]) == (True, [])
    assert violations(page) == []


def test_on_a_wide_screen_all_parts_stand_in_rows_and_on_paper_none(with_ana, open_browser, olga):
    page = open_browser(olga)
    page.goto(EVENT + "attendance/hours/")
    expect(page.locator(".parts-menu").first).to_be_hidden()
    expect(page.get_by_role("navigation", name=OF_THE_EVENT).get_by_role("link")).to_have_count(8)
    expect(page.get_by_role("navigation", name="Attendance").get_by_role("link")).to_have_count(7)
    page.get_by_role("navigation", name="Attendance").get_by_role("link", name="Evidence").click()
    expect(page.get_by_role("heading", name="Evidence", exact=True)).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name=OF_THE_EVENT)).to_be_hidden()
    expect(page.get_by_role("navigation", name="Attendance")).to_be_hidden()
    page.set_viewport_size({"width": 360, "height": 640})
    expect(page.get_by_role("navigation", name=OF_THE_EVENT)).to_be_hidden()
