"""Is it genuine? A number is looked up, a name compared, a file judged."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events.certificates.content.wording import put_into_words
from events.certificates.numbers import parse
from events.certificates.sealing.judging import Busy
from events.certificates.verifying import verdicts
from events.certificates.verifying.forms import FileForm, NameForm, NumberForm
from events.certificates.verifying.limits import seconds_to_wait, seconds_to_wait_for_a_name, visitor
from events.certificates.verifying.verdicts import Verdict
from network.errors import Invalid
from network.forms import add_errors

# The same words for a number that is not known and for what cannot be a number.
UNKNOWN = _("No certificate has this number.")


@require_safe
def verify_start(request: HttpRequest) -> HttpResponse:
    """Where a number is typed, or a file is dropped. A number that could be one leads to its page.

    Of a file that was dropped comes only its hash, which the browser computed: ``?sha256=…``.
    """
    if "sha256" in request.GET:
        return _of_hash(request, request.GET["sha256"])
    if "number" not in request.GET:
        return _start(request, NumberForm())
    form = NumberForm(request.GET)
    if not form.is_valid():
        return _start(request, form)
    typed = form.cleaned_data["number"]
    number = parse(typed)
    return redirect("verify", number) if number else _verdict(request, typed)


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, number: str) -> HttpResponse:
    """What is known about a number: valid, expired, revoked, replaced or unknown. A POST compares a name with the holder's.

    No number is a secret that this page gives away.
    """
    return _verdict(request, number)


@require_POST
def verify_file(request: HttpRequest) -> HttpResponse:
    """Whether a file is one of ours as it was issued, and who sealed it. It is read, judged and forgotten."""
    if wait := seconds_to_wait(request):
        return _too_many(request, wait)
    form = FileForm(request.POST, request.FILES)
    try:
        found = verdicts.by_file(form.cleaned_data["file"], visitor=visitor(request)) if form.is_valid() else None
    except Busy as busy:
        form.add_error("file", str(busy.message))
        response = _start(request, NumberForm(), file_form=form, status=503)
        response["Retry-After"] = str(busy.retry_after)
        return response
    except Invalid as error:
        add_errors(form, error)
        found = None
    if found is None:
        return _start(request, NumberForm(), file_form=form, status=400)
    context = {"found": found, "form": FileForm()}
    if found.verdict is not None:
        context |= _shown(found.verdict)
    return _private(render(request, "pages/certificates/file_verdict.html", context))


def _start(
    request: HttpRequest,
    form: NumberForm,
    *,
    file_form: FileForm | None = None,
    unknown: bool = False,
    unknown_file: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "file_form": file_form or FileForm(),
        "unknown": unknown,
        "unknown_file": unknown_file,
    }
    return _private(render(request, "pages/certificates/verify.html", context, status=status))


def _verdict(request: HttpRequest, typed: str) -> HttpResponse:
    """The answer for a number. An unknown and an impossible one get the same, after the same work."""
    if wait := seconds_to_wait(request):
        return _too_many(request, wait)
    name_form = NameForm(request.POST if request.method == "POST" else None)
    typed_name = name_form.cleaned_data["name"] if name_form.is_valid() else ""
    if typed_name and (wait := seconds_to_wait_for_a_name(typed)):
        return _too_many(request, wait)
    verdict = verdicts.by_number(typed, typed_name=typed_name)
    if verdict is None:
        form = NumberForm({"number": typed[:60]})
        form.add_error("number", UNKNOWN)
        return _start(request, form, unknown=True, status=404)
    context = _shown(verdict) | {"name_form": name_form, "file_form": FileForm()}
    status = 400 if name_form.errors else 200
    return _private(render(request, "pages/certificates/verdict.html", context, status=status))


def _of_hash(request: HttpRequest, sha256: str) -> HttpResponse:
    """The answer for a file that stayed where it was."""
    if wait := seconds_to_wait(request):
        return _too_many(request, wait)
    verdict = verdicts.by_hash(sha256)
    if verdict is None:
        return _start(request, NumberForm(), unknown_file=True, status=404)
    context = _shown(verdict) | {"name_form": NameForm(), "file_form": FileForm(), "is_original": True}
    return _private(render(request, "pages/certificates/verdict.html", context))


def _shown(verdict: Verdict) -> dict[str, object]:
    certificate = verdict.certificate
    return {
        "verdict": verdict,
        "certificate": certificate,
        "words": put_into_words(certificate.facts),
        "register_number": certificate.register_number,
    }


def _too_many(request: HttpRequest, wait: int) -> HttpResponse:
    response = render(request, "pages/certificates/too_many.html", {"wait": wait}, status=429)
    response["Retry-After"] = str(wait)
    return _private(response)


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    # The address holds the number. Not "no-referrer": with it, browsers send the forms of this page with the origin "null".
    response["Referrer-Policy"] = "same-origin"
    return response
