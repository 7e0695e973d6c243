"""The list on other sites, in a real browser: shown where the centre allows it, refused elsewhere, and it leaves nothing behind."""

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from events.calendars.models import EmbeddingSite
from tests.journeys.conftest import too_wide, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

REFUSED = re.compile("^chrome-error:")  # what Chromium shows in a frame instead of a page that may not be there


@contextmanager
def site(html):
    """Another website on a port, and so an origin, of its own; it has this one page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def framed(live_server, season):
    """A page with the list of the centre in a frame, as the desk gives it."""
    return (
        '<!DOCTYPE html><html lang="en"><title>Our centre</title><h1>Our centre</h1>'
        f'<iframe src="{live_server.url}/embed/at-test/" title="What is on: Test AT" width="100%" height="640"></iframe>'
    )


def words_said(page):
    """What the browser complains of, from now on."""
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def test_a_site_of_the_centre_shows_the_list_and_its_links_lead_out_of_the_frame(framed, centre, open_browser, live_server):
    with site(framed) as here:
        EmbeddingSite.objects.create(centre=centre, origin=here)
        page = open_browser()
        said = words_said(page)
        page.goto(here)
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("heading", level=1)).to_have_text("What is on: Test AT")
        expect(frame.get_by_role("heading", level=2)).to_have_count(3)
        assert page.context.cookies() == []
        assert said == []
        frame.get_by_role("link", name="Market dialogue in practice", exact=True).click()
        expect(page).to_have_url(f"{live_server.url}/events/market-dialogue/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Market dialogue in practice")


def test_any_other_site_is_refused(framed, centre, open_browser):
    with site(framed) as allowed, site(framed) as other:
        EmbeddingSite.objects.create(centre=centre, origin=allowed)
        page = open_browser()
        with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
            page.goto(other)
        page.frames[1].wait_for_url(REFUSED, wait_until="commit")
        expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_have_count(0)


def test_no_other_page_is_shown_in_a_frame_even_there(centre, season, open_browser, live_server):
    with site(f'<!DOCTYPE html><html lang="en"><title>x</title><iframe src="{live_server.url}/" title="x"></iframe>') as here:
        EmbeddingSite.objects.create(centre=centre, origin=here)
        page = open_browser()
        page.goto(here)
        page.frames[1].wait_for_url(REFUSED, wait_until="commit")


@pytest.mark.parametrize(("width", "scheme"), [(280, "light"), (280, "dark"), (720, "light"), (720, "dark")])
def test_the_list_is_for_everybody_narrow_and_wide_light_and_dark(season, open_browser, width, scheme):
    page = open_browser(width=width, scheme=scheme, judge=True)
    page.goto("/embed/at-test/")
    expect(page.get_by_role("heading", level=1)).to_have_text("What is on: Test AT")
    assert too_wide(page) == 0
    assert violations(page) == []


def test_a_coordinator_adds_a_site_and_copies_the_code(carl, centre, season, open_browser, live_server):
    page = open_browser(carl, scripts=False)
    page.goto("/desk/")
    page.get_by_role("link", name="On your site").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The list on your site")
    page.get_by_label("Calendar").select_option("network")
    page.get_by_role("button", name="Show the code").click()
    code = page.get_by_role("group", name="HTML of the list")
    expect(code).to_contain_text('/embed/at-test/network/" title="What is on: Whole network"')
    page.get_by_label("Site").fill("www.example.eu")
    page.get_by_role("button", name="Add the site").click()
    expect(page.get_by_text("https://www.example.eu may show the list now.")).to_be_visible()
    page.get_by_role("row", name="https://www.example.eu").get_by_role("button").click()
    expect(page.get_by_text("https://www.example.eu may show the list no longer.")).to_be_visible()
    assert not EmbeddingSite.objects.exists()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_desks_page_is_for_everybody_and_shows_how_the_list_looks(carl, centre, season, open_browser, width):
    EmbeddingSite.objects.create(centre=centre, origin="https://www.example.eu")
    page = open_browser(carl, width=width, judge=True)
    page.goto("/desk/embedding/")
    page.locator("iframe").scroll_into_view_if_needed()
    expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_have_text("What is on: Test AT")
    assert too_wide(page) == 0
    assert violations(page) == []


def test_the_data_for_search_engines_is_not_run_and_breaks_no_rule(season, open_browser):
    season.title = season.summary = "</script><script>document.title = 'broken'</script>"
    season.save()
    page = open_browser()
    said = words_said(page)
    page.goto("/events/market-dialogue/")
    expect(page.get_by_role("heading", level=1)).to_have_text(season.title)
    data = page.evaluate("JSON.parse(document.querySelector('script[type=\"application/ld+json\"]').textContent)")
    assert (data["name"], said) == (season.title, [])
