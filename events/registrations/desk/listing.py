"""Which registrations the organiser's list shows, in which order, and what stands in a row."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext

from events.programme.models import Event, Session
from events.registrations import queries
from events.registrations.asking.answers import answers_of
from events.registrations.asking.facts import ever_asked
from events.registrations.asking.words import in_words, label, options
from events.registrations.desk.forms import FilterForm
from events.registrations.models import Answer, Question, Registration, SpecialAnswer
from network.models import Centre, Organisation
from network.vocabulary import eu_country_code

State = Registration.State
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


class Said(NamedTuple):
    """An answer in words; ``file`` is the number of what was uploaded."""

    question: str
    words: str
    file: int | None = None


@dataclass
class Row:
    """One line of the list: the registration, and in words what it chose and answered."""

    registration: Registration
    sessions: list[str] = field(default_factory=list)
    answers: list[Said] = field(default_factory=list)
    has_special: bool = False  # there are answers about health or diet: read on the registration's own page
    waits_for: str = ""  # who decides, where it is not the reader's own centre


def chosen(event: Event, form: FilterForm) -> QuerySet[Registration]:
    """The registrations that a filter asks for. Of what it does not know there are none."""
    form.is_valid()
    said = form.cleaned_data
    found = queries.of_event(event, state=said.get("state", ""), search=said.get("q", ""))
    if country := said.get("country"):
        found = found.filter(Q(country=country) | Q(country="", person__organisation__country=country))
    if kind := said.get("kind"):
        found = found.filter(Q(organisation_kind=kind) | Q(organisation_kind="", person__organisation__kind=kind))
    if session := said.get("session"):
        known = session.isdecimal() and len(session) < 19
        found = found.filter(choices__session=session) if known else found.none()
    if answer := said.get("answer"):
        found = found.filter(pk__in=_who_answered(event, answer))
    sort = said.get("sort", "")
    return found.order_by(*ORDERS[sort]) if sort else found


def _who_answered(event: Event, asked: str) -> QuerySet[Any]:
    """Keys of the registrations with an answer, given as ``key:value``. Those of special categories are not looked through."""
    key, _colon, value = asked.partition(":")
    rows = Answer.objects.filter(registration__event=event, question__key=key).annotate(text=Cast("value", TextField()))
    among = Q(question__kind=Kind.CHOICES, text__contains=json.dumps(value))
    agreed = Q(question__kind=Kind.CONSENT, value=True) if value == "yes" else Q(pk=None)
    return rows.filter(among | agreed | Q(question__kind=Kind.CHOICE, value=value)).values("registration")


def offer_choices(form: FilterForm, event: Event, sessions: Sequence[Session], questions: Sequence[Question]) -> None:
    """Fill the form's lists with what occurs at this event. One query."""
    people = (
        Registration.objects.filter(event=event)
        .order_by()
        .values_list("country", "organisation_kind", "person__organisation__country", "person__organisation__kind")
        .distinct()
    )
    found = list(people)
    codes = {country or own for country, _kind, own, _own_kind in found} - {"", None}
    kinds = {kind or own for _country, kind, _own, own in found} - {"", None}
    names = dict(Organisation.Kind.choices)
    asked = [(label(question), pairs) for question in questions if (pairs := _answers_to_choose(question))]
    form.offer("country", sorted(((code, _country_name(code)) for code in codes), key=lambda one: one[1]))
    form.offer("kind", [(kind, names[kind]) for kind in Organisation.Kind.values if kind in kinds])
    form.offer("session", [(str(session.pk), str(session)) for session in sessions])
    form.offer("answer", asked)


def _answers_to_choose(question: Question) -> list[tuple[str, str]]:
    if question.is_special:
        return []
    if question.kind == Kind.CONSENT:
        return [(f"{question.key}:yes", gettext("Yes"))]
    if question.kind in {Kind.CHOICE, Kind.CHOICES}:
        every = [option["value"] for option in question.options]
        return [(f"{question.key}:{value}", words) for value, words in options(question, also=every)]
    return []


def _country_name(code: str) -> str:
    return str(Organisation(country=code).country.name)


def questions_at(event: Event) -> list[Question]:
    """What the event asks or asked. One query; none where it asks nothing."""
    return ever_asked(event) if event.has_questions else []


def with_parts(registrations: QuerySet[Registration], event: Event) -> QuerySet[Registration]:
    """Join what a row shows besides the person."""
    found = registrations.select_related("person__organisation", "home_centre")
    return found.prefetch_related("choices") if event.has_choices else found


def rows_of(
    event: Event, registrations: Iterable[Registration], sessions: Sequence[Session], questions: Sequence[Question]
) -> list[Row]:
    """The lines of a page. Two queries where the event asks questions, none else."""
    registrations = list(registrations)
    titles = {session.pk: str(session) for session in sessions}
    known = {question.key: question for question in reversed(questions)}
    answers = answers_of(registrations, with_special=False) if questions else {}
    special = set(_with_special(registrations)) if questions else set()
    rows = []
    for registration in registrations:
        row = Row(registration, has_special=registration.pk in special)
        if titles:
            row.sessions = [titles[key] for key in titles if key in registration.chosen]
        said = answers.get(registration.pk, {})
        row.answers = [said_to(known[key], value) for key, value in said.items() if key in known]
        row.waits_for = waits_for(event, registration)
        rows.append(row)
    return rows


def said_to(question: Question, value: Any) -> Said:
    """A question and its answer in words."""
    file = value.get("id") if question.kind == Kind.FILE and isinstance(value, dict) else None
    return Said(label(question), in_words(question, value), file)


def _with_special(registrations: Sequence[Registration]) -> QuerySet[Any]:
    keys = [registration.pk for registration in registrations]
    return SpecialAnswer.objects.filter(registration__in=keys).order_by().values_list("registration", flat=True).distinct()


def waits_for(event: Event, registration: Registration) -> str:
    """Whose approval a pending registration waits for, where that is the participant's home centre: “PIANOo (NL)”."""
    if registration.state != State.PENDING or event.approver != Event.Approver.HOME_CENTRE:
        return ""
    return centre_name(registration.home_centre) if registration.home_centre is not None else ""


def centre_name(centre: Centre) -> str:
    """Short name and country."""
    return f"{centre.short_name} ({eu_country_code(str(centre.country))})"
