"""Who came: the roster at the door, and a list to sign on paper."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_POST

from events.attendance import actions, queries
from events.attendance.checking.scanning import not_followed
from events.attendance.models import AttendanceRecord
from events.programme.desk import desk_event, desk_page, person_of
from events.programme.models import Event, Session
from events.programme.wording import when
from events.registrations.models import Registration
from events.registrations.queries import taking_part_in
from network.errors import Problem

RECORD = "events.record_attendance"
UNDO = "attendance_undo"


def _event(request: HttpRequest, slug: str) -> tuple[Event, list[Session]]:
    """The event and its sessions in their order, each knowing the event."""
    event = desk_event(request, slug, RECORD)
    sessions = list(event.sessions.order_by("starts_at", "pk"))
    for session in sessions:
        session.event = event
    return event, sessions


def _session(sessions: list[Session], key: str | int | None) -> Session | None:
    """The session that was asked for; without a number the one that is on or next, at last the last one."""
    if key not in {None, ""}:
        return next((session for session in sessions if str(session.pk) == str(key)), None)
    now = timezone.now()
    return next((session for session in sessions if session.ends_at > now), sessions[-1] if sessions else None)


def _found(sessions: list[Session], key: str | int | None) -> Session:
    session = _session(sessions, key)
    if session is None:
        raise Http404
    return session


def _address(session: Session, search: str = "") -> str:
    query = {"session": session.pk, **({"q": search} if search else {})}
    return f"{reverse('desk_attendance', args=[session.event.slug])}?{urlencode(query)}"


def _parts(sessions: list[Session], present: Session, came: dict[int, int] | None = None) -> list[dict[str, Any]]:
    """The sessions as parts of the page, each with its time; and with how many came, where that is known."""
    parts = []
    for number, one in enumerate(sessions, start=1):
        time = when(one)
        detail = ", ".join(words for words in (time.days, time.hours) if words)
        if came is not None:
            detail += " · " + gettext("%(n)s present") % {"n": came.get(one.pk, 0)}
        label = f"{number}. {one.title or one.event.title}"
        parts.append({"label": label, "detail": detail, "url": f"?session={one.pk}", "current": one.pk == present.pk})
    return parts


def _roster(session: Session, search: str) -> dict[str, Any]:
    """What the list at the door shows. The counts are of everybody, not of those that a search leaves."""
    rows = queries.roster(session, search=search)
    return {"rows": rows, "session": session, "q": search, **_count(session)}


def _count(session: Session) -> dict[str, Any]:
    expected = taking_part_in(session)
    return {
        "present": expected.filter(attendance__session=session).count(),
        "expected": expected.count(),
        "opens_at": session.starts_at - actions.EARLY,
        "is_open": timezone.now() >= session.starts_at - actions.EARLY,
    }


@desk_page
@require_GET
def attendance(request: HttpRequest, slug: str) -> HttpResponse:
    """The roster of one session, with a button for each participant."""
    event, sessions = _event(request, slug)
    search = request.GET.get("q", "").strip()[:100]
    if not sessions:
        raise Http404
    session = _found(sessions, request.GET.get("session"))
    if request.GET.get("part") == "count":
        return render(request, "pages/desk/_roster_count.html", {"event": event, "session": session, **_count(session)})
    came = queries.present_by_session(event)
    undo = request.session.pop(UNDO, None)
    context = {
        "event": event,
        "tab": "attendance",
        "part": "roster",
        **_roster(session, search),
        "not_followed": not_followed(session)[:50],
        "sessions": _parts(sessions, session, came),
        "undo": undo if undo and undo.get("session") == session.pk else None,
    }
    return render(request, "pages/desk/attendance.html", context)


@desk_page
@require_POST
def mark(request: HttpRequest, slug: str, session: int, registration: int) -> HttpResponse:
    """Check one person in, or take it back. With htmx the answer is the row; without, the page again."""
    _of, sessions = _event(request, slug)
    at = _found(sessions, session)
    who = Registration.objects.select_related("person__organisation").filter(event=at.event, pk=registration).first()
    if who is None:
        raise Http404
    present = request.POST.get("present") == "1"
    problem = ""
    try:
        actions.set_present(session=at, registrations=[who], present=present, by=person_of(request))
    except Problem as error:
        problem = str(error.message)
    if not getattr(request, "htmx", False):
        if problem:
            messages.error(request, problem)
        return redirect(_address(at, request.POST.get("q", "")) + f"#r{who.pk}")
    record = AttendanceRecord.objects.filter(registration=who, session=at).first()
    row = queries.RosterRow(who, record)
    context = {"event": at.event, "session": at, "row": row, "problem": problem, "is_swap": True, **_count(at)}
    return render(request, "pages/desk/_roster_row.html", context)


@desk_page
@require_POST
def mark_all(request: HttpRequest, slug: str, session: int) -> HttpResponse:
    """Everybody who is listed is present; or take just that back, with the numbers that the page kept."""
    _of, sessions = _event(request, slug)
    at = _found(sessions, session)
    search = request.POST.get("q", "").strip()[:100]
    undone = [int(key) for key in request.POST.getlist("undo") if key.isdecimal() and len(key) < 19]
    try:
        if undone:
            rows = list(Registration.objects.filter(event=at.event, pk__in=undone))
            count = actions.set_present(session=at, registrations=rows, present=False, by=person_of(request))
            text = ngettext("%(n)d check-in is taken back.", "%(n)d check-ins are taken back.", count)
        else:
            rows = [row.registration for row in queries.roster(at, search=search) if not row.present]
            count = actions.set_present(session=at, registrations=rows, present=True, by=person_of(request))
            text = ngettext("%(n)d more person is present.", "%(n)d more people are present.", count)
            if count:
                request.session[UNDO] = {"session": at.pk, "registrations": [row.pk for row in rows]}
    except Problem as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, text % {"n": count})
    return redirect(_address(at, search))


@desk_page
@require_GET
def sign(request: HttpRequest, slug: str) -> HttpResponse:
    """A list for the door, in large type with room to sign."""
    event, sessions = _event(request, slug)
    session = _found(sessions, request.GET.get("session"))
    number = sessions.index(session) + 1
    context = {
        "event": event,
        "tab": "attendance",
        "part": "sign",
        "session": session,
        "number": number,
        "sessions": _parts(sessions, session),
        "rows": queries.roster(session),
        "blank": range(4),
        "printed_at": timezone.now(),
        "day": when(session).first_day.isoformat(),
        "title": gettext("Attendance list"),
    }
    return render(request, "pages/desk/sign.html", context)
