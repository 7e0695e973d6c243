"""``Idempotency-Key`` on every POST of the API: what is sent twice is done once, and answered twice alike.

The header is that of draft-ietf-httpapi-idempotency-key-header. What holds, whatever dies, and whenever:

- A key is claimed in a short transaction of its own, for as long as its lease runs. Whoever repeats the request meanwhile
  is told so (409). A worker that was killed lets the lease run out; then one newcomer takes the claim over.
- The endpoint runs in one transaction with the writing of its answer: the answer is kept if, and only if, its change is.
  A worker that was too slow, and whose claim was taken over, finds no claim to write its answer to: its change is undone.
- A refusal (4xx) is an answer too. Only those that pass, or that no endpoint has looked at, leave the key free.
- An error of ours (5xx) undoes all that the request wrote, and frees the key.
- An answer that cannot be kept (a stream, or too large) is not given again, but what was done is not done again either.

Answers can hold what is shown once, such as a new token. So they are sealed: only who knows the key can read them again.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig
from django.db import Error, IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from network.api.problems import ProblemResponse, answer, describe
from network.middleware import IDEMPOTENCY_KEY
from network.models import AccessToken, IdempotentRequest

Handler = Callable[[HttpRequest], HttpResponseBase]

REPLAYED = "Idempotency-Replayed"

#: How long a request may run before its worker counts as dead.
LEASE = timedelta(seconds=60)

#: The largest answer that is kept, in bytes.
MOST_KEPT = 1024 * 1024

#: How often a claim is tried while others claim and free the same key.
ATTEMPTS = 5

#: Refused before the endpoint looked at it, or only for now (401, 429). Nothing is remembered: the key stays free.
NOT_REMEMBERED = {401, 405, 406, 413, 415, 429}

#: 1 to 255 visible characters of ASCII; or those as a string of RFC 9651 §3.3.3, in quotes.
BARE = re.compile(r"[\x21-\x7e]{1,255}")
QUOTED = re.compile(r'"((?:[\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')


class Reused(Exception):
    """The key belongs to another request."""


class InUse(Exception):
    """A request with this key is running. ``seconds``: when to ask again."""

    def __init__(self, seconds: int = 1) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True)
class Keyed:
    """A request with a key: who asks, by which key, what; and the secret that seals the answer. All are keyed hashes."""

    caller: str
    key: str
    fingerprint: str
    secret: bytes


class Once:
    """Answers a POST of the API that has a key, from memory if it is repeated. See network.middleware.Idempotency."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Do it once."""
        key = read_key(request.META[IDEMPOTENCY_KEY])
        if key is None:
            detail = _("A key is 1 to 255 visible ASCII characters, such as a UUID; it may stand in quotes.")
            return _problem("idempotency_key_invalid", detail)
        try:
            request.body  # noqa: B018 - read here, it can be read again by the endpoint
        except RequestDataTooBig:
            return _problem("too_large", _("Send less at once."))
        try:
            return self._once(request, key)
        except APIException:
            return self.get_response(request)  # not signed in as it should be: the endpoint says how
        except Error as error:
            return answer(error, {"request": request}).render()

    def _once(self, request: HttpRequest, key: str) -> HttpResponseBase:
        """The answer of the first request with this key: that of this one if it is the first."""
        person, scope = who_asks(request)
        keyed = _keyed(request, person, scope, key)
        try:
            row = claim(keyed)
        except Reused:
            detail = _("This key was sent with another request. Make a new key for each request; repeat one only unchanged.")
            response: HttpResponseBase = _problem("idempotency_key_reused", detail)
        except InUse as running:
            response = _in_use(running.seconds)
        else:
            if row.status is None:
                return self._run(request, row, keyed)
            response = replay(row, keyed)
        return _too_often(request, person) or response

    def _run(self, request: HttpRequest, row: IdempotentRequest, keyed: Keyed) -> HttpResponseBase:
        """Let the endpoint answer, and keep what it says."""
        response, is_saved = None, False
        try:
            with transaction.atomic():
                response = self.get_response(request)
                if response.status_code >= 500:
                    transaction.set_rollback(True)
                else:
                    _remember(request, response, row, keyed)
                    is_saved = True
        except InUse as running:
            return _in_use(running.seconds)
        except Error as error:  # the transaction could not be saved: often because of a constraint that is looked at last
            is_saved = False
            if response is None or response.status_code < 400:
                response = answer(error, {"request": request}).render()
        if not is_saved:
            with suppress(Error):  # if the database is away, the end of the lease frees the key
                free(row)
        return response


