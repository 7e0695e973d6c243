"""Requests for the home centre: people of one's own country at events that leave approval to it."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from events.programme.desk import desk_page, page_of, person_of
from events.registrations.desk import bulk
from events.registrations.desk.listing import centre_name
from events.registrations.models import Quota, Registration
from events.registrations.queries import for_home, to_decide_for_home
from network.errors import Invalid

State = Registration.State
PAGE = 100


@desk_page
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """Who waits for the reader's centre, the event that comes first at the top, with the places that are left."""
    return _list(request)


def _list(request: HttpRequest, *, failed: dict[str, Any] | None = None) -> HttpResponse:
    found = to_decide_for_home(person_of(request)).select_related(
        "person__organisation", "home_centre", "event__organising_centre", "event__venue"
    )
    page = page_of(request, found.order_by("event__starts_at", "event", "created_at", "pk"), PAGE)
    page.object_list = list(page.object_list)
    kept = _quotas(page.object_list)
    groups = []
    for event, registrations in groupby(page.object_list, key=lambda row: row.event):
        rows = []
        for row in registrations:
            own = [quota for quota in kept.get(row.event_id, []) if quota.covers(row)]
            rows.append({"registration": row, "centre": centre_name(row.home_centre) if row.home_centre else "", "quotas": own})
        groups.append({"event": event, "rows": rows})
    context = {
        "page": page,
        "groups": groups,
        "is_of_several": len({row.home_centre_id for row in page.object_list}) > 1,
        "chosen": (failed or {}).get("chosen", set()),
        "reason": (failed or {}).get("reason", ""),
        "reason_errors": (failed or {}).get("errors", []),
    }
    return render(request, "pages/desk/requests.html", context, status=400 if failed else 200)


def _quotas(rows: Sequence[Registration]) -> dict[int, list[Quota]]:
    """The quotas that hold now, by event. One query; none where no event has any."""
    events = {row.event_id for row in rows if row.event.has_quotas}
    found: dict[int, list[Quota]] = {}
    if events:
        for quota in Quota.objects.filter(event__in=events, has_lapsed=False).select_related("centre"):
            found.setdefault(quota.event_id, []).append(quota)
    return found


@desk_page
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Approve or decline all that are ticked, at whatever events."""
    person = person_of(request)
    do = request.POST.get("one", "").partition(":")[0] or request.POST.get("do", "")
    those = bulk.ticked_among(request, for_home(person))
    if not those:
        messages.warning(request, gettext("Nobody was ticked. Tick the people first, then choose what to do."))
        return redirect("desk_requests")
    reason = request.POST.get("reason", "").strip()
    try:
        bulk.require_known(do)
        if do == "approve":
            bulk.approve(request, those, person)
        elif do == "decline":
            bulk.decline(request, those, person, reason, can_undo=False)
    except Invalid as error:
        found = [str(message) for messages_ in error.errors.values() for message in messages_]
        return _list(request, failed={"chosen": {row.pk for row in those.rows}, "errors": found, "reason": reason})
    return redirect("desk_requests")
