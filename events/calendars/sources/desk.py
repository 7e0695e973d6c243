"""The desk’s pages about calendars that a centre publishes elsewhere: which there are, how they are, what they would show.

The worker reads them; a page follows it while one is being read.
"""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from events.calendars.models import Source
from events.calendars.sources import actions, queries, words
from events.calendars.sources.forms import AddForm, ChangeForm, content_of
from events.calendars.sources.rows import Row
from events.programme.desk import desk_page, page_of, person_of
from network.api.throttling import seconds_to_wait
from network.errors import Invalid, Problem
from network.forms import add_errors
from network.queries import centres_organised_by

DATES_A_PAGE = 30
ALLOWANCE = "calendar-source"  # of what has the worker speak to another server


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def sources(request: HttpRequest) -> HttpResponse:
    """``/desk/calendars/``: those of one’s centres; add one."""
    person = person_of(request)
    centres = centres_organised_by(person).order_by("code")
    form = AddForm(request.POST or None, request.FILES or None, centres=centres)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if wait := seconds_to_wait(request, ALLOWANCE):
            return _too_many(request, wait)
        try:
            source = actions.add(
                centre=said["centre"], name=said["name"], url=said["url"], by=person, **content_of(said["file"])
            )
        except Invalid as problem:
            add_errors(form, problem)
        except Problem as problem:
            form.add_error(None, str(problem.message))
        else:
            return redirect("desk_calendar", pk=source.pk)
    page = page_of(request, queries.sources_of(person))
    for one in page:
        one.trouble = words.says(one)
    context = {"form": form, "page": page, "has_centres": len(centres) > 1}
    return render(request, "pages/calendars/sources.html", context, status=_status(form))


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """``/desk/calendars/<number>/``: how it is, what it shows or would show, and how to change it."""
    person, found = person_of(request), _source(request, pk)
    if request.GET.get("part") == "progress":
        response = render(request, "pages/calendars/_source_progress.html", {"source": found})
        if not found.is_asked:
            response["HX-Refresh"] = "true"  # all of the page has changed
        return response
    form = ChangeForm(request.POST or None, request.FILES or None, source=found)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        is_elsewhere = bool(said.get("file")) or (found.url and said["url"] != found.url)
        if is_elsewhere and (wait := seconds_to_wait(request, ALLOWANCE)):
            return _too_many(request, wait)
        try:
            actions.change(source=found, by=person, name=said["name"], url=said.get("url"), **content_of(said.get("file")))
        except Invalid as problem:
            add_errors(form, problem)
        except Problem as problem:
            form.add_error(None, str(problem.message))
        else:
            messages.success(request, _("Saved."))
            return redirect("desk_calendar", pk=pk)
    page = page_of(request, queries.dates_of(found), DATES_A_PAGE)
    context = {
        "source": found,
        "trouble": words.says(found),
        "found": words.found(page.paginator.count, found.left_out),
        "remarks": [words.remark(title, code) for title, code in found.remarks],
        "more_remarks": found.left_out - len(found.remarks),
        "page": page,
        "rows": [Row(entry) for entry in page],
        "form": form,
    }
    return render(request, "pages/calendars/source.html", context, status=_status(form))


@desk_page
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Fetch it now, show it, hide it, or remove it."""
    person, found = person_of(request), _source(request, pk)
    if request.POST.get("do") == "fetch" and (wait := seconds_to_wait(request, ALLOWANCE)):
        return _too_many(request, wait)
    try:
        match request.POST.get("do"):
            case "fetch":
                actions.fetch_now(source=found, by=person)
            case "show":
                actions.show(source=found, by=person)
                words_of_it = _("“%(name)s” will be in the network’s calendar within a minute.")
                messages.success(request, words_of_it % {"name": found.name})
            case "hide":
                actions.hide(source=found, by=person)
                messages.success(request, _("“%(name)s” is no longer shown.") % {"name": found.name})
            case "remove":
                actions.remove(source=found, by=person)
                messages.success(request, _("“%(name)s” is removed with its entries.") % {"name": found.name})
                return redirect("desk_calendars")
            case _:
                raise Http404
    except Problem as problem:
        messages.error(request, str(problem.message))
    return redirect("desk_calendar", pk=pk)


def _source(request: HttpRequest, pk: int) -> Source:
    """Of one’s own centres; of others nobody learns that there are any."""
    found = queries.sources_of(person_of(request)).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _too_many(request: HttpRequest, wait: int) -> HttpResponse:
    response = render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(wait)
    return response


def _status(form: Any) -> int:
    return HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
