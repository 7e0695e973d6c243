"""Everything that a certificate says, as plain data: collected once, frozen with the certificate, printed from there.

The facts hold codes, dates and minutes rather than words, so that the same certificate can be shown in any language.
They cover the mandatory elements of Annex I of the Council Recommendation on micro-credentials (2022/C 243/02):
learner (holder), title (event), country and awarding body (organiser), date of issuing (issued_at), learning outcomes
(outcomes), notional workload (attendance), level (competences), type of assessment (assessed), form of participation
(event.format) and type of quality assurance (quality_assurance).
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from events.attendance.hours import Attendance
from events.certificates.content.ground import Ground
from events.certificates.models import Assessment, CertificateTemplate, CertificateTerms, Recognition
from events.paper.fonts import clean
from events.programme.models import Event
from network.models import Centre, FundingProfile
from network.vocabulary import eu_country_code, zone_named

VERSION = 2
BY_THE_ORGANISER = "organiser"  # internal quality assurance

Facts = dict[str, Any]

#: The parts that differ from one certificate of an event to the next, and hold texts that people wrote.
OWN_PARTS = ("holder", "assessed", "recognition")

#: The network's own look: no template was chosen.
EMPTY_LOOK: Facts = {
    "design": CertificateTemplate.Design.LINE.value,
    "template": None,
    "version": 0,
    "logo": "",
    "logo_text": "",
    "signature": "",
    "signatory": "",
    "signatory_role": "",
    "closing": "",
}


@dataclass(frozen=True)
class Place:
    """Where a certificate stands in the register: its public number and the centre's running number."""

    number: str
    year: int
    serial: int


def collect(*, ground: Ground, place: Place, language: str, issued_at: datetime, common: Facts | None = None) -> Facts:
    """The facts of one certificate as they are now. ``issued_at`` is an instant; the centre's clock is printed.

    ``common``: what ``event_facts`` says, for a caller that has it already.
    """
    event = ground.event
    issued = issued_at.astimezone(zone_named(event.organising_centre.timezone))
    return {
        **(event_facts(event, language) if common is None else common),
        "kind": str(ground.kind),
        "number": place.number,
        "register": {"centre": event.organising_centre.code, "year": place.year, "serial": place.serial},
        "verify": settings.SITE_URL + reverse("verify", args=[place.number]),
        "language": language,
        "issued_at": issued.isoformat(timespec="seconds"),
        "valid_until": valid_until(event, issued.date()),
        "attendance": attendance_facts(ground.attendance, event) if ground.attendance else None,
        **own_texts(ground),
    }


def event_facts(event: Event, language: str) -> Facts:
    """What all certificates of an event in a language have in common."""
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
        "quality_assurance": BY_THE_ORGANISER,
        "funding": funding_facts(event.funding) if event.funding else None,
        "look": look_facts(event, language),
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


def assessment_facts(assessment: Assessment) -> Facts:
    """How it was found out that the learning outcomes were reached."""
    return {
        "method": assessment.method,
        "grade": clean(assessment.grade),
        "on": assessment.assessed_on.isoformat(),
        "assessor": clean(assessment.assessor),
        "supervised": assessment.supervised,
    }


def recognition_facts(recognition: Recognition) -> Facts:
    """What somebody did besides attending."""
    return {
        "subject": clean(recognition.subject),
        "affiliation": clean(recognition.affiliation),
        "minutes": recognition.minutes,
    }


def valid_until(event: Event, issued: date) -> str | None:
    """The last day on which a certificate issued on a day is valid; None: for ever."""
    terms = terms_of(event)
    if terms is None or not terms.valid_months:
        return None
    year, month = divmod(issued.year * 12 + issued.month - 1 + terms.valid_months, 12)
    last_of_month = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(issued.day, last_of_month)).isoformat()


def terms_of(event: Event) -> CertificateTerms | None:
    """What the organiser settled, if anything."""
    found: CertificateTerms | None = getattr(event, "certificate_terms", None)
    return found


def template_of(event: Event) -> CertificateTemplate | None:
    """The template that the event's certificates use; None: the network's design with empty slots."""
    terms = terms_of(event)
    return terms.template if terms else None


def look_facts(event: Event, language: str) -> Facts:
    """The look of an event's certificates, as it is now."""
    template = template_of(event)
    return {**EMPTY_LOOK} if template is None else look_of(template, language)


def look_of(template: CertificateTemplate, language: str) -> Facts:
    """A template's design and what stands in its slots. Pictures by their path in the store: they are never overwritten."""
    words = template.wording.get(language, {})
    return {
        "design": template.design,
        "template": template.pk,
        "version": template.version,
        "logo": template.logo.name or "",
        "logo_text": clean(template.logo_text),
        "signature": template.signature.name or "",
        "signatory": clean(template.signatory),
        "signatory_role": clean(words.get("signatory_role") or template.signatory_role),
        "closing": clean(words.get("closing", "")),
    }


def own_texts(ground: Ground) -> Facts:
    """The texts of one certificate that people wrote: what ``OWN_PARTS`` will hold."""
    return {
        "holder": {"name": clean(ground.holder)},
        "assessed": assessment_facts(ground.assessment) if ground.assessment else None,
        "recognition": recognition_facts(ground.recognition) if ground.recognition else None,
    }


def is_outdated(facts: Facts, ground: Ground) -> bool:
    """Whether the holder's name, attendance or assessment is no longer what a certificate with these facts says."""
    if facts["holder"]["name"] != clean(ground.holder):
        return True
    if ground.recognition is not None:
        return bool(facts["recognition"] != recognition_facts(ground.recognition))
    if ground.attendance is None or facts["attendance"] != attendance_facts(ground.attendance, ground.event):
        return True
    return bool(facts["assessed"] != (assessment_facts(ground.assessment) if ground.assessment else None))
