"""A certificate's credential over HTTP, in each of its forms, for pages and API."""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header, parse_etags

from events.certificates.credentials.elm import european_credential
from events.certificates.credentials.picture import baked
from events.certificates.models import Certificate, Credential

DOCUMENT = "application/vc"  # VC Data Model 2.0 §6.3
TOKEN = "application/vc+jwt"  # noqa: S105 - a media type; VC-JOSE-COSE §6.2.1
JSON_LD = "application/ld+json"
A_YEAR = 365 * 24 * 3600


def _as_document(certificate: Certificate) -> bytes:
    return _credential(certificate).document.encode()


def _as_token(certificate: Certificate) -> bytes:
    return _credential(certificate).token.encode()


def _as_badge(certificate: Certificate) -> bytes:
    return baked(certificate, _credential(certificate).document)


def _as_european(certificate: Certificate) -> bytes:
    return json.dumps(european_credential(certificate), ensure_ascii=False, indent=1).encode()


#: How each form is made, and what it is called over HTTP.
FORMS: Mapping[str, tuple[Callable[[Certificate], bytes], str]] = {
    "json": (_as_document, DOCUMENT),
    "jwt": (_as_token, TOKEN),
    "png": (_as_badge, "image/png"),
    "elm.json": (_as_european, JSON_LD),
}


def credential_response(request: HttpRequest, certificate: Certificate, form: str) -> HttpResponse:
    """The credential in a form. What was signed never changes. Raises Http404 where the certificate has none."""
    make, media_type = FORMS[form]
    content = make(certificate)
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    if etag in parse_etags(request.META.get("HTTP_IF_NONE_MATCH", "")):
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(content, content_type=media_type)
        response["Content-Disposition"] = str(
            content_disposition_header(as_attachment=True, filename=file_name(certificate, form))
        )
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    return response


def file_name(certificate: Certificate, form: str) -> str:
    """What it is called when it is saved. A European credential says that it is unsigned."""
    unsigned = "-unsigned" if form == "elm.json" else ""
    return f"{certificate.number}{unsigned}.{form}"


def wants_token(request: HttpRequest) -> bool:
    """Whether who asks would rather have a token: they name one of its media types."""
    return any(name in request.headers.get("Accept", "") for name in (TOKEN, "application/vc-ld+jwt", "application/jwt"))


def _credential(certificate: Certificate) -> Credential:
    found: Any = getattr(certificate, "credential", None)
    if found is None:
        raise Http404
    return found
