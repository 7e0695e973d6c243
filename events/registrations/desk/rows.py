"""One registration at the desk: its own page with answers and history, and what the organiser does with it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from auditlog.models import LogEntry
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from events.programme.desk import desk_event, desk_page, person_of
from events.programme.desk_history import Reader
from events.programme.models import Event
from events.registrations import actions, decisions, queries
from events.registrations.asking.answers import answers_of
from events.registrations.desk import listing as desk_list
from events.registrations.desk import overview
from events.registrations.desk.bulk import remember_turn
from events.registrations.desk.forms import DeclineForm, PassOnForm, ReasonForm, TurnForm
from events.registrations.desk.preview import what_follows
from events.registrations.desk.registrations import MANAGE, back_to_list
from events.registrations.models import Registration, SpecialAnswer
from events.registrations.places import is_over, takes_place
from events.registrations.states import MOVES
from network.errors import Invalid, Problem
from network.forms import add_errors
from network.models import Person

State = Registration.State
NAMES_SHOWN = 10
PASSED_ON = frozenset({State.CONFIRMED, State.OFFERED, State.WAITING, State.PENDING})


def _found(request: HttpRequest, slug: str, key: int) -> tuple[Event, Registration]:
    event = desk_event(request, slug, MANAGE)
    rows = queries.with_turn(Registration.objects.filter(event=event))
    rows = rows.select_related("person__organisation", "home_centre", "registered_by", "takes_over__person")
    registration = rows.filter(pk=key).first()
    if registration is None:
        raise Http404
    registration.event = event
    return event, registration


def _sent(request: HttpRequest) -> QueryDict | None:
    """What a form sent, also where nothing was filled in."""
    return request.POST if request.method == "POST" else None


def possible(event: Event, registration: Registration) -> dict[str, bool]:
    """What can be done with a registration now."""
    on, state = not is_over(event), registration.state
    return {
        "approve": takes_place(event) and state == State.PENDING,
        "decline": takes_place(event) and State.DECLINED in MOVES[state],
        "turn": on and state == State.WAITING,
        "pass_on": on and state in PASSED_ON,
        "cancel": on and registration.is_live,
    }


@desk_page
@require_safe
def registration(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """All that is known of one registration: what it answered, also about health and diet, and its history."""
    event, found = _found(request, slug, key)
    questions = desk_list.questions_at(event)
    (row,) = desk_list.rows_of(event, [found], overview.chosen_sessions(event), questions)
    special: list[desk_list.Said] = []
    if row.has_special:
        known = {question.key: question for question in reversed(questions)}
        keys = set(SpecialAnswer.objects.filter(registration=found).values_list("question__key", flat=True))
        said = answers_of([found])[found.pk]
        special = [desk_list.said_to(known[key], said[key]) for key in said if key in keys and key in known]
    entries = LogEntry.objects.get_for_object(found).select_related("actor", "content_type").order_by("-timestamp", "-pk")
    context = {
        "event": event,
        "tab": "registrations",
        "registration": found,
        "row": row,
        "special": special,
        "can": possible(event, found),
        "others": Registration.objects.filter(event=event, person=found.person_id).exclude(pk=found.pk).order_by("-pk"),
        "successor": Registration.objects.filter(takes_over=found).select_related("person").first(),
        "moments": list(Reader(entries[:100], event).moments()),
        "query": request.GET.urlencode(),
    }
    return render(request, "pages/desk/registration.html", context)


# --- What is done with one -------------------------------------------------------------------------------------------


@dataclass
class Verb:
    """A page that does one thing with one registration: what it will bring, a form, a button."""

    heading: str
    button: str
    form: forms.Form
    consequences: list[str]
    is_danger: bool = False
    names: list[str] = field(default_factory=list)  # the waiting list in its order
    is_possible: bool = True


def _verb(
    request: HttpRequest, event: Event, found: Registration, verb: Verb, act: Callable[[dict[str, Any]], str]
) -> HttpResponse:
    """Show the page, or act and go back to the list. ``act`` returns what to say."""
    form = verb.form
    if request.method == "POST" and form.is_valid():
        try:
            said = act(form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        except Problem as error:
            form.add_error(None, str(error.message))
        else:
            messages.success(request, said)
            return back_to_list(request, event)
    context = {
        "event": event,
        "tab": "registrations",
        "registration": found,
        "verb": verb,
        "form": form,
        "query": request.GET.urlencode(),
    }
    return render(request, "pages/desk/registration_verb.html", context, status=400 if form.errors else 200)


@desk_page
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """Take one person off the list. Says first who gets the place."""
    event, found = _found(request, slug, key)
    by, who = person_of(request), {"person": found.person}
    verb = Verb(
        heading=gettext("Cancel the registration of %(person)s") % who,
        button=gettext("Cancel the registration"),
        form=ReasonForm(_sent(request)),
        consequences=[
            gettext("%(person)s gets a mail; the event is taken out of their calendar.") % who,
            *what_follows(event, [found]),
            gettext("They can register again while registration is open."),
        ],
        is_danger=True,
        is_possible=possible(event, found)["cancel"],
    )

    def act(said: dict[str, Any]) -> str:
        actions.cancel(registration=found, by=by, reason=said["reason"])
        return gettext("%(person)s is off the list and is told so.") % who

    return _verb(request, event, found, verb, act)


@desk_page
@require_http_methods(["GET", "POST"])
def decline(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """Say no to one person, with a reason."""
    event, found = _found(request, slug, key)
    by, who = person_of(request), {"person": found.person}
    verb = Verb(
        heading=gettext("Decline the registration of %(person)s") % who,
        button=gettext("Decline"),
        form=DeclineForm(_sent(request)),
        consequences=[
            gettext("%(person)s gets a mail with your reason.") % who,
            *what_follows(event, [found]),
            gettext("They cannot register again themselves. You can still invite or register them."),
        ],
        is_danger=True,
        is_possible=possible(event, found)["decline"],
    )

    def act(said: dict[str, Any]) -> str:
        decisions.decline(registration=found, by=by, reason=said["reason"])
        return gettext("%(person)s is declined and told why.") % who

    return _verb(request, event, found, verb, act)


@desk_page
@require_http_methods(["GET", "POST"])
def turn(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """Give one person another turn in the waiting list."""
    event, found = _found(request, slug, key)
    by, before = person_of(request), getattr(found, "turn", None)
    queue = queries.of_event(event, state=State.WAITING)
    total = queue.count()
    facts = {"person": found.person, "n": before or 0, "total": total}
    verb = Verb(
        heading=gettext("Move %(person)s in the waiting list") % facts,
        button=pgettext("in the waiting list", "Move"),
        form=TurnForm(_sent(request), initial={"turn": 1}),
        consequences=[
            gettext("%(person)s has turn %(n)d of %(total)d now.") % facts,
            gettext("Whoever stood there, and all behind, move back by one."),
            gettext("You can take it back on the next page."),
        ],
        names=[str(one.person) for one in queue[:NAMES_SHOWN]],
        is_possible=possible(event, found)["turn"],
    )

    def act(said: dict[str, Any]) -> str:
        decisions.put_at(registration=found, turn=said["turn"], by=by, reason=said["reason"])
        now = queries.with_turn(Registration.objects.filter(pk=found.pk)).get()
        after = getattr(now, "turn", None)
        if after is None or before is None:  # a place was free for them
            return gettext("%(person)s: %(state)s.") % {"person": found.person, "state": now.get_state_display()}
        if after != before:
            remember_turn(request, found, before, after)
        return gettext("%(person)s has turn %(n)d of %(total)d now.") % {**facts, "n": after}

    return _verb(request, event, found, verb, act)


@desk_page
@require_http_methods(["GET", "POST"])
def pass_on(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """Let a colleague take over."""
    event, found = _found(request, slug, key)
    by, who = person_of(request), {"person": found.person}
    holds = gettext("the place") if found.holds_place else pgettext("in the waiting list", "the turn")
    verb = Verb(
        heading=gettext("Pass on the registration of %(person)s") % who,
        button=gettext("Pass it on"),
        form=PassOnForm(_sent(request)),
        consequences=[
            gettext("%(person)s is off the list; the colleague has %(what)s, with the same sessions. Nobody else moves.")
            % {**who, "what": holds},
            gettext("Both get a mail. Answers are not passed on: the colleague gives their own."),
        ],
        is_possible=possible(event, found)["pass_on"],
    )

    def act(said: dict[str, Any]) -> str:
        try:
            colleague = actions.person_for(said["email"])
        except Person.DoesNotExist:
            raise Invalid({"email": [actions.UNKNOWN_PERSON]}) from None
        new = actions.pass_on(registration=found, to=colleague, by=by, reason=said["reason"])
        facts = {"old": found.person, "new": new.person, "state": new.get_state_display()}
        return gettext("%(new)s takes over from %(old)s: %(state)s.") % facts

    return _verb(request, event, found, verb, act)
