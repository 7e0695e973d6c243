"""Addresses of the mail wing."""

from django.conf import settings
from django.urls import URLPattern, path

from network.later import Pages

pages = Pages("events.mail.pages")


def demonstration() -> list[URLPattern]:
    """Every mail, to be read by everybody. These addresses exist in the demonstration only."""
    return [
        path("demo/mails/", pages.demo_mails, name="demo_mails"),
        path("demo/mails/<int:pk>/", pages.demo_mail, name="demo_mail"),
        path("demo/mails/<int:pk>/html/", pages.demo_mail_html, name="demo_mail_html"),
        path("demo/mails/<int:pk>/invite.ics", pages.demo_mail_calendar, name="demo_mail_calendar"),
    ]


urlpatterns: list[URLPattern] = [
    path("desk/messages/", pages.desk_messages, name="desk_messages"),
    path("desk/messages/<int:pk>/try-again/", pages.desk_try_again, name="desk_message_try_again"),
    *(demonstration() if settings.DEBUG else []),
]
