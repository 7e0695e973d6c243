"""Keeps the entries of an event in step with it, inside the transaction that changed it.

UIDs are made once. SEQUENCE rises with every change of time, place or status; DTSTAMP and LAST-MODIFIED move, always
forward, when any byte of an entry changes, and only then. Running this again without a change writes nothing.
"""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation

from events.calendars.entries import texts
from events.calendars.models import Entry, EntryText, Revision
from events.programme.models import Event, Session
from events.programme.periods import Period

# Scopes of revisions: what public feeds are made of, and what only a centre's staff sees.
EVENTS, DRAFTS = "events", "drafts"

Audience = EntryText.Audience
Kind = Entry.Kind

TIMES = ("all_day", "starts_at", "ends_at", "first_day", "last_day")  # the fields of ``programme.models.Timed``
DEADLINE_LASTS = timedelta(minutes=30)  # as long as the entry of a deadline is: it ends at the deadline

Key = tuple[str, str]  # language and audience


@dataclass
class _Draft:
    """An entry as it should be, beside what is stored."""

    entry: Entry
    session: Session | None
    stored: dict[Key, str]
    sibling: str = ""
    is_restated: bool = False  # participants choose the session now, or no longer: no byte of its texts tells that

    def components(self, event: Event) -> dict[Key, str]:
        """Its VEVENT for every language and audience."""
        written = {}
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                for audience in audiences(event, self.entry):
                    written[language, audience] = texts.vevent(
                        entry=self.entry, event=event, session=self.session, audience=audience, sibling=self.sibling
                    )
        return written


def keep(event_id: int) -> int:
    """Write what calendar programs shall know of the event now; returns how many entries changed.

    Call it in the transaction of the change, with the event's row locked. A draft has texts for the centre's staff only.
    """
    event = (
        Event.objects.select_related("organising_centre", "venue")
        .prefetch_related("co_organisers", "sectors", "sessions__speakers")
        .get(pk=event_id)
    )
    now = timezone.now().replace(microsecond=0)
    changed = [draft for draft in _drafts(event, now) if _renew(draft, event, now)]
    _store(changed, event)
    return len(changed)


def rewrite_all() -> tuple[int, int]:
    """Write all entries anew, after the software or a template changed; returns how many were looked at and changed.

    What comes out as the same bytes keeps its LAST-MODIFIED.
    """
    events = Event.objects.order_by("pk").values_list("pk", flat=True)
    changed = 0
    for pk in list(events):
        with transaction.atomic():  # one short lock after another
            Event.objects.select_for_update().get(pk=pk)
            changed += keep(pk)
    return Entry.objects.count(), changed


def bump(scope: str = EVENTS) -> None:
    """Move a revision, last in the transaction: every feed that was built from the former one is built anew."""
    if not Revision.objects.filter(pk=scope).update(number=F("number") + 1):
        Revision.objects.bulk_create([Revision(scope=scope)], ignore_conflicts=True)
        Revision.objects.filter(pk=scope).update(number=F("number") + 1)


def _drafts(event: Event, now: datetime) -> Iterator[_Draft]:
    """Every entry of the event, with the facts of today: those of its sessions, then those of removed sessions."""
    stored = list(Entry.objects.filter(event=event).prefetch_related("texts").order_by("pk"))
    by_session = {entry.session_id: entry for entry in stored if entry.session_id}
    sessions = list(event.sessions.all())
    first = next((entry.uid for entry in stored if entry.kind == Kind.SESSION), "")
    for number, session in enumerate(sessions, start=1):
        entry = by_session.get(session.pk) or Entry(event=event, session=session, uid=_new_uid(), created_at=now)
        first = first or entry.uid
        for name in TIMES:
            setattr(entry, name, getattr(session, name))
        is_restated, entry.is_chosen = entry.is_chosen != session.is_chosen, session.is_chosen
        entry.title = _title(event, session, number, len(sessions))
        entry.cancelled = _is_off(event)
        yield _draft(entry, session, first, is_restated=is_restated)
    for entry in stored:
        if entry.is_removed and entry.ends_at > now:
            entry.cancelled = True
            yield _draft(entry, None, first)
    others = {entry.kind: entry for entry in stored if entry.kind != Kind.SESSION}
    for kind, period in ((Kind.WHOLE, _block(event, sessions)), (Kind.DEADLINE, _deadline(event))):
        entry = others.get(kind) or Entry(event=event, kind=kind, uid=_new_uid(), created_at=now, title=event.title)
        if period is not None:
            for name in TIMES:
                setattr(entry, name, getattr(period, name))
            entry.title, entry.cancelled = event.title, _is_off(event)
            yield _draft(entry, None, first)
        elif entry.pk is not None and entry.ends_at > now:
            entry.cancelled = True
            yield _draft(entry, None, first)


