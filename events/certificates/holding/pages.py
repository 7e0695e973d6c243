"""My certificate, please."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from events.certificates import queries
from events.certificates.issuing.serving import pdf_response
from events.certificates.numbers import parse
from network.rules import may


@require_GET
@login_required
def download(request: HttpRequest, number: str) -> HttpResponseBase:
    """The PDF as it was issued, for its holder and for who runs the event. For others it does not exist."""
    certificate = queries.visible_to(request.user).filter(number=parse(number)).first()
    if certificate is None or not may(request.user, "events.download_certificate", certificate):
        raise Http404
    return pdf_response(request, certificate)
