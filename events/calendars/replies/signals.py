"""What replies say to the mail wing above, inside the transaction of the change."""

from dataclasses import dataclass
from typing import Literal

from django.dispatch import Signal

from events.calendars.models import Reply


@dataclass(frozen=True)
class ReplyReceived:
    """A fact: a mail client answered an invitation, and the person should hear what became of it.

    ``asked``: it is not certain that it was them, so nothing has happened. ``declined``: the place is given back at
    ``reply.due_at``. ``too-late``: it can no longer be given back that way. ``countered``: another time was proposed.
    """

    reply: Reply
    kind: Literal["asked", "declined", "too-late", "countered"]


reply_received = Signal()  # sends received: ReplyReceived
