"""How often one may ask. The rates are in the settings; too many requests are answered with 429 and Retry-After."""

from types import SimpleNamespace
from typing import Any, cast

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import AnonRateThrottle, ScopedRateThrottle, UserRateThrottle


class Visitors(AnonRateThrottle):
    """Visitors without an account, by address."""

    scope = "visitors"

    def get_rate(self) -> Any:
        """The rate as the settings say now."""
        return api_settings.DEFAULT_THROTTLE_RATES.get(str(self.scope))


class People(UserRateThrottle):
    """People with an account, over all their tokens."""

    scope = "people"

    def get_rate(self) -> Any:
        """The rate as the settings say now."""
        return api_settings.DEFAULT_THROTTLE_RATES.get(str(self.scope))


class ByEndpoint(ScopedRateThrottle):
    """An endpoint's own, lower rate: it sets ``throttle_scope`` and takes this in its ``throttle_classes``."""

    def get_rate(self) -> Any:
        """The rate as the settings say now."""
        return api_settings.DEFAULT_THROTTLE_RATES.get(str(self.scope))


def seconds_to_wait(request: HttpRequest, scope: str) -> int:
    """0 if a page's request may do what an endpoint of this scope does (and this is counted), else for how long it has to wait.

    Page and endpoint share one allowance.
    """
    throttle = ByEndpoint()
    # The throttle reads nothing but META and user, which both kinds of request have.
    if throttle.allow_request(cast("Request", request), cast("Any", SimpleNamespace(throttle_scope=scope))):
        return 0
    return max(1, int(throttle.wait() or 1))
