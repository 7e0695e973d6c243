"""The organiser's list of registrations: who asks, who waits, who comes, and what is done with many of them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from events.programme.desk import desk_event, desk_page, page_of, person_of
from events.programme.models import Event
from events.registrations.desk import bulk, overview
from events.registrations.desk import listing as desk_list
from events.registrations.desk.forms import FilterForm
from events.registrations.desk.preview import followers, what_follows
from events.registrations.models import Registration
from events.registrations.places import is_over, takes_place
from network.errors import Invalid

MANAGE = "events.manage_registrations"
State = Registration.State
PAGE = 100


@desk_page
@require_safe
def registrations(request: HttpRequest, slug: str) -> HttpResponse:
    """Places, filters, the list, and a form that acts on many rows."""
    return _list(request, desk_event(request, slug, MANAGE))


def _list(request: HttpRequest, event: Event, *, failed: dict[str, Any] | None = None) -> HttpResponse:
    numbers = overview.numbers_of(event)
    sessions, quotas = overview.chosen_sessions(event), overview.quotas_of(event)
    questions = desk_list.questions_at(event)
    form = FilterForm(request.GET)
    page = page_of(request, desk_list.with_parts(desk_list.chosen(event, form), event), PAGE)
    desk_list.offer_choices(form, event, sessions, questions)
    page.object_list = list(page.object_list)
    state = form.cleaned_data.get("state", "")
    can_act = takes_place(event) and any(row.is_live for row in page.object_list)
    context = {
        "event": event,
        "tab": "registrations",
        "places": overview.places_of(event, numbers, sessions, quotas),
        "waiting": numbers.counts[State.WAITING],
        "form": form,
        "tabs": _tabs(request, event, numbers, state),
        "state": state,
        "page": page,
        "rows": desk_list.rows_of(event, page.object_list, sessions, questions),
        "has_sessions": bool(sessions),
        "query": request.GET.urlencode(),
        "takes_place": takes_place(event),
        "is_over": is_over(event),
        "can_act": can_act,
        "has_special": any(question.is_special for question in questions),
        "found": page.paginator.count,
        "seen": numbers.last_change.isoformat() if numbers.last_change else "",
        "since": numbers.last_change.isoformat() if numbers.last_change else event.created_at.isoformat(),
        "undo": None if failed else bulk.undoable(request, event),
        "chosen": (failed or {}).get("chosen", set()),
        "all": (failed or {}).get("all", False),
        "reason": (failed or {}).get("reason", ""),
        "reason_errors": (failed or {}).get("errors", []),
    }
    return render(request, "pages/desk/registrations.html", context, status=400 if failed else 200)


def _tabs(request: HttpRequest, event: Event, numbers: overview.Numbers, present: str) -> list[dict[str, Any]]:
    """The states as tabs, each with how many there are; the other filters stay."""
    address = reverse("desk_registrations", args=[event.slug])
    every = [("", gettext("All"), numbers.total)] + [(one.value, one.label, numbers.counts[one.value]) for one in State]
    tabs = []
    for value, label, count in every:
        query = request.GET.copy()
        for name in ("page", "state"):
            query.pop(name, None)
        if value:
            query["state"] = value
        tabs.append({"url": f"{address}?{query.urlencode()}", "label": label, "count": count, "current": value == present})
    return tabs


@desk_page
@require_safe
def pulse(request: HttpRequest, slug: str) -> HttpResponse:
    """What changed at the event since a page was made: a sentence for it, or nothing (204) where it says so already.

    One query beside those that every page of the desk has: the page asks again and again.
    """
    event = desk_event(request, slug, MANAGE)
    since = bulk.moment(request.GET.get("since", ""))
    if since is None:
        return HttpResponse(status=204)
    count = Registration.objects.filter(event=event, changed_at__gt=since).count()
    if not count or request.GET.get("shown") == str(count):
        return HttpResponse(status=204)
    query = request.GET.copy()
    for name in ("since", "shown"):
        query.pop(name, None)
    context = {"event": event, "count": count, "since": request.GET["since"], "query": query.urlencode()}
    response = render(request, "pages/desk/_pulse.html", context)
    response["Cache-Control"] = "no-store"
    return response


@desk_page
@require_POST
def decide(request: HttpRequest, slug: str) -> HttpResponse:
    """Do one thing with all that are meant. What cannot be done for one does not keep back the others."""
    event, person = desk_event(request, slug, MANAGE), person_of(request)
    do = request.POST.get("one", "").partition(":")[0] or request.POST.get("do", "")
    those = bulk.ticked(request, event, do.removesuffix("-now"))
    if not those:
        nobody = gettext("Nobody was ticked. Tick the people first, then choose what to do.")
        if request.POST.get("all"):
            nobody = gettext("This can be done with nobody whom the filter finds.")
        messages.warning(request, nobody)
        return back_to_list(request, event)
    reason = request.POST.get("reason", "").strip()
    try:
        bulk.require_known(do.removesuffix("-now"))
        if do == "approve":
            bulk.approve(request, those, person)
        elif do == "decline":
            bulk.decline(request, those, person, reason)
        elif do == "first":
            bulk.put_first(request, those, person, reason)
        elif do == "cancel-now":
            bulk.cancel(request, those, person, reason)
        else:
            return _ask_before_cancelling(request, event, those, reason)
    except Invalid as error:
        found = [str(message) for messages_ in error.errors.values() for message in messages_]
        if do == "cancel-now":
            return _ask_before_cancelling(request, event, those, reason, found)
        ticks = {row.pk for row in (*those.rows, *those.changed)}
        failed = {"chosen": ticks, "errors": found, "reason": reason, "all": bool(request.POST.get("all"))}
        return _list(request, event, failed=failed)
    return back_to_list(request, event)


def _ask_before_cancelling(
    request: HttpRequest, event: Event, those: bulk.Ticked, reason: str, errors: list[str] | None = None
) -> HttpResponse:
    """Places that are given back go on at once and may be gone for good: so it is said first to whom."""
    context = {
        "event": event,
        "tab": "registrations",
        "rows": those.rows,
        "changed": those.changed,
        "more": those.more,
        "following": followers(event, those.rows),
        "follows": what_follows(event, those.rows),
        "reason": reason,
        "reason_errors": errors or [],
        "query": request.GET.urlencode(),
    }
    return render(request, "pages/desk/registrations_cancel.html", context, status=400 if errors else 200)


@desk_page
@require_POST
def undo(request: HttpRequest, slug: str) -> HttpResponse:
    """Take back what was done last."""
    event, person = desk_event(request, slug, MANAGE), person_of(request)
    bulk.undo(request, event, person)
    return back_to_list(request, event)


def back_to_list(request: HttpRequest, event: Event) -> HttpResponse:
    """To the list as it was: its filter travels in the form's address."""
    return redirect(list_address(event, request.GET))


def list_address(event: Event, query: QueryDict) -> str:
    """The list with a filter."""
    asked = query.urlencode()
    return reverse("desk_registrations", args=[event.slug]) + (f"?{asked}" if asked else "")
