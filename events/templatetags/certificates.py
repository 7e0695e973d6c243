"""Template tags of certificates."""

from typing import Any

from django import template
from django.db.models import QuerySet

from events.certificates import queries
from events.certificates.content.seal_words import SEAL_WORDS, SealWords, words_of_seal
from events.certificates.content.wording import workload as workload_in_words
from events.certificates.models import Certificate
from network.models import Person

register = template.Library()


@register.simple_tag
def certificates_of(person: Person) -> QuerySet[Certificate]:
    """``{% certificates_of person as certificates %}``: those of all centres, newest first."""
    return queries.of_person(person)


@register.filter
def workload(certificate: Any) -> str:
    """The time attended, as its certificate says it: ``6 h of 7 h``. Empty for whole days."""
    attendance = certificate.facts["attendance"] if isinstance(certificate, Certificate) else None
    return workload_in_words(attendance) if attendance else ""


@register.filter
def seal_words(level: str) -> SealWords | None:
    """``{{ certificate.seal_level|seal_words }}``: what a seal of this level means."""
    return words_of_seal(level)


@register.simple_tag
def all_seal_words() -> list[SealWords]:
    """``{% all_seal_words as levels %}``: all levels, the simplest first."""
    return [*SEAL_WORDS.values()]
