"""Addresses of the calendars wing."""

from django.urls import URLPattern, path, re_path

from events.calendars import feed_urls
from events.calendars.feeds import serving
from network.later import Pages

replies_desk = Pages("events.calendars.replies.desk")
reply_pages = Pages("events.calendars.replies.pages")
shapes_desk = Pages("events.calendars.shapes.desk")
sources_desk = Pages("events.calendars.sources.desk")
sources_pages = Pages("events.calendars.sources.pages")
pages = Pages("events.calendars.subscribing.pages")

urlpatterns: list[URLPattern] = [
    *feed_urls.urlpatterns,
    path("calendars/", pages.choose, name="calendars"),
    path("calendars/others/", sources_pages.others, name="other_calendars"),
    path("desk/calendars/", sources_desk.sources, name="desk_calendars"),
    path("desk/calendars/<int:pk>/", sources_desk.source, name="desk_calendar"),
    path("desk/calendars/<int:pk>/do/", sources_desk.act, name="desk_calendar_do"),
    path("my/calendars/", pages.mine, name="my_calendars"),
    path("my/calendars/wishes/", pages.wish, name="calendar_wishes"),
    path("my/calendars/<int:pk>/", pages.change, name="change_calendar"),
    path("my/calendars/<int:pk>/revoke/", pages.revoke, name="revoke_calendar"),
    path("replies/<token>/", reply_pages.reply, name="reply"),
    path("desk/events/<slug:slug>/replies/", replies_desk.replies, name="desk_replies"),
    path("desk/events/<slug:slug>/replies/<int:pk>/", replies_desk.reply, name="desk_reply"),
    path("desk/embedding/", shapes_desk.embedding, name="desk_embedding"),
    path("desk/embedding/<int:pk>/remove/", shapes_desk.remove, name="desk_embedding_remove"),
    re_path(
        r"^registrations/(?P<token>[^/]+)/event(?:\.(?P<language>[a-z]{2}))?\.ics$",
        serving.registration_file,
        name="registration_calendar",
    ),
    re_path(r"^events/(?P<slug>[-\w]+)/event(?:\.(?P<language>[a-z]{2}))?\.ics$", serving.event_file, name="event_calendar"),
]
