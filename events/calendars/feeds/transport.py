"""How a calendar travels over HTTP: conditional requests, gzip, headers. Never HTML, never a cookie.

Thunderbird and Evolution empty a calendar when they are given HTML or half a body, and keep the last good state on an
error status. So whatever goes wrong is an error status with a line of plain text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_etags

from events.calendars.feeds.store import Content, Stored

CONTENT_TYPE = "text/calendar; charset=utf-8"
METHODS = "GET, HEAD, OPTIONS"
# A cache in front may answer for a minute by itself, and for a day while we do not.
PUBLIC = "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400"
PRIVATE = "private, no-cache"

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Form:
    """A shape in which a feed is read: how its addresses end, what it is, and how it comes of the stored calendar."""

    ending: str
    content_type: str
    of: Callable[[Stored], Stored] = lambda calendar: calendar


CALENDAR = Form("ics", CONTENT_TYPE)

_ZIPPED = '-gzip"'  # how the tag of a packed form ends
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


@lru_cache(maxsize=256)
def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding allows gzip and does not prefer the plain form (RFC 9110 §12.5.3)."""
    qualities: dict[str, float] = {}
    for part in header.lower().split(","):
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
    caching: str,
    form: Form = CALENDAR,
    disposition: str = "",
) -> HttpResponse:
    """304 if the client has it, else the body that ``load(zipped)`` gives, both with the headers of a calendar.

    The ETag is strong, so plain and packed form have different ones (RFC 9110 §8.8.3.3). Either of them tells that the
    client is up to date. If-None-Match beats If-Modified-Since, whose date is compared.
    """
    zipped = accepts_gzip(request.headers.get("Accept-Encoding", ""))
    stamp = int(modified_at.timestamp()) if modified_at else None
    ours = _tag(etag, zipped=zipped)
    known = tag_among(request.headers.get("If-None-Match", ""), ours) or ours
    response = get_conditional_response(request, etag=known, last_modified=stamp)
    if response is None:
        loaded = load(zipped)
        response = HttpResponse(loaded.body, content_type=form.content_type)
        if disposition:
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


def tag_among(held: str, ours: str) -> str | None:
    """The tag in an If-None-Match that says the client is up to date: ours, or that of the other form. Else None.

    "*" is ours (RFC 9110 §13.1.2).
    """
    tags = {tag.removeprefix("W/") for tag in parse_etags(held)}
    other = f'{ours[: -len(_ZIPPED)]}"' if ours.endswith(_ZIPPED) else f"{ours[:-1]}{_ZIPPED}"
    return ours if ours in tags or "*" in tags else other if other in tags else None


def _tag(etag: str, *, zipped: bool) -> str:
    return f'"{etag}' + (_ZIPPED if zipped else '"')
