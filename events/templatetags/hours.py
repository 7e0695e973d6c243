"""Template tags about hours: a participant's own, and how long somebody was connected."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import gettext

from events.attendance.evaluation import queries as evaluations
from events.attendance.hours import in_words
from events.attendance.models import AttendanceTerms, HandedIn
from events.attendance.terms.explaining import explain, terms_in_words
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
    """What a participant's certificate needs; from the start of the event on also their hours, and what they can do for it."""
    registration, event = own.registration, own.event
    if registration.state != Registration.State.CONFIRMED or event.state not in HELD:
        return {"own": own, "event": event}
    is_over = event.ends_at <= timezone.now()
    shared = {"own": own, "event": event, "is_over": is_over, "needs": terms_in_words(event), **_evaluation(registration)}
    if event.starts_at > timezone.now():
        return shared
    explanation = explain(registration)
    terms = AttendanceTerms.objects.filter(event=event).first()
    attendance = explanation.attendance
    certified = Registration.objects.filter(pk=registration.pk, certificates__isnull=False)
    revoked_at = list(certified.values_list("certificates__revoked_at", flat=True))
    return shared | {
        "explanation": explanation if any(line.is_recorded for line in explanation.lines) else None,
        "attendance": attendance,
        "missing": [in_words(lack, attendance, event) for lack in explanation.surely_missing],
        # Until it is recorded for all sessions who was there, hours that are missing are not missing for certain.
        "hours_can_grow": not explanation.is_recorded and any(lack.code in {"hours", "session"} for lack in attendance.missing),
        "has_certificate": None in revoked_at,
        "was_revoked": bool(revoked_at) and None not in revoked_at,
        "needs_report": terms is not None and terms.needs_report,
        "report": HandedIn.objects.filter(registration=registration).first(),
    }


def _evaluation(registration: Registration) -> dict[str, Any]:
    """How the evaluation stands for its participant: “done”, “open” until when, “later” from when, or nothing."""
    evaluation = evaluations.evaluation_of(registration.event)
    if evaluation is None:
        return {"evaluation": ""}
    if evaluations.has_answered(registration):
        return {"evaluation": "done"}
    if evaluations.to_answer([registration]):
        return {"evaluation": "open", "closes_at": evaluations.closes_at(evaluation)}
    is_later = evaluations.state_of(evaluation) == "scheduled"
    return {"evaluation": "later" if is_later else "", "opens_at": evaluations.opens_at(evaluation)}


@register.simple_tag
def evaluations_to_answer(owns: Iterable[Own]) -> set[int]:
    """``{% evaluations_to_answer over as waiting %}``: ids of one's registrations whose evaluation waits for an answer."""
    return evaluations.to_answer([own.registration for own in owns])
