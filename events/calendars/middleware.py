"""Answers calendar programs before anything that is meant for people."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve


def is_feed(path: str) -> bool:
    """Whether a path may be that of a feed, or of a list in a frame."""
    if path.startswith("/calendars/"):
        return path.endswith((".ics", ".json", ".atom"))
    return path.startswith("/embed/")


class Feeds:
    """Feeds come first: no session, no cookie, no language, no sign-in, no CSRF. Stands below SecurityMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a feed; hand everything else on."""
        if is_feed(request.path_info):
            try:
                view, args, kwargs = resolve(request.path_info, urlconf="events.calendars.feed_urls")
            except Resolver404:
                pass
            else:
                return view(request, *args, **kwargs)
        return self.get_response(request)
