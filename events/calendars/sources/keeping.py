"""Keeps the entries of a source in step with what was last read of it. Only what differs is written.

- The UID of an entry is made of the source, the foreign UID and the occurrence, so that it is the same whenever it is read.
- SEQUENCE and LAST-MODIFIED are ours: from when we saw a change, not from what the foreign calendar claims. Each change of a
  source is an *edition* with a number. An entry whose time, place or status changes gets that number, so that SEQUENCE never
  falls, also where an event disappears and comes back.
- What is no longer in the source is taken away, not shown as cancelled. Nobody said that it is cancelled: many programs give
  an event a new UID when it is edited, and some with every export, so that it would stand there twice, once struck out. Apple
  and Fastmail keep a cancelled entry until it is over, and every program we know of removes one that is gone from a feed. What
  the source itself calls CANCELLED stays, as in our own.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import translation

from events.calendars.entries.keeping import TIMES
from events.calendars.entries.texts import zone_of
from events.calendars.models import Entry, EntryText, Source
from events.calendars.sources import texts
from events.calendars.sources.dates import Date
from events.programme.periods import start_of_day
from network.vocabulary import zone_named

PUBLIC = EntryText.Audience.PUBLIC
BATCH = 200  # rows in a statement that updates
HALF = 32  # of a fingerprint

_FIELDS = (*TIMES, "sequence", "changed_at", "cancelled", "title", "zone", "fingerprint", "place", "link")


@dataclass
class _Draft:
    """An entry as it should be, beside what is stored."""

    entry: Entry
    date: Date
    stored: dict[str, str]  # its texts by language
    written: dict[str, str] = field(default_factory=dict)  # as they should be
    is_changed: bool = False


def keep(source: Source, dates: Sequence[Date], now: datetime) -> bool:
    """Make the entries of the source those of ``dates``; whether anything differs that a feed could show.

    Call it in a transaction with the row of the source locked; it sets the edition of the source, and saving that is the
    caller's. Entries of a source that is not shown have no texts.
    """
    entries = Entry.objects.filter(source=source, kind=Entry.Kind.FOREIGN).prefetch_related("texts")
    stored = {_local(entry.uid): entry for entry in entries}
    edition = source.edition + (1 if source.changed_at else 0)
    stamp = now.replace(microsecond=0)
    if source.changed_at:
        stamp = max(stamp, source.changed_at + timedelta(seconds=1))
    drafts = [_draft(source, one, stored, edition, stamp) for one in dates]
    gone = [stored[key] for key in stored.keys() - {_local(draft.entry.uid) for draft in drafts}]
    changed = [draft for draft in drafts if draft.is_changed]
    differing = [draft for draft in drafts if draft.written != draft.stored]
    _store(changed, gone)
    _store_texts(differing)
    if changed or gone:
        source.edition, source.changed_at = edition, stamp
    return bool(differing) or any(entry.texts.all() for entry in gone)


def uid_of(source: Source, one: Date) -> str:
    """The UID of an occurrence: the same however often it is read."""
    told = hashlib.sha256(f"{source.pk}\n{one.uid}\n{one.key}".encode()).hexdigest()[:32]
    return f"{told}@{urlsplit(settings.SITE_URL).hostname}"


def _local(uid: str) -> str:
    return uid.partition("@")[0]


def _draft(source: Source, one: Date, stored: dict[str, Entry], edition: int, stamp: datetime) -> _Draft:
    uid = uid_of(source, one)
    # Found without the host: an entry keeps its UID, also if the site moves.
    entry = stored.get(_local(uid)) or Entry(uid=uid, source=source, kind=Entry.Kind.FOREIGN, created_at=stamp)
    texts_now = {text.language: text.component for text in entry.texts.all()} if entry.pk else {}
    draft = _Draft(entry, one, texts_now)
    fingerprint = _fingerprint(source, one)
    if fingerprint != entry.fingerprint:
        if fingerprint[:HALF] != entry.fingerprint[:HALF]:
            entry.sequence = edition
        draft.is_changed, entry.changed_at, entry.fingerprint = True, stamp, fingerprint
    _fill(entry, one, source.centre.timezone)
    draft.written = _texts(source, draft)
    if not draft.is_changed and draft.stored and draft.written and draft.written != draft.stored:
        draft.is_changed, entry.changed_at = True, stamp  # we say it otherwise than before
        draft.written = _texts(source, draft)
    return draft


def _fill(entry: Entry, one: Date, home: str) -> None:
    """What pages and feeds read of the entry itself. ``home``: the zone to count its days in where it has none."""
    entry.all_day = one.all_day
    if one.all_day:
        here = zone_named(one.zone)
        entry.first_day, entry.last_day = date.fromisoformat(one.starts), date.fromisoformat(one.ends)
        entry.starts_at = start_of_day(entry.first_day, here)
        entry.ends_at = start_of_day(entry.last_day + timedelta(days=1), here)
    else:
        entry.starts_at, entry.ends_at = (datetime.fromisoformat(at).astimezone(UTC) for at in (one.starts, one.ends))
    entry.zone = zone_of(entry, one.zone)
    if not one.all_day:
        here = zone_named(entry.zone or home)
        last_moment = max(entry.starts_at, entry.ends_at - timedelta(seconds=1))
        entry.first_day, entry.last_day = (moment.astimezone(here).date() for moment in (entry.starts_at, last_moment))
    entry.title, entry.place, entry.link = one.title, one.place, one.link
    entry.cancelled = one.status == "CANCELLED"


def _fingerprint(source: Source, one: Date) -> str:
    """Two halves: of time, place and status, which move the sequence, and of all that the entry tells."""
    place = (one.all_day, one.starts, one.ends, one.place, one.status)
    whole = (*astuple(one), source.name, source.centre.name, source.centre.website)
    return "".join(hashlib.sha256(repr(facts).encode()).hexdigest()[:HALF] for facts in (place, whole))


def _texts(source: Source, draft: _Draft) -> dict[str, str]:
    """Its VEVENT in every language; none while the source is not shown."""
    written = {}
    if source.is_shown:
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                written[language] = texts.vevent(draft.entry, source, draft.date)
    return written


def _store(changed: list[_Draft], gone: list[Entry]) -> None:
    Entry.objects.filter(pk__in=[entry.pk for entry in gone]).delete()
    known = [draft.entry for draft in changed if draft.entry.pk is not None]
    Entry.objects.bulk_create([draft.entry for draft in changed if draft.entry.pk is None])
    Entry.objects.bulk_update(known, _FIELDS, batch_size=BATCH)


def _store_texts(differing: list[_Draft]) -> None:
    EntryText.objects.filter(entry__in=[draft.entry.pk for draft in differing if not draft.written]).delete()
    EntryText.objects.bulk_create(
        [
            EntryText(entry=draft.entry, language=language, audience=PUBLIC, component=component)
            for draft in differing
            for language, component in draft.written.items()
        ],
        update_conflicts=True,
        unique_fields=["entry", "language", "audience"],
        update_fields=["component"],
    )
