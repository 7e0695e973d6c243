"""The verbs of other people’s calendars: add one, change it, fetch it now, show or hide it, remove it.

None of them speaks to another server or reads a calendar: that is the worker's, within seconds; see ``updating``.
"""

import copy
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.calendars.entries.keeping import bump
from events.calendars.models import Entry, EntryText, Source
from events.calendars.sources import words
from events.calendars.sources.fetching import Unreachable, judge, tidied
from events.calendars.sources.lines import Unreadable, kept
from events.calendars.sources.updating import MOST_DATES_TOGETHER, ask, dates_shown, locked, network
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


class TooManyDates(Refused):
    """What the centre shows would be too much for the network's calendar."""

    code = "too_many_dates"


class Gone(Refused):
    """Somebody else removed it."""

    code = "source_removed"
    message = _("This calendar has been removed in the meantime.")


def add(*, centre: Centre, name: str, by: Person, url: str = "", body: bytes | None = None, filename: str = "") -> Source:
    """Add a calendar that a centre publishes elsewhere: an address, or the bytes of a file. The worker reads it next.

    It is not shown yet, so that one can see first what it would show. What the worker finds wrong with it is in its state, and
    it stays nevertheless: servers have bad days.

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
    text = _kept(body)
    try:
        with transaction.atomic(), because(by=by):
            Centre.objects.select_for_update().get(pk=centre.pk)
            if Source.objects.filter(centre=centre).count() >= MOST_AT_A_CENTRE:
                raise TooManySources
            ask(source, text=text)
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
    """Give it another name, another address, or a newer file. The worker reads it next.

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
    text = _kept(body)
    try:
        with transaction.atomic(), because(by=by):
            current = _current(source)
            is_elsewhere = wanted.url != source.url or body is not None
            current.name, current.url = wanted.name, wanted.url
            if body is not None:
                current.filename = filename[:200] or current.filename
            if is_elsewhere:
                current.digest = current.etag = current.last_modified = ""
                ask(current, text=text)
            elif wanted.name != source.name:
                _say_anew(current)
    except IntegrityError:
        raise Invalid({"name": [_taken()]}) from None
    return current


def fetch_now(*, source: Source, by: Person) -> Source:
    """Have the worker read it next, whatever it holds. While it waits for that, asking again changes nothing.

    Raises NotAllowed, Gone.
    """
    require(by, MANAGE, source.centre)
    with transaction.atomic(), because(by=by):
        current = _current(source)
        if not current.is_asked:
            ask(current)
    return current


def show(*, source: Source, by: Person) -> Source:
    """Let everybody see its entries: on pages at once, in feeds when the worker has written them.

    Showing twice changes nothing. Raises NotAllowed, Gone, TooManyDates.
    """
    require(by, MANAGE, source.centre)
    with transaction.atomic(), because(by=by):
        current = _current(source)
        if not current.is_shown:
            if dates_shown(current) + current.entries.count() > MOST_DATES_TOGETHER:
                raise TooManyDates(words.problem("too-many-together", str(MOST_DATES_TOGETHER)))
            current.is_shown = True
            _say_anew(current)
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


def _kept(body: bytes | None) -> str | None:
    """What is kept of a file, if there is one. What is no calendar at all is refused; the worker looks at the rest of it."""
    try:
        return None if body is None else kept(body)
    except Unreadable as trouble:
        raise Invalid({"file": [words.problem(trouble.code, trouble.detail)]}) from None


def _say_anew(current: Source) -> None:
    """Save it, and have the worker write its entries anew from what is stored."""
    current.read_on, current.next_fetch_at = None, timezone.now()
    current.save()


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
            judge(url, network())
        except Unreachable as trouble:
            raise Invalid({"url": [words.problem(trouble.code, trouble.detail)]}) from None
    return url


def _require_new_name(source: Source) -> None:
    if Source.objects.filter(centre=source.centre, name=source.name).exclude(pk=source.pk).exists():
        raise Invalid({"name": [_taken()]})


def _taken() -> Any:
    return _("Your centre has a calendar of this name already.")
