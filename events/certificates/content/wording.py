"""A certificate's facts in the words of the active language: for the paper, and for the page that verifies it."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from events.certificates.content.facts import BY_THE_ORGANISER, Facts
from events.certificates.models import Assessment
from events.programme.models import Event
from events.programme.periods import SECOND, day_in_words
from events.programme.wording import days_in_words
from network.models import Competence
from network.vocabulary import LANGUAGE_NAMES, iso_country_code

SENTENCES = {
    Event.Kind.TRAINING: _("attended the training"),
    Event.Kind.VISIT: _("took part in the peer-exchange visit"),
    Event.Kind.CEREMONY: _("attended the award ceremony"),
}
QUALITY_ASSURANCE = {BY_THE_ORGANISER: _("Internal, by the organising centre.")}


@dataclass(frozen=True)
class Words:
    """What is printed, in reading order. Every text is checked against the fonts before anything is issued."""

    name: str
    sentence: str
    title: str
    when: str
    where: str
    organiser: str
    organiser_country: str
    co_organisers: str
    workload: str
    sessions: str
    form: str
    languages: str
    interpretation: str
    competences: tuple[str, ...]
    outcomes: tuple[str, ...]
    assessment: str
    quality_assurance: str
    issued: str
    register_number: str
    number: str
    verify: str  # the address, for the code
    verify_page: str  # the address where the number is typed, for people
    emblem_text: str
    funding: str
    disclaimer: str

    def texts(self) -> list[str]:
        """Every text, one by one."""
        values: list[Any] = [getattr(self, field.name) for field in fields(self)]
        return [text for value in values for text in (value if isinstance(value, tuple) else (value,))]


def put_into_words(facts: Facts) -> Words:
    """The facts in the active language."""
    event, attendance, funding = facts["event"], facts["attendance"], facts["funding"] or {}
    verify = urlsplit(facts["verify"])
    return Words(
        name=facts["holder"]["name"],
        sentence=str(SENTENCES[event["kind"]]),
        title=event["title"],
        when=days(event["starts"], event["ends"]),
        where=place(event),
        organiser=facts["organiser"]["name"],
        organiser_country=country_name(facts["organiser"]["country"]),
        co_organisers=", ".join(f"{centre['name']} ({centre['country']})" for centre in facts["co_organisers"]),
        workload=workload(attendance) if attendance else "",
        sessions=sessions(attendance) if attendance else "",
        form=str(Event.Format(event["format"]).label),
        languages=language_names(event["languages"]),
        interpretation=language_names(event["interpretation"]),
        competences=tuple(competence(taught) for taught in facts["competences"]),
        outcomes=tuple(facts["outcomes"]),
        assessment=assessment(facts["assessed"]),
        quality_assurance=str(QUALITY_ASSURANCE[facts["quality_assurance"]]),
        issued=day_in_words(date.fromisoformat(facts["issued_at"][:10])),
        register_number="{centre} {year}/{serial}".format(**facts["register"]),
        number=facts["number"],
        verify=facts["verify"],
        verify_page=f"{verify.netloc}{verify.path.rpartition('/')[0]}",
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
    """How the outcomes were assessed, and how well."""
    if assessed is None:
        return gettext("None. Attendance was recorded at each session.")
    return str(Assessment.Method(assessed["method"]).label)


def acknowledgement(funding: Facts) -> str:
    """Programme and grant, on one line."""
    parts = [funding.get("programme", "")]
    if funding.get("grant_number"):
        parts.append(gettext("grant agreement %(number)s") % {"number": funding["grant_number"]})
    return ", ".join(part for part in parts if part)
