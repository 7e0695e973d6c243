"""A certificate's facts in the words of the active language: for the paper, and for the page that verifies it.

A certificate reads as one sentence: lead, name, sentence, title. Each kind has a lead of its own, so that a language whose
verb stands elsewhere can turn the sentence round without touching another kind.
"""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from events.certificates.content.facts import BY_THE_ORGANISER, Facts
from events.certificates.models import Assessment, Certificate
from events.programme.models import Event
from events.programme.periods import SECOND, day_in_words
from events.programme.wording import days_in_words
from network.models import Competence
from network.vocabulary import LANGUAGE_NAMES, iso_country_code

Kind = Certificate.Kind

LEADS = {
    Kind.ATTENDANCE: _("This is to certify that"),
    Kind.ACHIEVEMENT: pgettext_lazy("certificate of achievement", "This is to certify that"),
    Kind.SPEAKING: pgettext_lazy("certificate of a speaker", "This is to certify that"),
    Kind.TEACHING: pgettext_lazy("certificate of teaching", "This is to certify that"),
    Kind.HOSTING: pgettext_lazy("certificate of hosting", "This is to certify that"),
    Kind.FINALIST: pgettext_lazy("certificate of a finalist", "This is to certify that"),
    Kind.WINNER: pgettext_lazy("certificate of a winner", "This is to certify that"),
}
SENTENCES = {
    Kind.ATTENDANCE: {
        Event.Kind.TRAINING: _("attended the training"),
        Event.Kind.VISIT: _("took part in the peer-exchange visit"),
        Event.Kind.CEREMONY: _("attended the award ceremony"),
    },
    Kind.ACHIEVEMENT: {
        Event.Kind.TRAINING: _("successfully completed the training"),
        Event.Kind.VISIT: _("successfully completed the peer-exchange visit"),
        Event.Kind.CEREMONY: _("was assessed successfully at the award ceremony"),
    },
    Kind.SPEAKING: {
        Event.Kind.TRAINING: _("spoke at the training"),
        Event.Kind.VISIT: _("spoke at the peer-exchange visit"),
        Event.Kind.CEREMONY: _("spoke at the award ceremony"),
    },
    Kind.TEACHING: {
        Event.Kind.TRAINING: _("taught at the training"),
        Event.Kind.VISIT: _("taught at the peer-exchange visit"),
        Event.Kind.CEREMONY: _("taught at the award ceremony"),
    },
    Kind.HOSTING: {
        Event.Kind.TRAINING: _("hosted the training"),
        Event.Kind.VISIT: _("hosted the peer-exchange visit"),
        Event.Kind.CEREMONY: _("hosted the award ceremony"),
    },
    Kind.FINALIST: {
        Event.Kind.TRAINING: _("was honoured as a finalist at the training"),
        Event.Kind.VISIT: _("was honoured as a finalist at the peer-exchange visit"),
        Event.Kind.CEREMONY: _("was honoured as a finalist at the award ceremony"),
    },
    Kind.WINNER: {
        Event.Kind.TRAINING: _("was honoured as a winner at the training"),
        Event.Kind.VISIT: _("was honoured as a winner at the peer-exchange visit"),
        Event.Kind.CEREMONY: _("was honoured as a winner at the award ceremony"),
    },
}
#: What stands above the subject of a recognition.
SUBJECTS = {
    Kind.SPEAKING: _("Contribution"),
    Kind.TEACHING: _("Subject taught"),
    Kind.HOSTING: _("What was hosted"),
    Kind.FINALIST: _("Category and entry"),
    Kind.WINNER: _("Category and entry"),
}
#: What stands above the competences, on the kinds that show them.
COMPETENCES = {
    Kind.ATTENDANCE: _("Competences and level aimed at (ProcurCompEU)"),
    Kind.ACHIEVEMENT: _("Competences and level aimed at (ProcurCompEU)"),
    Kind.TEACHING: _("Competences taught and level aimed at (ProcurCompEU)"),
}
QUALITY_ASSURANCE = {BY_THE_ORGANISER: _("Internal, by the organising centre.")}


