"""How often one address may ask whether a number is genuine, and how many names may be tried on one certificate."""

from types import SimpleNamespace
from typing import Any, cast

from django.http import HttpRequest
from rest_framework.request import Request

from events.certificates.numbers import parse
from network.api.throttling import Visitors


class Verifying(Visitors):
    """One allowance for the page and the API together, by address, whoever is signed in."""

    scope = "verify"

    def get_cache_key(self, request: Request, view: object) -> str:
        """By the address the request came from, seen through the proxies that the settings name."""
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class Comparing(Visitors):
    """One allowance for each certificate, whoever asks: a list of all surnames is not to be tried from many addresses."""

    scope = "verify-name"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """By the number, however it is written. What can be none is not counted: there is nothing to be found out."""
        number = parse(view.kwargs["number"])
        return self.cache_format % {"scope": self.scope, "ident": number} if number else None


def seconds_to_wait_for_a_name(number: str) -> int:
    """0 if a name may be compared with that of this certificate now (and this is counted), else for how long to wait."""
    throttle = Comparing()
    view = SimpleNamespace(kwargs={"number": number})
    if throttle.allow_request(cast("Request", None), cast("Any", view)):
        return 0
    return max(1, int(throttle.wait() or 1))


def seconds_to_wait(request: HttpRequest) -> int:
    """0 if the address of a page's request may ask now (and this is counted), else for how long it has to wait."""
    throttle = Verifying()
    # The throttle reads nothing but META, which both kinds of request have.
    if throttle.allow_request(cast("Request", request), cast("object", None)):  # type: ignore[arg-type]
        return 0
    return max(1, int(throttle.wait() or 1))


def visitor(request: HttpRequest) -> str:
    """Who has a file judged, as the allowance above knows them; one at a time."""
    return str(Verifying().get_ident(cast("Request", request)))
