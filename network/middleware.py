"""What every request passes through: a content security policy, the reader's language and the reader's zone."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


class ContentSecurityPolicy:
    """Stub."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)


class Language(ContentSecurityPolicy):
    """Stub."""


class TimeZone(ContentSecurityPolicy):
    """Stub."""
