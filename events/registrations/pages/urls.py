"""Addresses of the registrations wing."""

from django.urls import URLPattern, path

from network.later import Pages

pages = Pages("events.registrations.pages.event")
answer_pages = Pages("events.registrations.pages.files")
group_pages = Pages("events.registrations.pages.group")
register_pages = Pages("events.registrations.pages.register")
self_service = Pages("events.registrations.pages.self_service")

urlpatterns: list[URLPattern] = [
    path("registrations/files/<int:pk>/", answer_pages.answer_file, name="answer_file"),
    path("events/<slug:slug>/", pages.event, name="event"),
    path("events/<slug:slug>/register/", register_pages.register, name="event_register"),
    path("events/<slug:slug>/colleagues/", group_pages.colleagues, name="event_colleagues"),
    # A registration's own page: the token is in every mail, see ``links``.
    path("registrations/<token>/", self_service.show, name="registration"),
    path("registrations/<token>/accept/", self_service.accept, name="registration_accept"),
    path("registrations/<token>/change/", self_service.change, name="registration_change"),
    path("registrations/<token>/pass-on/", self_service.pass_on, name="registration_pass_on"),
    path("registrations/<token>/cancel/", self_service.cancel, name="registration_cancel"),
]
