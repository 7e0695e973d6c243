"""Brings a source up to date: fetch, read, write; and the worker's round through those that are due.

A worker *claims* a source: in one short transaction it locks the row (rows that others hold are skipped) and pushes
``next_fetch_at`` ahead. Nothing is locked while a server is spoken to and a calendar is read. What came of it is written only
if the claim still stands. A worker that dies loses nothing: its claim runs out, and the source is due again.

Whoever wants a source read now only says so (``ask``): no request of a page or program waits for another server, or holds the
database while it does. The worker takes those first.

Whatever goes wrong, the entries stay as they were when all was well. The centre is told once; see ``signals``.
"""

import gzip
import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from events.calendars.entries.keeping import bump
from events.calendars.feeds.bodies import AHEAD, BACK
from events.calendars.models import Entry, Source, SourceText
from events.calendars.signals import SourceNews, source_failed, source_recovered
from events.calendars.sources import keeping, lines
from events.calendars.sources.apart import read_apart
from events.calendars.sources.dates import Reading, Window
from events.calendars.sources.fetching import Network, Unreachable, fetch
from events.calendars.sources.lines import Unreadable
from network.journal import because

EVERY, LONGEST_WAIT = timedelta(hours=6), timedelta(days=1)
SPREAD = 600  # seconds by which sources are kept apart, so that not all are due in the same moment
CLAIM = timedelta(minutes=5)  # longer than a fetch and a reading can take
ROUND = 20.0  # seconds after which the worker looks for other work
REPORT_AFTER, REPORT_AFTER_FAILURES = timedelta(days=1), 3

MOST_DATES_TOGETHER = 1_000  # of all that a centre shows
GROWTH, GROWTH_DATES = 5, 100  # more than so many times, and so many more than before: somebody has to look at it


@dataclass(frozen=True)
class Look:
    """What came of looking at a source. Without a reading nothing differs from the last time.

    ``is_stored``: nothing was fetched, what was read before is said anew.
    """

    text: str = ""
    reading: Reading | None = None
    etag: str = ""
    last_modified: str = ""
    trouble: Unreachable | Unreadable | None = None
    is_stored: bool = False


def network() -> Network:
    """The world as our settings see it. The User-Agent tells a server’s owner who asks, and whom to write to."""
    own = urlsplit(settings.SITE_URL).hostname or ""
    return Network(
        agent=f"{settings.SITE_NAME} ({settings.SITE_URL}; {settings.CONTACT_EMAIL})",
        own_hosts=frozenset({own}),
        may_reach=frozenset(settings.CALENDAR_SOURCES_MAY_REACH),
    )


def ask(source: Source, *, text: str | None = None) -> None:
    """Save it, and have the worker read it next. In a transaction, with the source’s row locked or new.

    ``text``: what is kept of a file that was uploaded.
    """
    source.is_asked, source.next_fetch_at = True, timezone.now()
    source.save()
    if text is not None:
        waiting = gzip.compress(text.encode(), mtime=0)
        SourceText.objects.update_or_create(source=source, defaults={"waiting": waiting})


def look(source: Source, *, world: Network | None = None) -> Look:
    """Fetch the source and read it, outside of any transaction; trouble is part of the answer.

    If only what we say of it has changed, nothing is fetched: what is stored is read anew.
    """
    stored, waiting = _texts_of(source)
    try:
        if source.read_on is None and stored and not source.is_asked:
            with suppress(Unreadable):  # it could be read once; if it still is what there is, that is told below
                return Look(stored, read_apart(stored, _window(source)), source.etag, source.last_modified, is_stored=True)
        etag, last_modified, text = source.etag, source.last_modified, waiting or stored
        if source.url:
            known = (etag, last_modified) if source.digest else ("", "")
            answer = fetch(source.url, world or network(), etag=known[0], last_modified=known[1])
            if answer.body is not None:
                etag, last_modified, text = answer.etag, answer.last_modified, lines.kept(answer.body)
        if (digest(text), timezone.now().date()) == (source.digest, source.read_on):
            return Look(etag=etag, last_modified=last_modified)
        reading = read_apart(text, _window(source))
        _require_bearable(source, len(reading.dates), is_new=digest(text) != source.digest)
        return Look(text, reading, etag, last_modified)
    except (Unreachable, Unreadable) as trouble:
        return Look(trouble=trouble)


