"""Addresses of the front door: what belongs to no single wing."""

from django.conf import settings
from django.urls import URLPattern, path

from config import catalogue, pages

urlpatterns: list[URLPattern] = [
    path("about/", pages.about, name="about"),
    path("about/join/", pages.join, name="join"),
    path("about/join/thanks/", pages.join_thanks, name="join_thanks"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("privacy/", pages.privacy, name="privacy"),
    path("my/", pages.my, name="my"),
    path("language/", pages.choose_language, name="choose_language"),
    path("robots.txt", pages.robots, name="robots"),
    path("healthz", pages.healthz, name="healthz"),
    path("readyz", pages.readyz, name="readyz"),
]
if settings.DEBUG:
    urlpatterns.append(path("demo/components/", catalogue.components, name="components"))
