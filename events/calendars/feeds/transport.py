"""How a calendar travels over HTTP: conditional requests, gzip, headers. Never HTML, never a cookie.

Thunderbird and Evolution empty a calendar when they are given HTML or half a body, and keep the last good state on an
error status. So whatever goes wrong is an error status with a line of plain text.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_etags

from events.calendars.feeds.store import Content

CONTENT_TYPE = "text/calendar; charset=utf-8"
METHODS = "GET, HEAD, OPTIONS"
PUBLIC = "public, max-age=60, must-revalidate"
PRIVATE = "private, no-cache"

View = Callable[..., HttpResponse]

_QUALITY = re.compile(r"q\s*=\s*(\d(?:\.\d*)?|\.\d+)", re.IGNORECASE)


def plain(status: HTTPStatus, words: str, **headers: str) -> HttpResponse:
    """An error as a line of text. The address may hold a secret, so Django is kept from logging it."""
    response = HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return unlogged(response)


def not_found() -> HttpResponse:
    """Nothing there: the same words whatever was asked for."""
    return plain(HTTPStatus.NOT_FOUND, "There is no calendar at this address.")


def unlogged(response: HttpResponse) -> HttpResponse:
    """Keep ``django.request`` from writing the address to the log."""
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - Django's own mark
    return response


def reading_only(view: View) -> View:
    """GET and HEAD, with CSRF out of the way. Thunderbird tries PROPFIND and PUT, and goes read-only on a clean 405."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"Allow": METHODS})
        if request.method not in {"GET", "HEAD"}:
            return plain(HTTPStatus.METHOD_NOT_ALLOWED, "This calendar can only be read.", Allow=METHODS)
        response = view(request, *args, **kwargs)
        response["Content-Length"] = str(len(response.content))
        if request.method == "HEAD":
            response.content = b""
        elif response.status_code == HTTPStatus.NOT_MODIFIED:
            del response["Content-Length"]
        return response

    answer.csrf_exempt = True  # type: ignore[attr-defined]
    return answer


def accepts_gzip(request: HttpRequest) -> bool:
    """Whether Accept-Encoding allows gzip and does not prefer the plain form (RFC 9110 §12.5.3)."""
    qualities: dict[str, float] = {}
    for part in request.headers.get("Accept-Encoding", "").lower().split(","):
        coding, _semicolon, parameters = part.strip().partition(";")
        quality = _QUALITY.search(parameters)
        qualities[coding.strip()] = float(quality[1]) if quality else 1.0
    wish = qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0.0)))
    return wish > 0 and wish >= qualities.get("identity", 0.0)


def calendar(
    request: HttpRequest,
    *,
    etag: str,
    modified_at: datetime | None,
    load: Callable[[bool], Content],
    disposition: str,
    caching: str,
) -> HttpResponse:
    """304 if the client has it, else the body that ``load(zipped)`` gives, both with the headers of a calendar.

    The ETag is strong, so plain and packed form have different ones (RFC 9110 §8.8.3.3). Either of them tells that the
    client is up to date. If-None-Match beats If-Modified-Since, whose date is compared.
    """
    zipped = accepts_gzip(request)
    stamp = int(modified_at.timestamp()) if modified_at else None
    held = {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}
    ours = _tag(etag, zipped=zipped)
    known = next((tag for tag in (ours, _tag(etag, zipped=not zipped)) if tag in held), ours)
    response = get_conditional_response(request, etag=known, last_modified=stamp)
    if response is None:
        loaded = load(zipped)
        response = HttpResponse(loaded.body, content_type=CONTENT_TYPE)
        response["Content-Disposition"] = disposition
        if zipped:
            response["Content-Encoding"] = "gzip"
        ours, modified_at = _tag(loaded.etag, zipped=zipped), loaded.modified_at
    else:
        ours = known
        del response["Content-Type"]
    response["ETag"] = ours
    if modified_at:
        response["Last-Modified"] = http_date(modified_at.timestamp())
    response["Cache-Control"] = caching
    response["Vary"] = "Accept-Encoding"
    return unlogged(response)


def digest(body: bytes) -> str:
    """What an ETag is made of."""
    return hashlib.sha256(body).hexdigest()


def _tag(etag: str, *, zipped: bool) -> str:
    return f'"{etag}-gzip"' if zipped else f'"{etag}"'
