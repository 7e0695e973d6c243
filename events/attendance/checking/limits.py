"""How often one may type a code from the screen.

By person, not by address: two hundred people in a room share one, and each of them types once. Thirty random bits that hold
for a minute need no more against guessing.
"""

from types import SimpleNamespace
from typing import Any, cast

from rest_framework.request import Request

from network.api.throttling import Visitors


class CheckingIn(Visitors):
    """One allowance of a person for the pages and the API together."""

    scope = "check-in"

    def get_cache_key(self, request: Request, view: object) -> str:
        """By the key of the person."""
        return self.cache_format % {"scope": self.scope, "ident": f"person-{request.user.pk}"}


def seconds_to_wait(person: int) -> int:
    """0 if the person with this key may try now (and this is counted), else for how long they have to wait."""
    throttle = CheckingIn()
    request = SimpleNamespace(user=SimpleNamespace(pk=person))
    if throttle.allow_request(cast("Request", request), cast("Any", None)):
        return 0
    return max(1, int(throttle.wait() or 1))
