"""Registering: one button on the event's page where nothing is asked, else one page with one form and one button."""

from contextlib import nullcontext

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from events.programme.models import Event
from events.programme.pages import visible_event
from events.programme.wording import when
from events.registrations import actions
from events.registrations.errors import ProfileIncomplete
from events.registrations.links import self_service_path
from events.registrations.models import Registration
from events.registrations.pages import drafts
from events.registrations.pages.event import own_when
from events.registrations.pages.sheet import Sheet
from events.registrations.pages.standing import Standing, outcome, standing
from network.errors import Invalid, Refused
from network.models import Person
from network.pages import save_profile
from network.sign_in import asks_for_profile


@asks_for_profile
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for a place. Where there is nothing to fill in, looking at this address leads to the event's page and its button."""
    person = request.user
    if not isinstance(person, Person):
        return _sign_in_first(request, slug)
    event = visible_event(request, slug)
    now = standing(event, person)
    if request.method == "POST":
        return _register(request, event, person, now)
    typed = drafts.take(request, slug, person)
    if now.step != "form":
        return redirect(event)
    if typed is not None:
        messages.warning(
            request, gettext("You were signed out in the meantime. What you had typed is here again: look it over.")
        )
    return _page(request, event, person, now, Sheet(event, person, typed))


def _sign_in_first(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask a visitor to sign in, and come back. Who was signed out while they typed is told, and does not type it again."""
    if request.method == "POST" and "sheet" in request.POST:
        if drafts.keep(request, slug):
            words = gettext("You were signed out in the meantime. Sign in, and what you have typed is there again.")
        else:
            words = gettext("You were signed out in the meantime, and are not registered yet. Sign in, then enter it again.")
        messages.warning(request, words)
    elif request.method == "POST":
        messages.warning(request, gettext("You are not registered yet: sign in, then press the button again."))
    return redirect_to_login(reverse("event_register", args=[slug]))


def _register(request: HttpRequest, event: Event, person: Person, now: Standing) -> HttpResponse:
    if now.step == "none":
        messages.error(request, now.reason)
        return redirect(event)
    if now.step == "registered" and now.own is not None:  # the second of two clicks, or the second of two tabs
        messages.success(request, outcome(now.own.registration))
        return redirect(event)
    if now.step == "form" and "sheet" not in request.POST:  # from a page that did not ask yet
        messages.warning(request, gettext("There is something to fill in before you can register."))
        return _page(request, event, person, now, Sheet(event, person, note=request.POST.get("note", "")[:500]), status=400)
    sheet = Sheet(event, person, request.POST, request.FILES)
    if not sheet.is_valid():
        return _page(request, event, person, now, sheet, status=400)
    try:
        # Together, so that who has to look the form over can still correct who they are.
        with transaction.atomic() if sheet.profile else nullcontext():
            registration = _write(event, person, sheet)
    except (Invalid, ProfileIncomplete) as problem:
        person.refresh_from_db()
        sheet.place(problem)
        return _page(request, event, person, now, sheet, status=400)
    if isinstance(registration, Refused):
        messages.error(request, str(registration.message))
    else:
        messages.success(request, outcome(registration, request.POST.get("promise", "")))
    return redirect(event)


def _write(event: Event, person: Person, sheet: Sheet) -> Registration | Refused:
    """Save the profile, then register. That the event refuses the person is no reason to forget who they are."""
    if sheet.profile is not None and not save_profile(sheet.profile, person):
        raise ProfileIncomplete
    facts = sheet.facts()
    try:
        return actions.register(
            event=event,
            person=person,
            by=person,
            note=facts["note"],
            sessions=facts["sessions"] or (),
            answers=facts["answers"],
        )
    except ProfileIncomplete:
        raise
    except Refused as refusal:
        return refusal


def _page(
    request: HttpRequest, event: Event, person: Person, now: Standing, sheet: Sheet, *, status: int = 200
) -> HttpResponse:
    invitation = now.own if now.own is not None and now.own.is_invited else None
    return render(
        request,
        "pages/registrations/register.html",
        {
            "event": event,
            "when": when(event),
            "own_when": own_when(event, person),
            "person": person,
            "standing": now,
            "sheet": sheet,
            "whose": drafts.mark_of(person),
            "say_no": self_service_path(invitation.registration) if invitation else "",
        },
        status=status,
    )
