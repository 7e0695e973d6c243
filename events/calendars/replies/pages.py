"""A reply's own page, at the address in the mails about it: “was it you?”, and taking an answer back. Nobody need sign in.

Who holds the address acts for the person of the registration. Looking changes nothing, because mail programs open links.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from events.calendars.models import Invitation, Reply
from events.calendars.replies import actions, links
from events.calendars.replies.words import answer_in_words, proposed_in_words
from events.programme.models import Event
from events.programme.wording import moment_and_zone, when
from events.registrations import queries
from events.registrations.links import self_service_path
from events.registrations.models import Registration
from network.api.throttling import seconds_to_wait
from network.errors import Problem
from network.models import Person

State = Reply.State

#: What a button does.
VERBS: dict[str, Callable[..., Reply]] = {
    "confirm": actions.confirm,
    "deny": actions.deny,
    "undo": actions.undo,
    "keep": actions.keep,
}


@require_http_methods(["GET", "HEAD", "POST"])
def reply(request: HttpRequest, token: str) -> HttpResponse:
    """``/replies/<token>/``: what became of an answer, and what can be done about it."""
    found = _found(token)
    if (found is None or request.method == "POST") and (wait := seconds_to_wait(request, "self-service")):
        response = render(request, "429.html", status=429)
        response["Retry-After"] = str(wait)
        return _private(response)
    if found is None or found.invitation is None:
        raise Http404
    if request.method == "POST":
        _act(request, found, found.invitation.registration.person)
        return _private(redirect(links.reply_path(found)))
    return _private(render(request, "pages/calendars/reply.html", _context(found, found.invitation)))


def _found(token: str) -> Reply | None:
    key = links.reply_id(token)
    joined = ("invitation__entry", "invitation__registration__person", "invitation__registration__event__organising_centre")
    found = (
        Reply.objects.select_related(*joined, "invitation__registration__event__venue").filter(pk=key).first() if key else None
    )
    if found is None or found.invitation is None or not found.invitation.registration.person.is_active:
        return None
    return found


def _act(request: HttpRequest, found: Reply, person: Person) -> None:
    act = VERBS.get(request.POST.get("do", ""))
    if act is None:
        return
    try:
        now = act(reply=found, by=person)
    except Problem as problem:
        messages.error(request, str(problem.message))
        return
    messages.success(request, _said(now, request.POST["do"]))


def _said(now: Reply, do: str) -> str:
    """What happened."""
    if do == "deny":
        return gettext("Thank you. Nothing has happened, and nothing will.")
    if do == "keep":
        return gettext("Thank you. We count on you.")
    if do == "undo":
        return gettext("Your answer is taken back. Your calendar program gets the invitation once more.")
    if now.state == State.IGNORED:
        return gettext("Something newer was answered meanwhile, so this answer changes nothing.")
    return gettext("Thank you. Your answer is noted.")


def _context(found: Reply, invitation: Invitation) -> dict[str, Any]:
    registration, event = invitation.registration, invitation.registration.event
    has_place = registration.state == Registration.State.CONFIRMED
    moment = found.due_at if found.state == State.DUE else found.acted_at
    return {
        "reply": found,
        "answer": answer_in_words(found),
        "proposed": proposed_in_words(found, event),
        "registration": registration,
        "event": event,
        "when": when(event),
        "date": invitation.entry.title,
        "moment": moment_and_zone(moment, registration.person.timezone) if moment else "",
        "has_place": has_place,
        "somebody_waits": found.state == State.DUE and queries.anybody_waits(event),
        "can_undo": actions.can_undo(found, invitation),
        "can_keep": has_place and actions.can_keep(found, invitation),
        "can_register_again": found.state == State.GIVEN_BACK and not has_place and event.state in Event.PUBLIC_STATES,
        "my_link": self_service_path(registration),
    }


def _private(response: HttpResponse) -> HttpResponse:
    """Out of caches, search engines and other sites' logs, as a registration's own page is."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "same-origin"
    return response
