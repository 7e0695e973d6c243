"""A participant's pages: the ticket to show or print, where its QR code leads, and checking in with the code on the screen."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from events.attendance.checking import door
from events.attendance.checking.limits import seconds_to_wait
from events.attendance.checking.scanning import find_among
from events.attendance.checking.tickets import address_of, code_of, qr
from events.attendance.presence import EARLY
from events.programme.models import Event, Session
from events.programme.queries import organised_by
from events.programme.states import HELD
from events.programme.wording import when
from events.registrations import links
from events.registrations.models import Registration
from network.api.throttling import seconds_to_wait as seconds_to_wait_for
from network.code_words import parse
from network.errors import Problem
from network.models import Person
from network.rules import may

Page = Callable[[HttpRequest, Registration], HttpResponse]
_JOINED = ("person__organisation", "event__organising_centre", "event__venue")


class CodeForm(forms.Form):
    """What the screen shows."""

    code = forms.CharField(
        label=_("Code on the screen"),
        help_text=_("Six letters and digits. It changes every 30 seconds."),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


def for_holder(page: Page) -> Callable[[HttpRequest, str], HttpResponse]:
    """Hand the registration of the token to a page, and keep the page out of caches and search engines.

    Unlike the verbs of a registration's own page, these are not limited by address: a whole room sits behind one.
    """

    @wraps(page)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        key = links.registration_id(token)
        found = Registration.objects.select_related(*_JOINED).filter(pk=key, person__is_active=True).first() if key else None
        if found is None:
            if wait := seconds_to_wait_for(request, "self-service"):
                return _too_many(request, wait)
            raise Http404
        return _private(page(request, found))

    return guarded


@require_safe
@for_holder
def own_ticket(request: HttpRequest, registration: Registration) -> HttpResponse:
    """The ticket alone, to print or to keep on the phone."""
    if not has_ticket(registration):
        return redirect(links.self_service_path(registration))
    context = {
        "registration": registration,
        "event": registration.event,
        "when": when(registration.event),
        "own_page": links.self_service_path(registration),
    }
    return render(request, "pages/attendance/ticket.html", {**context, **ticket_of(registration)})


def has_ticket(registration: Registration) -> bool:
    """Whether there is something to show at a door that is still to come."""
    event = registration.event
    is_on = event.state == Event.State.PUBLISHED and event.ends_at > timezone.now()
    return is_on and event.format != Event.Format.ONLINE and registration.state == Registration.State.CONFIRMED


def ticket_of(registration: Registration) -> dict[str, Any]:
    """The ticket's code in letters and as a picture."""
    code = code_of(registration.pk)
    return {"code": code, "qr": qr(address_of(registration), str(_("QR code of your ticket: %(code)s")) % {"code": code})}


@require_safe
def ticket(request: HttpRequest, code: str) -> HttpResponse:
    """Where a ticket's QR code leads whoever scans it with their own camera.

    Its holder comes to the registration; who runs an event that is on, to the check-in of that person. Everybody else learns
    nothing, not even whether there is such a ticket: nothing is looked up.
    """
    canonical = parse(code)
    if canonical is None:
        raise Http404
    person = request.user
    is_desk = may(person, "network.use_desk")
    if isinstance(person, Person):
        own = find_among(Registration.objects.select_related("event").filter(person=person), canonical)
        if own is not None:
            return redirect(links.self_service_path(own))
        if is_desk and (at := _session_of(person, canonical)) is not None:
            return redirect(f"{reverse('desk_scan', args=[at.event.slug, at.pk])}?code={canonical}")
    return _private(render(request, "pages/attendance/ticket_found.html", {"is_desk": is_desk}))


def _session_of(person: Person, code: str) -> Session | None:
    """The session at which the ticket's holder is to be checked in now: one that is on, at an event that the person runs."""
    now = timezone.now()
    on = Session.objects.filter(starts_at__lte=now + EARLY, ends_at__gte=now, event__in=organised_by(person).order_by())
    sessions = list(on.filter(event__state__in=HELD).select_related("event").order_by("starts_at", "pk"))
    events = {session.event_id for session in sessions}
    found = find_among(Registration.objects.select_related("event").filter(event__in=events), code)
    if found is None:
        return None
    theirs = {session.pk for session in door.on_now(found)}
    at_event = [session for session in sessions if session.event_id == found.event_id]
    return next((session for session in at_event if session.pk in theirs), at_event[0])


@require_http_methods(["GET", "HEAD", "POST"])
@for_holder
def check_in_here(request: HttpRequest, registration: Registration) -> HttpResponse:
    """Check in from a registration's own page, without signing in: who holds its address acts for its person."""
    where = reverse("registration_check_in", args=[links.self_service_token(registration)])
    return _check_in(request, registration.person, [registration], where)


@require_http_methods(["GET", "HEAD", "POST"])
def check_in(request: HttpRequest) -> HttpResponse:
    """Where the QR code on the screen leads. Who is signed in checks in with one tap; looking alone changes nothing."""
    person = request.user if isinstance(request.user, Person) else None
    if person is None:
        return _private(render(request, "pages/attendance/check_in.html", {"form": None, "where": reverse("check_in")}))
    return _private(_check_in(request, person, list(door.at_events_on(person)), reverse("check_in")))


def _check_in(request: HttpRequest, person: Person, registrations: list[Registration], where: str) -> HttpResponse:
    form = CodeForm(request.POST if request.method == "POST" else None, initial={"code": request.GET.get("code", "")[:60]})
    context: dict[str, Any] = {"form": form, "where": where, "person": person, "sessions": _shown(registrations)}
    status = 200
    if request.method == "POST":
        if wait := seconds_to_wait(person.pk):
            return _too_many(request, wait)
        status = 400
        if form.is_valid():
            try:
                record = door.check_in_oneself(registrations=registrations, code=form.cleaned_data["code"], by=person)
            except Problem as problem:
                form.add_error("code", str(problem.message))
            else:
                context |= {"record": record, "event": record.session.event}
                status = 200
    return render(request, "pages/attendance/check_in.html", context, status=status)


def _shown(registrations: list[Registration]) -> list[Session]:
    """The sessions that can be checked in for now."""
    confirmed = [one for one in registrations if one.state == Registration.State.CONFIRMED]
    return [session for registration in confirmed for session in door.on_now(registration)]


def _too_many(request: HttpRequest, wait: int) -> HttpResponse:
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(wait)
    return _private(response)


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "same-origin"
    return response
