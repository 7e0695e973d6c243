"""The list for a frame: what it shows, where it may stand, and that it leaves nothing behind."""

from datetime import timedelta
from html.parser import HTMLParser

import mf2py
import pytest
from django.utils import timezone

from events.calendars.feeds import transport
from events.calendars.models import EmbeddingSite, Entry, Source
from events.programme import actions
from tests import factories
from tests.events.calendars.reading import at, utc
from tests.queries import count_queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("autumn")]
LIST = "/embed/at-test/"
POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)


class Page(HTMLParser):
    """The words of each element of interest in a list."""

    def __init__(self, response):
        super().__init__()
        self.rows, self.links, self.tags, self.language, self.target = [], [], [], "", ""
        self.open, self.heading = [], ""
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attributes):
        facts = dict(attributes)
        self.tags.append(tag)
        if tag == "html":
            self.language = facts["lang"]
        elif tag == "base":
            self.target = facts["target"]
        elif tag == "li":
            self.rows.append([])
        elif tag == "a":
            self.links.append((facts["href"], ""))
        self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        words = " ".join(data.split())
        if "a" in self.open and self.links:
            self.links[-1] = (self.links[-1][0], self.links[-1][1] + words)
        if "h1" in self.open:
            self.heading += words
        if "li" in self.open and words:
            self.rows[-1].append(words)


def titles(client, address=LIST):
    parsed = mf2py.parse(doc=client.get(address).content.decode())
    return [item["properties"]["name"][0] for item in parsed["items"]]


@pytest.fixture
def dialogue(centre):
    """A training in Vienna, in summer time."""
    return at(
        utc(2027, 6, 14, 7),
        minutes=420,
        organising_centre=centre,
        title="Market dialogue",
        slug="market-dialogue",
        places_taken=13,
    )


def test_a_row_says_what_when_where_and_where_to_register(client, dialogue):
    page = Page(client.get(LIST))
    assert (page.language, page.heading, page.target) == ("en", "What is on: Test AT", "_top")
    assert page.rows == [
        [
            "Mon", "14", "Jun 2027", "Market dialogue", "Training", "09:00–16:00", "Europe/Vienna", "Vienna (AT)",
            "7 of 20 places left ·", "Register", ": Market dialogue",
        ]
    ]  # fmt: skip
    assert page.links == [
        ("/events/market-dialogue/", "Market dialogue"),
        ("/events/market-dialogue/register/", "Register: Market dialogue"),
        ("/?centre=at-test", "More about these events"),
        ("/calendars/?calendar=centre-at-test&entries=en", "Subscribe to this calendar"),
    ]
    assert {"script", "form", "iframe", "img"}.isdisjoint(page.tags)


def test_where_there_is_no_place_one_joins_the_waiting_list(client, dialogue):
    dialogue.places_taken = dialogue.places
    dialogue.save()
    assert Page(client.get(LIST)).rows[0][-3:] == ["Full, waiting list open ·", "Join the waiting list", ": Market dialogue"]


@pytest.mark.parametrize("verb", ["cancel", "postpone"])
def test_what_is_called_off_stays_and_nobody_is_sent_to_register(client, dialogue, olga, verb):
    getattr(actions, verb)(event=dialogue, reason="Ill.", by=olga)
    page = Page(client.get(LIST))
    assert page.rows[0][-1] == {"cancel": "Cancelled", "postpone": "Postponed"}[verb]
    assert [address for address, _words in page.links if "register" in address] == []


@pytest.mark.parametrize(
    ("address", "language", "found"),
    [
        ("/embed/at-test/", "en", ["Training AT"]),
        ("/embed/at-test.de/", "de", ["Training AT"]),
        ("/embed/at-test/network/", "en", ["Training AT", "Visit DE"]),
        ("/embed/at-test/network.de/", "de", ["Training AT", "Visit DE"]),
        ("/embed/at-test/kind-visit/", "en", ["Visit DE"]),
        ("/embed/at-test/centre-de-test/", "en", ["Visit DE"]),
        ("/embed/de-test/", "en", ["Visit DE"]),
    ],
)
def test_the_address_says_which_calendar_and_which_language(client, ana, centre, other_centre, address, language, found):
    factories.EventFactory(organising_centre=centre, title="Training AT", starts_at=factories.soon(20))
    factories.EventFactory(organising_centre=other_centre, title="Visit DE", kind="visit", starts_at=factories.soon(30))
    factories.EventFactory(organising_centre=centre, title="Members", visibility="network")
    factories.EventFactory(organising_centre=centre, title="Draft", state="draft")
    factories.EventFactory(organising_centre=centre, title="Over", starts_at=factories.soon(-2))
    client.force_login(ana)
    client.cookies["django_language"] = "de"
    response = client.get(address, headers={"accept-language": "de"})
    assert (Page(response).language, response["Content-Language"], titles(client, address)) == (language, language, found)


@pytest.mark.parametrize(
    "address",
    ["/embed/none/", "/embed/at-test.fr/", "/embed/at-test/none/", "/embed/at-test/network.fr/", "/embed/at-test/kind-x/"],
)
def test_what_is_not_there_is_a_line_of_text(client, centre, address):
    response = client.get(address)
    assert (response.status_code, response["Content-Type"], response.content) == (
        404,
        "text/plain; charset=utf-8",
        b"There is no list at this address.\n",
    )


