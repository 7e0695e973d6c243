"""The organiser's pages of hours: who earned the certificate, how each person's hours came about, and what is needed."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events.attendance.hours import attendance_of_event, in_words
from events.attendance.models import AttendanceTerms, HandedIn
from events.attendance.terms import actions, handing_in
from events.attendance.terms.explaining import explain, terms_in_words
from events.attendance.terms.forms import TermsForm
from events.programme.desk import desk_event, desk_page, person_of
from events.programme.models import Event
from events.registrations.models import Registration, SessionChoice
from network.errors import Invalid, Problem
from network.forms import add_errors

RECORD = "events.record_attendance"
SET = "events.set_attendance_terms"


@desk_page
@require_safe
def hours(request: HttpRequest, slug: str) -> HttpResponse:
    """Who was there for how long, who earned the certificate, and what the others miss."""
    event = desk_event(request, slug, RECORD)
    sessions = list(event.sessions.order_by("starts_at", "pk"))
    for session in sessions:
        session.event = event
    found = attendance_of_event(event)
    people = Registration.objects.filter(pk__in=found).select_related("person__organisation")
    chosen = set(SessionChoice.objects.filter(session__in=sessions).values_list("registration_id", "session_id"))
    rows = [
        {
            "registration": one,
            "hours": found[one.pk],
            "percent": int(found[one.pk].share * 100),
            "missing": [in_words(lack, found[one.pk], event) for lack in found[one.pk].missing],
            # None: not one of this person's sessions.
            "dots": [
                (
                    number,
                    session.pk in found[one.pk].attended if not session.is_chosen or (one.pk, session.pk) in chosen else None,
                )
                for number, session in enumerate(sessions, start=1)
            ],
        }
        for one in sorted(people, key=lambda one: (one.person.name.casefold(), one.pk))
    ]
    context = {
        "event": event,
        "tab": "attendance",
        "part": "hours",
        "sessions": list(enumerate(sessions, start=1)),
        "rows": rows,
        "earned": sum(attendance.earned for attendance in found.values()),
        "terms": terms_in_words(event),
        "is_over": event.ends_at <= timezone.now(),
    }
    return render(request, "pages/desk/hours.html", context)


@desk_page
@require_safe
def hours_of(request: HttpRequest, slug: str, registration: int) -> HttpResponse:
    """How one person's hours came about, session by session, and their report."""
    event = desk_event(request, slug, RECORD)
    who = _registration(event, registration)
    explanation = explain(who)
    context = {
        "event": event,
        "tab": "attendance",
        "part": "hours",
        "registration": who,
        "explanation": explanation,
        "attendance": explanation.attendance,
        "missing": [in_words(lack, explanation.attendance, event) for lack in explanation.attendance.missing],
        "terms": AttendanceTerms.objects.filter(event=event).first(),
        "report": HandedIn.objects.filter(registration=who).select_related("noted_by").first(),
        "report_closed": handing_in.closed(who),
    }
    return render(request, "pages/desk/hours_of.html", context)


@desk_page
@require_POST
def report(request: HttpRequest, slug: str, registration: int) -> HttpResponse:
    """Note that somebody's report is there, or take that back."""
    event = desk_event(request, slug, RECORD)
    who = _registration(event, registration)
    try:
        if request.POST.get("do") == "take-back":
            handing_in.take_back_report(registration=who, by=person_of(request))
            said = gettext("The report of %(person)s is taken back.")
        else:
            handing_in.note_report(registration=who, by=person_of(request))
            said = gettext("It is noted that you have the report of %(person)s.")
    except Problem as problem:
        messages.error(request, str(problem.message))
    else:
        messages.success(request, said % {"person": who.person})
    return redirect("desk_hours_of", slug=event.slug, registration=who.pk)


@desk_page
@require_safe
def report_file(request: HttpRequest, slug: str, registration: int) -> HttpResponseBase:
    """The report that somebody handed in."""
    event = desk_event(request, slug, RECORD)
    found = HandedIn.objects.filter(registration=_registration(event, registration)).first()
    if found is None:
        raise Http404
    try:
        return handing_in.served(found)
    except FileNotFoundError:
        raise Http404 from None


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest, slug: str) -> HttpResponse:
    """What a certificate needs: now in words, and a form to change it."""
    event = desk_event(request, slug, SET)
    form = TermsForm(event, _terms_of(event), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_terms(event=event, by=person_of(request), **_stated(form))
        except Invalid as problem:
            add_errors(form, problem)
        else:
            messages.success(request, gettext("Saved. Hours and certificates follow it from now on."))
            return redirect("desk_attendance_terms", slug=event.slug)
    context = {
        "event": event,
        "tab": "attendance",
        "part": "terms",
        "form": form,
        "in_words": terms_in_words(event),
    }
    return render(request, "pages/desk/attendance_terms.html", context, status=400 if form.errors else 200)


def _stated(form: TermsForm) -> dict[str, Any]:
    said = form.cleaned_data
    return {name: said[name] for name in ("required_sessions", "needs_evaluation", "needs_report")}


def _terms_of(event: Event) -> AttendanceTerms | None:
    return AttendanceTerms.objects.filter(event=event).first()


def _registration(event: Event, key: int) -> Registration:
    found = Registration.objects.filter(event=event, pk=min(key, 2**63 - 1)).select_related("person__organisation").first()
    if found is None:
        raise Http404
    found.event = event
    return found
