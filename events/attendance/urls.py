"""Addresses of the attendance wing."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
