"""Addresses of the programme wing."""

from django.urls import URLPattern, path

from events.programme import pages

urlpatterns: list[URLPattern] = [
    path("", pages.what_is_on, name="what_is_on"),
    path("centres/", pages.centres, name="centres"),
    path("centres/<slug:slug>/", pages.centre, name="centre"),
]
