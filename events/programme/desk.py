"""The organisers' desk: who may sit at it, and the list of their events."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from events.programme import queries
from events.programme.desk_forms import ListForm
from events.programme.models import Event
from events.programme.work import Step, notices, sources
from network.models import Centre, Person
from network.queries import centres_organised_by
from network.rules import is_secretariat, may

PAGE = 25
View = Callable[..., HttpResponseBase]

ORDERS = {
    "starts": ("starts_at", "pk"),
    "-starts": ("-starts_at", "-pk"),
    "title": ("title", "pk"),
    "-taken": ("-places_taken", "starts_at", "pk"),
    "-pending": ("-pending", "starts_at", "pk"),
}


def desk_page(view: View) -> View:
    """Only for people who have a desk: others are asked to sign in, or told that they have none (403)."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may(request.user, "network.use_desk"):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(guarded)


def desk_event(request: HttpRequest, slug: str, permission: str = "events.change_event", **lookups: Any) -> Event:
    """The event of a desk page, with what its head shows. Raises Http404 if one may not know of it, else PermissionDenied."""
    events = queries.visible_to(request.user).select_related("organising_centre", "venue").prefetch_related("co_organisers")
    event = events.filter(slug=slug, **lookups).first()
    if event is None:
        raise Http404
    if not may(request.user, permission, event):
        raise PermissionDenied
    return event


def person_of(request: HttpRequest) -> Person:
    """Who is signed in, for the type checker too."""
    if not isinstance(request.user, Person):
        raise PermissionDenied
    return request.user


def page_of(request: HttpRequest, rows: Any, size: int = PAGE) -> Page[Any]:
    """The page that was asked for, or the nearest there is."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


def with_work(events: QuerySet[Event]) -> QuerySet[Event]:
    """Count what waits at each event, in the query of the list.

    Registrations and attendance are floors above: only the relations are used, nothing is imported.
    """
    came = Event.objects.filter(pk=OuterRef("pk"), sessions__attendance__isnull=False)
    return events.annotate(
        pending=Count("registrations", filter=Q(registrations__state="pending")),
        waiting=Count("registrations", filter=Q(registrations__state="waiting")),
        somebody_came=Exists(came),
    )


def steps_of(event: Any) -> list[Step]:
    """What the organiser does next at an event of ``with_work``."""
    state, now = event.state, timezone.now()
    steps = []
    if event.pending and event.ends_at > now:
        text = ngettext("%(count)d to approve", "%(count)d to approve", event.pending) % {"count": event.pending}
        steps.append(Step(text, reverse("desk_registrations", args=[event.slug]) + "?state=pending", urgent=True))
    if state == Event.State.DRAFT:
        steps.append(Step(gettext("Publish"), reverse("desk_publish", args=[event.slug])))
    if state == Event.State.POSTPONED:
        steps.append(Step(gettext("Set a new time"), reverse("desk_move", args=[event.slug]), urgent=True))
    began = state in {Event.State.PUBLISHED, Event.State.FINISHED} and event.starts_at <= now
    if began and event.places_taken and not event.somebody_came:
        steps.append(Step(gettext("Record who came"), reverse("desk_attendance", args=[event.slug])))
    return steps


def tab_filters() -> dict[str, Q]:
    """The tabs of the list. A draft whose day has passed is a draft still."""
    now, draft = timezone.now(), Q(state=Event.State.DRAFT)
    return {
        "upcoming": Q(ends_at__gt=now) & ~draft,
        "drafts": draft,
        "past": Q(ends_at__lte=now) & ~draft,
        "all": Q(),
    }


@desk_page
def events(request: HttpRequest) -> HttpResponse:
    """Everything that the reader runs, with what waits for them."""
    person = person_of(request)
    form = ListForm(request.GET)
    form.is_valid()
    said = form.cleaned_data
    found = queries.organised_by(person)
    if said.get("q"):
        found = queries.search(found, said["q"])
    if said.get("kind"):
        found = found.filter(kind=said["kind"])
    if said.get("state"):
        found = found.filter(state=said["state"])
    found = queries.between(found, said.get("since"), said.get("until"))

    filters = tab_filters()
    tab = request.GET.get("tab", "upcoming")
    tab = tab if tab in filters else "upcoming"
    counts = found.aggregate(**{name: Count("pk", filter=q, distinct=True) for name, q in filters.items()})
    sort = said.get("sort") or ("-starts" if tab in {"past", "all"} else "starts")
    rows = with_work(queries.with_list_parts(found.filter(filters[tab]))).order_by(*ORDERS[sort])
    page = page_of(request, rows)
    shown = list(page.object_list)
    added = [source(shown) for source in sources]
    page.object_list = [(event, steps_of(event) + [found[event.pk] for found in added if event.pk in found]) for event in shown]
    asked = request.GET.copy()
    for name in ("page", "tab"):
        asked.pop(name, None)
    labels = {
        "upcoming": gettext("Upcoming"),
        "drafts": gettext("Drafts"),
        "past": gettext("Past"),
        "all": gettext("All"),
    }
    context = {
        "form": form,
        "page": page,
        "tab": tab,
        "tabs": [(name, labels[name], counts[name]) for name in filters],
        "sort": sort,
        "query": asked.urlencode(),
        "is_filtered": any(said.get(name) for name in ("q", "kind", "state", "since", "until")),
        "to_approve": found.filter(filters["upcoming"]).aggregate(
            n=Count("registrations", filter=Q(registrations__state="pending"))
        )["n"],
        "notices": [step for notice in notices if (step := notice(person)) is not None],
        "centres": list(_centres(person)),
    }
    return render(request, "pages/desk/events.html", context)


def _centres(person: Person) -> QuerySet[Centre]:
    """Whose desk it is; the secretariat has that of all, which needs no list."""
    return Centre.objects.none() if is_secretariat(person) else centres_organised_by(person)
