"""Addresses of the desk: the list of events, and one event's form, verbs and history."""

from django.urls import URLPattern, path

from network.later import Pages

desk = Pages("events.programme.desk")
desk_edit = Pages("events.programme.desk_edit")
desk_history = Pages("events.programme.desk_history")
desk_verbs = Pages("events.programme.desk_verbs")

urlpatterns: list[URLPattern] = [
    path("", desk.events, name="desk"),
    path("events/new/", desk_edit.new, name="desk_event_new"),
    path("events/<slug:slug>/", desk_edit.edit, name="desk_event"),
    path("events/<slug:slug>/publish/", desk_verbs.publish, name="desk_publish"),
    path("events/<slug:slug>/move/", desk_verbs.move, name="desk_move"),
    path("events/<slug:slug>/postpone/", desk_verbs.postpone, name="desk_postpone"),
    path("events/<slug:slug>/cancel/", desk_verbs.cancel, name="desk_cancel"),
    path("events/<slug:slug>/clone/", desk_verbs.clone, name="desk_clone"),
    path("events/<slug:slug>/discard/", desk_verbs.discard, name="desk_discard"),
    path("events/<slug:slug>/history/", desk_history.history, name="desk_history"),
]