def test_it_leaves_no_cookie_and_can_be_kept_by_any_cache(client, dialogue, ana):
    client.force_login(ana)
    response = client.get(LIST)
    assert dict(response.headers) == {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Language": "en",
        "Content-Length": str(len(response.content)),
        "Content-Security-Policy": POLICY,
        "Cache-Control": transport.PUBLIC,
        "Vary": "Accept-Encoding",
        "ETag": response["ETag"],
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    assert dict(response.cookies) == {}
    again = client.get(LIST, headers={"if-none-match": response["ETag"]})
    assert (again.status_code, again["Content-Security-Policy"]) == (304, POLICY)
    assert client.get(LIST, headers={"accept-encoding": "gzip"})["Content-Encoding"] == "gzip"
    assert client.post(LIST).status_code == 405


def test_only_the_centres_own_sites_may_frame_it(client, centre, other_centre):
    centre.website = "https://www.centre.example/en/"
    centre.save()
    first = client.get(LIST)
    EmbeddingSite.objects.create(centre=centre, origin="https://intranet.example:8443")
    EmbeddingSite.objects.create(centre=other_centre, origin="https://other.example")
    second = client.get(LIST, headers={"if-none-match": first["ETag"]})
    assert (first["Content-Security-Policy"], second.status_code, second["Content-Security-Policy"]) == (
        f"{POLICY} https://www.centre.example",
        200,
        f"{POLICY} https://www.centre.example https://intranet.example:8443",
    )


@pytest.mark.parametrize("address", ["/", "/centres/at-test/", "/calendars/", "/events/market-dialogue/", "/accounts/login/"])
def test_every_other_page_may_be_framed_by_nobody(client, dialogue, address):
    response = client.get(address)
    assert (response["X-Frame-Options"], "frame-ancestors 'none'" in response["Content-Security-Policy"]) == ("DENY", True)


def test_twenty_rows_are_shown_then_all_events(client, centre):
    for day in range(21):
        factories.EventFactory(organising_centre=centre, title=f"Event {day}", starts_at=factories.soon(day + 1))
    assert titles(client) == [f"Event {day}" for day in range(20)]
    assert Page(client.get(LIST)).links[-2] == ("/?centre=at-test", "All events")


def test_an_empty_list_says_so(client, centre):
    assert b"Nothing is announced at the moment." in client.get(LIST).content
    assert Page(client.get(LIST)).rows == []


def foreign(source, number, starts, **facts):
    return Entry.objects.create(
        kind="foreign", source=source, uid=f"{number}@foreign.example", created_at=timezone.now(), changed_at=timezone.now(),
        starts_at=starts, ends_at=starts + timedelta(hours=1), first_day=starts.date(), last_day=starts.date(),
        title=f"From elsewhere {number}", zone="Europe/Athens", fingerprint="f", **facts,
    )  # fmt: skip


def test_what_the_centre_publishes_elsewhere_stands_between_with_its_source(client, dialogue, centre, other_centre):
    source = Source.objects.create(centre=centre, name="Our <own> calendar", url="https://centre.example/c.ics", is_shown=True)
    hidden = Source.objects.create(centre=centre, name="Hidden", url="https://centre.example/h.ics")
    theirs = Source.objects.create(centre=other_centre, name="Theirs", url="https://de.example/c.ics", is_shown=True)
    foreign(source, 1, utc(2027, 6, 13, 7), place="Graz", link="https://centre.example/one")
    foreign(source, 2, utc(2027, 6, 15, 7), all_day=True)
    foreign(source, 3, utc(2027, 6, 15, 7), cancelled=True)
    foreign(source, 4, timezone.now() - timedelta(days=1))
    foreign(hidden, 5, utc(2027, 6, 15, 7))
    foreign(theirs, 6, utc(2027, 6, 15, 7))
    page = Page(client.get(LIST))
    assert [page.rows[0], page.rows[1][3], page.rows[2]] == [
        ["Sun", "13", "Jun 2027", "From elsewhere 1", "10:00–11:00", "Europe/Athens", "Graz", "From the calendar “Our <own> calendar”"],
        "Market dialogue",
        ["Tue", "15", "Jun 2027", "From elsewhere 2", "From the calendar “Our <own> calendar”"],
    ]  # fmt: skip
    assert titles(client) == ["From elsewhere 1", "Market dialogue", "From elsewhere 2"]
    assert page.links[0] == ("https://centre.example/one", "From elsewhere 1")
    assert titles(client, "/embed/at-test/kind-training/") == ["Market dialogue"]


def test_a_title_is_text(client, dialogue):
    dialogue.title = "</a><script>alert(1)</script>"
    dialogue.save()
    page = Page(client.get(LIST))
    assert ("script" in page.tags, titles(client)) == (False, ["</a><script>alert(1)</script>"])


def test_it_asks_no_more_often_for_three_events_than_for_one(client, dialogue, centre, other_centre):
    one = count_queries(client, LIST)
    for _number in range(2):
        factories.EventFactory(organising_centre=centre).co_organisers.add(other_centre)
        EmbeddingSite.objects.create(centre=centre, origin=f"https://s{_number}.example")
    assert count_queries(client, LIST) == one == 5
