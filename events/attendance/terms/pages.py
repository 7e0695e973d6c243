"""The report of a participant, at the address of their registration: hand it in, replace it, have it back."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from events.attendance.models import HandedIn
from events.attendance.terms import handing_in
from events.attendance.terms.forms import ReportForm
from events.registrations.links import self_service_path, self_service_token
from events.registrations.models import Registration
from events.registrations.pages.self_service import for_holder
from network.errors import Invalid, Problem
from network.forms import add_errors


@require_http_methods(["GET", "HEAD", "POST"])
@for_holder
def report(request: HttpRequest, registration: Registration) -> HttpResponse:
    """What was handed in, and a form to hand it in or replace it."""
    closed = handing_in.closed(registration)
    form = ReportForm(request.POST, request.FILES) if request.method == "POST" else ReportForm()
    if request.method == "POST" and not closed and form.is_valid():
        try:
            handing_in.hand_in(registration=registration, upload=form.cleaned_data["file"], by=registration.person)
        except Invalid as problem:
            add_errors(form, problem)
        except Problem as problem:
            messages.error(request, str(problem.message))
            return redirect("registration_report", token=self_service_token(registration))
        else:
            messages.success(request, gettext("Your report is handed in."))
            return redirect("registration_report", token=self_service_token(registration))
    context = {
        "event": registration.event,
        "registration": registration,
        "path": self_service_path(registration),
        "token": self_service_token(registration),
        "report": HandedIn.objects.filter(registration=registration).first(),
        "form": form,
        "closed": closed,
        "most": settings.UPLOAD_MOST_BYTES,
    }
    status = 400 if request.method == "POST" else 200  # what went through has led to this page anew
    return render(request, "pages/attendance/report.html", context, status=status)


@require_safe
@for_holder  # type: ignore[arg-type] # of an answer it only sets headers
def report_file(request: HttpRequest, registration: Registration) -> HttpResponseBase:
    """The file that was handed in."""
    found = HandedIn.objects.filter(registration=registration).first()
    try:
        if found is not None:
            return handing_in.served(found)
    except FileNotFoundError:
        pass
    raise Http404
