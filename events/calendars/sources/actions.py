"""The verbs of other people’s calendars: add one, change it, fetch it now, show or hide it, remove it."""

import copy
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.calendars.entries.keeping import bump
from events.calendars.models import Entry, EntryText, Source
from events.calendars.sources import words
from events.calendars.sources.fetching import Unreachable, judge, tidied
from events.calendars.sources.lines import Unreadable
from events.calendars.sources.updating import QUICK, Look, claim, digest, locked, look, network, refresh, reread, settle, write
from network.errors import Invalid, Refused
from network.journal import because
from network.models import Centre, Person
from network.rules import require

MOST_AT_A_CENTRE = 20
MANAGE = "events.manage_calendar_sources"


class TooManySources(Refused):
    """A centre has as many as it can have."""

    code = "too_many_sources"
    message = _("Your centre has 20 calendars here already. Remove one first.")


class Gone(Refused):
    """Somebody else removed it."""

    code = "source_removed"
    message = _("This calendar has been removed in the meantime.")


def add(*, centre: Centre, name: str, by: Person, url: str = "", body: bytes | None = None, filename: str = "") -> Source:
    """Add a calendar that a centre publishes elsewhere, and look at it at once: an address, or the bytes of a file.

    It is not shown yet, so that one can see first what it would show. What is wrong with an address that answers is in its
    state, and it is added nevertheless: servers have bad days.

    Raises NotAllowed; Invalid at ``name``, ``url`` or ``file``; TooManySources.
    """
    require(by, MANAGE, centre)
    source = Source(centre=centre, name=_name(name), url=_url(url), filename=filename[:200] if body is not None else "")
    if bool(source.url) == (body is not None):
        raise Invalid({"url": [_("Give an address, or choose a file.")]})
    if body is not None:
        source.filename = source.filename or "calendar.ics"
    _require_new_name(source)
    if Source.objects.filter(centre=centre).count() >= MOST_AT_A_CENTRE:
        raise TooManySources
    seen = _looked(source, body)
    try:
        with transaction.atomic(), because(by=by):
            Centre.objects.select_for_update().get(pk=centre.pk)
            if Source.objects.filter(centre=centre).count() >= MOST_AT_A_CENTRE:
                raise TooManySources
            source.save()
            settle(source, seen, by=by)
    except IntegrityError:
        raise Invalid({"name": [_taken()]}) from None
    return source


def change(
    *,
    source: Source,
    by: Person,
    name: str | None = None,
    url: str | None = None,
    body: bytes | None = None,
    filename: str = "",
) -> Source:
    """Give it another name, another address, or a newer file. With a new address it is looked at at once.

    Until the new one can be read, its entries stay as they are. Raises NotAllowed; Invalid at ``name``, ``url`` or ``file``;
    Gone.
    """
    require(by, MANAGE, source.centre)
    wanted = copy.copy(source)
    wanted.name = source.name if name is None else _name(name)
    wanted.url = source.url if url is None else _url(url)
    if bool(wanted.url) != bool(source.url) or (body is not None and source.url):
        raise Invalid({"url": [_("An address stays an address, and a file a file. Add another calendar instead.")]})
    if wanted.name != source.name:
        _require_new_name(wanted)
    is_elsewhere = wanted.url != source.url or body is not None
    seen: Look | None = None
    if is_elsewhere:
        wanted.digest = wanted.etag = wanted.last_modified = ""
        seen = _looked(wanted, body)
    elif wanted.name != source.name:
        seen = reread(wanted)
    try:
        with transaction.atomic(), because(by=by):
            current = _current(source)
            current.name, current.url = wanted.name, wanted.url
            if body is not None:
                current.filename = filename[:200] or current.filename
            current.save()
            _write(current, seen, by=by, settles=is_elsewhere)
    except IntegrityError:
        raise Invalid({"name": [_taken()]}) from None
    return current


def fetch_now(*, source: Source, by: Person) -> Source:
    """Look at it at once, as the worker would. Returns it with what came of it. Raises NotAllowed, Gone."""
    require(by, MANAGE, source.centre)
    claimed = claim(source.pk)
    if claimed is None:
        raise Gone
    return refresh(claimed, by=by, world=network(QUICK))


def show(*, source: Source, by: Person) -> Source:
    """Let everybody see its entries, in feeds and on pages. Showing twice changes nothing. Raises NotAllowed, Gone."""
    require(by, MANAGE, source.centre)
    seen = reread(source)
    with transaction.atomic(), because(by=by):
        current = _current(source)
        if not current.is_shown:
            current.is_shown = True
            current.next_fetch_at = current.next_fetch_at or timezone.now()
            current.save()
            _write(current, seen, by=by)
    return current


def hide(*, source: Source, by: Person) -> Source:
    """Take its entries out of feeds and pages, and let the worker leave it alone. Raises NotAllowed, Gone."""
    require(by, MANAGE, source.centre)
    with transaction.atomic(), because(by=by):
        current = _current(source)
        if current.is_shown:
            current.is_shown = False
            current.reported_at = None
            current.save()
            EntryText.objects.filter(entry__source=current).delete()
            bump()
    return current


def remove(*, source: Source, by: Person) -> None:
    """Remove it with its entries. Removing twice changes nothing. Raises NotAllowed."""
    require(by, MANAGE, source.centre)
    with transaction.atomic(), because(by=by):
        current = locked(source.pk)
        if current is not None:
            Entry.objects.filter(source=current).delete()
            was_shown = current.is_shown
            current.delete()
            if was_shown:
                bump()


def renew(sources: Any) -> int:
    """Have the worker write these anew, because what we say of them has changed; returns how many are shown."""
    return int(sources.filter(is_shown=True).update(read_on=None, next_fetch_at=timezone.now()))


def _looked(source: Source, body: bytes | None) -> Look:
    """What is there. An address that cannot be right, and a file that cannot be read, are refused."""
    seen = look(source, world=network(QUICK), body=body)
    trouble = seen.trouble
    if isinstance(trouble, Unreachable) and trouble.code.startswith("address"):
        raise Invalid({"url": [words.problem(trouble.code, trouble.detail)]})
    if isinstance(trouble, Unreadable) and (body is not None or trouble.code == "ours"):
        raise Invalid({"url" if body is None else "file": [words.problem(trouble.code, trouble.detail)]})
    return seen


def _write(current: Source, seen: Look | None, *, by: Person, settles: bool = False) -> None:
    """Write what was seen, unless somebody fetched something newer meanwhile: then the worker writes that."""
    if settles and seen is not None:
        current.digest = ""
        settle(current, seen, by=by)
    elif seen is not None and digest(seen.text) == current.digest:
        is_news = write(current, seen)
        current.save()
        if is_news:
            bump()
    else:
        renew(Source.objects.filter(pk=current.pk))


def _current(source: Source) -> Source:
    current = locked(source.pk)
    if current is None:
        raise Gone
    return current


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid({"name": [_("Give it a name: it stands beside every entry.")]})
    if len(name) > 120:
        raise Invalid({"name": [_("Use at most 120 characters.")]})
    return name


def _url(url: str) -> str:
    url = tidied(url)
    if url:
        try:
            judge(url, network(QUICK))
        except Unreachable as trouble:
            raise Invalid({"url": [words.problem(trouble.code, trouble.detail)]}) from None
    return url


def _require_new_name(source: Source) -> None:
    if Source.objects.filter(centre=source.centre, name=source.name).exclude(pk=source.pk).exists():
        raise Invalid({"name": [_taken()]})


def _taken() -> Any:
    return _("Your centre has a calendar of this name already.")
