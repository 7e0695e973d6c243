"""A certificate that nobody has: what templates are shown with and checked with."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override

from events.certificates.content.facts import BY_THE_ORGANISER, VERSION, Facts, centre_facts, look_of
from events.certificates.models import Assessment, Certificate, CertificateTemplate
from events.programme.models import Event
from network.models import Centre

Kind = Certificate.Kind

NUMBER = "0000-0000-0000-0000-0"
NETWORK: Facts = {"code": "EU", "name": "Procure2Innovate", "country": "BE"}
#: As long as a name or title may be on paper.
LONG_NAME = "Maximiliana Alexandra Wilhelmina " * 3 + "von Hohenberg-Wolfenstein"
LONG_TITLE = "A practical course on the procurement of innovation in hospitals, public works and urban transport " * 2


def sample_facts(template: CertificateTemplate, *, language: str, kind: Kind = Kind.ATTENDANCE, full: bool = False) -> Facts:
    """Facts to print in a language. ``full``: with the longest of all texts."""
    centre: Centre | None = template.centre
    with override(language):
        facts = _facts(template, language, kind, centre_facts(centre) if centre is not None else NETWORK)
        return {**facts, **_longest(facts)} if full else facts


def _facts(template: CertificateTemplate, language: str, kind: Kind, organiser: Facts) -> Facts:
    now = timezone.now().replace(microsecond=0)
    of_learning = kind in Certificate.OF_REGISTRATIONS
    return {
        "version": VERSION,
        "kind": kind.value,
        "number": NUMBER,
        "register": {"centre": organiser["code"], "year": now.year, "serial": 1},
        "verify": settings.SITE_URL + reverse("verify", args=[NUMBER]),
        "language": language,
        "issued_at": now.isoformat(timespec="seconds"),
        "valid_until": None,
        "holder": {"name": gettext("Alex Example")},
        "event": {
            "slug": "sample",
            "title": gettext("A sample of how certificates look"),
            "kind": Event.Kind.TRAINING.value,
            "format": Event.Format.HYBRID.value,
            "city": "",
            "country": "",
            "languages": ["en"],
            "interpretation": [],
            "timezone": "UTC",
            "starts": now.date().isoformat(),
            "ends": now.date().isoformat(),
        },
        "organiser": organiser,
        "co_organisers": [],
        "competences": [{"code": "C6", "name": "Innovation procurement", "level": 3}],
        "outcomes": [gettext("Know how certificates look"), gettext("Decide what stands on them")],
        "assessed": _assessed(now, organiser) if kind == Kind.ACHIEVEMENT else None,
        "recognition": None if of_learning else {"subject": gettext("A sample"), "affiliation": "", "minutes": 45},
        "look": look_of(template, language),
        "quality_assurance": BY_THE_ORGANISER,
        "attendance": {"minutes": 360, "minutes_attended": 330, "sessions": 2, "sessions_attended": 2, "needed_share": 80}
        if of_learning
        else None,
        "funding": None,
    }


def _assessed(now: datetime, organiser: Facts) -> Facts:
    """An assessment such as a certificate of achievement tells of."""
    return {
        "method": Assessment.Method.TEST.value,
        "grade": "",
        "on": now.date().isoformat(),
        "assessor": organiser["name"],
        "supervised": True,
    }


def _longest(facts: Facts) -> Facts:
    """The parts of a certificate that says as much as one may."""
    return {
        "kind": Kind.ACHIEVEMENT.value,
        "holder": {"name": LONG_NAME},
        "event": {**facts["event"], "title": LONG_TITLE},
        "outcomes": [LONG_TITLE] * 6,
        "valid_until": facts["issued_at"][:10],
        "assessed": {
            "method": "portfolio",
            "grade": "0" * 40,
            "on": facts["issued_at"][:10],
            "assessor": LONG_NAME[:60],
            "supervised": True,
        },
        "funding": {
            "emblem_text": "Co-funded by the European Union",
            "programme": "Horizon Europe",
            "grant_number": "101000000",
            "disclaimer": LONG_TITLE * 2,
        },
    }
