"""Writing an event down: the form for a new one and for one that exists."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from events.programme import actions
from events.programme.desk import desk_event, desk_page, person_of
from events.programme.desk_history import Change, changes_since
from events.programme.desk_sheet import EventSheet
from events.programme.models import Event, Venue
from network.errors import Invalid, Problem, Stale
from network.models import Person
from network.queries import centres_organised_by

#: What a new event has unless its organiser says otherwise, as the model says.
STANDING = ("approver", "promotion", "offer_hours", "reminder_days", "special_answers_days", "attendance_share")


@desk_page
def new(request: HttpRequest) -> HttpResponse:
    """Write down a new event: a draft, or published at once."""
    return _page(request, event=None)


@desk_page
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change an event. What was typed is kept, whatever happens."""
    return _page(request, event=desk_event(request, slug))


def _page(request: HttpRequest, *, event: Event | None) -> HttpResponse:
    person = person_of(request)
    changed: list[Change] = []
    focus = problem = ""
    if request.method == "POST":
        do = request.POST.get("do", "save")
        sheet = EventSheet(person=person, event=event, data=request.POST)
        if do not in {"save", "publish"}:
            focus = sheet.act(do)
        elif sheet.is_valid():
            try:
                written = _write(sheet, person, do=do, request=request)
            except Invalid as error:
                sheet.place(error.errors)
            except Stale as error:
                problem = str(error.message)
                changed = changes_since(event, seen(request)) if event else []
            except Problem as error:
                problem = str(error.message)
            else:
                messages.success(request, _said(written, do=do))
                return redirect("desk_event", slug=written.slug)
    else:
        sheet = EventSheet(person=person, event=event, initial=_defaults(request, person))
    context = {
        "event": event,
        "sheet": sheet,
        "form": sheet.form,
        "errors": sheet.summary if request.method == "POST" else [],
        "problem": problem,
        "changed": changed,
        "focus": focus,
        "revision": event.revision if event else "",
        "reason": request.POST.get("reason", ""),
        "told": people_at(event) if event else 0,
        "tab": "event",
    }
    failed = request.method == "POST" and bool(context["errors"] or problem)
    return render(request, "pages/desk/event_form.html", context, status=400 if failed else 200)


def _write(sheet: EventSheet, person: Person, *, do: str, request: HttpRequest) -> Event:
    """Create or edit, and publish if asked to: all of it or nothing."""
    with transaction.atomic():
        facts = sheet.facts(_venue(sheet, person))
        if sheet.event is None:
            event = actions.create(facts=facts, by=person)
        else:
            reason = request.POST.get("reason", "")
            event = actions.edit(event=sheet.event, facts=facts, by=person, revision=seen(request), reason=reason)
        return actions.publish(event=event, by=person) if do == "publish" else event


def _venue(sheet: EventSheet, person: Person) -> Venue | None:
    """The venue that was chosen, or the new one that was described."""
    chosen = sheet.form.cleaned_data["venue"]
    if chosen == "new":
        try:
            return actions.add_venue(venue=sheet.venue.save(commit=False), by=person)
        except Invalid as error:
            raise Invalid({f"new_venue.{name}": found for name, found in error.errors.items()}) from None
    return Venue.objects.get(pk=chosen) if chosen else None


def seen(request: HttpRequest) -> int | None:
    """The revision that the reader's page was made from."""
    sent = request.POST.get("revision", "")
    return int(sent) if sent.isdecimal() and len(sent) < 10 else None


def people_at(event: Event) -> int:
    """How many people are registered, wait or are asked: who will be told of a change."""
    live = ("invited", "pending", "waiting", "offered", "confirmed")
    return int(event.registrations.filter(state__in=live).count())


def _said(event: Event, *, do: str) -> str:
    if do == "publish":
        return gettext("“%(title)s” is published: people see it, can register, and calendars show it.") % {"title": event.title}
    if event.state == Event.State.DRAFT:
        return gettext("The draft “%(title)s” is saved. Only organisers see it until you publish it.") % {"title": event.title}
    return gettext("The changes to “%(title)s” are saved. Its page and all calendars show them.") % {"title": event.title}


def _defaults(request: HttpRequest, person: Person) -> dict[str, Any]:
    """What a new event starts with: the organiser's own centre, its zone and its languages."""
    centre, usual = centres_organised_by(person).first(), Event()
    kind = request.GET.get("kind", "")
    return {
        "kind": kind if kind in Event.Kind.values else Event.Kind.TRAINING,
        "organising_centre": centre.pk if centre else None,
        "timezone": centre.timezone if centre else person.timezone,
        "languages": ["en"],
        "format": Event.Format.ON_SITE,
        "visibility": Event.Visibility.PUBLIC,
        **{name: getattr(usual, name) for name in STANDING},
    }
