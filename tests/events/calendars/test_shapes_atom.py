"""Atom: what is new and what has changed, as readers of news take it."""

import re
from datetime import timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import feedparser
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.calendars.entries import keeping
from events.calendars.feeds import transport
from events.calendars.models import Entry, Feed
from events.programme import actions
from network.models import Sector
from tests import factories
from tests.events.calendars.reading import at, published, tell

pytestmark = pytest.mark.django_db
FEED = "/calendars/network.atom"
NAMESPACE = "{http://www.w3.org/2005/Atom}"


def read(client, address=FEED):
    """The feed, as a reader of news takes it; it has no word against its form."""
    feed = feedparser.parse(client.get(address).content)
    assert not feed.bozo
    return feed


def titles(client, address=FEED):
    return [entry.title for entry in read(client, address).entries]


def changed(event, days_ago):
    """As if the event had last changed then."""
    Entry.objects.filter(event=event).update(changed_at=timezone.now().replace(microsecond=0) - timedelta(days=days_ago))
    keeping.bump()


@pytest.fixture
def dialogue(centre, other_centre):
    """A training of two centres about a sector, in Vienna."""
    other_centre.website = "https://de.example/"
    other_centre.save()
    event = at(factories.soon(30), organising_centre=centre, title="Market dialogue", slug="market-dialogue")
    event.sectors.add(Sector.objects.create(slug="health-care", name="Health care"))
    event.co_organisers.add(other_centre)
    tell(event, "published")
    return event


def test_an_entry_says_what_changed_and_where_to_read_more(client, dialogue):
    (entry,) = read(client).entries
    stamp = Entry.objects.get(event=dialogue, kind="session").changed_at
    day = f"{dialogue.first_day:%A} {dialogue.first_day.day} {dialogue.first_day:%B %Y}"
    starts, ends = (moment.astimezone(ZoneInfo("Europe/Vienna")) for moment in (dialogue.starts_at, dialogue.ends_at))
    assert {
        "id": entry.id,
        "title": entry.title,
        "updated": entry.updated,
        "published": entry.published,
        "links": [(link.rel, link.type, link.href) for link in entry.links],
        "authors": [(author.name, author.get("href")) for author in entry.authors],
        "tags": [(tag.term, tag.label) for tag in entry.tags],
        "summary": entry.summary,
    } == {
        "id": "https://calendar.example/events/market-dialogue/",
        "title": "Market dialogue",
        "updated": f"{stamp:%Y-%m-%dT%H:%M:%SZ}",
        "published": f"{dialogue.published_at:%Y-%m-%dT%H:%M:%SZ}",
        "links": [("alternate", "text/html", "https://calendar.example/events/market-dialogue/")],
        "authors": [("Test centre AT-TEST", None), ("Test centre DE-TEST", "https://de.example/")],
        "tags": [("kind-training", "Training"), ("sector-health-care", "Health care")],
        "summary": (
            f"{day}, {starts:%H:%M}–{ends:%H:%M} (Europe/Vienna, {starts.tzname()})\n"
            "Procurement house, Test street 1, Vienna, Austria\n"
            "How to talk to suppliers before the call."
        ),
    }


def test_the_feed_says_what_it_is_and_where(client, dialogue):
    feed = read(client, "/calendars/centre-at-test.de.atom").feed
    own = "https://calendar.example/calendars/centre-at-test.de"
    assert (feed.id, feed.title, feed.language, feed.authors[0].name) == (
        f"{own}.atom", "Procure2Innovate calendar: Test AT", "de", "Procure2Innovate calendar",
    )  # fmt: skip
    assert [(link.rel, link.type, link.href) for link in feed.links] == [
        ("self", "application/atom+xml", f"{own}.atom"),
        ("alternate", "text/html", "https://calendar.example/"),
        ("alternate", "text/calendar", f"{own}.ics"),
    ]
    stored = Feed.objects.get(key="centre-at-test/de/atom")
    assert feed.updated == f"{stored.modified_at:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize(
    ("verb", "title"), [("cancel", "CANCELLED: Market dialogue"), ("postpone", "POSTPONED: Market dialogue")]
)
def test_what_is_called_off_says_so_with_the_reason(client, dialogue, olga, verb, title):
    before = client.get(FEED)["Last-Modified"]
    getattr(actions, verb)(event=dialogue, reason="The trainer is ill.", by=olga)
    (entry,) = read(client).entries
    assert (entry.title, entry.summary.split("\n")[2]) == (title, "The trainer is ill.")
    assert client.get(FEED)["Last-Modified"] != before