def settle(source: Source, seen: Look) -> None:
    """Write what came of it: entries, state and news. In a transaction, with the source’s row locked."""
    now = timezone.now()
    with because(by=None, reason="The calendar was read."):
        if seen.is_stored:
            _say_anew(source, seen, now)
        elif seen.trouble is not None:
            _note_trouble(source, seen.trouble, now)
        else:
            _note_success(source, seen, now)


def refresh(source: Source, *, world: Network | None = None) -> None:
    """Bring a claimed source up to date, unless the claim is lost meanwhile: then somebody else does."""
    seen = look(source, world=world)
    with transaction.atomic():
        current = locked(source.pk)
        if current is not None and (current.next_fetch_at, current.url) == (source.next_fetch_at, source.url):
            settle(current, seen)


def dates_shown(source: Source) -> int:
    """How many dates the centre shows in its other sources."""
    shown = Entry.objects.filter(source__centre=source.centre_id, source__is_shown=True)
    return shown.exclude(source=source.pk).count()


def write(source: Source, seen: Look) -> bool:
    """Make the entries those of the reading; whether a feed changes. In a transaction, with the row locked; save it after."""
    if seen.reading is None:
        return False
    source.digest, source.read_on = digest(seen.text), timezone.now().date()
    source.left_out, source.remarks = seen.reading.left_out, seen.reading.remarks
    zipped = gzip.compress(seen.text.encode(), mtime=0)
    read = {"zipped": zipped} if seen.is_stored else {"zipped": zipped, "waiting": b""}
    SourceText.objects.update_or_create(source=source, defaults=read)
    return keeping.keep(source, seen.reading.dates, timezone.now())


def claim() -> Source | None:
    """Take a source for this worker: the next that somebody waits for, or that is due and shown. None if there is none."""
    now = timezone.now()
    wanted = Source.objects.select_related("centre").filter(Q(is_asked=True) | Q(is_shown=True), next_fetch_at__lte=now)
    if not wanted.exists():  # without a lock: workers ask all the time
        return None
    with transaction.atomic():
        waiting = wanted.select_for_update(skip_locked=True, of=("self",))
        source = waiting.order_by("-is_asked", "next_fetch_at", "pk").first()
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


def _texts_of(source: Source) -> tuple[str, str]:
    """What was last read of it, and the file that waits to be read; empty where there is none."""
    row = SourceText.objects.filter(source=source.pk).first() or SourceText()
    stored, waiting = (gzip.decompress(bytes(zipped)).decode() for zipped in (row.zipped, row.waiting))
    return stored, waiting


def _require_bearable(source: Source, dates: int, *, is_new: bool) -> None:
    """Raise Unreadable where so many dates would flood the network’s calendar.

    Two workers that read two sources of a centre at once may let in one too many; then the next reading of either says so.
    """
    if source.is_shown and dates_shown(source) + dates > MOST_DATES_TOGETHER:
        raise Unreadable("too-many-together", MOST_DATES_TOGETHER)
    before = Entry.objects.filter(source=source.pk).count()
    if is_new and not source.is_asked and dates > GROWTH * before and dates > before + GROWTH_DATES:
        raise Unreadable("grown", f"{dates} {before}")


def _say_anew(source: Source, seen: Look, now: datetime) -> None:
    """Its state stays as it is: nobody knows whether its server is well."""
    source.next_fetch_at = next_time(source, source.fetched_at or now)
    is_news = write(source, seen)
    source.save()
    if is_news:
        bump()


def _note_success(source: Source, seen: Look, now: datetime) -> None:
    had_trouble = source.reported_at is not None
    source.fetched_at, source.is_asked = now, False
    source.etag, source.last_modified = seen.etag, seen.last_modified
    source.succeeded_at, source.failures, source.error, source.error_detail, source.reported_at = now, 0, "", "", None
    source.next_fetch_at = next_time(source, now)
    is_news = write(source, seen)
    source.save()
    if had_trouble:
        source_recovered.send(sender=Source, news=SourceNews(source))
    if is_news:
        bump()


def _note_trouble(source: Source, trouble: Unreachable | Unreadable, now: datetime) -> None:
    """Keep what went wrong. Who tries it by hand sees that; the centre hears of what the worker met again and again."""
    is_watched = source.is_asked
    source.fetched_at, source.is_asked = now, False
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
