"""The stored bodies that answer nearly every request.

A stored body is valid as long as what it was built from is: the revisions of its scopes, the day (the window of a feed moves
with it) and, for a personal feed, the person's own facts. To find that out costs one or two look-ups by an index. A stale feed
is built anew from stored texts, under the lock of its row, and compared: if its bytes are the same, nothing moves.
"""

import gzip
import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, Func, QuerySet, Subquery
from django.utils import timezone
from isal import igzip

from events.calendars.entries.keeping import EVENTS
from events.calendars.models import Feed, Revision

#: Of igzip: a quarter of zlib's time at its quickest, and smaller. Whoever asks after a change waits for it.
PACKING = 2


class Content(NamedTuple):
    """A body with its tag and date: read together, so that they belong together."""

    etag: str
    modified_at: datetime | None
    body: bytes


class Stored(NamedTuple):
    """A stored feed, valid at this moment. Its body is read when it is needed, or is at hand because it was just built."""

    pk: int
    etag: str
    modified_at: datetime
    body: bytes | None = None
    zipped: bytes | None = None


class Recipe(NamedTuple):
    """How a body is built."""

    write: Callable[[datetime], bytes]  # the body, told the time of its last change: the same facts, the same bytes
    facts: str = ""  # what its validity depends on besides the revisions; at most 40 characters


def valid(key: str, facts: str = "", scopes: Sequence[str] = (EVENTS,)) -> Stored | None:
    """The stored feed, if it is still true: one query, two look-ups. ``scopes``: the revisions it depends on."""
    row = (
        Feed.objects.filter(key=key)
        .values_list("pk", "etag", "modified_at", "revisions", "day", Subquery(_numbers(scopes)))
        .first()
    )
    if row is None:
        return None
    pk, etag, modified_at, revisions, day, number = row
    return Stored(pk, etag, modified_at) if (revisions, day) == (_state(number, facts), today()) else None


def rebuilt(key: str, recipe: Callable[[], Recipe], scopes: Sequence[str] = (EVENTS,)) -> Stored:
    """Build the feed under its lock. Who waited for the lock finds it done; the number is read before the texts are."""
    body = None
    with transaction.atomic():
        empty = Feed(key=key, revisions="", day=date.min, zipped=b"", etag="", modified_at=datetime.min.replace(tzinfo=UTC))
        Feed.objects.bulk_create([empty], ignore_conflicts=True)
        feed = Feed.objects.defer("zipped").select_for_update().get(key=key)
        number, day = _numbers(scopes).get(), today()
        write, facts = recipe()
        state = _state(number, facts)
        if (feed.revisions, feed.day) != (state, day):
            changed = ["revisions", "day"]
            same = write(feed.modified_at)
            if len(same) != feed.octets or digest_of(same) != feed.etag:
                # Forward, also where an entry only left the window: Apple would stay with what it has for ever.
                feed.modified_at = max(timezone.now().replace(microsecond=0), feed.modified_at + timedelta(seconds=1))
                body = write(feed.modified_at)
                feed.zipped, feed.etag, feed.octets = packed(body), digest_of(body), len(body)
                changed += ["zipped", "etag", "octets", "modified_at"]
            feed.revisions, feed.day = state, day
            feed.save(update_fields=changed)
    at_hand = (body, feed.zipped) if body is not None else ()
    return Stored(feed.pk, feed.etag, feed.modified_at, *at_hand)


def content(stored: Stored, *, zipped: bool) -> Content:
    """The body that is stored now, or its gzip, with the tag and date that belong to it."""
    if stored.body is not None and stored.zipped is not None:
        return Content(stored.etag, stored.modified_at, stored.zipped if zipped else stored.body)
    etag, modified_at, body = Feed.objects.values_list("etag", "modified_at", "zipped").get(pk=stored.pk)
    return Content(etag, modified_at, bytes(body) if zipped else gzip.decompress(body))


def forget(feeds: QuerySet[Feed], *, forms_only: bool = False) -> None:
    """Remove stored bodies, and what was made of them in other forms; or the latter only."""
    Feed.objects.filter(key__in=[key_of_form("jcal", pk) for pk in feeds.values_list("pk", flat=True)]).delete()
    if not forms_only:
        feeds.delete()


def key_of_form(form: str, pk: int) -> str:
    """The key of another form of the stored feed ``pk``."""
    return f"{form}/{pk}"


def packed(body: bytes) -> bytes:
    """The gzip of a body, without a time in it."""
    return igzip.compress(body, compresslevel=PACKING, mtime=0)


def digest_of(body: bytes) -> str:
    """The SHA-256 of a body, in hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()


def today() -> date:
    """The day that windows of feeds are counted from."""
    return timezone.now().date()


def _numbers(scopes: Sequence[str]) -> QuerySet[Any, Any]:
    """The sum of the revisions: it moves when any of them does."""
    return Revision.objects.filter(pk__in=scopes).order_by().values_list(Func(F("number"), function="SUM"), flat=True)


def _state(number: int | None, facts: str) -> str:
    return f"{number or 0} {facts}"
