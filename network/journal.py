"""The journal: every change with who, what, why, before and after (django-auditlog).

An action opens ``with because(by=person, reason="…")`` around its writes; each row that is saved inside is journalled
in the same transaction, with the person as the actor and the reason in the entry's additional data.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.utils import timezone

from network.models import AccessToken, Centre, FundingProfile, JoinRequest, Organisation, Person, Role
from network.statements import insert


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


@dataclass(frozen=True)
class Note:
    """A change of one row, for ``write``: what differs, as text before and after."""

    row: Model
    changes: Mapping[str, tuple[str | None, str | None]]
    is_new: bool = False
    by: Person | None = None
    reason: str = ""


def write(notes: Iterable[Note]) -> None:
    """Journal changes that were written without ``save()``: any number of rows in one statement.

    The entries are like those that ``save()`` leaves. For verbs that write many rows at once, or must be quick.
    """
    now = timezone.now()
    insert([_entry(note, now) for note in notes])


def blot_out(rows: QuerySet[Any], name: str) -> None:
    """Let the journal of these rows no longer say what ``name`` was, but only when it was there and when it was not."""
    entries = LogEntry.objects.get_for_model(rows.model).filter(object_id__in=rows.order_by().values("pk"))
    told = list(entries.filter(changes__has_key=name).only("changes").order_by("pk"))
    for entry in told:
        entry.changes[name] = ["None" if said == "None" else "answered" for said in entry.changes[name]]
    LogEntry.objects.bulk_update(told, ["changes"], batch_size=500)


def _entry(note: Note, now: Any) -> LogEntry:
    content_type = ContentType.objects.get_for_model(note.row)
    return LogEntry(
        content_type_id=content_type.pk,
        object_pk=str(note.row.pk),
        object_id=note.row.pk,
        object_repr=str(note.row),
        action=LogEntry.Action.CREATE if note.is_new else LogEntry.Action.UPDATE,
        changes={name: [_text(before), _text(after)] for name, (before, after) in note.changes.items()},
        timestamp=now,
        actor_id=None if note.by is None else note.by.pk,
        actor_email=None if note.by is None else note.by.email,
        additional_data={"reason": note.reason} if note.reason else None,
    )


def _text(value: Any) -> str:
    if value is None or isinstance(value, str | int | bool):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else json.dumps(value, ensure_ascii=False, default=str)


def follow_models() -> None:
    """Name the tables of this floor that the journal follows."""
    for model in (Centre, FundingProfile, JoinRequest, Organisation, Role):
        auditlog.register(model)
    auditlog.register(Person, exclude_fields=["password", "last_login"])
    auditlog.register(AccessToken, exclude_fields=["digest", "last_used_at"])
