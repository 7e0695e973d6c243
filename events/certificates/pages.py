"""Is it genuine? And: my certificate, please."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header, parse_etags
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_safe

from events.certificates import archive, queries
from events.certificates.forms import NumberForm
from events.certificates.limits import seconds_to_wait
from events.certificates.models import Certificate
from events.certificates.numbers import parse
from events.certificates.wording import put_into_words
from events.programme.models import Event
from network.rules import may

PDF = "application/pdf"
A_YEAR = 365 * 24 * 3600

# The same words for a number that is not known and for what cannot be a number.
UNKNOWN = _("No certificate has this number.")


@require_safe
def verify_start(request: HttpRequest) -> HttpResponse:
    """Where a number is typed. A number that could be one leads to its page."""
    if "number" not in request.GET:
        return _private(render(request, "pages/certificates/verify.html", {"form": NumberForm()}))
    form = NumberForm(request.GET)
    if not form.is_valid():
        return _private(render(request, "pages/certificates/verify.html", {"form": form}))
    typed = form.cleaned_data["number"]
    number = parse(typed)
    return redirect("verify", number) if number else _verdict(request, typed)


@require_safe
def verify(request: HttpRequest, number: str) -> HttpResponse:
    """What is known about a number: valid, revoked, replaced or unknown. No number is a secret that this page gives away."""
    return _verdict(request, number)


def _verdict(request: HttpRequest, typed: str) -> HttpResponse:
    """The answer for a number. An unknown and an impossible one get the same, after the same work."""
    if wait := seconds_to_wait(request):
        response = render(request, "pages/certificates/too_many.html", {"wait": wait}, status=429)
        response["Retry-After"] = str(wait)
        return _private(response)
    certificate = queries.by_number(typed)
    if certificate is None:
        form = NumberForm({"number": typed[:60]})
        form.add_error("number", UNKNOWN)
        return _private(render(request, "pages/certificates/verify.html", {"form": form, "unknown": True}, status=404))
    context = {
        "certificate": certificate,
        "replacement": getattr(certificate, "replaced_by", None),
        "words": put_into_words(certificate.facts),
        "register_number": certificate.register_number,
    }
    return _private(render(request, "pages/certificates/verdict.html", context))


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"  # the address holds the number
    return response


@require_GET
@login_required
def download(request: HttpRequest, number: str) -> HttpResponseBase:
    """The PDF as it was issued, for its holder and for who runs the event. For others it does not exist."""
    certificate = queries.visible_to(request.user).filter(number=parse(number)).first()
    if certificate is None or not may(request.user, "events.download_certificate", certificate):
        raise Http404
    return pdf_response(request, certificate)


def pdf_response(request: HttpRequest, certificate: Certificate) -> HttpResponseBase:
    """The file, which never changes: its SHA-256 is the ETag, and a browser need not ask twice."""
    etag = f'"{certificate.sha256}"'
    response: HttpResponseBase
    if etag in parse_etags(request.META.get("HTTP_IF_NONE_MATCH", "")):
        response = HttpResponse(status=304)
    else:
        response = FileResponse(certificate.file.open("rb"), content_type=PDF)
        response["Content-Disposition"] = str(
            content_disposition_header(as_attachment=False, filename=archive.file_name(certificate))
        )
    response["ETag"] = etag
    patch_cache_control(response, private=True, immutable=True, max_age=A_YEAR)
    return response


def archive_response(event: Event) -> StreamingHttpResponse:
    """The ZIP, sent while it is made."""
    response = StreamingHttpResponse(archive.stream(event), content_type="application/zip")
    response["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=archive.archive_name(event)))
    response["Cache-Control"] = "private, no-store"
    return response