# --- What is asked ---------------------------------------------------------------------------------------------------


def read_key(header: str) -> str | None:
    """The key in the header's value, with or without quotes; None if it is none."""
    text = header.strip(" \t")
    if text.startswith('"'):
        quoted = QUOTED.fullmatch(text)
        text = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else ""
    return text if BARE.fullmatch(text) else None


def who_asks(request: HttpRequest) -> tuple[Any, str]:
    """The person (or AnonymousUser), and what their credential opens.

    It is checked as endpoints check it, so that a token that was revoked since gets nothing. Raises APIException.
    """
    asked = Request(request, authenticators=APIView().get_authenticators())
    for way in asked.authenticators or ():
        found = way.authenticate(asked)
        if found is not None:
            person, credential = found
            return person, str(credential.scope if isinstance(credential, AccessToken) else AccessToken.Scope.WRITE)
    return AnonymousUser(), ""


def _keyed(request: HttpRequest, person: Any, scope: str, key: str) -> Keyed:
    """The request by its hashes. They are keyed with SECRET_KEY: addresses and short keys could be guessed otherwise."""
    if person.is_authenticated:
        # A token that may only read never gets the answer that one that may write got.
        caller = _digest("person", str(person.pk), scope)
    else:
        address = str(BaseThrottle().get_ident(Request(request)))  # knows our proxies
        caller = _digest("address", address, request.headers.get("Authorization", ""))
    asked = (request.get_full_path(), request.META.get("CONTENT_TYPE", ""), request.headers.get("If-Match", ""))
    return Keyed(
        caller=caller.hex(),
        key=_digest("key", key).hex(),
        fingerprint=_digest("request", str(request.method), *asked, request.body).hex(),
        secret=_digest("seal", caller, key),
    )


def _digest(purpose: str, *parts: str | bytes) -> bytes:
    """HMAC-SHA-256 of the parts; each is preceded by its length, so that no two lists of parts are alike."""
    raw = [part.encode(errors="surrogateescape") if isinstance(part, str) else part for part in parts]
    text = b"".join(len(part).to_bytes(8) + part for part in raw)
    return salted_hmac(f"network.api.idempotency.{purpose}", text, algorithm="sha256").digest()


# --- The claim -------------------------------------------------------------------------------------------------------


def claim(keyed: Keyed) -> IdempotentRequest:
    """The row of this key: with the answer of the first request, or without (``status`` is None) if it is for us to run.

    Raises:
        Reused: the first request was another.
        InUse: the first request is running.
    """
    rows = IdempotentRequest.objects.filter(caller=keyed.caller, key=keyed.key)
    for _attempt in range(ATTEMPTS):
        now = timezone.now()
        # We look before we write: on SQLite, a write would wait for the end of the first request.
        row = rows.first()
        if row is None:
            with suppress(IntegrityError), transaction.atomic():
                return IdempotentRequest.objects.create(
                    caller=keyed.caller, key=keyed.key, fingerprint=keyed.fingerprint, lease_until=now + LEASE
                )
            continue  # somebody claimed it since we looked
        if row.fingerprint != keyed.fingerprint:
            raise Reused
        if row.status is not None:
            return row
        if row.lease_until > now:
            raise InUse(_seconds_to_wait(row.lease_until - now))
        if _own(row).update(lease_until=now + LEASE, created_at=now):
            row.lease_until = now + LEASE
            return row
    raise InUse


