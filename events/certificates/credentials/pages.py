"""What everybody may read, signed in or not: the issuer's keys, the status lists, and the badges without a name on them."""

from collections.abc import Callable
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from events.certificates.credentials import issuer
from events.certificates.credentials.keys import CannotSign
from events.certificates.credentials.picture import kinds_badge
from events.certificates.credentials.serving import DOCUMENT, TOKEN, wants_token
from events.certificates.credentials.status import FRESH, Form, edition_of
from events.certificates.models import Certificate

A_DAY = 24 * 3600


@require_safe
def did_document(request: HttpRequest) -> HttpResponse:
    """Who issues, and by which keys what was issued is checked. Read by programs on other sites too."""
    response = JsonResponse(issuer.document(), content_type="application/did+json")
    response["Access-Control-Allow-Origin"] = "*"
    patch_cache_control(response, public=True, max_age=FRESH)
    return response


@require_safe
def status(request: HttpRequest, number: int) -> HttpResponse:
    """Which certificates of a list were revoked, as JSON-LD with a proof or, for who prefers it, as a token."""
    try:
        edition = edition_of(number)
    except CannotSign:
        response = HttpResponse(status=503)
        response["Retry-After"] = str(FRESH)
        return response
    if edition is None:
        raise Http404
    form: Form = "jwt" if wants_token(request) else "json"
    etag = f"{edition.fingerprint}-{form}"

    def content() -> bytes:
        return bytes(cache.get_or_set(f"status-list:{etag}", lambda: edition.content(form), A_DAY) or b"")

    response = _answer(request, etag, content, TOKEN if form == "jwt" else DOCUMENT)
    patch_vary_headers(response, ["Accept"])
    patch_cache_control(response, public=True, max_age=FRESH)
    return response


@require_safe
def badge(request: HttpRequest, language: str, kind: str) -> HttpResponse:
    """The picture of a kind of certificate."""
    if kind not in Certificate.Kind.values or language not in dict(settings.LANGUAGES):
        raise Http404
    picture = kinds_badge(Certificate.Kind(kind), language)
    response = _answer(request, sha256(picture).hexdigest()[:32], lambda: picture, "image/png")
    patch_cache_control(response, public=True, max_age=A_DAY)
    return response


def _answer(request: HttpRequest, etag: str, content: Callable[[], bytes], media_type: str) -> HttpResponse:
    """What was asked for, or that the reader has it already."""
    quoted = f'"{etag}"'
    if quoted in parse_etags(request.headers.get("If-None-Match", "")):
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(content(), content_type=media_type)
    response["ETag"] = quoted
    response["Access-Control-Allow-Origin"] = "*"
    return response
