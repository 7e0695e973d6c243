"""An organiser's day in a real browser: publish, approve, check in. Every page on the way is looked at by axe."""

import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from events.attendance.models import AttendanceRecord
from events.programme.models import Event
from events.registrations import actions
from tests import factories
from tests.journeys.conftest import Held, settled, too_wide
from tests.requirements import need

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"
VIENNA = ZoneInfo("Europe/Vienna")


def no_barriers(page):
    """Assert that axe finds nothing on the page as it stands, once all of it is there."""
    need("axe")
    settled(page)
    page.evaluate(f"() => {{ {AXE.read_text()} }}")
    found = page.evaluate("() => axe.run().then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))")
    assert found == []


def open_tab(page, name):
    """Go to another page of the event, and be there."""
    page.get_by_role("navigation", name="Pages of this event").get_by_role("link", name=name).click()
    page.wait_for_url(f"**/{name.lower()}/")


def say_when(page, name, days):
    """Fill in that the event ``starts`` or ``ends`` so many days from today, at noon: an hour that happens once on any day."""
    page.locator(f"#id_{name}_day").fill((timezone.localdate(timezone=VIENNA) + timedelta(days=days)).isoformat())
    page.locator(f"#id_{name}_time").fill("12:00")


def write_down(page):
    """Fill in the form of a new event: online, going on now, one session with a speaker."""
    page.get_by_label("Title", exact=True).first.fill("Market dialogue in practice")
    page.get_by_label("Summary").first.fill("How to talk to suppliers.")
    say_when(page, "starts", -1)
    say_when(page, "ends", 1)
    page.get_by_label("Online", exact=True).check()
    page.get_by_label("Link to join").fill("https://meet.example/room")
    page.get_by_label("Each registration needs approval").check()
    page.get_by_role("button", name="Add a session").click()
    page.locator("#id_sessions-0-title").fill("The one session")
    page.get_by_role("button", name="Add a speaker").click()
    page.locator("#id_sessions-0-speakers-0-name").fill("Eva Expert")


