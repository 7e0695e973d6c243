"""The answer of a public feed is repeated for a second, and is what Django would answer."""

import time
from datetime import timedelta

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import RequestFactory

from events.calendars.feeds import repeating
from events.calendars.subscribing.actions import add_address, url_of
from tests.events.calendars.reading import entries_of, published, tell

FEED = "/calendars/network.ics"


class Server:
    """Django behind ``Repeating``, with a count of the requests that reached it."""

    def __init__(self):
        self.asked = 0
        self.django = WSGIHandler()
        self.application = repeating.Repeating(self._counted)

    def _counted(self, environment, start):
        self.asked += 1
        return self.django(environment, start)

    def get(self, path=FEED, method="GET", **headers):
        return say(self.application, path, method, headers)

    def truth(self, path=FEED, **headers):
        """Django's own answer."""
        return say(self.django, path, "GET", headers)


def say(application, path, method, headers):
    request = RequestFactory().generic(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    said = []
    for signal in (request_started, request_finished):  # the test's connection is to outlive the request
        signal.disconnect(close_old_connections)
    try:
        parts = application(request.environ, lambda status, answer, _error=None: said.append((status, dict(answer))))
        body = b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
    return said[0][0], said[0][1], body


@pytest.fixture
def server(db, monkeypatch):
    monkeypatch.setattr(repeating, "LASTS", 60.0)  # a slow machine does not decide these tests
    return Server()


@pytest.fixture
def event(db):
    return published(title="Market dialogue")


@pytest.mark.parametrize("encoding", ["", "gzip", "gzip;q=0", "br, gzip;q=0.5"])
def test_what_is_repeated_is_djangos_answer(server, event, encoding):
    headers = {"accept_encoding": encoding} if encoding else {}
    truth = server.truth(**headers)
    assert truth[0] == "200 OK"
    assert [server.get(**headers), server.get(**headers)] == [truth, truth]
    assert server.asked == 1


def test_the_two_forms_are_kept_apart(server, event):
    plain, packed = server.get(), server.get(accept_encoding="gzip")
    assert (plain[1].get("Content-Encoding"), packed[1].get("Content-Encoding")) == (None, "gzip")
    assert (server.get(), server.get(accept_encoding="gzip")) == (plain, packed)


def conditions(answer):
    """What a client may ask with, having got this answer."""
    tag, modified = answer[1]["ETag"], answer[1]["Last-Modified"]
    plain = tag.replace("-gzip", "")
    return [
        {"if_none_match": tag},
        {"if_none_match": f"W/{tag}"},
        {"if_none_match": f'"another", {plain}'},
        {"if_none_match": f'{plain[:-1]}-gzip"'},
        {"if_none_match": "*"},
        {"if_none_match": '"another"'},
        {"if_none_match": '"another"', "if_modified_since": modified},
        {"if_none_match": tag, "if_modified_since": "Sat, 01 Jan 2000 00:00:00 GMT"},
        {"if_modified_since": modified},
        {"if_modified_since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"if_modified_since": "Sat, 01 Jan 2000 00:00:00 GMT"},
        {"if_modified_since": "yesterday"},
    ]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("number", range(12))
def test_a_condition_is_answered_as_django_answers_it(server, event, encoding, number):
    """For the first who asks, and for the next."""
    asked = conditions(server.truth(accept_encoding=encoding))[number]
    truth = server.truth(accept_encoding=encoding, **asked)
    assert server.get(accept_encoding=encoding, **asked) == truth
    assert server.get(accept_encoding=encoding, **asked) == truth
    assert server.asked == 1


def test_a_change_is_seen_when_the_second_is_over(server, event, monkeypatch):
    monkeypatch.setattr(repeating, "LASTS", 0.2)
    before = server.get()
    event.title = "Another title"
    event.save()
    tell(event)
    time.sleep(0.25)
    after = server.get(if_none_match=before[1]["ETag"])
    assert after == server.truth()
    assert [str(entry["SUMMARY"]) for entry in entries_of(after[2])] == ["Another title"]


def test_what_still_holds_is_repeated_for_another_second_without_reading_the_body(
    server, event, monkeypatch, django_assert_num_queries
):
    before = server.get()
    for kept in server.application._kept.values():
        kept.until = 0
    with django_assert_num_queries(1):
        assert server.get() == before
    assert (server.get(), server.asked) == (before, 2)


def test_a_feed_that_is_not_there_is_not_kept(server):
    for _try in range(2):
        assert server.get("/calendars/sector-nothing.ics")[0] == "404 Not Found"
    assert server.asked == 2


def test_a_feed_that_can_no_longer_be_read_is_not_repeated(server, event, monkeypatch):
    server.get()
    for kept in server.application._kept.values():
        kept.until = 0
    monkeypatch.setattr("events.calendars.feeds.public.feed", None)  # whatever goes wrong
    assert server.get()[0] == "503 Service Unavailable"
    assert server.application._kept == {}


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PROPFIND", "POST"])
def test_other_methods_are_handed_on(server, event, method):
    server.get()
    server.get(method=method)
    assert server.asked == 2


def test_nothing_of_a_person_is_ever_kept(server, ana):
    address, token = add_address(person=ana, name="Telephone")
    path = url_of(address, token).removeprefix("http://testserver")
    path = path[path.index("/calendars/") :]
    for _try in range(2):
        assert server.get(path)[0] == "200 OK"
    assert (server.asked, server.application._kept) == (2, {})


@pytest.mark.parametrize("path", ["/", "/calendars/", "/events/none/event.ics", "/healthz"])
def test_pages_and_files_are_handed_on(server, path):
    for _try in range(2):
        server.get(path)
    assert (server.asked, server.application._kept) == (2, {})


def test_a_request_that_comes_by_http_is_not_answered_with_what_https_was(server, event, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert server.get(x_forwarded_proto="https")[0] == "200 OK"
    server.get(x_forwarded_proto="http")
    server.get(x_forwarded_proto="https, http")
    server.get(x_forwarded_proto="https, http")
    assert server.asked == 4


def test_a_process_keeps_no_more_than_it_has_room_for(server, event, monkeypatch):
    size = len(server.get()[2])
    monkeypatch.setattr(repeating, "MOST", size * 2)
    for name in ("network.de", "kind-training", "kind-visit", "kind-ceremony", "language-en"):
        assert server.get(f"/calendars/{name}.ics")[0] == "200 OK"
    kept = [len(answer.answer.body) for answer in server.application._kept.values()]
    assert sum(kept) <= size * 2
    assert kept


def test_what_has_no_room_at_all_is_still_answered(server, event, monkeypatch):
    monkeypatch.setattr(repeating, "MOST", 10)
    assert server.get() == server.truth()
    assert server.application._kept == {}


def test_the_web_server_calls_it():
    from config import wsgi

    assert isinstance(wsgi.application, repeating.Repeating)


def test_one_second_is_what_nobody_notices():
    assert timedelta(seconds=repeating.LASTS) <= timedelta(seconds=1)
