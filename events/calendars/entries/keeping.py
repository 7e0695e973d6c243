"""Keeps the entries of an event in step with it, inside the transaction that changed it.

UIDs are made once. SEQUENCE rises with every change of time, place or status; DTSTAMP and LAST-MODIFIED of a text move, always
forward, when any of its bytes changes, and only then. Running this again without a change writes nothing.
"""

import hashlib
import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation

from events.calendars.entries import texts
from events.calendars.entries.wording import is_off
from events.calendars.models import Entry, EntryText, Revision
from events.programme.models import Event, Session
from events.programme.periods import Period

# Scopes of revisions: what public feeds are made of, and what only a centre's staff sees.
EVENTS, DRAFTS = "events", "drafts"

Audience = EntryText.Audience
Kind = Entry.Kind

TIMES = ("all_day", "starts_at", "ends_at", "first_day", "last_day")  # the fields of ``programme.models.Timed``
# What an entry says of itself besides its texts, and its revision; the rest never changes.
COLUMNS = (*TIMES, "is_chosen", "cancelled", "title", "zone", "fingerprint", "sequence", "changed_at")
DEADLINE_LASTS = timedelta(minutes=30)  # as long as the entry of a deadline is: it ends at the deadline

Key = tuple[str, str]  # language and audience

_STAMP = re.compile(r"\r\nLAST-MODIFIED:(\d{8}T\d{6}Z)\r\n")


@dataclass(eq=False)
class _Draft:
    """An entry as it should be, beside what is stored."""

    entry: Entry
    session: Session | None = None
    related: str = ""
    before: list[Any] | None = None  # its columns as they are stored; None if it is new
    stored: dict[Key, str] = field(default_factory=dict)
    texts: list[EntryText] = field(default_factory=list)  # those to be written

    @classmethod
    def of(cls, entry: Entry) -> "_Draft":
        """As it is stored now."""
        if entry.pk is None:
            return cls(entry)
        stored = {(text.language, text.audience): text.component for text in entry.texts.all()}
        return cls(entry, before=_columns(entry), stored=stored)

    @property
    def differs(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.texts) or self.before != _columns(self.entry)

    def compose(self, event: Event, audience: str, stamp: datetime) -> str:
        """Its VEVENT in the active language."""
        return texts.vevent(
            entry=self.entry, event=event, session=self.session, audience=audience, related=self.related, stamp=stamp
        )


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
    drafts = _drafts(event, now)
    for draft in drafts:
        _renew(draft, event, now)
    changed = [draft for draft in drafts if draft.differs]
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
    return Entry.objects.filter(event__isnull=False).count(), changed


def bump(scope: str = EVENTS) -> None:
    """Move a revision, last in the transaction: every feed that was built from the former one is built anew."""
    if not Revision.objects.filter(pk=scope).update(number=F("number") + 1):
        Revision.objects.bulk_create([Revision(scope=scope)], ignore_conflicts=True)
        Revision.objects.filter(pk=scope).update(number=F("number") + 1)


def scope_of(state: str) -> str:
    """The scope that changes of an event in that state belong to."""
    return EVENTS if state in Event.PUBLIC_STATES else DRAFTS


def _drafts(event: Event, now: datetime) -> list[_Draft]:
    """Every entry of the event, with the facts of today: of its sessions, of removed ones, of its block and its deadline.

    What a draft no longer has is forgotten, since nobody was told. What others were told stays, as CANCELLED, to its end.
    """
    stored = list(Entry.objects.filter(event=event).prefetch_related("texts").order_by("pk"))
    drafts = [_Draft.of(entry) for entry in stored]
    by_session = {draft.entry.session_id: draft for draft in drafts if draft.entry.session_id}
    by_kind = {draft.entry.kind: draft for draft in drafts if draft.entry.kind != Kind.SESSION}
    sessions = list(event.sessions.all())
    present = []
    for number, session in enumerate(sessions, start=1):
        draft = by_session.get(session.pk) or _Draft(_new_entry(event, now, kind=Kind.SESSION, session=session))
        draft.session, draft.entry.is_chosen = session, session.is_chosen
        _state(draft.entry, session, _title(event, session, number, len(sessions)), event)
        present.append(draft)
    for kind, period in ((Kind.WHOLE, _block(event, sessions)), (Kind.DEADLINE, _deadline(event))):
        if period is not None:
            draft = by_kind.get(kind) or _Draft(_new_entry(event, now, kind=kind))
            _state(draft.entry, period, event.title, event)
            present.append(draft)
    gone = [draft for draft in drafts if draft not in present]
    if gone and event.state == Event.State.DRAFT:
        Entry.objects.filter(pk__in=[draft.entry.pk for draft in gone]).delete()
        drafts, gone = [draft for draft in drafts if draft not in gone], []
    to_come = [draft for draft in gone if draft.entry.ends_at > now]
    for draft in to_come:
        draft.entry.cancelled = True
    _relate(present + to_come, drafts + [draft for draft in present if draft.before is None])
    return present + to_come


