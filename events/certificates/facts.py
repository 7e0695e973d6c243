"""Everything that a certificate says, as plain data: collected once, frozen with the certificate, printed from there.

The facts hold codes, dates and minutes rather than words, so that the same certificate can be shown in any language.
They cover the mandatory elements of Annex I of the Council Recommendation on micro-credentials (2022/C 243/02):
learner (holder), title (event), country and awarding body (organiser), date of issuing (issued_at), learning outcomes
(outcomes), notional workload (attendance), level (competences), type of assessment (assessment), form of participation
(event.format) and type of quality assurance (quality_assurance).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from events.attendance.hours import Attendance
from events.certificates.fonts import clean
from events.programme.models import Event
from events.registrations.models import Registration
from network.models import Centre, FundingProfile
from network.vocabulary import eu_country_code, zone_named

VERSION = 1
ATTENDANCE_ONLY = "none"  # nothing was assessed: attendance was recorded
BY_THE_ORGANISER = "organiser"  # internal quality assurance

Facts = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where a certificate stands in the register: its public number and the centre's running number."""

    number: str
    year: int
    serial: int


def collect(*, registration: Registration, attendance: Attendance, place: Place, language: str, issued_at: datetime) -> Facts:
    """The facts of one certificate as they are now."""
    event = registration.event
    return {
        **event_facts(event),
        "number": place.number,
        "register": {"centre": event.organising_centre.code, "year": place.year, "serial": place.serial},
        "verify": settings.SITE_URL + reverse("verify", args=[place.number]),
        "language": language,
        "issued_at": issued_at.astimezone(zone_named(event.organising_centre.timezone)).isoformat(timespec="seconds"),
        "holder": {"name": clean(str(registration.person))},
        "attendance": attendance_facts(attendance, event),
    }


def event_facts(event: Event) -> Facts:
    """What all certificates of an event have in common."""
    return {
        "version": VERSION,
        "event": {
            "slug": event.slug,
            "title": clean(event.title),
            "kind": event.kind,
            "format": event.format,
            "city": clean(event.venue.city) if event.venue else "",
            "country": eu_country_code(event.venue.country.code) if event.venue else "",
            "languages": event.languages,
            "interpretation": event.interpretation,
            **times(event),
        },
        "organiser": centre_facts(event.organising_centre),
        "co_organisers": [centre_facts(centre) for centre in event.co_organisers.all()],
        "competences": [
            {"code": taught.competence.code, "name": taught.competence.name, "level": taught.level}
            for taught in event.taught.select_related("competence")
        ],
        "outcomes": [line for line in map(clean, event.learning_outcomes.splitlines()) if line],
        "assessment": ATTENDANCE_ONLY,
        "quality_assurance": BY_THE_ORGANISER,
        "funding": funding_facts(event.funding) if event.funding else None,
    }


def times(event: Event) -> Facts:
    """When it was: dates for whole days, else ISO 8601 times with the offset of the event's own zone."""
    if event.all_day:
        return {"timezone": event.timezone, "starts": event.first_day.isoformat(), "ends": event.last_day.isoformat()}
    zone = zone_named(event.timezone)
    return {
        "timezone": event.timezone,
        "starts": event.starts_at.astimezone(zone).isoformat(timespec="minutes"),
        "ends": event.ends_at.astimezone(zone).isoformat(timespec="minutes"),
    }


def centre_facts(centre: Centre) -> Facts:
    """A centre as it was called when the certificate was issued."""
    return {"code": centre.code, "name": clean(centre.name), "country": eu_country_code(centre.country.code)}


def funding_facts(funding: FundingProfile) -> Facts:
    """The acknowledgement that the funder asks for."""
    return {
        "emblem_text": clean(funding.emblem_text),
        "programme": clean(funding.programme),
        "grant_number": clean(funding.grant_number),
        "disclaimer": clean(funding.disclaimer),
    }


def attendance_facts(attendance: Attendance, event: Event) -> Facts:
    """How much was attended, of how much, and how much a certificate needed."""
    return {
        "minutes": attendance.minutes,
        "minutes_attended": attendance.minutes_attended,
        "sessions": attendance.sessions,
        "sessions_attended": attendance.sessions_attended,
        "needed_share": event.attendance_share,
    }


def is_outdated(facts: Facts, registration: Registration, attendance: Attendance | None) -> bool:
    """Whether the person's name or attendance is no longer what a certificate with these facts says."""
    if attendance is None or facts["holder"]["name"] != clean(str(registration.person)):
        return True
    return bool(facts["attendance"] != attendance_facts(attendance, registration.event))
