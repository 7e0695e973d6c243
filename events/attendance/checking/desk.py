"""The desk at the door: scanning tickets, also without a network, and the screen with the code for checking in oneself."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from events.attendance import actions, presence
from events.attendance.checking import door, offline, scanning
from events.attendance.checking.api import check_in_address
from events.attendance.checking.tickets import code_of, qr
from events.attendance.checking.words import words_of_the_page
from events.attendance.models import AttendanceRecord
from events.programme.desk import desk_event, desk_page, person_of
from events.programme.models import Session
from events.registrations.models import Registration
from events.registrations.queries import taking_part_in
from network.code_words import parse
from network.errors import Problem
from network.later import reverse
from network.vocabulary import zone_named

RECORD = "events.record_attendance"
SCRIPTS = ("js/checkin-list.js", "js/checkin-store.js", "js/checkin-camera.js", "js/checkin.js")


def _session(request: HttpRequest, slug: str, key: int) -> Session:
    """The session, knowing its event; 404 if it is none of it."""
    event = desk_event(request, slug, RECORD)
    session = event.sessions.filter(pk=key).first()
    if session is None:
        raise Http404
    session.event = event
    return session


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def scan(request: HttpRequest, slug: str, session: int) -> HttpResponse:
    """Scan tickets, or type their codes. With scripts all happens in the page, which goes on without a network."""
    at = _session(request, slug, session)
    if request.method == "POST":
        return _mark(request, at)
    typed = request.GET.get("code", "")[:60]
    context = {
        "event": at.event,
        "session": at,
        "is_open": timezone.now() >= at.starts_at - actions.EARLY,
        "opens_at": at.starts_at - actions.EARLY,
        "found": _found(at, typed, is_new="done" in request.GET) if typed else None,
        "typed": typed,
        "page": _address(at),
        "scripts": SCRIPTS,
        "settings": {
            "session": at.pk,
            "salt": offline.base64url(offline.salt_of(at)),
            "zone": at.event.timezone,
            "list": reverse("api-check-in-list", args=[at.event.slug, at.pk]),
            "scans": reverse("api-scan-list", args=[at.event.slug, at.pk]),
            "worker": reverse("desk_scan_worker", args=[at.event.slug, at.pk]),
            "words": words_of_the_page(at),
        },
    }
    return render(request, "pages/desk/attendance_scan.html", context)


def _mark(request: HttpRequest, at: Session) -> HttpResponse:
    """Check in, or take it back, whose ticket was typed."""
    typed = request.POST.get("code", "")[:60]
    who = scanning.find(at, typed)
    done = ""
    if who is not None:
        is_there = at.attendance.filter(registration=who).exists()
        present = request.POST.get("present", "1") == "1"
        try:
            actions.set_present(session=at, registrations=[who], present=present, by=person_of(request))
        except Problem:
            pass  # the page says why
        else:
            done = "1" if present and not is_there else ""
            if not present:
                messages.success(request, gettext("%(person)s is not checked in any more.") % {"person": who.person})
                return redirect(_address(at))
    return redirect(_address(at, code=typed, **({"done": done} if done else {})))


def _found(at: Session, typed: str, *, is_new: bool) -> dict[str, Any]:
    """Who it is, and what can be done: the panel that the page shows."""
    who = scanning.find(at, typed)
    if who is None:
        problem = scanning.UNKNOWN if parse(typed) else scanning.MISREAD
        return {"style": "bad", "title": gettext("Not found"), "detail": scanning.not_found(problem)}
    panel: dict[str, Any] = {"who": who, "code": code_of(who.pk)}
    record = AttendanceRecord.objects.filter(registration=who, session=at).first()
    if record is not None:
        clock = f"{record.checked_in_at.astimezone(zone_named(at.event.timezone)):%H:%M}"
        words = gettext("Checked in") if is_new else gettext("Already checked in at %(time)s") % {"time": clock}
        return {**panel, "style": "good" if is_new else "care", "title": words, "undo": True}
    if problem := _obstacle(who, at, timezone.now()):
        return {**panel, "style": "bad", "title": gettext("Not checked in"), "detail": problem}
    return {**panel, "style": "note", "title": gettext("Not checked in yet"), "do": True}


def _obstacle(who: Registration, at: Session, now: datetime) -> str:
    who.event = at.event
    why = presence.obstacle(who, at, at=now, chosen=presence.chosen_in(at, [who]))
    return presence.in_words(why, who, at) if why else ""


def _address(at: Session, **query: str) -> str:
    address = reverse("desk_scan", args=[at.event.slug, at.pk])
    return f"{address}?{urlencode(query)}" if query else address


@desk_page
@require_GET
def worker(request: HttpRequest, slug: str, session: int) -> HttpResponse:
    """The script that lets the page open without a network. It governs the page's own address and nothing else."""
    at = _session(request, slug, session)
    context = {"session": at, "page": _address(at)}
    response = render(request, "pages/desk/attendance_worker.js", context, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "private, no-cache"
    return response


@desk_page
@require_GET
def screen(request: HttpRequest, slug: str, session: int) -> HttpResponse:
    """The code for the room's screen. It renews itself, with scripts and without."""
    at = _session(request, slug, session)
    is_part = request.GET.get("part") == "code"
    template = "pages/desk/_attendance_screen.html" if is_part else "pages/desk/attendance_screen.html"
    now = timezone.now()
    opened = door.door_of(at)
    context: dict[str, Any] = {
        "event": at.event,
        "session": at,
        "door": opened,
        "may_open": door.may_be_open(at),
        "opens_at": at.starts_at - actions.EARLY,
        "is_over": at.ends_at < now,
        "seconds": max(1, int((door.changes_at(now) - now).total_seconds()) + 1),
    }
    if opened is not None:
        code = door.code_at(opened, now)
        expected = taking_part_in(at)
        context |= {
            "code": door.spoken(code),
            "qr": qr(check_in_address(code), gettext("QR code of the check-in page with the present code")),
            "address": f"{request.get_host()}{reverse('check_in')}",
            "present": expected.filter(attendance__session=at).count(),
            "expected": expected.count(),
        }
    response = render(request, template, context)
    response["Cache-Control"] = "private, no-store"
    return response


@desk_page
@require_POST
def open_or_close(request: HttpRequest, slug: str, session: int) -> HttpResponse:
    """Let people check themselves in, or end it."""
    at = _session(request, slug, session)
    try:
        if request.POST.get("do") == "open":
            door.open_door(session=at, by=person_of(request))
        else:
            door.close_door(session=at, by=person_of(request))
    except Problem as problem:
        messages.error(request, str(problem.message))
    return redirect("desk_screen", at.event.slug, at.pk)