@dataclass(frozen=True)
class Words:
    """What is printed. Every text is checked against the fonts before anything is issued; one that is empty is left out.

    The names of those that differ from person to person are the names of their slots (``data-slot``) on the page.
    """

    heading: str
    lead: str
    name: str
    affiliation: str  # of who has a recognition
    sentence: str
    title: str
    when: str
    where: str
    subject_heading: str
    subject: str  # of a recognition
    organiser: str
    organiser_country: str
    co_organisers: str
    workload: str
    sessions: str
    form: str
    languages: str
    interpretation: str
    competences_heading: str
    competences: tuple[str, ...]
    outcomes: tuple[str, ...]
    eqf: str
    assessment: str
    grade: str
    assessed: str  # when and by whom
    supervision: str
    quality_assurance: str
    valid_until: str
    issued: str
    register_number: str
    number: str
    verify: str  # the address, for the code
    verify_page: str  # the address where the number is typed, for people
    logo: str  # in words
    signature: str  # in words
    signatory: str
    signatory_role: str
    closing: str
    emblem_text: str
    funding: str
    disclaimer: str

    def texts(self) -> list[str]:
        """Every text, one by one."""
        values: list[Any] = [getattr(self, field.name) for field in fields(self)]
        return [text for value in values for text in (value if isinstance(value, tuple) else (value,))]

    @property
    def file_title(self) -> str:
        """What a window that shows the file is called."""
        return f"{self.heading} {self.number}: {self.name}"


def is_of_learning(facts: Facts) -> bool:
    """Whether it certifies learning, so that it has the mandatory elements of the Council Recommendation."""
    return facts["kind"] in Certificate.OF_REGISTRATIONS


def put_into_words(facts: Facts) -> Words:
    """The facts in the active language."""
    kind, event, look = Kind(facts["kind"]), facts["event"], facts["look"]
    recognition, assessed, funding = facts["recognition"] or {}, facts["assessed"], facts["funding"] or {}
    verify = urlsplit(facts["verify"])
    learning = is_of_learning(facts)
    subject = recognition.get("subject", "")
    return Words(
        heading=str(kind.label),
        lead=str(LEADS[kind]),
        name=facts["holder"]["name"],
        affiliation=recognition.get("affiliation", ""),
        sentence=str(SENTENCES[kind][event["kind"]]),
        title=event["title"],
        when=days(event["starts"], event["ends"]),
        where=place(event),
        subject_heading=str(SUBJECTS[kind]) if subject else "",
        subject=subject,
        organiser=facts["organiser"]["name"],
        organiser_country=country_name(facts["organiser"]["country"]),
        co_organisers=", ".join(f"{centre['name']} ({centre['country']})" for centre in facts["co_organisers"]),
        workload=workload(facts["attendance"]) if facts["attendance"] else minutes_in_words(recognition.get("minutes")),
        sessions=sessions(facts["attendance"]) if facts["attendance"] else "",
        form=str(Event.Format(event["format"]).label),
        languages=language_names(event["languages"]),
        interpretation=language_names(event["interpretation"]),
        competences_heading=str(COMPETENCES[kind]) if kind in COMPETENCES and facts["competences"] else "",
        competences=tuple(competence(taught) for taught in facts["competences"]) if kind in COMPETENCES else (),
        outcomes=tuple(facts["outcomes"]) if learning else (),
        eqf=gettext("Not applicable.") if learning else "",
        assessment=assessment(assessed) if learning else "",
        grade=grade(assessed),
        assessed=assessed_when_and_by_whom(assessed),
        supervision=supervision(assessed),
        quality_assurance=str(QUALITY_ASSURANCE[facts["quality_assurance"]]) if learning else "",
        valid_until=day_in_words(date.fromisoformat(facts["valid_until"])) if facts["valid_until"] else "",
        issued=day_in_words(date.fromisoformat(facts["issued_at"][:10])),
        register_number="{centre} {year}/{serial}".format(**facts["register"]),
        number=facts["number"],
        verify=facts["verify"],
        verify_page=f"{verify.netloc}{verify.path.rpartition('/')[0]}",
        logo=look["logo_text"] if look["logo"] else "",
        signature=signature(look),
        signatory=look["signatory"],
        signatory_role=look["signatory_role"],
        closing=look["closing"],
        emblem_text=funding.get("emblem_text", ""),
        funding=acknowledgement(funding),
        disclaimer=funding.get("disclaimer", ""),
    )


