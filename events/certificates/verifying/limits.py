"""How often one address may ask whether a number is genuine."""

from typing import cast

from django.http import HttpRequest
from rest_framework.request import Request

from network.api.throttling import Visitors


class Verifying(Visitors):
    """One allowance for the page and the API together, by address, whoever is signed in."""

    scope = "verify"

    def get_cache_key(self, request: Request, view: object) -> str:
        """By the address the request came from, seen through the proxies that the settings name."""
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


def seconds_to_wait(request: HttpRequest) -> int:
    """0 if the address of a page's request may ask now (and this is counted), else for how long it has to wait."""
    throttle = Verifying()
    # The throttle reads nothing but META, which both kinds of request have.
    if throttle.allow_request(cast("Request", request), cast("object", None)):  # type: ignore[arg-type]
        return 0
    return max(1, int(throttle.wait() or 1))
