"""Notices: messages as rows of keys, which the worker composes when they leave. All that a change in a rush can afford."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from events.mail.composing import language_for
from events.mail.models import Message
from network.models import Person
from network.statements import insert


@dataclass(frozen=True)
class Notice:
    """Something to tell a person, from ``facts`` that name its rows; see ``letters``. ``cause`` is told once."""

    kind: str
    person: Person
    facts: Mapping[str, Any]
    cause: str


def queue_all(notices: Iterable[Notice]) -> None:
    """Queue these in this transaction: rows only, in one statement for all of them. The worker composes each when it sends it.

    What was told already (by its ``cause``) is left out. That is all that ``ignore_conflicts`` can leave out: apart from the
    key, which the database gives, no other column of a message is unique, and a broken reference is still an error.
    """
    now = timezone.now()
    rows = [
        Message(
            kind=notice.kind,
            cause=notice.cause,
            person=notice.person,
            recipient=notice.person.email,
            language=language_for(notice.person),
            facts=dict(notice.facts),
            next_attempt_at=now,
        )
        for notice in notices
    ]
    insert(rows, ignore_conflicts=True)
