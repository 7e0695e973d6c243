"""Questions in a real browser: asked when they are due, with and without scripts; written by an organiser on any screen."""

import pytest
from playwright.sync_api import expect

from tests.events.registrations.questionnaires import EVERYTHING, ask, block, put
from tests.journeys.conftest import too_wide, violations
from tests.requirements import need

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

QUESTIONS = "/desk/events/market-dialogue/questions/"
PREVIEW = f"{QUESTIONS}preview/?language=en"


@pytest.fixture
def asking(season, olga):
    dish = ask("dish", "choice", "Fish", "Soup", depends_on="dinner", depends_values=("yes",))
    sauce = ask("sauce", depends_on="dish", depends_values=("fish",))
    return put(season, olga, ask("dinner", "choice", "Yes", "No"), dish, sauce, block("diet"), *EVERYTHING)


def test_a_question_shows_when_it_is_asked(asking, open_browser, olga):
    page = open_browser(olga)
    page.goto(PREVIEW)
    dinner = page.get_by_role("group", name="Dinner")
    dish, sauce = page.get_by_role("group", name="Dish"), page.get_by_label("Sauce")
    expect(dish).to_be_hidden()
    dinner.get_by_label("Yes").check()
    expect(dish).to_be_visible()
    expect(page.get_by_text("Only if your answer to “Dinner”")).to_be_hidden()
    dish.get_by_label("Fish").check()
    expect(sauce).to_be_visible()
    dinner.get_by_label("No", exact=True).check()
    expect(dish).to_be_hidden()
    expect(sauce).to_be_hidden()
    page.get_by_label("Something else").check()
    expect(page.get_by_label("What should the kitchen know?")).to_be_visible()


def test_without_scripts_all_are_shown_with_their_conditions(asking, open_browser, olga):
    page = open_browser(olga, scripts=False)
    page.goto(PREVIEW)
    expect(page.get_by_role("group", name="Dish")).to_be_visible()
    expect(page.get_by_text("Only if your answer to “Dinner” is “Yes”.")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_an_organiser_sets_up_a_form(season, open_browser, olga, scripts):
    page = open_browser(olga, width=360, scripts=scripts)
    page.goto(QUESTIONS)
    page.get_by_role("switch", name="Dietary needs").click()
    expect(page.get_by_role("switch", name="Dietary needs")).to_be_checked()
    page.get_by_role("link", name="One of several").click()
    page.wait_for_url("**/questions/new/?kind=choice")
    page.get_by_label("Question").first.fill("Do you stay for dinner?")
    page.get_by_label("Answers to choose from").first.fill("Yes\nNo")
    page.get_by_role("button", name="Save the question").click()
    page.get_by_role("button", name="Up Do you stay for dinner?").click()
    first = page.locator(".question-list > li").first
    expect(first).to_contain_text("Do you stay for dinner?")
    first.get_by_text("Remove …").click()
    first.get_by_role("button", name="Remove the question").click()
    expect(page.locator(".question-list > li")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_questions_break_no_rule_and_fit_a_phone(asking, open_browser, olga, scheme):
    need("axe")
    findings = {}
    page = open_browser(olga, scheme=scheme, width=320, judge=True)
    for address in (
        QUESTIONS,
        f"{QUESTIONS}new/?kind=choices",
        f"{QUESTIONS}new/?kind=file",
        f"{QUESTIONS}dish/edit/",
        PREVIEW,
    ):
        page.goto(address)
        if address.endswith("choices"):
            page.get_by_role("button", name="Save the question").click()
            expect(page.locator(".error-summary")).to_be_visible()
        if found := violations(page):
            findings[address] = found
        if sideways := too_wide(page):
            findings[f"{address} scrolls"] = sideways
    assert findings == {}
