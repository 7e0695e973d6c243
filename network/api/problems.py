"""Errors as problem details (RFC 9457): one shape for everything that goes wrong under ``/api/``."""

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.signals import got_request_exception
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connections
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response

from network.errors import Busy, Invalid, NotAllowed, Problem, Refused, Stale, type_of_message

logger = logging.getLogger("django.request")

MEDIA_TYPE = "application/problem+json"
CHALLENGE = 'Bearer realm="api"'
BUSY_RETRY_SECONDS = 2

# What the REST framework and Django raise themselves: status, our stable code, and the title of that type of problem.
TITLES: dict[str, tuple[int, type_of_message]] = {
    "malformed": (400, _("The request could not be read.")),
    "invalid": (400, Invalid.message),
    "idempotency_key_invalid": (400, _("The Idempotency-Key is not valid.")),
    "not_signed_in": (401, _("You are not signed in.")),
    "token_not_accepted": (401, _("This token is not accepted.")),
    "not_allowed": (403, NotAllowed.message),
    "token_may_only_read": (403, _("This token may only read.")),
    "not_found": (404, _("There is nothing here that you may see.")),
    "method_not_allowed": (405, _("This cannot be done with that here.")),
    "not_acceptable": (406, _("This is not available in the format asked for.")),
    "conflict": (409, _("This collides with something that was saved at the same moment.")),
    "idempotency_key_in_use": (409, _("A request with this Idempotency-Key is running.")),
    "idempotency_answer_not_kept": (409, _("This was done, but its answer was not kept.")),
    "too_large": (413, _("The request is too large.")),
    "unsupported_media_type": (415, _("The request is in a format that is not understood here.")),
    "idempotency_key_reused": (422, _("This Idempotency-Key was used for another request.")),
    "too_many_requests": (429, _("Too many requests.")),
    "internal_error": (500, _("Something went wrong on our side.")),
    "busy": (503, _("The calendar is busy.")),
}


