"""An event's own page: what, when, where, can I come, what do I do next."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from events.programme.models import Event
from events.programme.pages import visible_event
from events.programme.queries import registration_window
from events.programme.wording import When, when
from events.registrations.models import Registration
from events.registrations.pages.standing import standing
from events.registrations.places import takes_place
from network.models import Person
from network.rules import may

State = Registration.State


@require_safe
def event(request: HttpRequest, slug: str) -> HttpResponse:
    """An event: what, when, where, can I come, what next."""
    found = visible_event(request, slug)
    person = request.user if isinstance(request.user, Person) else None
    now = timezone.now()
    mine = standing(found, person)
    registration = mine.own.registration if mine.own else None
    is_confirmed = registration is not None and registration.state == State.CONFIRMED
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
            "own_when": None if many else own_when(found, person),
            "standing": mine,
            "own": mine.own,
            "sessions": sessions,
            "mine": {session.pk for _time, session in mine.own.sessions} if mine.own and mine.own.is_live else set(),
            "one_day": one_day,
            "many_sessions": len(sessions) if many else 0,
            "show_join_link": bool(found.join_link) and (is_confirmed or runs),
            "runs": runs,
            "registers_colleagues": takes_place(found) and may(request.user, "network.use_desk"),
            "is_over": found.ends_at <= now,
            "opens": opens if opens and opens > now else None,
            "closes": closes if closes > now else None,
        },
    )


def own_when(event: Event, person: Person | None) -> When | None:
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
