"""Is it genuine?"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from events.certificates import queries
from events.certificates.content.wording import put_into_words
from events.certificates.numbers import parse
from events.certificates.verifying.forms import NumberForm
from events.certificates.verifying.limits import seconds_to_wait

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
