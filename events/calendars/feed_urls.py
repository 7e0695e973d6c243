"""The addresses of feeds. The middleware knows them by this list, so that nothing else touches them.

A feed answers before sessions, languages and sign-in: no cookie, no ``Vary`` but Accept-Encoding, no redirect.
"""

from django.urls import URLPattern, path, re_path

from events.calendars.feeds import serving
from events.calendars.shapes import frame
from events.calendars.shapes import serving as shapes

NAME = r"(?P<name>[a-z0-9-]+)(?:\.(?P<language>[a-z]{2}))?"
ENDINGS = ("ics", "json", "atom")
OWN = r"(?P<token>[A-Za-z0-9_-]{16,64})/(?P<name>[\w-]{1,80})"

urlpatterns: list[URLPattern] = [
    re_path(rf"^calendars/{NAME}\.ics$", serving.public_feed, name="calendar"),
    re_path(rf"^calendars/{OWN}\.ics$", serving.personal_feed, name="personal_calendar"),
    re_path(rf"^calendars/{NAME}\.json$", shapes.public_jcal, name="calendar_jcal"),
    re_path(rf"^calendars/{OWN}\.json$", shapes.personal_jcal, name="personal_jcal"),
    re_path(rf"^calendars/{NAME}\.atom$", shapes.public_atom, name="calendar_atom"),
    *(path(f"calendars/<path:anything>.{ending}", serving.nothing_here, name="no_calendar") for ending in ENDINGS),
    re_path(r"^embed/(?P<slug>[-\w]+)(?:\.(?P<language>[a-z]{2}))?/$", frame.frame, name="embed"),
    re_path(rf"^embed/(?P<slug>[-\w]+)/{NAME}/$", frame.frame, name="embed_calendar"),
]
