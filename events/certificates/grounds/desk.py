"""The organiser's pages of what certificates stand on besides attendance: results of assessments, and parts that people had."""

from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from events.certificates.grounds import assessing, recognising
from events.certificates.grounds.forms import HowForm, PartForm, ResultRow
from events.certificates.grounds.suggesting import chosen, suggestions_of
from events.certificates.models import Assessment, Certificate, Recognition
from events.programme.desk import desk_event, desk_page, page_of, person_of
from events.programme.models import Event
from events.registrations.models import Registration
from network.errors import Invalid, Problem
from network.forms import add_errors

ISSUE = "events.issue_certificates"
PAGE = 100


# --- Assessments -----------------------------------------------------------------------------------------------------


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def assessments(request: HttpRequest, slug: str) -> HttpResponse:
    """The participants with their results: how they were assessed, once, and the result of each in a table."""
    event = desk_event(request, slug, ISSUE)
    confirmed = Registration.objects.filter(event=event, state=Registration.State.CONFIRMED)
    page = page_of(request, confirmed.select_related("person__organisation").order_by("person__name", "pk"), PAGE)
    people = list(page.object_list)
    known = {one.registration_id: one for one in Assessment.objects.filter(registration__in=people)}
    latest = max(known.values(), key=lambda one: one.recorded_at, default=None)
    sent = request.POST if request.method == "POST" else None
    rows = [ResultRow(one, known.get(one.pk), sent) for one in people]
    form = HowForm(sent, initial=HowForm.facts_of(latest))
    problem = ""
    if sent is not None:
        problem = _save_results(request, event, rows, form)
        if not problem and not form.errors and not any(row.errors for row in rows):
            return redirect(f"{reverse('desk_assessments', args=[event.slug])}?page={page.number}")
    context = {
        "event": event,
        "tab": "certificates",
        "rows": rows,
        "page": page,
        "form": form,
        "problem": problem,
        "wrong": [row for row in rows if row.errors],
    }
    status = 400 if problem or form.errors or context["wrong"] else 200
    return render(request, "pages/desk/assessments.html", context, status=status)


def _save_results(request: HttpRequest, event: Event, rows: list[ResultRow], form: HowForm) -> str:
    """Record what was changed, and say so. Returns what is wrong with the whole; what is wrong with a part is put there."""
    changed = [row for row in rows if row.is_changed]
    if form.data.get("renew"):
        changed += [row for row in rows if row.is_sent and row.result and not row.is_changed]
    if not changed:
        form.is_bound = False  # nothing is asked of it
        messages.info(request, gettext("Nothing was changed."))
        return ""
    for row in changed:
        row.check()
    given = [row for row in changed if row.result]
    if not given:
        form.is_bound = False
    wrong = any(row.errors for row in changed)
    if (given and not form.is_valid()) or wrong:
        return ""
    gone = [row.registration.pk for row in changed if not row.result]
    try:
        results = [row.stated(form.cleaned_data) for row in given]
        counts = assessing.record_assessments(event=event, results=results, taken_back=gone, by=person_of(request))
    except Invalid as error:
        _place(error, given, form)
        return ""
    except Problem as error:
        return str(error.message)
    _say_recorded(request, *counts)
    return ""


def _place(problem: Invalid, rows: list[ResultRow], form: HowForm) -> None:
    """Put what the action found wrong at the row, or at the field that all rows share."""
    for path, found in problem.errors.items():
        _results, number, name = path.split(".")
        for message in found:
            if name in form.fields:
                if message not in form.errors.get(name, []):
                    form.add_error(name, message)
            else:
                rows[int(number)].errors.append(str(message))


def _say_recorded(request: HttpRequest, recorded: int, taken_back: int) -> None:
    if recorded:
        text = ngettext("%(n)d result is recorded.", "%(n)d results are recorded.", recorded)
        messages.success(request, text % {"n": recorded})
    if taken_back:
        text = ngettext("%(n)d result is taken back.", "%(n)d results are taken back.", taken_back)
        messages.success(request, text % {"n": taken_back})
    if not recorded and not taken_back:
        messages.info(request, gettext("Nothing was changed."))


# --- Recognitions ----------------------------------------------------------------------------------------------------


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def recognitions(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is recorded, whom the programme suggests, and a form for anybody else."""
    event = desk_event(request, slug, ISSUE)
    form = PartForm()
    if request.method == "POST" and request.POST.get("do") == "suggested":
        _add_suggested(request, event)
        return redirect("desk_recognitions", slug=event.slug)
    if request.method == "POST":
        form = PartForm(request.POST)
        if form.is_valid() and _recognised(request, event, form):
            return redirect("desk_recognitions", slug=event.slug)
    issued = Certificate.objects.filter(recognition=OuterRef("pk"))
    found = Recognition.objects.filter(event=event).select_related("person").annotate(has_certificate=Exists(issued))
    context = {
        "event": event,
        "tab": "certificates",
        "recognitions": found,
        "suggestions": [(one.key, one.part, Recognition.Kind(one.part.kind).label) for one in suggestions_of(event)],
        "form": form,
    }
    return render(request, "pages/desk/recognitions.html", context, status=400 if form.errors else 200)


def _add_suggested(request: HttpRequest, event: Event) -> None:
    parts = chosen(event, request.POST.getlist("who"))
    if not parts:
        messages.warning(request, gettext("Nobody was ticked, or they are recorded already."))
        return
    try:
        added = recognising.recognise_all(event=event, parts=parts, by=person_of(request))
    except Invalid as problem:
        messages.error(request, " ".join(str(message) for found in problem.errors.values() for message in found))
        return
    text = ngettext("%(n)d person is recorded.", "%(n)d people are recorded.", len(added))
    messages.success(request, text % {"n": len(added)})


def _recognised(request: HttpRequest, event: Event, form: PartForm) -> bool:
    """Whether it went through; if not, the form says why."""
    try:
        added = recognising.recognise(event=event, part=form.stated(), by=person_of(request))
    except Invalid as problem:
        add_errors(form, problem)
        return False
    messages.success(request, gettext("%(name)s is recorded.") % {"name": added.name})
    return True


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def recognition(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Change what is recorded of one."""
    event, found = _found(request, slug, pk)
    form = PartForm(request.POST if request.method == "POST" else None, recognition=found)
    if request.method == "POST" and form.is_valid():
        try:
            recognising.change_recognition(recognition=found, part=form.stated(), by=person_of(request))
        except Invalid as problem:
            add_errors(form, problem)
        except Problem as problem:
            form.add_error("kind", str(problem.message))
        else:
            messages.success(request, gettext("The change is saved."))
            return redirect("desk_recognitions", slug=event.slug)
    context: dict[str, Any] = {
        "event": event,
        "tab": "certificates",
        "recognition": found,
        "has_certificate": found.certificates.exists(),
        "form": form,
    }
    return render(request, "pages/desk/recognition.html", context, status=400 if form.errors else 200)


@desk_page
@require_POST
def remove_recognition(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take one away."""
    event, found = _found(request, slug, pk)
    try:
        recognising.remove_recognition(recognition=found, by=person_of(request))
    except Problem as problem:
        messages.error(request, str(problem.message))
    else:
        messages.success(request, gettext("%(name)s is removed.") % {"name": found.name})
    return redirect("desk_recognitions", slug=event.slug)


def _found(request: HttpRequest, slug: str, pk: int) -> tuple[Event, Recognition]:
    event = desk_event(request, slug, ISSUE)
    found = Recognition.objects.filter(event=event, pk=min(pk, 2**63 - 1)).select_related("person").first()
    if found is None:
        raise Http404
    found.event = event
    return event, found
