"""What the organiser's list offers to filter by, and what stands in a row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext

from events.programme.models import Event, Session
from events.registrations.asking.answers import answers_of
from events.registrations.asking.facts import ever_asked
from events.registrations.asking.words import in_words, label, options
from events.registrations.desk.forms import FilterForm
from events.registrations.lists.selection import selected
from events.registrations.models import Question, Registration, SpecialAnswer
from network.models import Centre, Organisation
from network.vocabulary import eu_country_code

State = Registration.State
Kind = Question.Kind


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
    return selected(
        event,
        state=said.get("state", ""),
        search=said.get("q", ""),
        country=said.get("country", ""),
        kind=said.get("kind", ""),
        session=said.get("session", ""),
        answer=said.get("answer", ""),
        order=said.get("sort", ""),
    )


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
