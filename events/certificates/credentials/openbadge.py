"""A certificate's facts as an Open Badges 3.0 credential (1EdTech), in the certificate's language, before it is signed.

The network issues it; the organising centre, which awards it, is the achievement's creator. It names its holder as the paper
does, since it is the holder who shows it; their e-mail address goes in salted and hashed only.
"""

import hmac
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext, override

from events.certificates.content.facts import Facts
from events.certificates.content.wording import (
    SENTENCES,
    assessed_when_and_by_whom,
    assessment,
    days,
    language_names,
    place,
    supervision,
)
from events.certificates.credentials.canonical import CREDENTIALS, OPEN_BADGES, Document, Spot
from events.certificates.credentials.issuer import did
from events.certificates.models import Certificate, StatusList
from events.programme.models import Event
from network.models import Competence
from network.vocabulary import iso_country_code, zone_named

Kind = Certificate.Kind

#: Of the standard's vocabulary (Open Badges 3.0 §B.7.1).
TYPES = {
    Kind.ATTENDANCE: "CertificateOfCompletion",
    Kind.ACHIEVEMENT: "Certificate",
    Kind.SPEAKING: "Certificate",
    Kind.TEACHING: "Certificate",
    Kind.HOSTING: "Certificate",
    Kind.FINALIST: "Award",
    Kind.WINNER: "Award",
}
FRAMEWORK = "ProcurCompEU"
#: The European Commission's page about its framework.
FRAMEWORK_PAGE = (
    "https://ec.europa.eu/info/policies/public-procurement/support-tools-public-buyers/professionalisation-public-buyers/"
    "procurcompeu-european-competency-framework-public-procurement-professionals_en"
)
SECOND = timedelta(seconds=1)


def credential(facts: Facts, *, status_list: StatusList, index: int, email: str, secret: bytes) -> Document:
    """The credential without a proof. The same arguments give the same document; ``secret`` is what the salt is made from."""
    with override(facts["language"]):
        title = facts["event"]["title"]
        document: Document = {
            "@context": [CREDENTIALS, OPEN_BADGES],
            "id": address_of(facts["number"]),
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": f"{Kind(facts['kind']).label}: {title}",
            "issuer": {"id": did(), "type": ["Profile"], "name": settings.SITE_NAME, "url": settings.SITE_URL},
            "validFrom": instant(datetime.fromisoformat(facts["issued_at"])),
        }
        if facts["valid_until"]:
            document["validUntil"] = instant(end_of_validity(facts))
        document["credentialSubject"] = _subject(facts, email=email, secret=secret)
        document["credentialStatus"] = _status(status_list, index)
        document["evidence"] = [
            {"id": facts["verify"], "type": ["Evidence"], "name": gettext("Where it is said whether the certificate holds")}
        ]
    return document


def own_values(document: Document) -> list[Spot]:
    """Where a credential says what differs from one certificate of an event to the next."""
    subject = document["credentialSubject"]
    spots: list[Spot] = [(document, "id"), (document, "validFrom"), (subject, "id")]
    spots += [(subject, key) for key in ("creditsEarned", "narrative") if key in subject]
    spots += [(identity, key) for identity in subject["identifier"] for key in ("identityHash", "salt") if key in identity]
    spots += [(result, "value") for result in subject.get("result", ()) if "value" in result]
    spots += [(document["credentialStatus"], key) for key in ("id", "statusListIndex")]
    spots.append((document["evidence"][0], "id"))
    return spots


def address_of(number: str) -> str:
    """The identifier of a certificate's credential, which is also where its holder gets it."""
    return str(settings.SITE_URL + reverse("credential", args=[number]))


def status_list_address(status_list: StatusList) -> str:
    """Where a status list is read."""
    return str(settings.SITE_URL + reverse("credential_status", args=[status_list.number]))


def _subject(facts: Facts, *, email: str, secret: bytes) -> Document:
    attendance, assessed, recognition = facts["attendance"], facts["assessed"], facts["recognition"] or {}
    subject: Document = {
        # Says "the holder of this certificate" and no more: tokens need a name for whom they are about.
        "id": f"urn:uuid:{uuid5(NAMESPACE_URL, facts['verify'])}",
        "type": ["AchievementSubject"],
        "identifier": _identities(facts, email, secret),
        "activityStartDate": instant(moment(facts["event"]["starts"], facts)),
        "activityEndDate": instant(moment(facts["event"]["ends"], facts, is_end=True)),
    }
    minutes = attendance["minutes_attended"] if attendance else recognition.get("minutes")
    if minutes:
        subject["creditsEarned"] = hours(minutes)
    narrative = [recognition.get("subject"), recognition.get("affiliation")]
    if assessed:
        narrative = [assessed_when_and_by_whom(assessed), supervision(assessed)]
        result = {"type": ["Result"], "resultDescription": f"{_achievement_id(facts)}-assessment", "status": "Completed"}
        subject["result"] = [result | ({"value": assessed["grade"]} if assessed["grade"] else {})]
    if said := "\n".join(line for line in narrative if line):
        subject["narrative"] = said
    subject["achievement"] = _achievement(facts)
    return subject


