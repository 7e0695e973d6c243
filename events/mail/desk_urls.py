"""Addresses of the desk's page to write to participants."""

from django.urls import URLPattern, path

from network.later import Pages

desk = Pages("events.mail.desk")

urlpatterns: list[URLPattern] = [path("events/<slug:slug>/write/", desk.write, name="desk_write")]
