"""Brings a source up to date: fetch, read, write; and the worker's round through those that are due.

A worker *claims* a source: in one short transaction it locks the row (rows that others hold are skipped) and pushes
``next_fetch_at`` ahead. Nothing is locked while a server is spoken to and a calendar is read. What came of it is written only
if the claim still stands. A worker that dies loses nothing: its claim runs out, and the source is due again.

Whatever goes wrong, the entries stay as they were when all was well. The centre is told once; see ``signals``.
"""

import gzip
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from events.calendars.entries.keeping import bump
from events.calendars.feeds.bodies import AHEAD, BACK
from events.calendars.models import Source, SourceText
from events.calendars.signals import SourceNews, source_failed, source_recovered
from events.calendars.sources import keeping, lines
from events.calendars.sources.apart import read_apart
from events.calendars.sources.fetching import Limits, Network, Unreachable, fetch
from events.calendars.sources.lines import Unreadable
from events.calendars.sources.reading import Reading, Window
from network.journal import because
from network.models import Person

EVERY, LONGEST_WAIT = timedelta(hours=6), timedelta(days=1)
SPREAD = 600  # seconds by which sources are kept apart, so that not all are due in the same moment
CLAIM = timedelta(minutes=5)  # longer than a fetch and a reading can take
ROUND = 60.0  # seconds after which the worker looks for other work
REPORT_AFTER, REPORT_AFTER_FAILURES = timedelta(days=1), 3

PATIENT, QUICK = Limits(), Limits(connect=4.0, read=6.0, whole=12.0)  # quick: somebody waits for the page


@dataclass(frozen=True)
class Look:
    """What came of looking at a source. Without a reading nothing differs from the last time."""

    text: str = ""
    reading: Reading | None = None
    etag: str = ""
    last_modified: str = ""
    trouble: Unreachable | Unreadable | None = None


def network(limits: Limits = PATIENT) -> Network:
    """The world as our settings see it. The User-Agent tells a server’s owner who asks, and whom to write to."""
    own = urlsplit(settings.SITE_URL).hostname or ""
    return Network(
        agent=f"{settings.SITE_NAME} ({settings.SITE_URL}; {settings.CONTACT_EMAIL})",
        own_hosts=frozenset({own}),
        may_reach=frozenset(settings.CALENDAR_SOURCES_MAY_REACH),
        limits=limits,
    )


def look(source: Source, *, world: Network | None = None, body: bytes | None = None) -> Look:
    """Fetch the source and read it, outside of any transaction; trouble is part of the answer.

    ``body``: a file was uploaded. Without an address and without a file, what is stored is read anew.
    """
    try:
        etag, last_modified = source.etag, source.last_modified
        if body is None and source.url:
            known = (etag, last_modified) if source.digest else ("", "")
            answer = fetch(source.url, world or network(), etag=known[0], last_modified=known[1])
            body = answer.body
            if body is not None:
                etag, last_modified = answer.etag, answer.last_modified
        text = stored_text(source) if body is None else lines.kept(body)
        if (digest(text), timezone.now().date()) == (source.digest, source.read_on):
            return Look(etag=etag, last_modified=last_modified)
        return Look(text, read_apart(text, _window(source)), etag, last_modified)
    except (Unreachable, Unreadable) as trouble:
        return Look(trouble=trouble)


def settle(source: Source, seen: Look, *, by: Person | None = None) -> None:
    """Write what came of it: entries, state and news. In a transaction, with the source’s row locked or new."""
    now = timezone.now()
    source.fetched_at = now
    with because(by=by, reason="The calendar was read."):
        if seen.trouble is not None:
            _note_trouble(source, seen.trouble, now, is_watched=by is not None)
        else:
            _note_success(source, seen, now)


def refresh(source: Source, *, by: Person | None = None, world: Network | None = None) -> Source:
    """Bring a claimed source up to date. Returns it as it is now: as somebody else made it, if the claim is lost."""
    seen = look(source, world=world)
    with transaction.atomic():
        current = locked(source.pk)
        if current is None:
            return source
        if (current.next_fetch_at, current.url) == (source.next_fetch_at, source.url):
            settle(current, seen, by=by)
    return current


def reread(source: Source) -> Look | None:
    """What is stored, read anew, whatever day it was last read on. None if nothing is stored, or it cannot be read now."""
    text = stored_text(source)
    try:
        return Look(text, read_apart(text, _window(source)), source.etag, source.last_modified) if text else None
    except Unreadable:  # it could be read once; the worker will say what is wrong with it
        return None


