"""Addresses of the calendars wing."""

from django.urls import URLPattern, path, re_path

from events.calendars import feed_urls
from events.calendars.feeds import serving
from events.calendars.subscribing import pages

urlpatterns: list[URLPattern] = [
    *feed_urls.urlpatterns,
    path("calendars/", pages.choose, name="calendars"),
    path("my/calendars/", pages.mine, name="my_calendars"),
    path("my/calendars/<int:pk>/revoke/", pages.revoke, name="revoke_calendar"),
    re_path(r"^events/(?P<slug>[-\w]+)/event(?:\.(?P<language>[a-z]{2}))?\.ics$", serving.event_file, name="event_calendar"),
]
