"""Addresses of the front door: what belongs to no single wing."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
