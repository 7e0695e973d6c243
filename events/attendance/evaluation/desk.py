"""The organiser's pages of an evaluation: switch it on, say what is asked and until when, and read what came of it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from events.attendance.evaluation import actions, queries
from events.attendance.evaluation.checks import MOST_QUESTIONS, Asked, asked_of
from events.attendance.evaluation.forms import QuestionForm, SheetForm, TimesForm
from events.attendance.evaluation.ready_made import READY_MADE
from events.attendance.evaluation.summary import Summary, summary_csv, summary_of
from events.attendance.evaluation.words import options_of, text_of
from events.attendance.models import EvaluationQuestion
from events.programme.desk import desk_event, desk_page, person_of
from events.programme.models import Event
from network.errors import Invalid, Problem
from network.sheets import CSV_TYPE

MANAGE = "events.manage_evaluation"
Kind = EvaluationQuestion.Kind


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def evaluation(request: HttpRequest, slug: str) -> HttpResponse:
    """The questionnaire with its times, how many have answered, and the summary once it is shown."""
    event = desk_event(request, slug, MANAGE)
    standing = queries.standing_of(event)
    form = _times_form(event, standing, request)
    if request.method == "POST":
        if request.POST.get("do") != "times":
            _do(request, event)
            return redirect("desk_evaluation", slug=event.slug)
        if standing is not None and form.is_valid() and _set_times(request, event, form):
            return redirect("desk_evaluation", slug=event.slug)
    questions = list(standing.evaluation.questions.all()) if standing is not None else []
    keys = {question.key for question in questions}
    context = {
        "event": event,
        "tab": "attendance",
        "part": "evaluation",
        "standing": standing,
        "form": form,
        "questions": [(question, text_of(question), options_of(question)) for question in questions],
        "to_add": [(one.key, one.text) for one in READY_MADE.values() if one.key not in keys],
        "kinds": Kind.choices,
        "is_full": len(questions) >= MOST_QUESTIONS,
        "is_needed": queries.is_needed(event),
        "least": queries.LEAST,
        "summary": summary_of(event, standing) if standing is not None else None,
    }
    return render(request, "pages/desk/evaluation.html", context, status=400 if form.errors else 200)


def _times_form(event: Event, standing: queries.Standing | None, request: HttpRequest) -> TimesForm:
    asked = request.POST if request.method == "POST" and request.POST.get("do") == "times" else None
    opens_at = standing.evaluation.opens_at if standing else None
    closes_at = standing.evaluation.closes_at if standing else None
    return TimesForm(event.timezone, asked, opens_at=opens_at, closes_at=closes_at)


def _set_times(request: HttpRequest, event: Event, form: TimesForm) -> bool:
    """Whether it went through; if not, the form says why."""
    try:
        actions.set_times(event=event, opens_at=form.at("opens"), closes_at=form.at("closes"), by=person_of(request))
    except Invalid as problem:
        form.place(problem)
        return False
    except Problem as problem:
        form.add_error(None, str(problem.message))
        return False
    messages.success(request, gettext("The times are saved."))
    return True


def _do(request: HttpRequest, event: Event) -> None:
    """One of the page's buttons."""
    verb, _colon, which = request.POST.get("do", "").partition(":")
    by = person_of(request)
    verbs: dict[str, tuple[Callable[[], Any], str]] = {
        "on": (lambda: actions.switch_on(event=event, by=by), gettext("The evaluation is on, with the ready-made questions.")),
        "off": (lambda: actions.switch_off(event=event, by=by), gettext("The evaluation is off.")),
        "close": (lambda: actions.close(event=event, by=by), gettext("The evaluation is closed.")),
        "up": (lambda: _change(event, request, _moved(which, -1)), ""),
        "down": (lambda: _change(event, request, _moved(which, 1)), ""),
        "remove": (
            lambda: _change(event, request, lambda asked: [one for one in asked if str(one.id) != which]),
            gettext("The question is removed."),
        ),
        "add": (
            lambda: _change(event, request, lambda asked: [*asked, Asked(key=which)]),
            gettext("The question is asked now."),
        ),
    }
    if verb not in verbs:
        return
    act, said = verbs[verb]
    try:
        act()
    except Invalid as problem:
        messages.error(request, " ".join(str(message) for found in problem.errors.values() for message in found))
    except Problem as problem:
        messages.error(request, str(problem.message))
    else:
        if said:
            messages.success(request, said)


