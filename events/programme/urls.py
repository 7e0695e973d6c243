"""Addresses of the programme wing."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
