"""A registration's own page, at the address in every mail: see it, accept, change, pass on, give back. Nobody need sign in.

Who holds the address acts for the person of the registration, whoever is signed in. Looking changes nothing, because mail
programs open links: every verb is a POST, with a token against forgery like any other.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from events.programme.models import Event
from events.programme.wording import when
from events.registrations import actions, links
from events.registrations.models import Registration
from events.registrations.pages.colleague_forms import ColleagueForm
from events.registrations.pages.event import own_when
from events.registrations.pages.sheet import Sheet
from events.registrations.pages.standing import Own, farewell
from network.api.throttling import seconds_to_wait
from network.errors import Problem, WrongState

State = Registration.State
P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, Registration, P], HttpResponse]

#: What is joined to a registration: all that its page shows.
_JOINED = ("person__organisation", "event__organising_centre", "event__venue", "home_centre")


def for_holder(view: Page[P]) -> Callable[..., HttpResponse]:
    """Hand the registration of the token to a page, and keep the page out of caches, search engines and other sites' logs.

    The policy on referrers stays “same-origin”, which tells other sites nothing: with “no-referrer” browsers send forms
    with the origin “null”, and a form of ours could not be told from a forged one.
    """

    @wraps(view)
    def page(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
        key = links.registration_id(token)
        found = Registration.objects.select_related(*_JOINED).filter(pk=key, person__is_active=True).first() if key else None
        if (found is None or request.method == "POST") and (wait := seconds_to_wait(request, "self-service")):
            return _private(_too_many(request, wait))
        if found is None:
            raise Http404
        return _private(view(request, found, *args, **kwargs))

    return page


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "same-origin"
    return response


def _too_many(request: HttpRequest, wait: int) -> HttpResponse:
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(wait)
    return response


@require_safe
@for_holder
def show(request: HttpRequest, registration: Registration) -> HttpResponse:
    """The registration: its event, its state, and what can be done about it."""
    own = Own(registration)
    return render(request, "pages/registrations/mine.html", _context(own))


def _context(own: Own) -> dict[str, Any]:
    event = own.event
    return {
        "own": own,
        "event": event,
        "when": when(event),
        "own_when": own_when(event, own.registration.person),
        "is_over": own.is_over,
        "is_public": event.visibility == Event.Visibility.PUBLIC and event.state in Event.PUBLIC_STATES,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@for_holder
def accept(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Take the place that is offered."""
    if request.method == "POST":
        try:
            actions.accept(registration=registration, by=registration.person)
        except Problem as problem:
            messages.error(request, str(problem.message))
        else:
            messages.success(
                request, gettext("The place is yours. A confirmation with the calendar entry is on its way to your mailbox.")
            )
    return _onwards(request, registration)


@require_http_methods(["GET", "HEAD", "POST"])
@for_holder
def cancel(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Say no to an offer or an invitation, leave the waiting list, withdraw a request, give a place back."""
    if request.method == "POST":
        before = registration.state
        try:
            actions.cancel(registration=registration, by=registration.person)
        except Problem as problem:
            messages.error(request, str(problem.message))
        else:
            messages.success(request, farewell(before))
    return _onwards(request, registration)


@require_http_methods(["GET", "HEAD", "POST"])
@for_holder
def change(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Other sessions, other answers, another note."""
    own = Own(registration)
    if not own.can_change:
        return _not_now(request, own)
    anew = "anew" in (request.POST if request.method == "POST" else request.GET)
    sheet = Sheet(own.event, registration.person, registration=registration, anew=anew)
    if request.method == "POST":
        sheet = Sheet(own.event, registration.person, request.POST, request.FILES, registration=registration, anew=anew)
        if sheet.is_valid() and _changed(request, registration, sheet):
            return _onwards(request, registration)
    status = 400 if sheet.has_errors else 200
    return render(request, "pages/registrations/change.html", {**_context(own), "sheet": sheet}, status=status)


def _changed(request: HttpRequest, registration: Registration, sheet: Sheet) -> bool:
    """Whether it went through; if not, the sheet says why."""
    try:
        actions.change(registration=registration, by=registration.person, **sheet.facts())
    except Problem as problem:
        sheet.place(problem)
        return False
    messages.success(request, gettext("Your changes are saved."))
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@for_holder
def pass_on(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Let a colleague come instead."""
    own = Own(registration)
    address = request.POST.get("email", "").strip()
    if address and Registration.objects.filter(takes_over=registration, person__email__iexact=address).exists():
        _say_passed_on(request, address)  # the second of two clicks
        return _onwards(request, registration)
    if not own.can_change:
        return _not_now(request, own)
    form = ColleagueForm(registration, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if wait := seconds_to_wait(request, "pass-on"):
            return _too_many(request, wait)
        if _passed_on(registration, form):
            _say_passed_on(request, address)
            return _onwards(request, registration)
    status = 400 if form.errors else 200
    return render(request, "pages/registrations/pass_on.html", {**_context(own), "form": form}, status=status)


def _passed_on(registration: Registration, form: ColleagueForm) -> bool:
    """Whether the colleague comes instead; if not, the form says why."""
    try:
        actions.pass_on_to(registration=registration, by=registration.person, **form.cleaned_data)
    except Problem as problem:
        form.place(problem)
        return False
    return True


def _say_passed_on(request: HttpRequest, address: str) -> None:
    words = gettext(
        "Passed on to %(address)s. They get a mail with the event and a link of their own; you get one that confirms it. "
        "The organiser sees it in the list."
    )
    messages.success(request, words % {"address": address})


def _not_now(request: HttpRequest, own: Own) -> HttpResponse:
    messages.error(request, own.closed or str(WrongState.message))
    return redirect(own.path)


def _onwards(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Back to where the button was: the event's page, one's own list, or the registration's page."""
    match request.POST.get("next"):
        case "event":
            return redirect(registration.event)
        case "my":
            return HttpResponseRedirect("/my/")
        case _:
            return redirect(links.self_service_path(registration))