def _new_entry(event: Event, now: datetime, **facts: Any) -> Entry:
    return Entry(event=event, uid=_new_uid(), created_at=now, changed_at=now, **facts)


def _state(entry: Entry, timed: Session | Period, title: str, event: Event) -> None:
    for name in TIMES:
        setattr(entry, name, getattr(timed, name))
    entry.title, entry.cancelled = title, is_off(event)


def _relate(drafts: list[_Draft], as_made: list[_Draft]) -> None:
    """Each session names the first, the first the second, a deadline the first.

    First is what was made first, so that a session that is moved or removed changes no other. A block names none: it is not
    in one calendar with its sessions.
    """
    first, *others = [draft.entry.uid for draft in as_made if draft.entry.kind == Kind.SESSION] or [""]
    for draft in drafts:
        if draft.entry.kind != Kind.WHOLE:
            draft.related = first if draft.entry.uid != first else next(iter(others), "")


def _renew(draft: _Draft, event: Event, now: datetime) -> None:
    """Give the entry its revision, and write the texts whose bytes differ."""
    entry = draft.entry
    fingerprint = _fingerprint(entry, event)
    if draft.before is not None and fingerprint != entry.fingerprint:
        entry.sequence += 1
    entry.fingerprint, entry.zone = fingerprint, texts.zone_of(entry, event.timezone)
    # Forward, also where two changes fall into one second, or the machine's clock was set back.
    stamp = now if draft.before is None else max(now, entry.changed_at + timedelta(seconds=1))
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for audience in audiences(event, entry):
                stored = draft.stored.get((language, audience))
                if stored is None or draft.compose(event, audience, _stamp_of(stored) or stamp) != stored:
                    component = draft.compose(event, audience, stamp)
                    draft.texts.append(EntryText(language=language, audience=audience, component=component))
    if draft.texts:
        entry.changed_at = stamp


def _columns(entry: Entry) -> list[Any]:
    return [getattr(entry, name) for name in COLUMNS]


def _stamp_of(component: str) -> datetime | None:
    """The time that a stored text bears."""
    found = _STAMP.search(component)
    return datetime.strptime(found[1], "%Y%m%dT%H%M%S%z") if found else None


def _store(changed: list[_Draft], event: Event) -> None:
    """Write entries and texts in a fixed number of statements."""
    Entry.objects.bulk_create([draft.entry for draft in changed if draft.before is None])
    Entry.objects.bulk_update([draft.entry for draft in changed if draft.before is not None], COLUMNS)
    if outdated := [draft.entry for draft in changed if {key[1] for key in draft.stored} - {*audiences(event, draft.entry)}]:
        EntryText.objects.filter(entry__in=outdated).exclude(audience__in=audiences(event)).delete()
    for draft in changed:
        for text in draft.texts:
            text.entry = draft.entry
    EntryText.objects.bulk_create(
        [text for draft in changed for text in draft.texts],
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


def _block(event: Event, sessions: list[Session]) -> Period | None:
    """The time of a congress in one block: several sessions on one day, or on days that follow each other. Else None.

    Of several days it is the days: hours would fill the nights. A draft has none: a centre plans by sessions.
    """
    if len(sessions) < 2 or event.state == Event.State.DRAFT:
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
    """The half hour before places can no longer be changed or given back, where the organiser set such a moment.

    A draft has none: there is nobody to change anything.
    """
    until = None if event.state == Event.State.DRAFT else event.changes_close_at
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
    is_gone = entry.cancelled and (entry.is_removed or not is_off(event))
    status = "removed" if is_gone else event.state if entry.cancelled or event.state == Event.State.DRAFT else "confirmed"
    with translation.override(settings.LANGUAGE_CODE):
        place = (texts.place(event), event.join_link) if texts.has_place(entry) else ("", "")
    facts = (*(time if isinstance(time, str) else time.isoformat() for time in times), *place, status)
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()
