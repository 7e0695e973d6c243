"""Which registrations of an event are meant, in which order: the same for the list, its export, mails and the API."""

import json
from typing import Any

from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast

from events.programme.models import Event
from events.registrations.models import Answer, Question, Registration
from events.registrations.queries import of_event

Kind = Question.Kind

ORDERS: dict[str, tuple[Any, ...]] = {
    "name": ("person__name", "person__email", "pk"),
    "created": ("created_at", "pk"),
    "-created": ("-created_at", "-pk"),
    "organisation": (F("person__organisation__name").asc(nulls_last=True), "person__name", "pk"),
    "country": ("country", F("person__organisation__country").asc(nulls_last=True), "person__name", "pk"),
    "turn": (F("queued_at").asc(nulls_last=True), "pk"),
    "changed": ("-changed_at", "-pk"),
}


def selected(
    event: Event,
    *,
    state: str = "",
    search: str = "",
    country: str = "",
    kind: str = "",
    session: str = "",
    answer: str = "",
    order: str = "",
) -> QuerySet[Registration]:
    """The registrations for which all that is stated holds. ``answer`` is ``key:value``; ``order`` one of ORDERS."""
    found = of_event(event, state=state, search=search)
    if country:
        found = found.filter(Q(country=country) | Q(country="", person__organisation__country=country))
    if kind:
        found = found.filter(Q(organisation_kind=kind) | Q(organisation_kind="", person__organisation__kind=kind))
    if session:
        known = session.isdecimal() and len(session) < 19
        found = found.filter(choices__session=int(session)) if known else found.none()
    if answer:
        found = found.filter(pk__in=_who_answered(event, answer))
    return found.order_by(*ORDERS[order]) if order else found


def _who_answered(event: Event, asked: str) -> QuerySet[Any]:
    """Keys of the registrations with an answer, given as ``key:value``. Those of special categories are not looked through."""
    key, _colon, value = asked.partition(":")
    rows = Answer.objects.filter(registration__event=event, question__key=key).annotate(text=Cast("value", TextField()))
    among = Q(question__kind=Kind.CHOICES, text__contains=json.dumps(value))
    agreed = Q(question__kind=Kind.CONSENT, value=True) if value == "yes" else Q(pk=None)
    return rows.filter(among | agreed | Q(question__kind=Kind.CHOICE, value=value)).values("registration")
