"""How often one may ask."""

from rest_framework.throttling import AnonRateThrottle, UserRateThrottle


class Visitors(AnonRateThrottle):
    """Visitors without an account, by address."""

    scope = "visitors"


class People(UserRateThrottle):
    """People with an account."""

    scope = "people"
