"""The register of an event's certificates: who earned one, who has one, and what is still to do."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from events.certificates import queries
from events.certificates.content.earning import is_over
from events.certificates.issuing import actions
from events.certificates.models import Certificate, Recognition
from events.certificates.register.archive import archive_name, archive_response, of_event
from events.programme.desk import desk_event, desk_page, person_of
from events.programme.models import Event
from events.registrations.models import Registration
from network.errors import Invalid, Problem
from network.forms import add_errors

ISSUE = "events.issue_certificates"


class ReasonForm(forms.Form):
    """Why a certificate is revoked or issued anew."""

    use_required_attribute = False
    reason = forms.CharField(
        label=_("Reason"),
        max_length=actions.REASON_LENGTH,
        help_text=_("For the centre’s register. It is not shown in public."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why. It is for the centre’s register and is not shown in public.")},
    )


@desk_page
@require_GET
def certificates(request: HttpRequest, slug: str) -> HttpResponse:
    """The register. While the worker issues certificates, a part of the page follows it."""
    event = desk_event(request, slug, ISSUE)
    lines = queries.register_of(event)
    progress = queries.summed_up(event, lines)
    context = {"event": event, "tab": "certificates", "progress": progress}
    if request.GET.get("part") == "progress":
        response = render(request, "pages/desk/_issue_progress.html", context)
        if not progress.running:
            response["HX-Refresh"] = "true"  # the whole register has changed
        return response
    context |= {
        "lines": lines,
        "is_over": is_over(event),
        "outdated": sum(line.is_renewable for line in lines),
        "unfounded": sum(line.outdated and not line.is_renewable for line in lines),
    }
    return render(request, "pages/desk/certificates.html", context)


@desk_page
@require_POST
def issue(request: HttpRequest, slug: str, registration: int) -> HttpResponse:
    """Issue one certificate."""
    event = desk_event(request, slug, ISSUE)
    who = Registration.objects.select_related("event__organising_centre", "person").filter(event=event, pk=registration).first()
    if who is None:
        raise Http404
    kind = Certificate.Kind.ACHIEVEMENT if request.POST.get("kind") == "achievement" else Certificate.Kind.ATTENDANCE
    return _issued(request, event, str(who.person), lambda: actions.issue(registration=who, by=person_of(request), kind=kind))


@desk_page
@require_POST
def issue_recognition(request: HttpRequest, slug: str, recognition: int) -> HttpResponse:
    """Issue one to who spoke, taught, hosted, was a finalist or won."""
    event = desk_event(request, slug, ISSUE)
    which = Recognition.objects.select_related("event__organising_centre", "person").filter(event=event, pk=recognition).first()
    if which is None:
        raise Http404
    return _issued(request, event, which.name, lambda: actions.issue_recognition(recognition=which, by=person_of(request)))


def _issued(request: HttpRequest, event: Event, name: str, issue: Callable[[], Certificate]) -> HttpResponse:
    try:
        certificate = issue()
    except Problem as error:
        messages.error(request, f"{name}: {error.message}")
    else:
        text = gettext("%(person)s has the certificate %(number)s and is told so.")
        if certificate.person is None:
            text = gettext(
                "%(person)s has the certificate %(number)s. Without an account nobody is told: send the file yourself."
            )
        messages.success(request, text % {"person": name, "number": certificate.register_number})
    return redirect("desk_certificates", slug=event.slug)


@desk_page
@require_POST
def issue_all(request: HttpRequest, slug: str) -> HttpResponse:
    """Have the worker issue all that were earned."""
    event = desk_event(request, slug, ISSUE)
    reason = request.POST.get("reason", "").strip()
    if "anew" in request.POST and not reason:
        messages.error(request, gettext("Say why. It is for the centre’s register and is not shown in public."))
        return redirect("desk_certificates", slug=event.slug)
    try:
        count = actions.issue_all(event=event, by=person_of(request), anew_because=reason)
    except Invalid as error:
        messages.error(request, " ".join(str(message) for found in error.errors.values() for message in found))
        return redirect("desk_certificates", slug=event.slug)
    if count:
        text = ngettext("%(n)d certificate is being issued.", "%(n)d certificates are being issued.", count)
        messages.success(request, text % {"n": count})
    else:
        messages.info(request, gettext("Everybody who earned a certificate has one."))
    return redirect("desk_certificates", slug=event.slug)


@desk_page
@require_GET
def archive(request: HttpRequest, slug: str) -> HttpResponseBase:
    """All valid certificates and the register, as one ZIP."""
    event = desk_event(request, slug, ISSUE)
    return archive_response(of_event(event), archive_name(event))


@desk_page
def revoke(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """Mark a certificate as no longer valid."""
    return _with_reason(request, slug, number, anew=False)


@desk_page
def reissue(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """Put a new certificate in the place of one, from the facts as they are now."""
    return _with_reason(request, slug, number, anew=True)


def _with_reason(request: HttpRequest, slug: str, number: str, *, anew: bool) -> HttpResponse:
    event = desk_event(request, slug, ISSUE)
    certificate = _certificate(event, number)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = actions.reissue if anew else actions.revoke
        try:
            after = act(certificate=certificate, reason=form.cleaned_data["reason"], by=person_of(request))
        except Invalid as error:
            add_errors(form, error)
        except Problem as error:
            form.add_error(None, str(error.message))
        else:
            messages.success(request, _said(certificate, after, anew=anew))
            return redirect("desk_certificates", slug=event.slug)
    context = {"event": event, "tab": "certificates", "certificate": certificate, "form": form, "anew": anew}
    return render(request, "pages/desk/certificate_reason.html", context, status=400 if form.errors else 200)


def _certificate(event: Event, number: str) -> Certificate:
    found = Certificate.objects.select_related("person", "centre", "event").filter(event=event, number=number).first()
    if found is None:
        raise Http404
    return found


def _said(before: Certificate, after: Certificate, *, anew: bool) -> str:
    if anew:
        text = gettext("%(new)s is issued in the place of %(old)s. Whoever checks the old one is told of a newer one.")
        return text % {"new": after.register_number, "old": before.register_number}
    return gettext("%(old)s is revoked. Whoever checks it is told so.") % {"old": before.register_number}
