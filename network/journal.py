"""The journal: every change with who, what, why, before and after (django-auditlog).

An action opens ``with because(by=person, reason="…")`` around its writes; each row that is saved inside is journalled
in the same transaction, with the person as the actor and the reason in the entry's additional data.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.db.models.signals import pre_save
from django.dispatch import receiver

from network.models import AccessToken, Centre, FundingProfile, JoinRequest, Organisation, Person, Role


@dataclass(frozen=True)
class Cause:
    """Who acts, and why. ``by`` is None when the system acts by itself."""

    by: Person | None
    reason: str


_cause: ContextVar[Cause | None] = ContextVar("cause", default=None)


@contextmanager
def because(*, by: Person | None, reason: str = "") -> Iterator[None]:
    """Sign every journal entry written inside. May be nested: the innermost cause signs."""
    token = _cause.set(Cause(by=by, reason=reason))
    try:
        yield
    finally:
        _cause.reset(token)


@receiver(pre_save, sender=LogEntry, dispatch_uid="sign_journal_entry")
def sign(instance: LogEntry, **_kwargs: Any) -> None:
    """Put the present cause into an entry about to be written."""
    cause = _cause.get()
    if cause is None:
        return
    if cause.by is not None:
        instance.actor = cause.by
        instance.actor_email = cause.by.email
    if cause.reason:
        instance.additional_data = {**(instance.additional_data or {}), "reason": cause.reason}


def follow_models() -> None:
    """Name the tables of this floor that the journal follows."""
    for model in (Centre, FundingProfile, JoinRequest, Organisation, Role):
        auditlog.register(model)
    auditlog.register(Person, exclude_fields=["password", "last_login"])
    auditlog.register(AccessToken, exclude_fields=["digest", "last_used_at"])
