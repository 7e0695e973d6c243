"""What one does with an event: publish, move, postpone, cancel, clone. Each page says first what will follow, with numbers."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from events.programme import actions
from events.programme.desk import desk_event, desk_page, person_of
from events.programme.desk_edit import people_at
from events.programme.desk_forms import CloneForm, MoveForm, ReasonForm
from events.programme.desk_sheet import clock
from events.programme.models import Event
from events.programme.states import Verb, allows
from network.errors import Invalid, Problem
from network.vocabulary import zone_named


def _told(count: int) -> str:
    if not count:
        return gettext("Nobody is registered yet, so nobody gets a mail.")
    return ngettext("%(count)d person will get a mail.", "%(count)d people will get a mail.", count) % {"count": count}


def _try(request: HttpRequest, form: Any, act: Callable[[], Event], said: Callable[[Event], str]) -> HttpResponse | None:
    """Act if the form is filled in. Returns the way on, or None if the page has to show what is wrong."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        event = act()
    except Invalid as error:
        for path, found in error.errors.items():
            name = {"starts": "starts_time", "first_day": "starts_day", "starts_at": "starts_time"}.get(path, path)
            for message in found:
                form.add_error(name if name in form.fields else None, message)
        return None
    except Problem as error:
        form.add_error(None, str(error.message))
        return None
    messages.success(request, said(event))
    return redirect("desk_event", slug=event.slug)


def _show(request: HttpRequest, event: Event, form: Any, verb: Verb, **words: Any) -> HttpResponse:
    context = {"event": event, "form": form, "tab": "event", "is_possible": allows(event, verb), **words}
    return render(request, "pages/desk/verb.html", context, status=400 if form.is_bound and form.errors else 200)


class _Confirm(ReasonForm):
    """Nothing to fill in."""

    reason = None  # type: ignore[assignment]


def _revision(form: Any) -> int | None:
    return form.cleaned_data.get("revision")


