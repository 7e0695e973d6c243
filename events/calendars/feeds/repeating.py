"""Repeats the answer of a public feed for a second, before Django is asked at all.

A public feed is the same for everybody, and programs ask for it in crowds. What Django answered is kept in the process and
given again until ``LASTS`` is over; then Django is asked whether it still holds, which costs one look-up. So every web process
shows a change after a second at the latest, and nobody has to tell them of it.

It answers what ``transport.calendar`` would answer, to the byte; whatever is not a plain question is handed on.
"""

import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NamedTuple

from django.utils.http import parse_http_date_safe

from events.calendars.feeds import transport

LASTS = 1.0  # seconds
MOST = 24 * 2**20  # octets of bodies that a process keeps

Headers = list[tuple[str, str]]
Environment = dict[str, Any]
Start = Callable[[str, Headers], Any]
Application = Callable[[Environment, Any], Iterable[bytes]]

# Of one part: a secret address has two. So nothing of a person is ever kept here.
_PUBLIC = re.compile(r"/calendars/[a-z0-9-]+(?:\.[a-z]{2})?\.(?:ics|json|atom)")
# Conditions that are about writing, or ask for a part: none of a calendar program's.
_UNUSUAL = ("HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE", "HTTP_RANGE")
_CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")


class _Answer(NamedTuple):
    """What Django said."""

    status: str
    headers: Headers
    body: bytes


@dataclass
class _Kept:
    """An answer that may be repeated."""

    answer: _Answer
    tag: str
    modified_at: int | None  # seconds since 1970
    until: float  # on the monotonic clock

    def tag_held(self, environment: Environment) -> str | None:
        """The tag of what the client has, if that is what we have; RFC 9110 §13.2.2: If-None-Match beats If-Modified-Since."""
        held = environment.get("HTTP_IF_NONE_MATCH")
        if held is not None:
            return self.tag if held == self.tag else transport.tag_among(held, self.tag)
        since = environment.get("HTTP_IF_MODIFIED_SINCE")
        if since is None or self.modified_at is None:
            return None
        moment = parse_http_date_safe(since)
        return self.tag if moment is not None and moment >= self.modified_at else None


class Repeating:
    """A WSGI application around Django's."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._kept: dict[tuple[str, bool, str], _Kept] = {}
        self._lock = threading.Lock()

    def __call__(self, environment: Environment, start: Start) -> Iterable[bytes]:
        """Repeat, or hand on."""
        key = _key(environment)
        if key is None:
            return self._application(environment, start)
        kept = self._kept.get(key)
        if kept is None or kept.until < time.monotonic():
            answer = self._ask(environment, kept)
            kept = self._keep(key, answer, kept)
            if kept is None:
                start(answer.status, answer.headers)
                return [answer.body]
        held = kept.tag_held(environment)
        if held is None:
            start(kept.answer.status, kept.answer.headers)
            return [kept.answer.body]
        headers = [(name, value) for name, value in kept.answer.headers if not name.startswith("Content-") and name != "ETag"]
        start(f"{HTTPStatus.NOT_MODIFIED} {HTTPStatus.NOT_MODIFIED.phrase}", [*headers, ("ETag", held)])
        return []

    def _ask(self, environment: Environment, kept: _Kept | None) -> _Answer:
        """Django's answer, whatever the client has; 304 where what we have still holds."""
        asked = {name: value for name, value in environment.items() if name not in _CONDITIONS}
        if kept is not None:
            asked["HTTP_IF_NONE_MATCH"] = kept.tag
        said: list[tuple[str, Headers]] = []

        def listen(status: str, headers: Headers, _error: object = None) -> None:
            said.append((status, headers))

        parts = self._application(asked, listen)
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()  # Django's request ends here
        status, headers = said[-1]
        return _Answer(status, headers, body)

    def _keep(self, key: tuple[str, bool, str], answer: _Answer, kept: _Kept | None) -> _Kept | None:
        """What may be repeated now; None if this answer is for this one request only."""
        until = time.monotonic() + LASTS
        headers = dict(answer.headers)
        if kept is not None and answer.status.startswith("304") and headers.get("ETag") == kept.tag:
            kept.until = until
            return kept
        if not answer.status.startswith("200") or headers.get("Cache-Control") != transport.PUBLIC:
            with self._lock:
                self._kept.pop(key, None)
            return None
        modified = headers.get("Last-Modified")
        fresh = _Kept(answer, headers["ETag"], parse_http_date_safe(modified) if modified else None, until)
        with self._lock:
            self._kept.pop(key, None)
            self._make_room(len(answer.body))
            if len(answer.body) <= MOST:
                self._kept[key] = fresh
        return fresh

    def _make_room(self, octets: int) -> None:
        """Forget the answers that were kept first, until there is room."""
        used = sum(len(kept.answer.body) for kept in self._kept.values())
        for key in list(self._kept):
            if used + octets <= MOST:
                return
            used -= len(self._kept.pop(key).answer.body)


def _key(environment: Environment) -> tuple[str, bool, str] | None:
    """What an answer depends on: the address, the form asked for, and whether it is to be redirected to HTTPS."""
    path = environment["PATH_INFO"]
    if not path.startswith("/calendars/") or environment["REQUEST_METHOD"] != "GET" or not _PUBLIC.fullmatch(path):
        return None
    scheme = environment.get("HTTP_X_FORWARDED_PROTO") or environment["wsgi.url_scheme"]
    if scheme not in {"http", "https"} or environment.get("QUERY_STRING") or any(name in environment for name in _UNUSUAL):
        return None
    return path, transport.accepts_gzip(environment.get("HTTP_ACCEPT_ENCODING", "")), scheme
