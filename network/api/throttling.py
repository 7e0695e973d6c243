"""How often one may ask. The rates are in the settings; too many requests are answered with 429 and Retry-After."""

from ipaddress import IPv6Address, IPv6Network, ip_address
from types import SimpleNamespace
from typing import Any, cast

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import AnonRateThrottle, ScopedRateThrottle, UserRateThrottle

#: A household or an office has so many bits of an IPv6 address for itself, and 2⁶⁴ addresses with them (RFC 6177).
OF_A_HOUSE = 64


class _ByHouse:
    """An address of IPv6 counts with its neighbours: whoever has one has as many as they like."""

    def get_ident(self, request: Request) -> str:
        """The address the request came from, seen through the proxies that the settings name; of IPv6 its network."""
        said = str(super().get_ident(request))  # type: ignore[misc]
        try:
            address = ip_address(said)
        except ValueError:
            return said
        if not isinstance(address, IPv6Address):
            return said
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Network((int(address), OF_A_HOUSE), strict=False))


class Visitors(_ByHouse, AnonRateThrottle):
    """Visitors without an account, by address."""

    scope = "visitors"

    def get_rate(self) -> Any:
        """The rate as the settings say now."""
        return api_settings.DEFAULT_THROTTLE_RATES.get(str(self.scope))


class People(_ByHouse, UserRateThrottle):
    """People with an account, over all their tokens."""

    scope = "people"

    def get_rate(self) -> Any:
        """The rate as the settings say now."""
        return api_settings.DEFAULT_THROTTLE_RATES.get(str(self.scope))


class ByEndpoint(_ByHouse, ScopedRateThrottle):
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
