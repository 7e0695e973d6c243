"""Template tags about hours: a participant's own, and how long somebody was connected."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import gettext

from events.attendance.evaluation import queries as evaluations
from events.attendance.hours import in_words
from events.attendance.models import AttendanceRecord, AttendanceTerms, HandedIn
from events.attendance.terms.explaining import explain
from events.programme.periods import day_in_words
from events.programme.states import HELD
from events.registrations.models import Registration
from events.registrations.pages.standing import Own
from network.vocabulary import zone_named

register = template.Library()


@register.simple_tag
def span_in_words(start: datetime, end: datetime, zone: str) -> str:
    """“09:02–10:00” on the event's clock, with the days where they differ."""
    first, last = start.astimezone(zone_named(zone)), end.astimezone(zone_named(zone))
    if first.date() == last.date():
        return f"{first:%H:%M}–{last:%H:%M}"
    facts = {"first": f"{first:%H:%M}", "last": f"{last:%H:%M}"}
    facts |= {"first_day": day_in_words(first.date()), "last_day": day_in_words(last.date())}
    return gettext("%(first_day)s, %(first)s to %(last_day)s, %(last)s") % facts


@register.inclusion_tag("pages/attendance/_own.html")
def own_hours(own: Own) -> dict[str, Any]:
    """A participant's hours, and what they can do for their certificate: from the start of the event on."""
    registration, event = own.registration, own.event
    is_confirmed = registration.state == Registration.State.CONFIRMED
    if not is_confirmed or event.state not in HELD or event.starts_at > timezone.now():
        to_answer = is_confirmed and registration.pk in evaluations.to_answer([registration])
        return {"own": own, "event": event, "evaluation": "open" if to_answer else ""}
    explanation = explain(registration)
    terms = AttendanceTerms.objects.filter(event=event).first()
    attendance = explanation.attendance
    certified = Registration.objects.filter(pk=registration.pk, certificates__isnull=False)
    revoked_at = list(certified.values_list("certificates__revoked_at", flat=True))
    return {
        "own": own,
        "event": event,
        "explanation": explanation if _is_recorded(registration) else None,
        "attendance": attendance,
        "missing": [in_words(lack, attendance, event) for lack in attendance.missing],
        "is_over": event.ends_at <= timezone.now(),
        "has_certificate": None in revoked_at,
        "was_revoked": bool(revoked_at) and None not in revoked_at,
        "evaluation": _evaluation(registration),
        "needs_report": terms is not None and terms.needs_report,
        "report": HandedIn.objects.filter(registration=registration).first(),
    }


def _is_recorded(registration: Registration) -> bool:
    """Whether anybody's presence at the event is recorded yet: before, nobody's absence says anything."""
    return AttendanceRecord.objects.filter(session__event=registration.event_id).exists()


def _evaluation(registration: Registration) -> str:
    """“done”, “open” or nothing."""
    if evaluations.has_answered(registration):
        return "done"
    return "open" if evaluations.to_answer([registration]) else ""


@register.simple_tag
def evaluations_to_answer(owns: Iterable[Own]) -> set[int]:
    """``{% evaluations_to_answer over as waiting %}``: ids of one's registrations whose evaluation waits for an answer."""
    return evaluations.to_answer([own.registration for own in owns])