def test_the_last_changed_comes_first_and_fifty_are_enough(client, centre):
    events = [published(organising_centre=centre, title=f"Event {number}") for number in range(52)]
    for days, event in enumerate(events):
        changed(event, days)
    assert titles(client) == [f"Event {number}" for number in range(50)]
    changed(events[51], 0.5)
    assert titles(client)[:3] == ["Event 0", "Event 51", "Event 1"]


def test_it_has_what_the_calendar_of_the_same_name_has(client, centre):
    published(organising_centre=centre, title="A visit", kind="visit")
    published(organising_centre=centre, title="A training")
    published(organising_centre=centre, title="For members", visibility="network")
    published(organising_centre=centre, title="A draft", state="draft", published_at=None)
    tell(at(factories.soon(-100), organising_centre=centre, title="Long ago"), "published")
    assert sorted(titles(client)) == ["A training", "A visit"]
    assert titles(client, "/calendars/kind-visit.atom") == ["A visit"]


def test_a_course_is_one_entry_and_as_new_as_its_newest_session(client, centre):
    event = published(organising_centre=centre, title="A course")
    factories.Session.objects.create(
        event=event, starts_at=event.starts_at, ends_at=event.ends_at, first_day=event.first_day, last_day=event.last_day
    )
    tell(event)
    changed(event, 3)
    newest = timezone.now().replace(microsecond=0)
    Entry.objects.filter(pk=event.entries.filter(kind="session").last().pk).update(changed_at=newest)
    keeping.bump()
    assert [(entry.title, entry.updated) for entry in read(client).entries] == [("A course", f"{newest:%Y-%m-%dT%H:%M:%SZ}")]


def test_a_deadline_that_only_participants_see_is_no_news(client, centre):
    event = published(organising_centre=centre, changes_close_at=factories.soon(20))
    changed(event, 3)
    Entry.objects.filter(event=event, kind="deadline").update(changed_at=timezone.now())
    (entry,) = read(client).entries
    assert entry.updated == f"{event.entries.get(kind='session').changed_at:%Y-%m-%dT%H:%M:%SZ}"


def test_the_contract_over_http_is_that_of_a_feed(client, dialogue):
    response = client.get(FEED)
    assert (response["Content-Type"], response["Content-Disposition"], response["Cache-Control"], response["Vary"]) == (
        "application/atom+xml; charset=utf-8",
        'inline; filename="network.atom"',
        transport.PUBLIC,
        "Accept-Encoding",
    )
    assert not response.cookies
    assert client.get(FEED).content == response.content
    assert client.get(FEED, headers={"if-none-match": response["ETag"]}).status_code == 304
    assert client.get(FEED, headers={"if-modified-since": response["Last-Modified"]}).status_code == 304
    assert client.get(FEED, headers={"accept-encoding": "gzip"})["Content-Encoding"] == "gzip"
    assert client.post(FEED).status_code == 405


@pytest.mark.parametrize("address", ["/calendars/none.atom", "/calendars/network.fr.atom", "/calendars/a/b.atom"])
def test_what_is_not_there_is_a_line_of_text(client, address):
    response = client.get(address)
    assert (response.status_code, response.content) == (404, b"There is no calendar at this address.\n")


def test_it_is_built_in_as_many_queries_for_many_events_as_for_one(client, centre):
    def queries(more):
        for _number in range(more):
            published(organising_centre=centre).sectors.add(Sector.objects.get_or_create(slug="s", name="S")[0])
        keeping.bump()
        with CaptureQueriesContext(connection) as found:
            client.get(FEED)
        return len(found)

    client.get(FEED)
    assert queries(1) == queries(3)


def kept(text):
    """What XML 1.0 can hold of a text (§2.2, Char). A reader takes every line end as a newline (§2.11)."""
    chars = re.sub("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)
    return chars.replace("\r\n", "\n").replace("\r", "\n") or None


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=120)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=ANY_TEXT, summary=ANY_TEXT)
def test_any_text_is_well_formed_xml_and_comes_back(client, title, summary):
    event = published(title=title, summary=summary)
    root = ET.fromstring(client.get(FEED).content)  # expat, which forgives nothing
    entry = root.find(f"{NAMESPACE}entry")
    assert entry.find(f"{NAMESPACE}title").text == kept(title)
    assert entry.find(f"{NAMESPACE}summary").text.endswith(kept(summary) or "")
    event.delete()
    keeping.bump()