def test_an_organiser_publishes_approves_and_checks_in(open_browser, olga, ana, ben, centre):
    page = open_browser(olga)
    page.goto("/desk/")
    no_barriers(page)
    page.keyboard.press("n")  # the short-cut that the page shows
    page.wait_for_url("**/desk/events/new/")
    no_barriers(page)

    write_down(page)
    say_when(page, "ends", -2)
    page.get_by_role("button", name="Save and publish").press("Enter")
    expect(page.locator(".error-summary")).to_contain_text("The end must be later than the start.")
    no_barriers(page)
    say_when(page, "ends", 1)
    page.get_by_role("button", name="Save and publish").press("Enter")
    page.wait_for_url("**/desk/events/market-dialogue-in-practice/")
    event = Event.objects.get()
    assert (event.state, event.sessions.get().speakers.get().name) == ("published", "Eva Expert")

    Event.objects.update(registration_closes_at=timezone.now() + timedelta(hours=1))
    event.refresh_from_db()
    for person in (ana, ben):
        actions.register(event=event, person=person, by=person)
    open_tab(page, "Registrations")
    page.get_by_label("Tick all on this page").check()
    expect(page.locator("[data-ticked]")).to_have_text("2")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("2 approved: 2 have a place. They are told.")).to_be_visible()
    no_barriers(page)

    open_tab(page, "Attendance")
    address = page.url
    page.get_by_role("button", name="Check in Ana Procurer").click()
    expect(page.get_by_role("button", name="Undo Ana Procurer")).to_be_visible()
    expect(page.locator("#roster-count")).to_have_text("1 of 2 present")
    expect(page).to_have_url(address)  # the row was changed in its place
    no_barriers(page)
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("ben")
    # Only the list for all of "ben" has it; that for "b" has nobody else in it either, and is about to be replaced.
    expect(page.locator(".roster-row input[name=q][value=ben]")).to_have_count(1)
    expect(page.get_by_text("Ana Procurer", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Check in Ben Buyer").click()
    expect(page.get_by_role("button", name="Undo Ben Buyer")).to_be_visible()
    assert AttendanceRecord.objects.count() == 2

    for name in ("History", "Certificates"):
        open_tab(page, name)
        no_barriers(page)


def test_the_door_works_without_any_script_on_a_phone(open_browser, olga, ana, centre):
    event = factories.EventFactory(organising_centre=centre, slug="today", starts_at=timezone.now() - timedelta(hours=1))
    factories.RegistrationFactory(event=event, person=ana, state="confirmed")
    page = open_browser(olga, scripts=False, width=360)
    page.goto("/desk/events/today/attendance/")
    page.get_by_role("button", name="Check in Ana Procurer").click()
    expect(page.get_by_role("button", name="Undo Ana Procurer")).to_be_visible()
    assert AttendanceRecord.objects.count() == 1
    page.goto("/desk/events/new/")
    page.locator("#id_title").fill("Typed and kept")
    page.get_by_role("button", name="Add a session").click()
    expect(page.locator("#id_sessions-0-title")).to_be_visible()
    expect(page.locator("#id_title")).to_have_value("Typed and kept")


def test_who_is_checked_in_while_a_search_is_on_its_way_is_shown_so(open_browser, olga, ana, ben, centre):
    event = factories.EventFactory(organising_centre=centre, slug="today", starts_at=timezone.now() - timedelta(hours=1))
    for person in (ana, ben):
        factories.RegistrationFactory(event=event, person=person, state="confirmed")
    page = open_browser(olga)
    page.goto("/desk/events/today/attendance/")
    lists, marks = (
        Held(page, re.compile("[?&]q=ben")),
        Held(page, re.compile(f"/attendance/[0-9]+/{ben.registrations.get().pk}/")),
    )
    page.get_by_label("Name or organisation").fill("ben")
    lists.wait()
    page.get_by_role("button", name="Check in Ben Buyer").click()
    marks.wait()
    lists.let_all_through()  # as it was before
    expect(page.get_by_text("Ana Procurer", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="Check in Ben Buyer")).to_be_visible()
    marks.let_all_through()
    expect(page.get_by_role("button", name="Undo Ben Buyer")).to_be_visible()
    expect(page.locator("#roster-count")).to_have_text("1 of 2 present")


@pytest.mark.parametrize("width", [768, 1024])
def test_the_long_german_words_of_the_desk_fit_on_a_tablet(open_browser, olga, ana, ben, centre, width):
    olga.language = "de"
    olga.save()
    soon = factories.EventFactory(organising_centre=centre, slug="soon", places=40, needs_approval=True, state="postponed")
    organisation = factories.OrganisationFactory(name="Städtischer Krankenhausverbund Niederösterreich")
    for person in (ana, ben):
        person.organisation = organisation
        person.save()
        factories.RegistrationFactory(event=soon, person=person, note="Bitte einen Platz in der ersten Reihe.")
    page = open_browser(olga, width=width)
    for path in (
        "/desk/",
        "/desk/events/soon/registrations/",
        "/desk/events/soon/terms/",
        "/desk/people/",
        "/desk/events/soon/",
    ):
        page.goto(path)
        assert too_wide(page) == 0, path
        no_barriers(page)


def test_no_page_of_the_desk_scrolls_sideways_on_a_phone(open_browser, olga, ana, centre):
    event = factories.EventFactory(organising_centre=centre, slug="today", starts_at=timezone.now() - timedelta(hours=1))
    factories.RegistrationFactory(event=event, person=ana, state="confirmed")
    page = open_browser(olga, width=360, scheme="dark")
    for path in (
        "",
        "registrations/",
        "registrations/add/",
        "terms/",
        "attendance/",
        "attendance/hours/",
        "attendance/sign/",
        "certificates/",
        "history/",
        "move/",
    ):
        page.goto(f"/desk/events/today/{path}")
        assert too_wide(page) == 0, path
        no_barriers(page)
