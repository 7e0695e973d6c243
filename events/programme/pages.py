"""What is on, and the centres: the public pages of the programme."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from events.programme import listing, queries
from events.programme.filters import EventFilter
from events.programme.models import Event
from network.models import Centre
from network.vocabulary import alphabetical

FILTERS = ("q", "kind", "country", "centre", "sector", "competence", "language", "format", "from", "to", "past")
FEEDS = {"kind": "kind", "centre": "centre", "sector": "sector", "language": "language"}
MONTH_LIMIT = 1000


@require_safe
def what_is_on(request: HttpRequest) -> HttpResponse:
    """The list of what is to come, or a month as a table, narrowed by the filters."""
    chosen = {name: value for name in FILTERS if (value := request.GET.get(name, "").strip())}
    if "country" in chosen:
        chosen["country"] = chosen["country"].upper()
    events = queries.visible_to(request.user).exclude(state=Event.State.DRAFT)
    errors: dict[str, list[str]] = {}
    if narrowing := {name: value for name, value in chosen.items() if name != "past"}:
        events, errors = _narrowed(events, narrowing)
    context = {
        "chosen": chosen,
        "narrowed": bool(narrowing),
        "more_filters": any(name in chosen for name in ("centre", "competence", "language", "format", "to", "past")),
        "errors": errors,
        "feed": feed_for(narrowing),
        "calendar_query": _calendar_query(narrowing),
        "list_query": _query(chosen),
        "month_query": _query(chosen, view="month"),
    }
    if request.GET.get("view") == "month":
        return render(request, "pages/programme/month.html", {**context, **_month(request, events, chosen)})
    past = chosen.get("past") == "true"
    now = timezone.now()
    ordered = queries.past(events, now=now) if past else queries.upcoming(events, now=now)
    page = listing.Slice.of(ordered, _number(request.GET.get("page", "")), now)
    groups = listing.grouped(page.rows, past=past)
    return render(request, "pages/programme/list.html", {**context, "page": page, "groups": groups, "past": past})


def _narrowed(events: QuerySet[Event], chosen: dict[str, str]) -> tuple[QuerySet[Event], dict[str, list[str]]]:
    """The events that fit; what was entered wrongly does not narrow and is told."""
    data = QueryDict(mutable=True)
    data.update(chosen)
    filters = EventFilter(data, queryset=events)
    errors = {name: [str(message) for message in messages] for name, messages in filters.form.errors.items()}
    for name in errors:
        data.pop(name, None)
    if errors:
        filters = EventFilter(data, queryset=events)
    return filters.qs, errors


def feed_for(chosen: dict[str, str]) -> str:
    """The name of the public feed that has what these filters show: none if they combine what no feed has."""
    if not chosen:
        return "network"
    if len(chosen) > 1:
        return ""
    name, value = next(iter(chosen.items()))
    return f"{FEEDS[name]}-{value}" if name in FEEDS else ""


def _calendar_query(chosen: dict[str, str]) -> str:
    """These filters for the page of calendars. Days stay behind: a calendar moves on by itself."""
    lasting = {name: value for name, value in chosen.items() if name not in {"from", "to"}}
    return _query(lasting) if lasting else ""


def _month(request: HttpRequest, events: QuerySet[Event], chosen: dict[str, str]) -> dict[str, Any]:
    today = timezone.localdate()
    first = _first_of(request.GET.get("month", ""), today)
    following = (first + timedelta(days=31)).replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    in_month = queries.in_month(events, first.year, first.month).order_by("starts_at", "pk")
    found = listing.read(in_month, 0, MONTH_LIMIT, timezone.now())
    return {
        "month": first,
        "month_name": listing.month_name(first),
        "weeks": listing.weeks(found, first.year, first.month, today),
        "has_entries": bool(found),
        "is_this_month": first == today.replace(day=1),
        "previous_query": _query(chosen, view="month", month=f"{before:%Y-%m}"),
        "previous_name": listing.month_name(before),
        "next_query": _query(chosen, view="month", month=f"{following:%Y-%m}"),
        "next_name": listing.month_name(following),
    }


def _first_of(text: str, today: date) -> date:
    """The first of the month written as 2027-06; of this month where it is not one."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return first if 2000 <= first.year <= 2100 else today.replace(day=1)


def _number(text: str) -> int:
    return max(1, min(int(text), 10_000)) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _query(chosen: dict[str, str], **more: str) -> str:
    data = QueryDict(mutable=True)
    data.update({**chosen, **more})
    return f"?{data.urlencode()}" if data else reverse("what_is_on")


@require_safe
def centres(request: HttpRequest) -> HttpResponse:
    """All centres by country, those that have ended too."""
    found = list(Centre.objects.select_related("successor"))
    today = timezone.localdate()
    ended = [centre for centre in found if centre.successor_id or (centre.active_until and centre.active_until < today)]
    active = sorted(
        (centre for centre in found if centre not in ended), key=lambda centre: alphabetical(str(centre.country.name))
    )
    return render(
        request,
        "pages/programme/centres.html",
        {"centres": active, "ended": ended, "countries": len({centre.country.code for centre in active})},
    )


@require_safe
def centre(request: HttpRequest, slug: str) -> HttpResponse:
    """A centre: what it is, who is behind it, and its events."""
    found = get_object_or_404(
        Centre.objects.select_related("successor").prefetch_related("organisations", "predecessors"), slug=slug
    )
    now = timezone.now()
    events = queries.visible_to(request.user).exclude(state=Event.State.DRAFT).filter(queries.of_centres([found.pk]))
    coming = listing.read(queries.upcoming(events, now=now), 0, 10, now)
    past = listing.read(queries.past(events, now=now), 0, 5, now)
    return render(request, "pages/programme/centre.html", {"centre": found, "coming": coming, "past": past})


def visible_event(request: HttpRequest, slug: str) -> Event:
    """The event of a page, with all its parts. Raises Http404 if the reader may not know of it."""
    event = queries.with_all_parts(queries.visible_to(request.user)).filter(Q(slug=slug)).first()
    if event is None:
        raise Http404
    return event