def _change(event: Event, request: HttpRequest, change: actions.Change) -> None:
    actions.change_questions(event=event, by=person_of(request), change=change)


def _moved(which: str, by: int) -> actions.Change:
    """One question a place up or down; at the end it stays."""

    def move(asked: list[Asked]) -> list[Asked]:
        place = next((place for place, one in enumerate(asked) if str(one.id) == which), None)
        if place is not None and 0 <= place + by < len(asked):
            asked[place], asked[place + by] = asked[place + by], asked[place]
        return asked

    return move


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, slug: str, pk: int | None = None) -> HttpResponse:
    """Write a question of one's own, or say whether a ready-made one must be answered."""
    event = desk_event(request, slug, MANAGE)
    found = EvaluationQuestion.objects.filter(evaluation__event=event, pk=pk).first() if pk is not None else None
    if pk is not None and found is None:
        raise Http404
    asked = asked_of(found) if found is not None else Asked(kind=_kind(request))
    form = QuestionForm(asked, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _write(request, event, form):
        messages.success(request, gettext("The question is saved."))
        return redirect("desk_evaluation", slug=event.slug)
    context = {
        "event": event,
        "tab": "attendance",
        "part": "evaluation",
        "form": form,
        "heading": text_of(found) if found is not None else gettext("New question"),
        "kind": Kind(asked.kind).label,
    }
    return render(request, "pages/desk/evaluation_question.html", context, status=400 if form.errors else 200)


def _kind(request: HttpRequest) -> str:
    kind = request.GET.get("kind", "")
    if kind not in Kind.values:
        raise Http404
    return kind


def _write(request: HttpRequest, event: Event, form: QuestionForm) -> bool:
    """Whether it went through; if not, the form says why."""
    stated = form.stated()

    def put(asked: list[Asked]) -> list[Asked]:
        if stated.id is None:
            return [*asked, stated]
        return [stated if one.id == stated.id else one for one in asked]

    try:
        _change(event, request, put)
    except Invalid as problem:
        form.place(problem)
        return False
    except Problem as problem:
        form.add_error(None, str(problem.message))
        return False
    return True


@desk_page
@require_safe
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The questionnaire as participants will see it. Nothing can be sent from here."""
    event = desk_event(request, slug, MANAGE)
    found = queries.evaluation_of(event)
    if found is None:
        raise Http404
    context = {
        "event": event,
        "tab": "attendance",
        "part": "evaluation",
        "form": SheetForm(list(found.questions.all())),
        "is_needed": queries.is_needed(event),
    }
    return render(request, "pages/desk/evaluation_preview.html", context)


@desk_page
@require_safe
def file(request: HttpRequest, slug: str, format: str) -> HttpResponseBase:
    """The summary to take along, once it is shown."""
    event = desk_event(request, slug, MANAGE)
    summary = summary_of(event)
    if summary is None:
        raise Http404
    content, media_type = as_file(event, summary, format)
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{event.slug}-evaluation.{format}"'
    response["Cache-Control"] = "private, no-store"
    return response


def as_file(event: Event, summary: Summary, format: str) -> tuple[bytes, str]:
    """The summary in one of its two forms, with its type of content."""
    if format == "csv":
        return summary_csv(summary), CSV_TYPE
    # WeasyPrint costs a process a second and 40 MB: only who prints pays for it.
    from events.attendance.evaluation.paper import summary_pdf  # noqa: PLC0415

    return summary_pdf(event, summary), "application/pdf"