def _identities(facts: Facts, email: str, secret: bytes) -> list[Document]:
    name = {"type": "IdentityObject", "hashed": False, "identityHash": facts["holder"]["name"], "identityType": "name"}
    if not email:
        return [name]
    salt = hmac.new(secret, f"salt {facts['number']}".encode(), sha256).hexdigest()[:32]
    digest = sha256((email.lower() + salt).encode()).hexdigest()
    address = {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": f"sha256${digest}",
        "identityType": "emailAddress",
        "salt": salt,
    }
    return [address, name]


def _achievement(facts: Facts) -> Document:
    kind, event = Kind(facts["kind"]), facts["event"]
    achievement: Document = {
        "id": _achievement_id(facts),
        "type": ["Achievement"],
        "name": event["title"],
        "description": _description(facts),
        "criteria": {"narrative": _criteria(facts)},
        "achievementType": TYPES[kind],
        "inLanguage": facts["language"],
        "image": {"id": _picture(facts), "type": "Image"},
        "creator": _centre(facts["organiser"]),
    }
    if facts["attendance"] and facts["attendance"]["minutes"]:
        achievement["creditsAvailable"] = hours(facts["attendance"]["minutes"])
    if facts["competences"]:
        achievement["alignment"] = [_alignment(taught) for taught in facts["competences"]]
    if facts["assessed"]:
        achievement["resultDescription"] = [
            {
                "id": f"{achievement['id']}-assessment",
                "type": ["ResultDescription"],
                "name": assessment(facts["assessed"]),
                "resultType": "Status",
            }
        ]
    return achievement


def _achievement_id(facts: Facts) -> str:
    """The event's page, with the kind and the language: what all its certificates of a kind in a language have in common."""
    page = reverse("event", args=[facts["event"]["slug"]])
    return f"{settings.SITE_URL}{page}#{facts['kind']}-{facts['language']}"


def _picture(facts: Facts) -> str:
    """The kind's badge without a name on it, for everybody to see."""
    return str(settings.SITE_URL + reverse("credential_badge", args=[facts["language"], facts["kind"]]))


def _description(facts: Facts) -> str:
    """What it was: lines with days, place, form, languages, and the learning outcomes."""
    event = facts["event"]
    lines = [
        days(event["starts"], event["ends"]),
        place(event),
        str(Event.Format(event["format"]).label),
        language_names(event["languages"]),
    ]
    if facts["kind"] in Certificate.OF_REGISTRATIONS:
        lines += [f"– {outcome}" for outcome in facts["outcomes"]]
    return "\n".join(line for line in lines if line)


def _criteria(facts: Facts) -> str:
    kind, attendance, assessed = Kind(facts["kind"]), facts["attendance"], facts["assessed"]
    if kind in {Kind.FINALIST, Kind.WINNER}:
        return gettext("The result of the award, as the organising centre recorded it.")
    if kind not in Certificate.OF_REGISTRATIONS:
        return gettext("A contribution to the event, as the organising centre recorded it.")
    lines = []
    if attendance and attendance["needed_share"]:
        lines.append(gettext("At least %(share)s %% of the time was attended.") % {"share": attendance["needed_share"]})
    elif attendance:
        lines.append(str(SENTENCES[Kind.ATTENDANCE][facts["event"]["kind"]]))
    if assessed:
        lines.append(gettext("The learning outcomes were assessed: %(how)s.") % {"how": assessment(assessed)})
    else:
        lines.append(gettext("Assessment: %(how)s") % {"how": assessment(None)})
    return "\n".join(lines)


def _centre(organiser: Facts) -> Document:
    page = reverse("centre", args=[slugify(organiser["code"])])
    return {
        "id": settings.SITE_URL + page,
        "type": ["Profile"],
        "name": organiser["name"],
        "url": settings.SITE_URL + page,
        "address": {"type": ["Address"], "addressCountryCode": iso_country_code(organiser["country"])},
    }


def _alignment(taught: Facts) -> Document:
    level = str(Competence.Level(taught["level"]).label)
    return {
        "type": ["Alignment"],
        "targetCode": taught["code"],
        "targetName": gettext(taught["name"]),
        "targetDescription": gettext("Level aimed at: %(level)s") % {"level": level},
        "targetFramework": FRAMEWORK,
        "targetType": "CFItem",
        "targetUrl": FRAMEWORK_PAGE,
    }


def _status(status_list: StatusList, index: int) -> Document:
    address = status_list_address(status_list)
    return {
        "id": f"{address}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(index),
        "statusListCredential": address,
    }


def moment(text: str, facts: Facts, *, is_end: bool = False) -> datetime:
    """An instant of the facts; a whole day begins at midnight of the event's zone and ends a second before the next."""
    if "T" in text:
        return datetime.fromisoformat(text)
    day = date.fromisoformat(text)
    zone = zone_named(facts["event"]["timezone"])
    if is_end:
        return datetime.combine(day + timedelta(days=1), time.min, zone) - SECOND
    return datetime.combine(day, time.min, zone)


def end_of_validity(facts: Facts) -> datetime:
    """The last second of the last day on which it is valid."""
    return moment(facts["valid_until"], facts, is_end=True)


def instant(when: datetime) -> str:
    """As the standard wants it: with seconds and a zone, here UTC."""
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def hours(minutes: int) -> Any:
    """Hours, to two places; a whole number as such, since that is how all JSON-LD processors sign it."""
    rounded = round(minutes / 60, 2)
    return int(rounded) if rounded.is_integer() else rounded