def _draft(entry: Entry, session: Session | None, first: str, *, is_restated: bool = False) -> _Draft:
    stored = {(text.language, text.audience): text.component for text in entry.texts.all()} if entry.pk else {}
    sibling = "" if first == entry.uid or entry.kind == Kind.DEADLINE else first
    return _Draft(entry=entry, session=session, stored=stored, sibling=sibling, is_restated=is_restated)


def _renew(draft: _Draft, event: Event, now: datetime) -> bool:
    """Give the entry its revision; whether there is anything to write."""
    entry = draft.entry
    fingerprint = _fingerprint(entry, event)
    if entry.pk is None:
        entry.changed_at = now
    elif fingerprint != entry.fingerprint:
        entry.sequence += 1
    entry.fingerprint = fingerprint
    entry.zone = texts.zone_of(entry, event)
    if draft.components(event) == draft.stored:
        return draft.is_restated
    if entry.pk is not None:
        # Also where two changes fall into one second, or the machine's clock was set back.
        entry.changed_at = max(now, entry.changed_at + timedelta(seconds=1))
    return True


def _store(changed: list[_Draft], event: Event) -> None:
    """Write entries and texts in a fixed number of statements."""
    Entry.objects.bulk_create([draft.entry for draft in changed if draft.entry.pk is None])
    fields = ["sequence", "changed_at", "is_chosen", "cancelled", *TIMES]
    Entry.objects.bulk_update([draft.entry for draft in changed if draft.stored], [*fields, "title", "zone", "fingerprint"])
    EntryText.objects.filter(entry__in=[draft.entry for draft in changed]).exclude(audience__in=audiences(event)).delete()
    EntryText.objects.bulk_create(
        [
            EntryText(entry=draft.entry, language=language, audience=audience, component=component)
            for draft in changed
            for (language, audience), component in draft.components(event).items()
        ],
        update_conflicts=True,
        unique_fields=["entry", "language", "audience"],
        update_fields=["component"],
    )


def audiences(event: Event, entry: Entry | None = None) -> tuple[str, ...]:
    """Whom an entry is written for. A draft concerns the centre's staff only; a deadline, who takes part."""
    if event.state not in Event.PUBLIC_STATES:
        return (Audience.STAFF,)
    if entry is not None and entry.kind == Kind.DEADLINE:
        return (Audience.PARTICIPANT,)
    return (Audience.PUBLIC, Audience.PARTICIPANT, Audience.TENTATIVE)


def _is_off(event: Event) -> bool:
    return event.state in (Event.State.CANCELLED, Event.State.POSTPONED)


def _block(event: Event, sessions: list[Session]) -> Period | None:
    """The time of a congress in one block: several sessions on one day, or on days that follow each other. Else None.

    Of several days it is the days: hours would fill the nights.
    """
    if len(sessions) < 2:
        return None
    reached = sessions[0].last_day
    for session in sessions:
        if session.first_day > reached + timedelta(days=1):
            return None
        reached = max(reached, session.last_day)
    if event.all_day or event.first_day != event.last_day:
        return Period.whole_days(event.first_day, event.last_day, event.timezone)
    return Period.of(event, event.timezone)


def _deadline(event: Event) -> Period | None:
    """The half hour before places can no longer be changed or given back, where the organiser set such a moment."""
    until = event.changes_close_at
    return None if until is None else Period.timed(until - DEADLINE_LASTS, until, event.timezone)


def _new_uid() -> str:
    """Permanent and unique in the world (RFC 7986 §5.3). The host is part of it for ever, also if the site moves."""
    return f"{uuid.uuid4().hex}@{urlsplit(settings.SITE_URL).hostname}"


def _title(event: Event, session: Session, number: int, count: int) -> str:
    """The event's title, and in a course which of its sessions this is."""
    title = f"{event.title} ({number}/{count})" if count > 1 else event.title
    return f"{title}: {session.title}" if session.title and session.title != event.title else title


def _fingerprint(entry: Entry, event: Event) -> str:
    """Of time, place and status. The link to join is a place too: who has a place needs to hear of a new one."""
    times = (entry.first_day, entry.last_day) if entry.all_day else (entry.starts_at, entry.ends_at, event.timezone)
    gone = entry.is_removed or (entry.cancelled and not _is_off(event))
    status = "removed" if gone else event.state if entry.cancelled else "confirmed"
    with translation.override(settings.LANGUAGE_CODE):
        facts = (*(time.isoformat() if not isinstance(time, str) else time for time in times), texts.place(event))
    return hashlib.sha256("\n".join((*facts, event.join_link, status)).encode()).hexdigest()
