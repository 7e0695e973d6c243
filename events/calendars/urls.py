"""Addresses of the calendars wing."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
