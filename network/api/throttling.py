"""How often one may ask. The rates are in the settings; too many requests are answered with 429 and Retry-After."""

from typing import Any

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
