"""Addresses of the desk's pages about attendance."""

from django.urls import URLPattern, path

from events.attendance import desk

urlpatterns: list[URLPattern] = [
    path("events/<slug:slug>/attendance/", desk.attendance, name="desk_attendance"),
    path("events/<slug:slug>/attendance/hours/", desk.hours, name="desk_hours"),
    path("events/<slug:slug>/attendance/sign/", desk.sign, name="desk_sign"),
    path("events/<slug:slug>/attendance/<int:session>/all/", desk.mark_all, name="desk_mark_all"),
    path("events/<slug:slug>/attendance/<int:session>/<int:registration>/", desk.mark, name="desk_mark"),
]
