"""Addresses of the desk's pages about registrations."""

from django.urls import URLPattern, path

from events.registrations import desk

urlpatterns: list[URLPattern] = [
    path("events/<slug:slug>/registrations/", desk.registrations, name="desk_registrations"),
    path("events/<slug:slug>/registrations/decide/", desk.decide, name="desk_registrations_decide"),
    path("events/<slug:slug>/registrations/add/", desk.add, name="desk_registrations_add"),
    path("events/<slug:slug>/registrations/export.csv", desk.export, name="desk_registrations_export"),
    path("events/<slug:slug>/registrations/<int:key>/cancel/", desk.cancel, name="desk_registration_cancel"),
]
