"""The organiser's list of registrations in a real browser: many at once, by keyboard alone, and while others change it."""

import pytest
from playwright.sync_api import expect

from events.programme.models import Event
from events.registrations import actions, decisions, terms
from events.registrations.models import Registration
from tests import factories
from tests.journeys.conftest import too_wide, violations
from tests.requirements import need

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIST = "/desk/events/full/registrations/"


@pytest.fixture
def full(centre):
    return factories.EventFactory(organising_centre=centre, slug="full", places=2, needs_approval=True, title="Full house")


@pytest.fixture
def asked(full, ana, ben, cleo):
    return [actions.register(event=full, person=person, by=person) for person in (ana, ben, cleo)]


def state_of(name):
    return Registration.objects.filter(person__name__startswith=name).latest("pk").state


def press(page, key, times=1):
    for _one in range(times):
        page.keyboard.press(key)


def tab_to(page, name):
    """Press Tab until what has the focus is called so."""
    for _one in range(80):
        page.keyboard.press("Tab")
        words = page.evaluate("(document.activeElement.innerText || document.activeElement.ariaLabel || '').trim()")
        if " ".join(words.split()) == name:
            return
    raise AssertionError(f"no Tab leads to {name}")


def test_many_are_approved_and_one_is_moved_in_line_by_keyboard(open_browser, olga, full, asked):
    need("axe")
    page = open_browser(olga, judge=True)
    page.goto(LIST)
    page.get_by_label("Tick all on this page").focus()
    press(page, "Space")
    expect(page.locator("[data-ticked]")).to_have_text("3")
    page.get_by_role("button", name="Approve", exact=True).focus()
    press(page, "Enter")
    page.get_by_text("3 approved: 2 have a place, 1 waits for one. They are told.").wait_for()
    assert violations(page) == []

    dora = factories.PersonFactory(name="Dora Delayed")
    waiting = actions.register(event=full, person=dora, by=olga)
    page.goto(LIST + "?state=waiting")
    tab_to(page, "More Dora Delayed")
    press(page, "Enter")
    tab_to(page, "Move in the waiting list")
    press(page, "Enter")
    page.get_by_role("heading", name="Move Dora Delayed in the waiting list").wait_for()
    assert violations(page) == []
    page.get_by_label("New turn").focus()
    press(page, "Control+a")
    page.keyboard.type("1")
    press(page, "Tab")
    page.keyboard.type("Comes from far")
    press(page, "Tab")
    press(page, "Enter")
    page.get_by_text("Dora Delayed has turn 1 of 2 now.").wait_for()
    expect(page.locator("tbody th a")).to_have_text(["Dora Delayed", "Cleo Contracts"])
    assert violations(page) == []
    tab_to(page, "Undo that")
    press(page, "Enter")
    page.get_by_text("Dora Delayed has the former turn again: no. 2.").wait_for()
    expect(page.locator("tbody th a")).to_have_text(["Cleo Contracts", "Dora Delayed"])

    page.goto(f"{LIST}{waiting.pk}/")
    expect(page.get_by_text("Comes from far")).to_be_visible()
    assert violations(page) == []


def test_the_key_enter_in_the_reason_decides_nothing(open_browser, olga, asked):
    page = open_browser(olga)
    page.goto(LIST)
    page.get_by_label("Reason (people read it)").fill("Because")
    press(page, "Enter")
    page.get_by_text("Nobody was ticked. Tick the people first, then choose what to do.").wait_for()
    page.get_by_label("Tick all on this page").check()
    page.get_by_label("Reason (people read it)").fill("Because")
    press(page, "Enter")
    page.get_by_text("Choose what to do with them: press one of the buttons.").wait_for()
    assert [state_of(name) for name in ("Ana", "Ben", "Cleo")] == ["pending"] * 3