def _own(row: IdempotentRequest) -> Any:
    """The row, as long as nobody took the claim over or answered it: every claim has a lease of its own."""
    return IdempotentRequest.objects.filter(pk=row.pk, lease_until=row.lease_until, status=None)


def _seconds_to_wait(left: timedelta) -> int:
    """As long again as the first request has been running; at most until its lease ends."""
    running = LEASE - left
    return max(1, min(int(running.total_seconds()), int(left.total_seconds()) + 1))


def _remember(request: HttpRequest, response: HttpResponseBase, row: IdempotentRequest, keyed: Keyed) -> None:
    """Keep the answer, in the endpoint's transaction; or free the key, if asking again may end otherwise."""
    has_endpoint = request.resolver_match is not None and request.resolver_match.url_name != "api-nothing"
    is_looked_at = has_endpoint and response.status_code not in NOT_REMEMBERED and _whole(response) is not None
    if response.status_code < 400 or is_looked_at:
        keep(row, response, keyed)
    else:
        free(row)


def keep(row: IdempotentRequest, response: HttpResponseBase, keyed: Keyed) -> None:
    """Write the answer into the row. Raises InUse: the claim was taken over, so it is not ours to answer."""
    # A replay is in the language of the first answer, whoever reads it.
    headers = {"Content-Language": str(get_language()), **response.headers}
    body = "" if (content := _whole(response)) is None else _seal(content, keyed.secret)
    if not _own(row).update(status=response.status_code, headers=headers, body=body):
        raise InUse


def free(row: IdempotentRequest) -> None:
    """Forget the claim: who asks next is the first."""
    _own(row).delete()


# --- Answers ---------------------------------------------------------------------------------------------------------


def replay(row: IdempotentRequest, keyed: Keyed) -> HttpResponse:
    """The kept answer; where it could not be kept, a problem that says so."""
    if not row.body:
        detail = _("It was done, and is not done again. Read the present state instead.")
        return _problem("idempotency_answer_not_kept", detail)
    response = HttpResponse(_open(row.body, keyed.secret), status=row.status, headers=row.headers)
    if "Content-Type" not in row.headers:
        del response["Content-Type"]
    response[REPLAYED] = "true"
    return response


def _whole(response: HttpResponseBase) -> bytes | None:
    """The body, if it can be kept: if it is no stream, and not too large."""
    return response.content if isinstance(response, HttpResponse) and len(response.content) <= MOST_KEPT else None


def _in_use(seconds: int) -> HttpResponse:
    detail = _("A request with this key is being worked on. Repeat it in %(seconds)d s to get its answer.")
    return _problem("idempotency_key_in_use", detail % {"seconds": seconds}, {"Retry-After": str(seconds)})


def _too_often(request: HttpRequest, person: Any) -> HttpResponse | None:
    """Count an answer that no endpoint gave against the caller's allowance; 429 if that is spent."""
    asked = Request(request)
    asked.user = person
    for throttle in APIView().get_throttles():
        if not throttle.allow_request(asked, APIView()):
            return answer(Throttled(throttle.wait()), {"request": request}).render()
    return None


def _problem(code: str, detail: str, headers: dict[str, str] | None = None) -> HttpResponse:
    problem = describe(code, detail=detail)
    return ProblemResponse(problem, status=problem["status"], headers=headers).render()


def _seal(body: bytes, secret: bytes) -> str:
    """The body, unreadable in the table and its backups: XOR with SHAKE-256 (FIPS 202) of the secret and a random start."""
    start = secrets.token_bytes(16)
    return base64.b64encode(start + _xor(body, secret + start)).decode()


def _open(sealed: str, secret: bytes) -> bytes:
    raw = base64.b64decode(sealed)
    return _xor(raw[16:], secret + raw[:16])


def _xor(text: bytes, seed: bytes) -> bytes:
    stream = hashlib.shake_256(seed).digest(len(text))
    return (int.from_bytes(text) ^ int.from_bytes(stream)).to_bytes(len(text))
