"""Many people at once in a real browser: the form for a group, and a list that is imported."""

import pytest

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
    before = rows.count()
    rows.nth(0).get_by_label("Full name").fill("Nora New")
    page.get_by_role("button", name="More people").click()
    assert rows.count() == before + (1 if script else 5)
    assert rows.nth(0).get_by_label("Full name").input_value() == "Nora New"
    last = rows.nth(rows.count() - 1)
    last.get_by_label("Full name").fill("Nick New")
    last.get_by_label("E-mail address").fill("nick@demo.example")
    page.get_by_role("button", name="Register them").click()
    assert page.locator(".error-summary li").all_inner_texts() == ["Person 1, E-mail address: This field is required."]
    rows.nth(0).get_by_label("E-mail address").fill("nora@demo.example")
    page.get_by_role("button", name="Register them").click()
    assert page.locator("h1").inner_text() == "2 people are registered"
    assert set(page.locator("tbody th").all_inner_texts()) == {"Nora New\nnora@demo.example", "Nick New\nnick@demo.example"}


def test_a_list_is_read_judged_and_imported(season, open_browser, olga, tmp_path):
    need("axe")
    file = tmp_path / "people.csv"
    file.write_text(LIST)
    page = open_browser(olga, judge=True)
    page.goto("/desk/events/market-dialogue/registrations/import/")
    page.get_by_label("The list, as CSV or XLSX").set_input_files(file)
    page.get_by_role("button", name="Read the list").click()
    assert page.get_by_role("heading", name="1 faulty row").is_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Import the 2 good rows").click()
    assert violations(page) == []
    page.get_by_label("Leave the faulty rows out").check()
    page.get_by_role("button", name="Import the 2 good rows").click()
    assert page.get_by_text("People registered: 0 of 2").is_visible()
    assert violations(page) == []
    import_actions.carry_out(RegistrationImport.objects.get().pk)
    page.get_by_text("The list is imported.").wait_for()  # the page follows the work by itself
    assert violations(page) == []
    assert Registration.objects.filter(person__name__in=["Nora New", "Nick New"]).count() == 2
