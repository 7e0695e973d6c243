"""Atom (RFC 4287): what is new and what has changed, for readers of news and for websites."""

from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Max, QuerySet
from django.utils import translation
from django.utils.translation import gettext, pgettext

from events.calendars.entries import texts
from events.calendars.feeds import bodies, catalogue, selections, store
from events.calendars.models import Entry
from events.programme.listing import OFF
from events.programme.models import Event
from events.programme.queries import visible_to
from events.programme.wording import when

MOST = 50  # entries: the most recently changed

# What XML 1.0 cannot hold (§2.2, Char): most controls, halves of characters, and two that are none.
_NO_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF])


def feed(name: str, language: str) -> store.Stored | None:
    """The feed of changes of a public calendar, or None if there is no such calendar."""
    key = f"{name}/{language}/atom"
    return store.valid(key) or (store.rebuilt(key, lambda: _recipe(name, language)) if catalogue.find(name) else None)


def address(name: str, language: str) -> str:
    """Where the feed is: beside the calendar."""
    return f"{catalogue.address(name, language).removesuffix('.ics')}.atom"


def _recipe(name: str, language: str) -> store.Recipe:
    with translation.override(language):
        found = catalogue.find(name)
        if found is None:
            raise LookupError(name)
        if found.is_named:
            selections.note_use(name, store.today())
        own = address(name, language)
        subtitle = gettext("Events of the European network of competence centres for innovation procurement.")
        head = [
            _text("id", own),
            _text("title", bodies.title(found.title)),
            _text("subtitle", subtitle),
            f'<link rel="self" type="application/atom+xml" href={_attribute(own)}/>',
            f'<link rel="alternate" type="text/html" href={_attribute(f"{settings.SITE_URL}/")}/>',
            f'<link rel="alternate" type="text/calendar" href={_attribute(catalogue.address(name, language))}/>',
            f"<author>{_text('name', settings.SITE_NAME)}</author>",
        ]
        entries = [_entry(event) for event in _changed(found)]

    def write(modified_at: datetime) -> bytes:
        lines = [
            '<?xml version="1.0" encoding="utf-8"?>',
            f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{language}">',
            *head,
            _text("updated", _moment(modified_at)),
            *entries,
            "</feed>\n",
        ]
        return "\n".join(lines).encode()

    return store.Recipe(write)


def _changed(found: catalogue.PublicFeed) -> QuerySet[Event, Any]:
    """The public events of a calendar, the last changed first. An event changes with the entries of its sessions."""
    now = store.today()
    return (
        visible_to(AnonymousUser())
        .filter(found.events, last_day__gte=now - bodies.BACK, entries__kind=Entry.Kind.SESSION)
        .annotate(changed_at=Max("entries__changed_at"))
        .select_related("organising_centre", "venue")
        .prefetch_related("co_organisers", "sectors")
        .order_by("-changed_at", "slug")[:MOST]
    )


def _entry(event: Any) -> str:
    """One event. Its permanent address is its id: its name in it is fixed at publication."""
    page = texts.event_address(event)
    lines = [
        "<entry>",
        _text("id", page),
        _text("title", _title(event)),
        _text("updated", _moment(event.changed_at)),
        _text("published", _moment(event.published_at or event.created_at)),
        f'<link rel="alternate" type="text/html" href={_attribute(page)}/>',
        *(
            f"<author>{_text('name', centre.name)}{_text('uri', centre.website) if centre.website else ''}</author>"
            for centre in (event.organising_centre, *event.co_organisers.all())
        ),
        f"<category term={_attribute(f'kind-{event.kind}')} label={_attribute(str(event.get_kind_display()))}/>",
        *(
            f"<category term={_attribute(f'sector-{sector.slug}')} label={_attribute(str(sector))}/>"
            for sector in event.sectors.all()
        ),
        _text("summary", _summary(event)),
        "</entry>",
    ]
    return "\n".join(lines)


def _title(event: Event) -> str:
    """Its title; whether it was called off stands before it, as in the calendar."""
    match event.state:
        case Event.State.CANCELLED:
            prefix = pgettext("before a title", "CANCELLED")
            return f"{prefix}: {event.title}"
        case Event.State.POSTPONED:
            prefix = pgettext("before a title", "POSTPONED")
            return f"{prefix}: {event.title}"
    return event.title


def _summary(event: Event) -> str:
    """When, where, what about, as lines of text."""
    why = event.state_reason if event.state in OFF else ""
    return "\n".join(filter(None, (str(when(event)), texts.place(event), why, event.summary)))


def _moment(moment: datetime) -> str:
    """RFC 3339, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _text(name: str, value: str) -> str:
    return f"<{name}>{escape(value.translate(_NO_XML))}</{name}>"


def _attribute(value: str) -> str:
    return quoteattr(value.translate(_NO_XML))
