"""The credential of my certificate, please: to keep, to show, to put into a wallet."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from events.certificates import queries
from events.certificates.credentials.serving import credential_response, wants_token
from events.certificates.numbers import parse
from network.rules import may


@require_safe
@login_required
def download(request: HttpRequest, number: str, form: str) -> HttpResponse:
    """The credential in a form, for the holder and for who runs the event. For others it does not exist."""
    return _served(request, number, form)


@require_safe
def credential(request: HttpRequest, number: str) -> HttpResponse:
    """What a credential is called. People are led to where it is checked; a program of the holder's gets it."""
    if wants_token(request):
        return _served(request, number, "jwt")
    if "json" in request.headers.get("Accept", "") or "application/vc" in request.headers.get("Accept", ""):
        return _served(request, number, "json")
    return redirect("verify", number)


def _served(request: HttpRequest, number: str, form: str) -> HttpResponse:
    certificates = queries.visible_to(request.user).select_related("credential")
    certificate = certificates.filter(number=parse(number)).first()
    if certificate is None or not may(request.user, "events.download_certificate", certificate):
        raise Http404
    return credential_response(request, certificate, form)