def test_what_changes_while_one_looks_says_so(open_browser, olga, asked):
    page = open_browser(olga, judge=True)
    page.clock.install()
    page.goto(LIST)
    decisions.approve(registration=asked[0], by=olga)
    actions.cancel(registration=asked[1], by=asked[1].person)
    page.clock.fast_forward(21_000)
    page.get_by_text("2 changes since you opened this list.").wait_for()
    expect(page.locator("#pulse")).to_have_attribute("aria-live", "polite")
    need("axe")
    assert violations(page) == []
    page.get_by_label("Ben Buyer", exact=True).check()
    page.get_by_label("Cleo Contracts", exact=True).check()
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_text("1 approved: 1 has a place. They are told.").wait_for()
    expect(page.get_by_text("Ben Buyer: this changed since you opened the list and is now “Cancelled”.")).to_be_visible()


def test_cancelling_many_says_first_who_follows_and_is_taken_back(open_browser, olga, full, asked):
    need("axe")
    for row in asked:
        decisions.approve(registration=row, by=olga)
    page = open_browser(olga, judge=True)
    page.goto(LIST + "?state=confirmed")
    page.get_by_label("Tick all on this page").check()
    page.get_by_role("button", name="Cancel …").click()
    expect(page.get_by_text("A place goes to Cleo Contracts, the next in line who may have it, at once.")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Cancel 2 registrations").click()
    page.get_by_text("2 people are off the list and are told so.").wait_for()
    page.get_by_role("button", name="Put them back on the list").click()
    page.get_by_text("2 people are on the list again").wait_for()
    assert [state_of(name) for name in ("Ana", "Ben", "Cleo")] == ["confirmed", "waiting", "confirmed"]


def test_quotas_and_rules_are_set_without_any_script_on_a_phone(open_browser, olga, full):
    page = open_browser(olga, width=360, scripts=False)
    page.goto("/desk/events/full/terms/")
    page.get_by_label("For whom, quota 1").select_option(label="Austria")
    page.get_by_label("Reserved, quota 1").fill("3")
    expect(page.get_by_label("Reserved, quota")).to_have_count(2)
    page.get_by_role("button", name="More rows").click()
    expect(page.get_by_label("Reserved, quota")).to_have_count(4)
    expect(page.get_by_label("Reserved, quota 1")).to_have_value("3")
    page.get_by_label("For whom, rule 1").select_option(label="Everybody else")
    page.get_by_label("What is decided, rule 1").select_option(label="cannot register")
    page.get_by_role("button", name="Save quotas and rules").click()
    expect(page.locator(".error-summary li")).to_have_text(
        [
            "3 places would be reserved, but the event has only 2.",
            "Rule 1, Reason: Say why: people who cannot register read it.",
        ]
    )
    page.get_by_label("Reserved, quota 1").fill("1")
    page.get_by_label("Reason, rule 1").fill("Only for people from Austria.")
    page.get_by_role("button", name="Save quotas and rules").click()
    expect(page.get_by_text("1 of 2 places is kept for Austria.")).to_be_visible()
    event = Event.objects.get(slug="full")
    assert (event.has_quotas, event.has_rules) == (True, True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_the_list_has_barriers_or_scrolls_sideways_on_a_phone(
    open_browser, olga, otto, full, asked, scheme, other_centre
):
    need("axe")
    Event.objects.update(promotion="offer", approver="home-centre")
    full.refresh_from_db()
    for row in asked:
        decisions.approve(registration=row, by=olga)
    terms.set_quotas(event=full, quotas=[terms.QuotaFacts(country="AT", reserved=2)], by=olga)
    german = factories.PersonFactory(name="Gerd", organisation=factories.OrganisationFactory(country="DE"))
    actions.register(event=full, person=german, by=german)
    own = f"{LIST}{asked[2].pk}/"
    pages = ["", "add/"], ["", "turn/", "pass-on/", "decline/", "cancel/"]
    addresses = [LIST + name for name in pages[0]] + [own + name for name in pages[1]] + ["/desk/events/full/terms/"]
    found = {}
    for person, theirs in ((olga, addresses), (otto, ["/desk/", "/desk/requests/"])):
        for width in (320, 1280):
            page = open_browser(person, width=width, scheme=scheme, judge=True)
            for address in theirs:
                page.goto(address)
                for summary in page.locator("details:not(.menu, .parts-menu) > summary").all():
                    summary.click()
                if wrong := violations(page):
                    found[address] = wrong
                if too_wide(page):
                    found[f"{address} at {width}"] = "scrolls sideways"
    assert found == {}
