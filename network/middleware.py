"""What every request passes through: a content security policy, the reader's language and the reader's zone."""

from collections.abc import Callable

from django.conf import settings
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.views.defaults import bad_request

from network.later import load
from network.models import Person
from network.vocabulary import zone_named

Handler = Callable[[HttpRequest], HttpResponse]

# Everything comes from us; nothing is inline, nothing is embedded, nothing embeds us.
POLICY = {
    "default-src": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
IDEMPOTENCY_KEY = "HTTP_IDEMPOTENCY_KEY"
PERMISSIONS = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"


class ContentSecurityPolicy:
    """Send the policy. A view that needs more sets ``Content-Security-Policy`` to the directives that differ."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the policy."""
        response = self.get_response(request)
        differing = (part.strip().partition(" ") for part in response.get("Content-Security-Policy", "").split(";"))
        policy = {**POLICY, **{name: value for name, _space, value in differing if name}}
        response["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in policy.items())
        response.setdefault("Permissions-Policy", PERMISSIONS)
        return response


class WholeCookies:
    """Refuse a cookie with a NUL: none of ours has one, and PostgreSQL cannot even look for it (HTTP 400)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, if the cookies are whole."""
        if any("\x00" in value for value in request.COOKIES.values()):
            return bad_request(request, ValueError("NUL in a cookie"))
        return self.get_response(request)


class Language:
    """Speak the language of the person signed in; else of the language cookie; else of the browser.

    Without a session cookie the session is never looked at, so what visitors get carries no cookie and can be cached.
    Calendar files are in the language of their address, whoever asks, so that the same facts are the same bytes.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the reader's language."""
        if is_calendar_file(request):
            with translation.override(settings.LANGUAGE_CODE):
                return self.get_response(request)
        language = language_for(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        # And by what a part of the page found out from other headers, such as the reader's device.
        patch_vary_headers(response, ["Accept-Language", "Cookie", *sorted(getattr(request, "varies_on", ()))])
        if person_of(request) is not None:
            # On a shared computer, nothing of a person stays behind in the browser.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class Unstorable:
    """Answer 400 where PostgreSQL cannot take what was sent, such as the character NUL. The API tells it as a problem."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Hand on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A bad request, if that is what it was."""
        return bad_request(request, exception) if isinstance(exception, DataError) else None


class TimeZone:
    """Show times in the zone of the person signed in. The API and calendar files speak UTC to everybody."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the reader's zone."""
        person = None if request.path.startswith("/api/") else person_of(request)
        if person is None:
            return self.get_response(request)
        with timezone.override(zone_named(person.timezone)):
            return self.get_response(request)


class Idempotency:
    """Let a POST of the API that carries an ``Idempotency-Key`` be done once, however often it is sent.

    Stands innermost, next to the endpoint. Who sends no key need not hold what knows how; see network.api.idempotency.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Hand on what has no key; else do it once."""
        if request.method != "POST" or IDEMPOTENCY_KEY not in request.META or not request.path_info.startswith("/api/"):
            return self.get_response(request)
        answer: HttpResponse = load("network.api.idempotency", "Once")(self.get_response)(request)
        return answer


def is_calendar_file(request: HttpRequest) -> bool:
    """Whether a calendar program asks for a feed or an event's file."""
    return request.path.endswith(".ics")


def person_of(request: HttpRequest) -> Person | None:
    """Who is signed in by session; looks only if the browser has sent a session cookie."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or is_calendar_file(request):
        return None
    user = request.user
    return user if isinstance(user, Person) else None


def language_for(request: HttpRequest) -> str:
    """The interface language for this request."""
    person = person_of(request)
    if person is not None:
        try:
            return translation.get_supported_language_variant(person.language)
        except LookupError:
            pass  # the person's own language is not among those of the interface yet
    return translation.get_language_from_request(request)
