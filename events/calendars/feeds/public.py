"""The public feeds: what everybody may see, whole or in parts."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import translation
from django.utils.translation import gettext

from events.calendars.feeds import bodies, catalogue, store
from events.calendars.models import Entry, EntryText
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
    events = visible_to(AnonymousUser()).filter(feed.events)
    texts = bodies.in_language(language).filter(
        audience=EntryText.Audience.PUBLIC, entry__kind=Entry.Kind.SESSION, entry__event__in=events
    )
    components = bodies.components(bodies.in_window(texts, store.today()), zone=shape.zone)

    def write(modified_at: datetime) -> bytes:
        return bodies.calendar(shape, modified_at, components)

    return store.Recipe(write)
