"""Conditional requests (RFC 9110 §13): ETags of things that have a revision, If-Match on changes, 304 on reads."""

import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from network.errors import Invalid, Stale

# An entity-tag of RFC 9110 §8.8.3: an optional W/ and a quoted text without quotes and control characters.
ONE = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
LIST = re.compile(rf"\s*{ONE}(?:\s*,\s*{ONE})*\s*")
PARTS = re.compile(r'(W/)?"([^"]*)"')


def etag(revision: int, variant: str = "") -> str:
    """The strong ETag of a revision: ``"7"``; ``"7.ab12"`` where the same revision is shown in several variants."""
    return f'"{revision}.{variant}"' if variant else f'"{revision}"'


def expected_revision(request: Request, *, current: int) -> int | None:
    """What to hand to an action as ``revision``, from the request's If-Match.

    None if the header is absent or ``*``: change whatever is there. Otherwise ``current`` if the header names it; the
    action compares again under its lock. A variant after the revision does not matter. A weak tag never matches
    (RFC 9110 §13.1.1 asks for the strong comparison).

    Raises:
        Stale: none of the tags is the current revision.
        Invalid: the header is not a list of entity-tags.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    if any(not weak and opaque.split(".")[0] == str(current) for weak, opaque in _tags("If-Match", header)):
        return current
    raise Stale


def is_unchanged(request: Request, tag: str) -> bool:
    """Whether the client's If-None-Match names ``tag``, so that 304 is the answer (weak comparison, RFC 9110 §13.1.2)."""
    header = request.headers.get("If-None-Match")
    if header is None:
        return False
    if header.strip() == "*":
        return True
    try:
        return any(f'"{opaque}"' == tag for _weak, opaque in _tags("If-None-Match", header))
    except Invalid:
        return False  # a header that makes no sense saves nothing; the answer is given in full


def answer(request: Request, tag: str, data: Any, *, status: int = 200) -> Response:
    """The response with its ETag; 304 without a body where a GET already has it.

    ``data`` may be a callable, which is then called only when the body is needed.
    """
    if request.method in {"GET", "HEAD"} and is_unchanged(request, tag):
        response = Response(status=304)
    else:
        response = Response(data() if callable(data) else data, status=status)
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


def _tags(name: str, header: str) -> list[tuple[str, str]]:
    """The entity-tags of a header as pairs of ``W/`` (or nothing) and the text between the quotes."""
    if not LIST.fullmatch(header):
        raise Invalid({name: [_('Use the ETag as it was sent, with its quotes: "7".')]})
    return PARTS.findall(header)
