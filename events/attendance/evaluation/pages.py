"""The evaluation for a participant, at the address of their registration: nobody need sign in, and nobody can look back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from events.attendance.evaluation import actions, queries
from events.attendance.evaluation.forms import SheetForm
from events.registrations.links import self_service_path, self_service_token
from events.registrations.models import Registration
from events.registrations.pages.self_service import for_holder
from network.errors import Invalid, Problem


@require_http_methods(["GET", "HEAD", "POST"])
@for_holder
def evaluation(request: HttpRequest, registration: Registration) -> HttpResponse:
    """The questionnaire; afterwards only that it is filled in."""
    event = registration.event
    found = queries.evaluation_of(event)
    is_done = queries.has_answered(registration)
    closed = "" if is_done else actions.why_closed(found, registration)
    questions = list(found.questions.all()) if found is not None and not is_done and not closed else []
    form = SheetForm(questions, request.POST if request.method == "POST" else None)
    if request.method == "POST" and questions and form.is_valid():
        try:
            actions.answer(registration=registration, answers=form.answers(), by=registration.person)
        except Invalid as problem:
            form.place(problem)
        except Problem as problem:
            messages.error(request, str(problem.message))
            return redirect("registration_evaluation", token=self_service_token(registration))
        else:
            messages.success(request, gettext("Thank you. Your answers are handed in, without your name."))
            return redirect("registration_evaluation", token=self_service_token(registration))
    context = {
        "event": event,
        "registration": registration,
        "path": self_service_path(registration),
        "form": form,
        "is_done": is_done,
        "closed": closed,
        "is_needed": queries.is_needed(event),
        "closes_at": queries.closes_at(found) if found is not None else None,
        "least": queries.LEAST,
    }
    status = 400 if request.method == "POST" else 200  # what went through has led to this page anew
    return render(request, "pages/attendance/evaluation.html", context, status=status)