def write(source: Source, seen: Look) -> bool:
    """Make the entries those of the reading; whether a feed changes. In a transaction, with the row locked; save it after."""
    if seen.reading is None:
        return False
    source.digest, source.read_on = digest(seen.text), timezone.now().date()
    source.left_out, source.remarks = seen.reading.left_out, seen.reading.remarks
    zipped = gzip.compress(seen.text.encode(), mtime=0)
    SourceText.objects.update_or_create(source=source, defaults={"zipped": zipped})
    return keeping.keep(source, seen.reading.dates, timezone.now())


def claim(source_id: int | None = None) -> Source | None:
    """Take a source for this worker: this one, or the next that is due and shown. None if there is none."""
    now = timezone.now()
    wanted = Source.objects.select_related("centre")
    if source_id is None:
        wanted = wanted.filter(is_shown=True, next_fetch_at__lte=now).order_by("next_fetch_at", "pk")
        if not wanted.exists():  # without a lock: workers ask all the time
            return None
    else:
        wanted = wanted.filter(pk=source_id)
    with transaction.atomic():
        source = wanted.select_for_update(skip_locked=source_id is None, of=("self",)).first()
        if source is not None:
            source.next_fetch_at = now + CLAIM
            Source.objects.filter(pk=source.pk).update(next_fetch_at=source.next_fetch_at)
    return source


def fetch_due(world: Network | None = None) -> int:
    """Bring those up to date that are due, for a while; returns how many. Several workers share the work."""
    done, ends = 0, monotonic() + ROUND
    while monotonic() < ends and (source := claim()) is not None:
        refresh(source, world=world)
        done += 1
    return done


def locked(source_id: int) -> Source | None:
    """The source, with its row locked until the end of the transaction."""
    return Source.objects.select_related("centre").select_for_update(of=("self",)).filter(pk=source_id).first()


def stored_text(source: Source) -> str:
    """What was last read of it; empty if nothing was."""
    row = SourceText.objects.filter(source=source.pk).first() if source.pk else None
    return gzip.decompress(bytes(row.zipped)).decode() if row else ""


def digest(text: str) -> str:
    """What tells one state of a calendar from another."""
    return hashlib.sha256(text.encode()).hexdigest()


def next_time(source: Source, now: datetime) -> datetime:
    """When to look again: every six hours, after failures later and later, up to a day; each source at its own minute."""
    wait = LONGEST_WAIT if not source.url else min(EVERY * (1 + source.failures), LONGEST_WAIT)
    own = int(hashlib.sha256(f"source {source.pk}".encode()).hexdigest()[:8], 16) % SPREAD
    return now + wait + timedelta(seconds=own)


def _window(source: Source) -> Window:
    day = timezone.now().date()
    own = urlsplit(settings.SITE_URL).hostname or ""
    return Window(first=day - BACK, last=day + AHEAD, zone=source.centre.timezone, own_host=own)


def _note_success(source: Source, seen: Look, now: datetime) -> None:
    had_trouble = source.reported_at is not None
    source.etag, source.last_modified = seen.etag, seen.last_modified
    source.succeeded_at, source.failures, source.error, source.error_detail, source.reported_at = now, 0, "", "", None
    source.next_fetch_at = next_time(source, now)
    is_news = write(source, seen)
    source.save()
    if had_trouble:
        source_recovered.send(sender=Source, news=SourceNews(source))
    if is_news:
        bump()


def _note_trouble(source: Source, trouble: Unreachable | Unreadable, now: datetime, *, is_watched: bool) -> None:
    """Keep what went wrong. Who tries it by hand sees that; the centre hears of what the worker met again and again."""
    source.error, source.error_detail = trouble.code, trouble.detail
    source.failures = max(source.failures, 1) if is_watched else source.failures + 1
    source.next_fetch_at = next_time(source, now)
    silent_since = source.succeeded_at or source.created_at or now
    is_lasting = source.failures >= REPORT_AFTER_FAILURES or now - silent_since >= REPORT_AFTER
    is_new = is_lasting and source.reported_at is None and source.is_shown and not is_watched
    if is_new:
        source.reported_at = now
    source.save()
    if is_new:
        source_failed.send(sender=Source, news=SourceNews(source))
