"""Many people at once in a real browser: the form for a group, and a list that is imported."""

import pytest
from playwright.sync_api import expect

from events.registrations.lists import imports as import_actions
from events.registrations.models import Registration, RegistrationImport
from tests.journeys.conftest import violations
from tests.requirements import need

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = """Name,E-mail,Organisation,Country
Nora New,nora@demo.example,City of Graz,AT
Bad,no address,City of Graz,Nowhere
Nick New,nick@demo.example,City of Graz,AT
"""


@pytest.mark.parametrize("script", [True, False])
def test_a_group_is_registered_with_and_without_script(season, open_browser, olga, script):
    page = open_browser(olga, scripts=script)
    page.goto("/events/market-dialogue/colleagues/")
    rows = page.locator("#people fieldset")
    before, more = rows.count(), 1 if script else 5
    rows.nth(0).get_by_label("Full name").fill("Nora New")
    page.get_by_role("button", name="More people").click()
    expect(rows).to_have_count(before + more)
    expect(rows.nth(0).get_by_label("Full name")).to_have_value("Nora New")
    rows.last.get_by_label("Full name").fill("Nick New")
    rows.last.get_by_label("E-mail address").fill("nick@demo.example")
    page.get_by_role("button", name="Register them").click()
    expect(page.locator(".error-summary li")).to_have_text(["Person 1, E-mail address: This field is required."])
    rows.nth(0).get_by_label("E-mail address").fill("nora@demo.example")
    page.get_by_role("button", name="Register them").click()
    expect(page.locator("h1")).to_have_text("2 people are registered")
    expect(page.locator("tbody th")).to_have_text(
        ["Nora New\nnora@demo.example", "Nick New\nnick@demo.example"], use_inner_text=True
    )


def test_a_list_is_read_judged_and_imported(season, open_browser, olga, tmp_path):
    need("axe")
    file = tmp_path / "people.csv"
    file.write_text(LIST)
    page = open_browser(olga, judge=True)
    page.goto("/desk/events/market-dialogue/registrations/import/")
    page.get_by_label("The list, as CSV or XLSX").set_input_files(file)
    page.get_by_role("button", name="Read the list").click()
    expect(page.get_by_role("heading", name="1 faulty row")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Import the 2 good rows").click()
    expect(page.locator(".error-summary")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Leave the faulty rows out").check()
    page.get_by_role("button", name="Import the 2 good rows").click()
    expect(page.get_by_text("People registered: 0 of 2")).to_be_visible()
    assert violations(page) == []
    import_actions.carry_out(RegistrationImport.objects.get().pk)
    expect(page.get_by_text("The list is imported.")).to_be_visible()  # the page follows the work by itself
    assert violations(page) == []
    assert Registration.objects.filter(person__name__in=["Nora New", "Nick New"]).count() == 2