class ProblemResponse(Response):
    """A problem. It is JSON whatever was asked for: a client that got an error must be able to read it."""

    def __init__(self, data: dict[str, Any], status: int, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(data, status=status, headers=dict(headers or {}))
        self["Cache-Control"] = "no-store"

    @property
    def rendered_content(self) -> bytes:  # type: ignore[override]
        """The problem as UTF-8 JSON."""
        self["Content-Type"] = MEDIA_TYPE
        return as_json(self.data)


def as_json(data: Any) -> bytes:
    """Compact JSON; lazy translations become text."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def describe(
    code: str,
    *,
    status: int | None = None,
    title: type_of_message | None = None,
    detail: type_of_message | None = None,
    errors: Mapping[str, Sequence[Any]] | None = None,
) -> dict[str, Any]:
    """The members of a problem: ``type`` and ``code`` are stable, ``title`` belongs to the type, ``detail`` to the case."""
    known_status, known_title = TITLES.get(code, (status or 400, ""))
    status = status or known_status
    title = str(title or known_title or HTTPStatus(status).phrase)
    problem: dict[str, Any] = {
        "type": f"{settings.SITE_URL}/problems/{code}",
        "title": title,
        "status": status,
        "detail": str(detail or title),
        "code": code,
    }
    if errors is not None:
        problem["errors"] = {path: [str(message) for message in messages] for path, messages in errors.items()}
    return problem


def catalogue() -> dict[str, tuple[int, str]]:
    """Status and title of every problem that the API can answer, by code: what its ``type`` leads to (RFC 9457 §3.1.1)."""
    known = {code: (status, str(title)) for code, (status, title) in TITLES.items()}
    kinds: list[type[Problem]] = [NotAllowed, Refused, Busy, Invalid]
    while kinds:
        kind = kinds.pop(0)
        known.setdefault(kind.code, (status_of(kind), str(kind.message)))
        kinds += kind.__subclasses__()
    return known


def answer(exc: Exception, context: dict[str, Any]) -> Response:
    """The REST framework's exception handler: any exception becomes a problem, none shows what is inside."""
    _undo_writes()
    request = context.get("request")
    if isinstance(exc, Problem):
        return _of_the_house(exc, request)
    if isinstance(exc, DjangoValidationError):
        return _respond("invalid", errors=_flatten(_plain(exc)))
    if isinstance(exc, Http404):
        return _respond("not_found")
    if isinstance(exc, PermissionDenied):
        return _respond("not_allowed", detail=str(exc) or None)
    if isinstance(exc, exceptions.APIException):
        return _of_the_framework(exc)
    return _unexpected(exc, request)


@csrf_exempt  # there is nothing to forge, and a missing form token is not what is wrong
def nothing_here(request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
    """What an address under ``/api/`` that no endpoint has answers, for any method."""
    detail = None
    if not request.path.endswith("/"):
        detail = _("No endpoint has this address. Addresses of this API end with “/”.")
    return plainly("not_found", detail=detail)


def plainly(code: str, *, detail: type_of_message | None = None) -> HttpResponse:
    """A problem as a response that is no work of the REST framework."""
    problem = describe(code, detail=detail)
    return HttpResponse(as_json(problem), status=problem["status"], content_type=MEDIA_TYPE)


def status_of(problem: Problem | type[Problem]) -> int:
    """The HTTP status that says what kind of problem it is."""
    kind = problem if isinstance(problem, type) else type(problem)
    if issubclass(kind, NotAllowed):
        return 403
    if issubclass(kind, Refused):
        return 412 if issubclass(kind, Stale) else 409
    return 503 if issubclass(kind, Busy) else 400


def _of_the_house(exc: Problem, request: Any) -> Response:
    """Our own errors. Who is not signed in is asked to sign in before being told that they may not."""
    if isinstance(exc, NotAllowed) and exc.code == NotAllowed.code and not _is_signed_in(request):
        return _respond("not_signed_in", detail=_how_to_sign_in(), headers={"WWW-Authenticate": CHALLENGE})
    errors = exc.errors if isinstance(exc, Invalid) else None
    headers = {"Retry-After": str(exc.retry_after)} if isinstance(exc, Busy) else None
    title, detail = type(exc).message, exc.message
    return _respond(exc.code, status=status_of(exc), title=title, detail=detail, errors=errors, headers=headers)


def _of_the_framework(exc: exceptions.APIException) -> Response:
    """Errors of the REST framework, in our codes."""
    headers: dict[str, str] = {}
    if isinstance(exc, exceptions.ValidationError):
        return _respond("invalid", errors=_flatten(exc.detail))
    code = str(exc.get_codes()) if isinstance(exc.detail, str) else exc.default_code
    detail: Any = exc.detail if isinstance(exc.detail, str) else None
    if exc.status_code == HTTPStatus.UNAUTHORIZED or isinstance(
        exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed
    ):
        known = "token_not_accepted" if isinstance(exc, exceptions.AuthenticationFailed) else "not_signed_in"
        if known == "not_signed_in":
            detail = _how_to_sign_in()
        # The framework turns 401 into 403 where no challenge is known; we always have one.
        return _respond(known, detail=detail, headers={"WWW-Authenticate": CHALLENGE})
    if isinstance(exc, exceptions.Throttled):
        wait = max(int(getattr(exc, "wait", None) or 1), 1)
        detail = _("Wait %(seconds)d seconds, then go on.") % {"seconds": wait}
        return _respond("too_many_requests", detail=detail, headers={"Retry-After": str(wait)})
    if isinstance(exc, exceptions.NotFound) and code == "not_found":
        return _respond("not_found")
    if isinstance(exc, exceptions.UnsupportedMediaType):
        detail = _("Send JSON, with the header Content-Type: application/json.")
    ours = {"parse_error": "malformed", "permission_denied": "not_allowed"}.get(code, code)
    return _respond(ours, status=exc.status_code, detail=detail, headers=headers)


def _unexpected(exc: Exception, request: Any) -> Response:
    """What no action foresaw: logged with its traceback, told without internals."""
    if isinstance(exc, IntegrityError | ProtectedError | RestrictedError):
        logger.warning("A constraint refused what no action checks: %s", _where(request), exc_info=exc)
        return _respond("conflict", detail=_("Nothing was saved. Read the present state and try again."))
    if isinstance(exc, DataError):
        logger.warning("The database could not take a value: %s", _where(request), exc_info=exc)
        return _respond("malformed", detail=_("A value is too large or holds characters that cannot be stored."))
    if isinstance(exc, OperationalError | InterfaceError):
        logger.error("The database did not answer: %s", _where(request), exc_info=exc)
        headers = {"Retry-After": str(BUSY_RETRY_SECONDS)}
        return _respond("busy", detail=_("Nothing was saved. Try again in a moment."), headers=headers)
    logger.error("Internal error: %s", _where(request), exc_info=exc)
    # What Django does for its own 500s; the test client raises the exception again because of it.
    got_request_exception.send(sender=None, request=getattr(request, "_request", request))
    return _respond("internal_error", detail=_("It has been noted. If it happens again, tell the secretariat."))


def _respond(
    code: str,
    *,
    status: int | None = None,
    title: type_of_message | None = None,
    detail: type_of_message | None = None,
    errors: Mapping[str, Sequence[Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    problem = describe(code, status=status, title=title, detail=detail, errors=errors)
    return ProblemResponse(problem, status=problem["status"], headers=headers)


def _flatten(detail: Any, path: str = "") -> dict[str, list[Any]]:
    """Nested messages of serializers as one map from path (``sessions.0.starts_at``) to messages."""
    if isinstance(detail, Mapping):
        found: dict[str, list[Any]] = {}
        for key, value in detail.items():
            name = "" if key in {"non_field_errors", "__all__"} else str(key)
            for deeper, messages in _flatten(value, ".".join(part for part in (path, name) if part)).items():
                found.setdefault(deeper, []).extend(messages)
        return found
    if isinstance(detail, list | tuple):
        plain = [item for item in detail if not isinstance(item, Mapping | list | tuple)]
        found = {path: plain} if plain else {}
        for index, item in enumerate(detail):
            if isinstance(item, Mapping | list | tuple) and item:
                for deeper, messages in _flatten(item, ".".join(part for part in (path, str(index)) if part)).items():
                    found.setdefault(deeper, []).extend(messages)
        return found
    return {path: [detail]}


def _plain(exc: DjangoValidationError) -> Any:
    return exc.message_dict if hasattr(exc, "error_dict") else exc.messages


def _is_signed_in(request: Any) -> bool:
    user = getattr(request, "user", None)
    return bool(user and user.is_authenticated)


def _how_to_sign_in() -> str:
    return str(_("Send a personal access token: Authorization: Bearer <token>. You make one under “My tokens”."))


def _where(request: Any) -> str:
    return f"{getattr(request, 'method', '?')} {getattr(request, 'path', '?')}"


def _undo_writes() -> None:
    """Roll back where a whole request is one transaction (ATOMIC_REQUESTS), as the framework's own handler does."""
    for connection in connections.all(initialized_only=True):
        if connection.settings_dict["ATOMIC_REQUESTS"] and connection.in_atomic_block:
            connection.set_rollback(True)


__all__ = ["MEDIA_TYPE", "ProblemResponse", "answer", "describe", "nothing_here", "status_of"]
