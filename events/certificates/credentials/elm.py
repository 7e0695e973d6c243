"""A certificate as a European Digital Credential, unsigned: European Learning Model v3, as the Commission's tools upload it.

It is an export, not a credential: Europass takes only what is sealed with an advanced or qualified seal of the institution.
The centre uploads the file in the Commission's issuing tool and seals it there, which also adds the centre's legal identifier.
Attendance is a LearningActivity, as in the Commission's sample of a certificate of participation; only a certificate of
achievement is a LearningAchievement, proven by an assessment.
"""

from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext, override
from django_countries import countries

from events.certificates.content.facts import Facts
from events.certificates.content.wording import assessment, competence, country_name, put_into_words
from events.certificates.credentials.openbadge import FRAMEWORK, FRAMEWORK_PAGE, end_of_validity, instant, moment
from events.certificates.credentials.picture import kinds_badge
from events.certificates.models import Certificate
from events.programme.models import Event
from network.vocabulary import LANGUAGE_NAMES, iso_country_code

Node = dict[str, Any]
Kind = Certificate.Kind

CONTEXTS = ["https://www.w3.org/2018/credentials/v1", "http://data.europa.eu/snb/model/context/edc-ap"]
AUTHORITY = "http://publications.europa.eu/resource/authority"
VOCABULARY = "http://data.europa.eu/snb"
#: Every list of the European Learning Model's vocabularies has the same last part.
SCHEME = "25831c2"

#: The Europass list of modes of learning and assessment.
MODES = {
    Event.Format.ONLINE: ("920fbb3cbe", "Online"),
    Event.Format.ON_SITE: ("9191af2ed9", "Presential"),
    Event.Format.HYBRID: ("c_3a90b26d", "Hybrid"),
}
#: ISO 639-3, which the Publications Office's list of languages goes by.
LANGUAGES = {
    "bg": "BUL",
    "cs": "CES",
    "da": "DAN",
    "de": "DEU",
    "el": "ELL",
    "en": "ENG",
    "es": "SPA",
    "et": "EST",
    "fi": "FIN",
    "fr": "FRA",
    "ga": "GLE",
    "hr": "HRV",
    "hu": "HUN",
    "is": "ISL",
    "it": "ITA",
    "lt": "LIT",
    "lv": "LAV",
    "mt": "MLT",
    "nl": "NLD",
    "no": "NOR",
    "pl": "POL",
    "pt": "POR",
    "ro": "RON",
    "sk": "SLK",
    "sl": "SLV",
    "sv": "SWE",
    "uk": "UKR",
}


def european_credential(certificate: Certificate) -> Node:
    """The file to be uploaded. The same certificate gives the same."""
    facts: Facts = certificate.facts
    with override(facts["language"]):
        return {"credential": _Writer(facts).credential()}


