"""The desk's page about replies: who answered what in their calendar, and what waits for the organiser."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from events.calendars.models import Invitation, Reply
from events.calendars.replies import actions, queries
from events.calendars.replies.words import answer_in_words, proposed_in_words
from events.programme.desk import desk_event, desk_page, page_of, person_of
from events.programme.models import Event
from network.errors import Invalid, Problem
from network.models import Person

PAGE = 100
MOST_WAITING = 100

State = Reply.State
Answer = Invitation.Answer

#: Whose words are not shown: of a mail that may not be theirs, and of an answer that they took back.
UNSAID = frozenset({State.TO_CONFIRM, State.UNDONE})


@desk_page
@require_safe
def replies(request: HttpRequest, slug: str) -> HttpResponse:
    """``/desk/events/<slug>/replies/``: proposals and delegations first, then everybody with their answer."""
    event = desk_event(request, slug, actions.MANAGE)
    counts = queries.counts(event)
    asked = request.GET.get("answer", "")
    answer = asked if asked in counts else ""
    page = page_of(request, queries.invitations(event, answer=answer), PAGE)
    page.object_list = [_row(invitation) for invitation in page.object_list]
    context = {
        "event": event,
        "tab": "replies",
        "waiting": [_waiting(reply, event) for reply in queries.waiting(event)[:MOST_WAITING]],
        "page": page,
        "tabs": _tabs(event, counts, answer),
        "is_filtered": bool(answer),
        "is_course": len({row["invitation"].entry_id for row in page.object_list}) > 1,
    }
    return render(request, "pages/desk/replies.html", context)


def _waiting(reply: Reply, event: Event) -> dict[str, Any]:
    return {
        "reply": reply,
        "is_counter": reply.method == "COUNTER",
        "proposed": proposed_in_words(reply, event),
        "is_delegation": reply.method != "COUNTER" and reply.answer == Answer.DELEGATED,
    }


def _row(invitation: Any) -> dict[str, Any]:
    """An invitation with its answer, the comment that came with it, and what follows from it."""
    told = invitation.told_replies
    newest = told[0] if told else None
    undoable = next((one for one in told if one.state == State.GIVEN_BACK or actions.can_undo(one, invitation)), None)
    return {
        "invitation": invitation,
        "newest": newest,
        "answer": answer_in_words(newest) if newest else "",
        "comment": next((one.comment for one in told if one.comment and one.state not in UNSAID), ""),
        "undoable": undoable,
    }


def _tabs(event: Event, counts: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    """All of them, or those of one answer."""
    address = reverse("desk_replies", args=[event.slug])
    choices = [("", pgettext("replies", "All"), sum(counts.values()))]
    choices += [(answer.value, str(answer.label), counts[answer]) for answer in Answer]
    return [
        {"url": f"{address}?answer={value}" if value else address, "label": label, "current": value == chosen, "count": number}
        for value, label, number in choices
    ]


@desk_page
@require_POST
def reply(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Settle a reply, take it back, or pass the place on as it asks."""
    event, person = desk_event(request, slug, actions.MANAGE), person_of(request)
    found = Reply.objects.select_related("invitation__entry", "invitation__registration__person")
    one = found.filter(pk=pk, invitation__entry__event=event).first()
    if one is None:
        raise Http404
    verbs: dict[str, Callable[[Reply, Person], str]] = {"settle": _settle, "undo": _undo, "pass-on": _pass_on}
    act = verbs.get(request.POST.get("do", ""))
    try:
        if act is not None:
            messages.success(request, act(one, person))
    except Invalid as problem:
        messages.error(request, " ".join(str(message) for found in problem.errors.values() for message in found))
    except Problem as problem:
        messages.error(request, str(problem.message))
    return redirect("desk_replies", event.slug)


def _settle(reply: Reply, by: Person) -> str:
    actions.settle(reply=reply, by=by)
    return gettext("Settled. It no longer waits for you.")


def _undo(reply: Reply, by: Person) -> str:
    was_given_back = reply.state == State.GIVEN_BACK
    actions.undo(reply=reply, by=by)
    if was_given_back:
        return gettext("They are registered again: with a place if there is one, else on the waiting list. They get a mail.")
    return gettext("The answer is taken back. Their calendar program gets the invitation once more.")


def _pass_on(reply: Reply, by: Person) -> str:
    new = actions.pass_on(reply=reply, by=by)
    return gettext("%(person)s takes over: %(state)s.") % {"person": new.person, "state": new.get_state_display()}
