"""The verbs of mail: queue a message with the change that caused it, deliver it later."""

from collections.abc import Mapping
from typing import Any

from events.mail.models import Message
from network.models import Person


def queue(
    *,
    kind: str,
    context: Mapping[str, Any],
    person: Person | None = None,
    recipient: str = "",
    language: str = "",
    cause: str | None = None,
) -> Message | None:
    """Compose ``templates/mail/<kind>.txt`` (and .html) in the reader's language and queue it in this transaction.

    The first line of the text template is ``Subject: …``. Address and language default to the person's. Returns None if
    this ``cause`` was already told.
    """
    raise NotImplementedError


def deliver(*, message_id: int) -> None:
    """Send one queued message, or note why not and when to try again. Called by the worker. Sent is sent once."""
    raise NotImplementedError
