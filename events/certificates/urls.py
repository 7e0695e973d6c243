"""Addresses of the certificates wing."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
