"""Addresses of the mail wing."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
