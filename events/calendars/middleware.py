"""Answers calendar programs before anything that is meant for people."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve


class Feeds:
    """Feeds come first: no session, no cookie, no language, no sign-in, no CSRF. Stands below SecurityMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a feed; hand everything else on."""
        if request.path_info.startswith("/calendars/") and request.path_info.endswith(".ics"):
            try:
                view, args, kwargs = resolve(request.path_info, urlconf="events.calendars.feed_urls")
            except Resolver404:
                pass
            else:
                return view(request, *args, **kwargs)
        return self.get_response(request)