def days(starts: str, ends: str) -> str:
    """The day or days between two times of the facts, which carry the event's own offset."""
    first, last = datetime.fromisoformat(starts), datetime.fromisoformat(ends)
    if "T" in ends:
        last -= SECOND  # what ends at midnight ends on the day before
    return days_in_words(first.date(), last.date())


def place(event: Facts) -> str:
    """City and country, or nothing for what was online only."""
    return f"{event['city']}, {country_name(event['country'])}" if event["city"] else ""


def country_name(code: str) -> str:
    """The country's name in the active language."""
    return str(countries.name(iso_country_code(code)) or code)


def language_names(codes: list[str]) -> str:
    """Names of languages, after one another."""
    return ", ".join(str(LANGUAGE_NAMES.get(code, code)) for code in codes)


def duration(minutes: int) -> str:
    """Hours and minutes with the symbols of the SI brochure, which are the same in all languages: 6 h 30 min."""
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "") if part)


def workload(attendance: Facts) -> str:
    """Time attended of the time there was, or nothing where whole days were not counted in minutes."""
    if attendance["minutes"] is None or attendance["minutes_attended"] is None:
        return ""
    return gettext("%(attended)s of %(total)s") % {
        "attended": duration(attendance["minutes_attended"]),
        "total": duration(attendance["minutes"]),
    }


def sessions(attendance: Facts) -> str:
    """Sessions attended of the sessions there were."""
    text = ngettext("%(attended)s of %(total)s session", "%(attended)s of %(total)s sessions", attendance["sessions"])
    return text % {"attended": attendance["sessions_attended"], "total": attendance["sessions"]}


def competence(taught: Facts) -> str:
    """C6 Innovation procurement: advanced."""
    level = str(Competence.Level(taught["level"]).label)
    return f"{taught['code']} {gettext(taught['name'])}: {level}"


def assessment(assessed: Facts | None) -> str:
    """How the outcomes were assessed."""
    if assessed is None:
        return gettext("None. Attendance was recorded at each session.")
    return str(Assessment.Method(assessed["method"]).label)


def grade(assessed: Facts | None) -> str:
    """How well, if that was said."""
    return gettext("Grade: %(grade)s") % {"grade": assessed["grade"]} if assessed and assessed["grade"] else ""


def assessed_when_and_by_whom(assessed: Facts | None) -> str:
    """Passed on a day, and who judged."""
    if assessed is None:
        return ""
    said = {"date": day_in_words(date.fromisoformat(assessed["on"])), "assessor": assessed["assessor"]}
    return gettext("Passed on %(date)s, assessed by %(assessor)s") % said


def supervision(assessed: Facts | None) -> str:
    """Whether somebody watched, and knew who it was."""
    if assessed is None:
        return ""
    return gettext("Supervised, identity checked.") if assessed["supervised"] else gettext("Not supervised.")


def minutes_in_words(minutes: int | None) -> str:
    """How long a recognised contribution took, if that was said."""
    return duration(minutes) if minutes else ""


def signature(look: Facts) -> str:
    """The picture of the signature in words."""
    if not look["signature"]:
        return ""
    return gettext("Signature of %(name)s") % {"name": look["signatory"]} if look["signatory"] else gettext("Signature")


def acknowledgement(funding: Facts) -> str:
    """Programme and grant, on one line."""
    parts = [funding.get("programme", "")]
    if funding.get("grant_number"):
        parts.append(gettext("grant agreement %(number)s") % {"number": funding["grant_number"]})
    return ", ".join(part for part in parts if part)
