"""The HTTP contract of a feed, to the letter."""

import hashlib
import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.http import http_date, parse_http_date

from events.calendars.feeds import public, store
from events.calendars.models import Feed
from tests.events.calendars.reading import published

pytestmark = pytest.mark.django_db
FEED = "/calendars/network.ics"


@pytest.fixture
def feed(client):
    """A feed of one event, read once."""
    published()
    return client.get(FEED)


def test_the_headers_of_a_feed_are_these_and_no_others(feed):
    assert dict(feed.headers) == {
        "Content-Type": "text/calendar; charset=utf-8",
        "Content-Disposition": 'inline; filename="network.ics"',
        "Content-Length": str(len(feed.content)),
        "ETag": f'"{hashlib.sha256(feed.content).hexdigest()}"',
        "Last-Modified": http_date(Feed.objects.get().modified_at.timestamp()),
        "Cache-Control": "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    assert not feed.cookies


def test_head_is_get_without_the_body(client, feed):
    head = client.head(FEED)
    assert (head.status_code, dict(head.headers), head.content) == (200, dict(feed.headers), b"")


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "DELETE", "PROPFIND", "REPORT", "MKCALENDAR", "LOCK"])
@pytest.mark.parametrize("address", [FEED, "/calendars/0123456789abcdef012345/mine.ics", "/events/none/event.ics"])
def test_a_calendar_can_only_be_read(address, method):
    response = Client(enforce_csrf_checks=True).generic(method, address, b"BEGIN:VCALENDAR", content_type="text/calendar")
    assert (response.status_code, response["Allow"], response.content) == (
        405,
        "GET, HEAD, OPTIONS",
        b"This calendar can only be read.\n",
    )


def test_options_tells_what_can_be_done(client):
    response = client.options(FEED)
    assert (response.status_code, response["Allow"], response.content) == (204, "GET, HEAD, OPTIONS", b"")


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("{etag}", 304),
        ("W/{etag}", 304),
        ('"other", {etag}', 304),
        ('"other",W/{etag} , "third"', 304),
        ("*", 304),
        ("{gzip}", 304),
        ('"other"', 200),
        ("nonsense", 200),
        ("{bare}", 200),
        ("", 200),
    ],
)
def test_if_none_match(client, feed, header, status):
    etag = feed["ETag"]
    value = header.format(etag=etag, gzip=f'{etag[:-1]}-gzip"', bare=etag.strip('"'))
    response = client.get(FEED, headers={"if-none-match": value})
    assert (response.status_code, response.content) == (status, b"" if status == 304 else feed.content)


def test_a_304_says_what_a_cache_needs_to_know(client, feed):
    response = client.get(FEED, headers={"if-none-match": feed["ETag"]})
    assert {
        name: response.headers.get(name) for name in ("ETag", "Last-Modified", "Cache-Control", "Vary", "Content-Type")
    } == {
        **{name: feed[name] for name in ("ETag", "Last-Modified", "Cache-Control", "Vary")},
        "Content-Type": None,
    }
    assert "Content-Length" not in response.headers


@pytest.mark.parametrize(("seconds", "status"), [(-86400, 200), (-1, 200), (0, 304), (86400, 304)])
def test_if_modified_since_is_compared(client, feed, seconds, status):
    since = http_date(parse_http_date(feed["Last-Modified"]) + seconds)
    assert client.get(FEED, headers={"if-modified-since": since}).status_code == status


@pytest.mark.parametrize("nonsense", ["yesterday", "Mon, 99 Foo 2026 00:00:00 GMT", ""])
def test_a_date_that_makes_no_sense_is_not_regarded(client, feed, nonsense):
    assert client.get(FEED, headers={"if-modified-since": nonsense}).status_code == 200


def test_if_none_match_beats_if_modified_since(client, feed):
    later, earlier = http_date(parse_http_date(feed["Last-Modified"]) + 60), http_date(0)
    assert client.get(FEED, headers={"if-none-match": '"other"', "if-modified-since": later}).status_code == 200
    assert client.get(FEED, headers={"if-none-match": feed["ETag"], "if-modified-since": earlier}).status_code == 304


@pytest.mark.parametrize(
    ("header", "zipped"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("gzip, deflate, br", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("*", True),
        ("x-gzip", True),
        ("gzip;q=1.0, identity;q=0.5", True),
        ("identity;q=0, gzip", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("deflate, br", False),
        ("gzip;q=0.5, identity", False),
    ],
)
def test_gzip_is_given_to_those_who_accept_it(client, feed, header, zipped):
    response = client.get(FEED, headers={"accept-encoding": header})
    assert response.headers.get("Content-Encoding") == ("gzip" if zipped else None)
    assert response["Vary"] == "Accept-Encoding"
    assert response["ETag"] == (f'{feed["ETag"][:-1]}-gzip"' if zipped else feed["ETag"])
    assert response["Content-Length"] == str(len(response.content))


def test_a_client_that_has_the_zipped_form_is_told_so(client, feed):
    zipped = client.get(FEED, headers={"accept-encoding": "gzip"})
    again = client.get(FEED, headers={"accept-encoding": "gzip", "if-none-match": zipped["ETag"]})
    assert (again.status_code, again["ETag"]) == (304, zipped["ETag"])


def test_an_empty_user_agent_a_language_and_a_session_make_no_difference(client, ana, feed):
    client.force_login(ana)
    client.cookies["django_language"] = "de"
    response = client.get(FEED, headers={"user-agent": "", "accept-language": "de", "accept": "text/html"})
    assert (dict(response.headers), response.content, dict(response.cookies)) == (dict(feed.headers), feed.content, {})


@pytest.mark.parametrize(
    "address",
    [
        "/calendars/none.ics",
        "/calendars/centre-none.ics",
        "/calendars/kind-meeting.ics",
        "/calendars/sector-none.ics",
        "/calendars/language-xx.ics",
        "/calendars/network.fr.ics",
        "/calendars/NETWORK.ics",
        "/calendars/a/b/c.ics",
        "/calendars/unknown-token-of-22-ch/mine.ics",
        "/calendars/%00.ics",
    ],
)
def test_what_is_not_there_is_a_line_of_text_never_a_page(client, address):
    response = client.get(address)
    assert (response.status_code, response["Content-Type"], response.content) == (
        404,
        "text/plain; charset=utf-8",
        b"There is no calendar at this address.\n",
    )
    assert not Feed.objects.exists()


def test_an_error_of_ours_is_a_503_in_plain_text_and_is_logged_without_the_address(client, feed, monkeypatch, caplog):
    def fail(*_args):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(public, "feed", fail)
    with caplog.at_level(logging.INFO):
        response = client.get(FEED)
    assert (response.status_code, response["Content-Type"], response["Retry-After"]) == (
        503,
        "text/plain; charset=utf-8",
        "300",
    )
    assert [record.getMessage() for record in caplog.records] == ["A calendar could not be served (public_feed)"]


def test_the_address_of_a_calendar_is_never_logged(client, caplog):
    with caplog.at_level(logging.DEBUG):
        client.get("/calendars/0123456789abcdef012345/mine.ics")
        client.put("/calendars/0123456789abcdef012345/mine.ics")
    assert [record.getMessage() for record in caplog.records if "0123456789abcdef" in record.getMessage()] == []


def test_what_a_feed_was_a_moment_ago_is_never_sent_with_the_tag_of_now(client, feed):
    Feed.objects.update(zipped=store.packed(b"something else"), etag="other", modified_at=timezone.now() + timedelta(days=1))
    response = client.get(FEED)
    assert (response["ETag"], response.content) == ('"other"', b"something else")
