"""The list for a frame on a centre's own site: no script, no cookie, shown only by sites that the centre named."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from events.calendars.feeds import catalogue, selections, serving, store, transport
from events.calendars.models import Entry, Source
from events.calendars.shapes import sites
from events.programme import listing, queries
from events.programme.wording import When
from network.models import Centre

MOST = 20  # rows; the rest is one click away

PAGE = transport.Form("html", "text/html; charset=utf-8")
POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
}


@dataclass(frozen=True)
class Line:
    """An event, or an entry of a calendar that the centre publishes elsewhere."""

    starts_at: datetime
    title: str
    address: str
    when: When
    place: str
    standing: str = ""
    kind: str = ""
    kind_label: str = ""
    is_off: bool = False
    register: str = ""  # where to register; empty if one cannot now
    is_full: bool = False
    source: str = ""  # the calendar it comes from, for what is not ours


@transport.reading_only
@serving.steady
def frame(request: HttpRequest, slug: str, name: str = "", language: str = settings.LANGUAGE_CODE) -> HttpResponse:
    """``/embed/<centre>/``, ``/embed/<centre>/network.de/``: a calendar as a list, for the sites of the centre."""
    centre = Centre.objects.prefetch_related("embedding_sites").filter(slug=slug).first()
    if centre is None or language not in catalogue.languages():
        return _not_found()
    with translation.override(language):
        feed = catalogue.find(name or f"centre-{slug}")
        if feed is None:
            return _not_found()
        if feed.is_named:
            selections.note_use(feed.name, store.today())
        body = _rendered(centre, feed, language).encode()
    ancestors = " ".join(["'self'", *sites.origins(centre)])
    policy = "; ".join(f"{directive} {value}" for directive, value in {**POLICY, "frame-ancestors": ancestors}.items())
    etag = store.digest_of(policy.encode() + body)  # who has the page has its policy, too

    def load(zipped: bool) -> store.Content:
        return store.Content(etag, None, store.packed(body) if zipped else body)

    response = transport.calendar(request, etag=etag, modified_at=None, load=load, caching=transport.PUBLIC, form=PAGE)
    response["Content-Security-Policy"] = policy
    response["Content-Language"] = language
    return response


def address(centre: Centre, name: str = "", language: str = settings.LANGUAGE_CODE) -> str:
    """Where the list of a calendar is; without a name, of the centre's own."""
    suffix = {} if language == settings.LANGUAGE_CODE else {"language": language}
    calendar = {"name": name} if name and name != f"centre-{centre.slug}" else {}
    path = reverse("embed_calendar" if calendar else "embed", kwargs={"slug": centre.slug, **calendar, **suffix})
    return f"{settings.SITE_URL}{path}"


def _rendered(centre: Centre, feed: catalogue.PublicFeed, language: str) -> str:
    now = timezone.now()
    events = queries.upcoming(queries.visible_to(AnonymousUser()).filter(feed.events), now=now)
    lines = [_line(row) for row in listing.read(events, 0, MOST + 1, now)]
    if feed.sources is not None:
        lines = sorted([*lines, *_from_elsewhere(feed.sources, now)], key=lambda line: line.starts_at)
    context = {
        "language": language,
        "heading": heading(feed),
        "lines": lines[:MOST],
        "has_more": len(lines) > MOST,
        "site_name": settings.SITE_NAME,
        "everything": all_events(feed),
        "subscribe": f"{reverse('calendars')}?{urlencode({'calendar': feed.name, 'entries': language})}",
    }
    return render_to_string("pages/calendars/embed.html", context)


def heading(feed: catalogue.PublicFeed) -> str:
    """What stands above the list, and what a screen reader says of the frame."""
    return gettext("What is on: %(calendar)s") % {"calendar": feed.title}


def all_events(feed: catalogue.PublicFeed) -> str:
    """The list of the programme that has the events of a calendar."""
    return f"{reverse('what_is_on')}?{urlencode(feed.filters)}" if feed.filters else reverse("what_is_on")


def _line(row: listing.Row) -> Line:
    event = row.event
    state = queries.registration_state(event, now=row.now)
    return Line(
        starts_at=event.starts_at,
        title=event.title,
        address=row.address,
        when=row.when,
        place=row.place,
        standing=row.standing[0],
        kind=event.kind,
        kind_label=row.kind_label,
        is_off=row.is_off,
        register=reverse("event_register", args=[event.slug]) if state in {"open", "full"} else "",
        is_full=state == "full",
    )


def _from_elsewhere(chosen: Q, now: datetime) -> Iterator[Line]:
    """What centres publish in other calendars, as long as they want it to be shown."""
    shown = Source.objects.filter(chosen, is_shown=True)
    entries = Entry.objects.filter(kind=Entry.Kind.FOREIGN, source__in=shown, cancelled=False, ends_at__gt=now)
    for entry in entries.select_related("source__centre").order_by("starts_at", "uid")[: MOST + 1]:
        source: Any = entry.source
        yield Line(
            starts_at=entry.starts_at,
            title=entry.title,
            address=entry.link,
            when=When(entry, entry.zone or source.centre.timezone),
            place=entry.place,
            source=source.name,
        )


def _not_found() -> HttpResponse:
    return transport.plain(HTTPStatus.NOT_FOUND, "There is no list at this address.")
