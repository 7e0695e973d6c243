"""A real browser in front of a real server, and axe to judge what it shows.

A click does not wait for the page that it leads to. So a story first expects what only the new page shows: ``expect`` of
Playwright waits for it, ``assert`` does not. What the old page shows too proves nothing. The same holds for a part of a page
that is swapped; and what is measured is measured when the page is ``settled``.
"""

import os
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, Route, expect, sync_playwright

from events.mail.models import Message
from events.programme.models import Event, EventCompetence, Session, Speaker
from events.registrations.models import Question
from network.models import Competence, FundingProfile, Person, Sector
from tests import factories
from tests.requirements import need

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
#: How long anything may take, in milliseconds. What comes sooner is not waited for.
PATIENCE = 60_000
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage")

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, started once for all journeys. Playwright keeps an event loop in this thread, which Django takes for async code."""
    need("chromium")
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(QUIET), timeout=PATIENCE)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture(autouse=True)
def _no_answer_outlives_its_story(transactional_db):
    """The server may still work on what a closed browser asked for, and so write while the database is emptied, or after that."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        if thread.name.endswith("(process_request_thread)"):  # one for each connection
            thread.join(PATIENCE / 1000)
            assert not thread.is_alive(), "a browser is still connected"


@pytest.fixture
def open_browser(chromium, live_server):
    """Open a window: ``open_browser(person, width=…, scheme=…, scripts=…)`` gives a page at the server's address."""
    contexts: list[BrowserContext] = []

    def open_one(
        person: Person | None = None, *, width: int = 1280, scheme: str = "light", scripts: bool = True, judge: bool = False
    ) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            java_script_enabled=scripts,
            bypass_csp=judge,  # axe is put into the page from outside
            locale="en-GB",
            timezone_id="Europe/Vienna",
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        if person is not None:
            client = Client()
            client.force_login(person)
            context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()


class Held:
    """What the server answers to an address, held on its way until it is let through: a slow line as slow as a story needs it."""

    def __init__(self, page: Page, address: str | re.Pattern[str]) -> None:
        self._page, self._is_open = page, False
        self._answers: list[tuple[Route, APIResponse]] = []
        page.context.route(address, self._hold)

    def _hold(self, route: Route) -> None:
        answer = route.fetch(timeout=PATIENCE)
        if self._is_open:
            route.fulfill(response=answer)
        else:
            self._answers.append((route, answer))

    def wait(self) -> None:
        """Until the server has answered, and the page does not know."""
        for _look in range(PATIENCE // 20):
            if self._answers:
                return
            self._page.wait_for_timeout(20)
        raise AssertionError("nothing was asked")

    def let_one_through(self) -> None:
        """The first; what comes after it is held on."""
        self.wait()
        route, answer = self._answers.pop(0)
        route.fulfill(response=answer)

    def let_all_through(self) -> None:
        """All, from now on."""
        self._is_open = True
        while self._answers:
            self.let_one_through()


def settled(page: Page) -> Page:
    """The page once all of it is there, its typefaces too: until then, lines are of another length."""
    page.wait_for_load_state()
    page.evaluate("async () => { await document.fonts.ready; }")
    return page


def too_wide(page: Page) -> int:
    """By how many pixels a page scrolls sideways; 0 is right."""
    return max(0, settled(page).evaluate("() => document.documentElement.scrollWidth - window.innerWidth"))


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA once the whole page is there: the rule, and the first place."""
    settled(page)
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", WCAG)
    return [
        f"{violation['id']}: {node['html'][:160]} ({(node.get('failureSummary') or '').splitlines()[-1].strip()})"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def newest_code() -> str:
    """The sign-in code in the newest mail."""
    text = Message.objects.order_by("-pk").first().text
    return next(line for line in text.splitlines() if re.fullmatch(r"[A-Z0-9]{3,4}-?[A-Z0-9]{3,4}", line.strip())).strip()


@pytest.fixture
def choices(centre):
    """A day at which one chooses among sessions and is asked something, one of it about health."""
    cache.clear()
    event = factories.EventFactory(
        organising_centre=centre, slug="choices", title="A day of choices", with_session=False, has_choices=True,
        has_questions=True, changes_close_at=factories.soon(20),
    )  # fmt: skip
    for title, hours, chosen, places in (("Opening", 0, False, None), ("Law", 1, True, 1), ("Talk", 1, True, 5)):
        starts = event.starts_at + timedelta(hours=hours)
        Session.objects.create(
            event=event, title=title, starts_at=starts, ends_at=starts + timedelta(hours=1),
            first_day=event.first_day, last_day=event.first_day, is_chosen=chosen, places=places,
        )  # fmt: skip
    ask = Question.objects.create
    diet = ask(
        event=event, key="diet", position=0, kind="choices", block="diet", is_special=True, purpose="Meals",
        options=[{"value": value} for value in ("vegan", "other")],
    )  # fmt: skip
    ask(
        event=event, key="diet-other", position=1, kind="text", block="diet", is_special=True, purpose="Meals",
        depends_on=diet, depends_values=["other"],
    )  # fmt: skip
    ask(event=event, key="goal", position=2, kind="text", label={"en": "What do you want to take home?"}, is_required=True)
    return event


@pytest.fixture
def season(centre, other_centre, olga, ana):
    """Something of everything that a page can show."""
    cache.clear()
    health = Sector.objects.create(slug="health-care", name="Health care")
    competence = Competence.objects.create(code="C11", number=11, cluster="pre-award", name="Market analysis")
    funding = FundingProfile.objects.create(name="Grant", emblem_text="Funded by the European Union", grant_number="780192")
    training = factories.EventFactory(
        organising_centre=centre,
        slug="market-dialogue",
        title="Market dialogue in practice",
        description="## What we do\n\n- talk\n- listen\n\n[More](https://more.example)",
        learning_outcomes="Plan a market dialogue",
        audience="Buyers",
        funding=funding,
        interpretation=["fr"],
        places_taken=13,
        with_session=False,
    )
    training.sectors.add(health)
    training.co_organisers.add(other_centre)
    EventCompetence.objects.create(event=training, competence=competence, level=2)
    for hours in (0, 3):
        starts = training.starts_at + timedelta(hours=hours)
        session = Session.objects.create(
            event=training,
            title=f"Part {hours}",
            starts_at=starts,
            ends_at=starts + timedelta(hours=2),
            first_day=training.first_day,
            last_day=training.first_day,
        )
        Speaker.objects.create(session=session, name="Dr Test", affiliation="University")
    mine = factories.EventFactory(
        organising_centre=other_centre, slug="mine", title="An event of mine", kind="visit", format="online", venue=None,
        join_link="https://meet.example/room", starts_at=factories.soon(12),
    )  # fmt: skip
    factories.RegistrationFactory(event=mine, person=ana, state="confirmed")
    Event.objects.filter(pk=mine.pk).update(places_taken=1)
    waiting = factories.EventFactory(organising_centre=centre, slug="full", title="Full", places=1, kind="ceremony")
    factories.RegistrationFactory(event=waiting, state="confirmed")
    factories.RegistrationFactory(event=waiting, person=ana, state="waiting", queued_at=waiting.published_at)
    Event.objects.filter(pk=waiting.pk).update(places_taken=1)
    factories.EventFactory(
        organising_centre=centre, slug="called-off", title="Called off", state="cancelled", state_reason="The trainer is ill."
    )
    return training
