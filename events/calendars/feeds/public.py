"""The public feeds: what everybody may see, whole or in parts."""

from datetime import datetime
from functools import cache

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext

from events.calendars.feeds import bodies, catalogue, selections, store
from events.calendars.models import Entry, EntryText, Source
from events.programme.queries import visible_to


def feed(name: str, language: str) -> store.Stored | None:
    """The public feed of that name as it is now, or None if there is no such feed."""
    key = f"{name}/{language}"
    return store.valid(key) or (store.rebuilt(key, lambda: _recipe(name, language)) if catalogue.find(name) else None)


def _recipe(name: str, language: str) -> store.Recipe:
    with translation.override(language):
        feed = catalogue.find(name)
        if feed is None:
            raise LookupError(name)
        shape = bodies.Shape(
            name=bodies.title(feed.title),
            description=gettext("Events of the European network of competence centres for innovation procurement."),
            page=f"{settings.SITE_URL}/calendars/",
            address=catalogue.address(name, language),
            zone=feed.zone,
            colour=feed.colour,
        )
    if feed.is_named:
        selections.note_use(name, store.today())
    texts = bodies.in_window(_texts(feed, language), store.today())

    @cache
    def components() -> bytes:  # not read by who only waited for the lock
        return bodies.components(texts, zone=shape.zone)

    def write(modified_at: datetime) -> bytes:
        return bodies.calendar(shape, modified_at, components())

    return store.Recipe(write)


def _texts(feed: catalogue.PublicFeed, language: str) -> bodies.Texts:
    """What everybody may see of its events, and the entries of its centres' other calendars that are shown."""
    events = visible_to(AnonymousUser()).filter(feed.events)
    chosen = Q(entry__kind=Entry.Kind.SESSION, entry__event__in=events)
    if feed.sources is not None:
        shown = list(Source.objects.filter(feed.sources, is_shown=True).order_by("pk").values_list("pk", flat=True))
        if shown:  # most often there is none, and the query is simpler
            chosen |= Q(entry__kind=Entry.Kind.FOREIGN, entry__source__in=shown)
    return bodies.in_language(language).filter(chosen, audience=EntryText.Audience.PUBLIC)
