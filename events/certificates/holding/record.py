"""A person's learning record: hours attended by year and by competence, from what their certificates say."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from events.certificates.content.facts import Facts
from events.certificates.models import Certificate

Kind = Certificate.Kind


@dataclass
class Competence:
    """A competence of ProcurCompEU, and how much was attended on it."""

    code: str
    name: str
    level: int  # the highest that was aimed at
    minutes: dict[int, int] = field(default_factory=dict)  # by year

    @property
    def total(self) -> int:
        """Minutes of all years."""
        return sum(self.minutes.values())


@dataclass
class Record:
    """What somebody attended, in minutes."""

    years: list[int]  # the last first
    minutes: dict[int, int]  # by year, each event once
    competences: list[Competence]  # in the order of the framework

    @property
    def total(self) -> int:
        """Minutes of all years."""
        return sum(self.minutes.values())


def record_of(certificates: Sequence[Certificate]) -> Record:
    """Sum up certificates of attendance and achievement that were not revoked.

    An event counts in the year in which it ended, once, even if it brought both kinds of certificate. Its hours count in full
    under each of its competences, so those do not add up to the total. Whole days without stated minutes count no hours.
    """
    minutes: dict[int, int] = {}
    competences: dict[str, Competence] = {}
    seen: set[int | None] = set()
    for certificate in certificates:
        if certificate.revoked_at is not None or certificate.kind not in Certificate.OF_REGISTRATIONS:
            continue
        if certificate.registration_id in seen:
            continue
        seen.add(certificate.registration_id)
        facts: Facts = certificate.facts
        attended = (facts["attendance"] or {}).get("minutes_attended") or 0
        year = int(facts["event"]["ends"][:4])
        minutes[year] = minutes.get(year, 0) + attended
        for taught in facts["competences"]:
            found = competences.setdefault(taught["code"], Competence(taught["code"], taught["name"], taught["level"]))
            found.level = max(found.level, taught["level"])
            found.minutes[year] = found.minutes.get(year, 0) + attended
    in_order = sorted(competences.values(), key=lambda one: (int(one.code[1:]) if one.code[1:].isdecimal() else 0, one.code))
    return Record(years=sorted(minutes, reverse=True), minutes=minutes, competences=in_order)