class _Writer:
    """Writes one credential; numbers the nodes of each kind, as the Commission's samples do."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.language: str = facts["language"]
        self.words = put_into_words(facts)
        self._numbers: dict[str, Iterator[int]] = {}

    def credential(self) -> Node:
        facts = self.facts
        issued = instant(datetime.fromisoformat(facts["issued_at"]))
        credential: Node = {
            "@context": CONTEXTS,
            "id": f"urn:credential:{uuid5(NAMESPACE_URL, facts['verify'])}",
            "type": ["VerifiableCredential", "EuropeanDigitalCredential"],
            "credentialProfiles": [_concept(f"{VOCABULARY}/credential", "e34929035b", "Generic")],
            "credentialSchema": [{"id": f"{VOCABULARY}/model/ap/edc-generic-full", "type": "ShaclValidator2017"}],
            "displayParameter": self._display(),
            "identifier": [self._node("Identifier", notation=facts["number"], schemeName=settings.SITE_NAME)],
            "issuer": self._centre,
            "issuanceDate": issued,
            "issued": issued,
            "validFrom": issued,
        }
        if facts["valid_until"]:
            until = instant(end_of_validity(facts))
            credential |= {"validUntil": until, "expirationDate": until}
        credential["credentialSubject"] = self._node(
            "Person", fullName=self._text(facts["holder"]["name"]), hasClaim=[self._claim()]
        )
        return credential

    def _claim(self) -> Node:
        activity = self._activity()
        if self.facts["assessed"] is None:
            return activity
        return self._node(
            "LearningAchievement",
            title=self._text(self.words.title),
            awardedBy=self._awarding(),
            provenBy=[self._assessment(self.facts["assessed"])],
            influencedBy=[activity],
            specifiedBy=self._node(
                "LearningAchievementSpecification",
                title=self._text(self.words.title),
                learningOutcome=self._outcomes(),
                **self._learning(),
            ),
        )

    def _activity(self) -> Node:
        facts, words = self.facts, self.words
        event, attendance = facts["event"], facts["attendance"]
        activity = self._node(
            "LearningActivity",
            title=self._text(words.title),
            description=self._text(self._description()),
            awardedBy=self._awarding(),
            directedBy=[self._centre],
            temporal=[
                self._node(
                    "PeriodOfTime",
                    startDate=instant(moment(event["starts"], facts)),
                    endDate=instant(moment(event["ends"], facts, is_end=True)),
                )
            ],
            specifiedBy=self._node(
                "LearningActivitySpecification",
                title=self._text(words.title),
                homepage=[self._page(reverse("event", args=[event["slug"]]))],
                **self._learning(),
                # What an activity aims at is told as notes: only an assessment can prove that it was reached.
                additionalNote=[self._note(text) for text in (*words.outcomes, *self._competences())],
            ),
        )
        minutes = attendance["minutes_attended"] if attendance else (facts["recognition"] or {}).get("minutes")
        if minutes:
            activity["workload"] = _duration(minutes)
        if event["country"]:
            activity["location"] = [self._location(event["country"], event["city"])]
        return activity

    def _learning(self) -> Node:
        """Mode, languages and volume."""
        event, attendance = self.facts["event"], self.facts["attendance"]
        code, label = MODES[Event.Format(event["format"])]
        said: Node = {
            "mode": [_concept(f"{VOCABULARY}/learning-assessment", code, label)],
            "language": [_language(language) for language in event["languages"] if language in LANGUAGES],
        }
        if attendance and attendance["minutes"]:
            said["volumeOfLearning"] = _duration(attendance["minutes"])
        return said

    def _outcomes(self) -> list[Node]:
        """The learning outcomes; the first carries the competences, since these belong to all of them."""
        titles = self.words.outcomes or (self.words.title,)
        outcomes = [self._node("LearningOutcome", title=self._text(title)) for title in titles]
        if notes := [self._note(text) for text in self._competences()]:
            outcomes[0]["additionalNote"] = notes
        return outcomes

    def _competences(self) -> list[str]:
        return [f"{FRAMEWORK} {competence(taught)} ({FRAMEWORK_PAGE})" for taught in self.facts["competences"]]

    def _assessment(self, assessed: Facts) -> Node:
        how = assessment(assessed)
        return self._node(
            "LearningAssessment",
            title=self._text(how),
            awardedBy=self._awarding(),
            grade=self._note(assessed["grade"] or gettext("Passed")),
            dateIssued=f"{assessed['on']}T00:00:00Z",
            additionalNote=[self._note(text) for text in (self.words.assessed, self.words.supervision) if text],
            specifiedBy=self._node("LearningAssessmentSpecification", title=self._text(how)),
        )

    def _description(self) -> str:
        """What is certified, in lines."""
        words = self.words
        lines = [words.heading, words.subject, words.when, words.where, words.workload, words.sessions, words.verify]
        return "\n".join(line for line in lines if line)

    def _awarding(self) -> Node:
        return self._node(
            "AwardingProcess",
            awardingBody=[self._centre],
            awardingDate=instant(datetime.fromisoformat(self.facts["issued_at"])),
        )

    @cached_property
    def _centre(self) -> Node:
        """The organising centre: the same node wherever it is named, so that it has one place and one page."""
        organiser = self.facts["organiser"]
        page = reverse("centre", args=[slugify(organiser["code"])])
        return {
            "id": settings.SITE_URL + page,
            "type": "Organisation",
            "legalName": self._text(organiser["name"]),
            "location": [self._location(organiser["country"])],
            "homepage": [self._page(page)],
        }

    def _location(self, country: str, city: str = "") -> Node:
        code = countries.alpha3(iso_country_code(country))
        address = self._node(
            "Address", countryCode=_concept(f"{AUTHORITY}/country", code, country_name(country), self.language)
        )
        if city:
            address["fullAddress"] = self._note(city)
        return self._node("Location", address=[address])

    def _page(self, path: str) -> Node:
        return self._node("WebResource", contentURL=settings.SITE_URL + path)

    def _display(self) -> Node:
        picture = b64encode(kinds_badge(Kind(self.facts["kind"]), self.language)).decode()
        image = self._node(
            "MediaObject",
            content=picture,
            contentEncoding=_concept(f"{VOCABULARY}/encoding", "6146cde7dd", "base64"),
            contentType=_concept(f"{AUTHORITY}/file-type", "PNG", "PNG"),
        )
        detail = self._node("DisplayDetail", image=image, page=1)
        language = _language(self.language)
        return self._node(
            "DisplayParameter",
            title=self._text(f"{self.words.heading}: {self.words.title}"),
            description=self._text(self.words.sentence),
            language=[language],
            primaryLanguage=language,
            individualDisplay=[self._node("IndividualDisplay", language=language, displayDetail=[detail])],
        )

    def _note(self, text: str) -> Node:
        return self._node("Note", noteLiteral=self._text(text))

    def _text(self, text: str) -> Node:
        return {self.language: text}

    def _node(self, type_: str, **members: Any) -> Node:
        number = next(self._numbers.setdefault(type_, count(1)))
        return {"id": f"urn:epass:{type_[0].lower()}{type_[1:]}:{number}", "type": type_, **members}


def _concept(scheme: str, code: str, label: str, language: str = "en") -> Node:
    """A term of a controlled vocabulary. Those of the Publications Office are lists without a name of their own."""
    listed = scheme if scheme.startswith(AUTHORITY) else f"{scheme}/{SCHEME}"
    concept: Node = {
        "id": f"{scheme}/{code}",
        "type": "Concept",
        "inScheme": {"id": listed, "type": "ConceptScheme"},
        "prefLabel": {language: label},
    }
    if scheme.startswith(AUTHORITY):
        concept["notation"] = scheme.rpartition("/")[2]
    return concept


def _language(code: str) -> Node:
    with override("en"):
        return _concept(f"{AUTHORITY}/language", LANGUAGES[code], str(LANGUAGE_NAMES[code]))


def _duration(minutes: int) -> str:
    """ISO 8601: PT11H30M."""
    hours, rest = divmod(minutes, 60)
    return "PT" + (f"{hours}H" if hours else "") + (f"{rest}M" if rest or not hours else "")
