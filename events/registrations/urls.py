"""Addresses of the registrations wing."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
