"""An event's own page, which says whether one can come, and the two things to do there: register, give the place back."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from events.programme.models import Event
from events.programme.pages import visible_event
from events.programme.queries import registration_window
from events.programme.wording import When, when
from events.registrations import actions, queries
from events.registrations.errors import ProfileIncomplete
from events.registrations.models import Registration
from network.errors import Invalid, Problem
from network.models import Person
from network.rules import may

State = Registration.State


@dataclass(frozen=True)
class Standing:
    """How the reader stands to the event: what the page's one primary action is and says.

    ``step`` is what the page offers: "sign-in", "register", "profile", "registered" (waiting and pending too) or "none".
    """

    step: str
    label: str = ""
    reason: str = ""
    registration: Registration | None = None
    turn: int | None = None


def standing(event: Event, person: Person | None) -> Standing:
    """What one can do next about this event, and in which words."""
    if person is None:
        if shut := queries.closed(event):
            return Standing("none", reason=str(shut.message))
        return Standing("sign-in", label=sign_in_label(event))
    last = queries.latest(person, event)
    if last is not None and last.is_live and last.state != State.INVITED:
        return Standing("registered", registration=last, turn=queries.position(last))
    refusal = queries.why_not(event, person)
    if isinstance(refusal, ProfileIncomplete):
        return Standing("profile", reason=str(refusal.message), registration=last)
    if refusal:
        return Standing("none", reason=str(refusal.message), registration=last)
    return Standing("register", label=register_label(event), registration=last)


def register_label(event: Event) -> str:
    """The words of the button: what will happen, and how much room there is."""
    if event.needs_approval:
        return gettext("Ask for a place")
    left = event.places_left
    if left is None:
        return gettext("Register")
    if left:
        words = ngettext("Register — %(left)s of %(places)s place left", "Register — %(left)s of %(places)s places left", left)
        return words % {"left": left, "places": event.places}
    before = queries.summary(event)[State.WAITING]
    if not before:
        return gettext("Join the waiting list — nobody before you")
    return ngettext("Join the waiting list — %(n)s before you", "Join the waiting list — %(n)s before you", before) % {
        "n": before
    }


def sign_in_label(event: Event) -> str:
    """The same for somebody whom we do not know yet."""
    if event.places_left == 0 and not event.needs_approval:
        return gettext("Sign in to join the waiting list")
    return gettext("Sign in to register")


@require_safe
def event(request: HttpRequest, slug: str) -> HttpResponse:
    """An event: what, when, where, can I come, what next."""
    found = visible_event(request, slug)
    person = request.user if isinstance(request.user, Person) else None
    now = timezone.now()
    mine = standing(found, person)
    is_confirmed = mine.registration is not None and mine.registration.state == State.CONFIRMED
    opens, closes = registration_window(found)
    runs = may(request.user, "events.change_event", found)
    sessions = _sessions(found)
    one_day = found.first_day == found.last_day
    many = len(sessions) > 1 and not one_day
    return render(
        request,
        "pages/registrations/event.html",
        {
            "event": found,
            "when": when(found),
            "own_when": None if many else _own_when(found, person),
            "standing": mine,
            "sessions": sessions,
            "one_day": one_day,
            "many_sessions": len(sessions) if many else 0,
            "show_join_link": bool(found.join_link) and (is_confirmed or runs),
            "runs": runs,
            "is_over": found.ends_at <= now,
            "opens": opens if opens and opens > now else None,
            "closes": closes if closes > now else None,
            "states": State,
        },
    )


def _own_when(event: Event, person: Person | None) -> When | None:
    """The same time on the reader's clock, where that shows another."""
    if person is None or event.all_day:
        return None
    own, local = when(event, person.timezone), when(event)
    same = own.first.replace(tzinfo=None) == local.first.replace(tzinfo=None)  # type: ignore[call-arg]
    return None if same else own


def _sessions(event: Event) -> list[tuple[When, object]]:
    """The sessions with their times; none where the only one says no more than the event."""
    sessions = list(event.sessions.all())
    if len(sessions) == 1 and not sessions[0].title and not sessions[0].summary and not sessions[0].speakers.all():
        return []
    return [(When(session, event.timezone), session) for session in sessions]


@require_http_methods(["GET", "POST"])
@login_required
def register(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for a place. Somebody who comes here from signing in is led to the event's page, where the button is."""
    found = visible_event(request, slug)
    if request.method == "POST" and isinstance(request.user, Person):
        try:
            registration = actions.register(
                event=found, person=request.user, by=request.user, note=request.POST.get("note", "").strip()
            )
        except Problem as problem:
            _tell(request, problem)
        else:
            messages.success(request, outcome(registration))
    return redirect(found)


@require_http_methods(["GET", "POST"])
@login_required
def cancel(request: HttpRequest, slug: str) -> HttpResponse:
    """Give the place back, or leave the waiting list."""
    found = visible_event(request, slug)
    if request.method == "POST" and isinstance(request.user, Person):
        registration = queries.live(request.user, found)
        try:
            if registration is not None:
                was = registration.state
                actions.cancel(registration=registration, by=request.user)
                messages.success(request, _farewell(was))
        except Problem as problem:
            _tell(request, problem)
    if request.POST.get("next") == "my":
        return HttpResponseRedirect("/my/")
    return redirect(found)


def outcome(registration: Registration) -> str:
    """What happened, and what comes next."""
    match registration.state:
        case State.CONFIRMED:
            return gettext("You are registered. A confirmation with the calendar entry is on its way to your mailbox.")
        case State.WAITING:
            return gettext("You are on the waiting list. We write to you as soon as a place is yours.")
        case _:
            return gettext("The organiser has your request. We write to you once it is decided.")


def _farewell(was: str) -> str:
    if was == State.CONFIRMED:
        return gettext("Your place is given back. Thank you: it goes to the next person.")
    if was == State.WAITING:
        return gettext("You have left the waiting list.")
    return gettext("Your request is withdrawn.")


def _tell(request: HttpRequest, problem: Problem) -> None:
    if isinstance(problem, Invalid):
        for texts in problem.errors.values():
            for text in texts:
                messages.error(request, str(text))
    else:
        messages.error(request, str(problem.message))
