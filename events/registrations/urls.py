"""Addresses of the registrations wing."""

from django.urls import URLPattern, path

from events.registrations import pages

urlpatterns: list[URLPattern] = [
    path("events/<slug:slug>/", pages.event, name="event"),
    path("events/<slug:slug>/register/", pages.register, name="event_register"),
    path("events/<slug:slug>/cancel/", pages.cancel, name="event_cancel"),
]
