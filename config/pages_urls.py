"""Addresses of the front door: what belongs to no single wing."""

from django.conf import settings
from django.urls import URLPattern, path

from config import catalogue, pages

urlpatterns: list[URLPattern] = [
    path("language/", pages.choose_language, name="choose_language"),
]
if settings.DEBUG:
    urlpatterns.append(path("demo/components/", catalogue.components, name="components"))
