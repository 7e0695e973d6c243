"""What an action says when it cannot do what was asked. Pages and the API turn these into words and problem details."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type_of_message = str | Promise
Errors = Mapping[str, Sequence[Any]]


class Problem(Exception):
    """Something that a person can understand went wrong. ``code`` is stable; ``message`` is for the reader.

    Wings derive their own from those below, with a code and a message of their own.
    """

    code = "problem"
    message: type_of_message = _("This did not work.")

    def __init__(self, message: type_of_message | None = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(str(self.message))


class NotAllowed(Problem):
    """The person may not do this (HTTP 403)."""

    code = "not_allowed"
    message = _("You may not do this.")


class Refused(Problem):
    """The request is well-formed, but the state of things does not allow it (HTTP 409)."""

    code = "refused"


class Busy(Problem):
    """It could be done, but not now: others are being served (HTTP 503). ``retry_after``: after how many seconds to ask."""

    code = "busy_now"
    message = _("Others are being served just now. Try again in a few seconds.")
    retry_after = 5


class Stale(Refused):
    """Somebody else changed it since the caller read it (HTTP 412)."""

    code = "stale"
    message = _("Somebody else changed this in the meantime. Read it again, then repeat your change.")


class WrongState(Refused):
    """The state of an event or a registration does not allow this, for example publishing what was cancelled."""

    code = "wrong_state"
    message = _("Its state does not allow this.")


class Invalid(Problem):
    """The input is wrong (HTTP 400). ``errors`` maps a field's path to its messages.

    Paths are field names, with ``sessions.0.starts_at`` for the start of the first session and ``""`` for the whole.
    """

    code = "invalid"
    message = _("Some of what was entered needs another look.")

    def __init__(self, errors: Errors, message: type_of_message | None = None) -> None:
        self.errors = {path: list(messages) for path, messages in errors.items()}
        super().__init__(message)
