"""The addresses of feeds. The middleware knows them by this list, so that nothing else touches them.

A feed answers before sessions, languages and sign-in: no cookie, no ``Vary`` but Accept-Encoding, no redirect.
"""

from django.urls import URLPattern, path, re_path

from events.calendars.feeds import serving

urlpatterns: list[URLPattern] = [
    re_path(r"^calendars/(?P<name>[a-z0-9-]+)(?:\.(?P<language>[a-z]{2}))?\.ics$", serving.public_feed, name="calendar"),
    re_path(
        r"^calendars/(?P<token>[A-Za-z0-9_-]{16,64})/(?P<name>[\w-]{1,80})\.ics$",
        serving.personal_feed,
        name="personal_calendar",
    ),
    path("calendars/<path:anything>.ics", serving.nothing_here, name="no_calendar"),
]