@desk_page
def publish(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a draft, or a postponed event that has its time, visible to those it is for."""
    event, person = desk_event(request, slug), person_of(request)
    form = _Confirm(request.POST or None, initial={"revision": event.revision})
    done = _try(
        request,
        form,
        lambda: actions.publish(event=event, by=person, revision=_revision(form)),
        lambda now: (
            gettext("“%(title)s” is published: people see it, can register, and calendars show it.") % {"title": now.title}
        ),
    )
    return done or _show(
        request,
        event,
        form,
        "publish",
        heading=gettext("Publish this event"),
        consequences=[
            {
                Event.Visibility.PUBLIC: gettext("Everybody can see it."),
                Event.Visibility.NETWORK: gettext("Members of the network’s centres can see it."),
                Event.Visibility.INVITED: gettext("Only the people you invite can see it."),
            }[Event.Visibility(event.visibility)],
            gettext("Registration opens at the time you gave, or at once."),
            gettext("It appears in the calendars that people have subscribed to, within their program’s rhythm."),
            gettext("Its address is fixed from now on."),
        ],
        button=gettext("Publish"),
    )


@desk_page
def move(request: HttpRequest, slug: str) -> HttpResponse:
    """Give the event another time; its sessions keep their distances."""
    event, person = desk_event(request, slug), person_of(request)
    form = MoveForm(request.POST or None, all_day=event.all_day, initial=_start_of(event))
    done = _try(
        request,
        form,
        lambda: actions.move(
            event=event,
            starts=form.starts(),
            by=person,
            reason=form.cleaned_data["reason"],
            revision=_revision(form),
        ),
        lambda now: gettext("“%(title)s” has its new time. %(told)s") % {"title": now.title, "told": _done(event)},
    )
    return done or _show(
        request,
        event,
        form,
        "move",
        heading=gettext("Move this event"),
        consequences=[
            _told(people_at(event)),
            gettext("The end, all sessions, and the ends of registration and of changes move along by the same distance."),
            gettext("Calendars update: the entry that people have moves, no second one appears."),
        ],
        button=gettext("Move the event"),
    )


@desk_page
def postpone(request: HttpRequest, slug: str) -> HttpResponse:
    """It will take place, at a time that is not known yet."""
    event, person = desk_event(request, slug), person_of(request)
    form = ReasonForm(request.POST or None, initial={"revision": event.revision})
    done = _try(
        request,
        form,
        lambda: actions.postpone(event=event, reason=form.cleaned_data["reason"], by=person, revision=_revision(form)),
        lambda now: gettext("“%(title)s” is postponed. %(told)s") % {"title": now.title, "told": _done(event)},
    )
    return done or _show(
        request,
        event,
        form,
        "postpone",
        heading=gettext("Postpone this event"),
        consequences=[
            _told(people_at(event)),
            gettext("All registrations stay. Registration is closed until there is a new time."),
            gettext("Calendars show the event as cancelled at its old time, until it has a new one."),
        ],
        button=gettext("Postpone the event"),
    )


@desk_page
def cancel(request: HttpRequest, slug: str) -> HttpResponse:
    """Call the event off for good."""
    event, person = desk_event(request, slug), person_of(request)
    form = ReasonForm(request.POST or None, initial={"revision": event.revision})
    done = _try(
        request,
        form,
        lambda: actions.cancel(event=event, reason=form.cleaned_data["reason"], by=person, revision=_revision(form)),
        lambda now: gettext("“%(title)s” is cancelled. %(told)s") % {"title": now.title, "told": _done(event)},
    )
    return done or _show(
        request,
        event,
        form,
        "cancel",
        heading=gettext("Cancel this event"),
        consequences=[
            _told(people_at(event)),
            gettext("Calendars show it as cancelled; its page stays, with your reason."),
            gettext("This cannot be undone. If it may still take place, postpone it instead."),
        ],
        button=gettext("Cancel the event"),
        is_danger=True,
    )


@desk_page
def clone(request: HttpRequest, slug: str) -> HttpResponse:
    """Write down the same event again, at another time."""
    event, person = desk_event(request, slug, "events.clone_event"), person_of(request)
    form = CloneForm(request.POST or None, all_day=event.all_day, initial={"title": event.title, **_start_of(event, day=False)})
    done = _try(
        request,
        form,
        lambda: actions.clone(event=event, starts=form.starts(), by=person, title=form.cleaned_data["title"]),
        lambda made: gettext("The draft “%(title)s” is a copy. Look it over, then publish it.") % {"title": made.title},
    )
    return done or _show(
        request,
        event,
        form,
        "clone",
        heading=gettext("Clone this event"),
        consequences=[
            gettext("A new draft with the same facts, sessions and speakers, and the same quotas, rules and questions."),
            gettext("Its sessions keep their distances to the start."),
            gettext("No registrations are taken over. Nobody gets a mail."),
        ],
        button=gettext("Make the copy"),
    )


@desk_page
def discard(request: HttpRequest, slug: str) -> HttpResponse:
    """Delete a draft."""
    event, person = desk_event(request, slug), person_of(request)
    form = _Confirm(request.POST or None, initial={"revision": event.revision})
    if request.method == "POST" and form.is_valid():
        try:
            actions.discard(event=event, by=person, revision=_revision(form))
        except Problem as error:
            form.add_error(None, str(error.message))
        else:
            messages.success(request, gettext("The draft “%(title)s” is deleted.") % {"title": event.title})
            return redirect("desk")
    return _show(
        request,
        event,
        form,
        "discard",
        heading=gettext("Delete this draft"),
        consequences=[
            gettext("The draft and its sessions are deleted. The journal keeps what it said."),
            gettext("Nobody but organisers has seen it, so nobody is told."),
        ],
        button=gettext("Delete the draft"),
        is_danger=True,
    )


def _start_of(event: Event, *, day: bool = True) -> dict[str, Any]:
    """The event's present start, on its own wall clock."""
    if event.all_day:
        return {"starts_day": event.first_day if day else None, "revision": event.revision}
    starts_day, starts_time = clock(event.starts_at, zone_named(event.timezone))
    return {"starts_day": starts_day if day else None, "starts_time": starts_time, "revision": event.revision}


def _done(event: Event) -> str:
    """What was set going."""
    count = people_at(event)
    if not count:
        return gettext("Calendars update.")
    return ngettext(
        "%(count)d person gets a mail; calendars update.", "%(count)d people get a mail; calendars update.", count
    ) % {"count": count}
