"""An organiser's day in a real browser: publish, approve, check in. Every page on the way is looked at by axe."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from events.attendance.models import AttendanceRecord
from events.programme.models import Event
from events.registrations import actions
from tests import factories
from tests.requirements import need

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"


def sign_in(browser, live_server, person, **options):
    """A page of somebody who is signed in."""
    client = Client()
    client.force_login(person)
    context = browser.new_context(base_url=live_server.url, locale="en-GB", **options)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    return context.new_page()


def no_barriers(page):
    """Assert that axe finds nothing on the page as it stands."""
    need("axe")
    page.evaluate(f"() => {{ {AXE.read_text()} }}")
    found = page.evaluate("() => axe.run().then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))")
    assert found == []


def write_down(page):
    """Fill in the form of a new event: online, today, one session with a speaker."""
    today = timezone.localdate().isoformat()
    page.get_by_label("Title", exact=True).first.fill("Market dialogue in practice")
    page.get_by_label("Summary").first.fill("How to talk to suppliers.")
    page.locator("#id_starts_day").fill(today)
    page.locator("#id_starts_time").fill("00:10")
    page.locator("#id_ends_time").fill("23:50")
    page.get_by_label("Online", exact=True).check()
    page.get_by_label("Link to join").fill("https://meet.example/room")
    page.get_by_label("Each registration needs approval").check()
    page.get_by_role("button", name="Add a session").click()
    page.locator("#id_sessions-0-title").fill("The one session")
    page.get_by_role("button", name="Add a speaker").click()
    page.locator("#id_sessions-0-speakers-0-name").fill("Eva Expert")


def test_an_organiser_publishes_approves_and_checks_in(chromium, live_server, olga, ana, ben, centre):
    page = sign_in(chromium, live_server, olga)
    page.goto("/desk/")
    no_barriers(page)
    page.keyboard.press("n")  # the short-cut that the page shows
    page.wait_for_url("**/desk/events/new/")
    no_barriers(page)

    write_down(page)
    page.locator("#id_ends_time").fill("00:05")
    page.get_by_role("button", name="Save and publish").press("Enter")
    summary = page.locator(".error-summary")
    assert "The end must be later than the start." in summary.inner_text()
    no_barriers(page)
    page.locator("#id_ends_time").fill("23:50")
    page.get_by_role("button", name="Save and publish").press("Enter")
    page.wait_for_url("**/desk/events/market-dialogue-in-practice/")
    event = Event.objects.get()
    assert (event.state, event.sessions.get().speakers.get().name) == ("published", "Eva Expert")

    Event.objects.update(registration_closes_at=timezone.now() + timedelta(minutes=1))
    event.refresh_from_db()
    for person in (ana, ben):
        actions.register(event=event, person=person, by=person)
    page.get_by_role("navigation", name="Pages of this event").get_by_role("link", name="Registrations").click()
    page.get_by_label("Tick all on this page").check()
    assert page.locator("[data-ticked]").inner_text() == "2"
    page.get_by_role("button", name="Approve", exact=True).click()
    assert page.get_by_text("2 approved: 2 have a place. They are told.").is_visible()
    no_barriers(page)

    page.get_by_role("navigation", name="Pages of this event").get_by_role("link", name="Attendance").click()
    address = page.url
    page.get_by_role("button", name="Check in Ana Procurer").click()
    page.get_by_role("button", name="Undo Ana Procurer").wait_for()
    assert page.locator("#roster-count").inner_text().split()[:4] == ["1", "of", "2", "present"]
    assert page.url == address  # the row was changed in its place
    no_barriers(page)
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("ben")
    page.get_by_text("Ana Procurer", exact=True).first.wait_for(state="detached")
    page.get_by_role("button", name="Check in Ben Buyer").click()
    page.get_by_role("button", name="Undo Ben Buyer").wait_for()
    assert AttendanceRecord.objects.count() == 2

    for name in ("History", "Certificates"):
        page.get_by_role("navigation", name="Pages of this event").get_by_role("link", name=name).click()
        no_barriers(page)


def test_the_door_works_without_any_script_on_a_phone(chromium, live_server, olga, ana, centre):
    event = factories.EventFactory(organising_centre=centre, slug="today", starts_at=timezone.now() - timedelta(hours=1))
    factories.RegistrationFactory(event=event, person=ana, state="confirmed")
    page = sign_in(chromium, live_server, olga, java_script_enabled=False, viewport={"width": 360, "height": 740})
    page.goto("/desk/events/today/attendance/")
    page.get_by_role("button", name="Check in Ana Procurer").click()
    page.get_by_role("button", name="Undo Ana Procurer").wait_for()
    assert AttendanceRecord.objects.count() == 1
    page.goto("/desk/events/new/")
    page.locator("#id_title").fill("Typed and kept")
    page.get_by_role("button", name="Add a session").click()
    assert page.locator("#id_title").input_value() == "Typed and kept"
    assert page.locator("#id_sessions-0-title").is_visible()


@pytest.mark.parametrize("width", [768, 1024])
def test_the_long_german_words_of_the_desk_fit_on_a_tablet(chromium, live_server, olga, ana, ben, centre, width):
    olga.language = "de"
    olga.save()
    soon = factories.EventFactory(organising_centre=centre, slug="soon", places=40, needs_approval=True, state="postponed")
    organisation = factories.OrganisationFactory(name="Städtischer Krankenhausverbund Niederösterreich")
    for person in (ana, ben):
        person.organisation = organisation
        person.save()
        factories.RegistrationFactory(event=soon, person=person, note="Bitte einen Platz in der ersten Reihe.")
    page = sign_in(chromium, live_server, olga, viewport={"width": width, "height": 900})
    for path in (
        "/desk/",
        "/desk/events/soon/registrations/",
        "/desk/events/soon/terms/",
        "/desk/people/",
        "/desk/events/soon/",
    ):
        page.goto(path)
        assert page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth") <= 0, path
        no_barriers(page)


def test_no_page_of_the_desk_scrolls_sideways_on_a_phone(chromium, live_server, olga, ana, centre):
    event = factories.EventFactory(organising_centre=centre, slug="today", starts_at=timezone.now() - timedelta(hours=1))
    factories.RegistrationFactory(event=event, person=ana, state="confirmed")
    page = sign_in(chromium, live_server, olga, viewport={"width": 360, "height": 740}, color_scheme="dark")
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
        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"), path
        no_barriers(page)
