"""The organiser's list as a table to take along: whatever the list shows, with what each person chose and answered."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal, cast

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from events.programme.models import Event, Session
from events.registrations.asking.answers import answers_of
from events.registrations.asking.facts import ever_asked
from events.registrations.asking.words import in_words, label
from events.registrations.lists.words import own_headings
from events.registrations.models import Question, Registration
from network.sheets import CSV_TYPE, XLSX_TYPE, Cell, Table, as_csv, as_xlsx
from network.vocabulary import zone_named

__all__ = ["Format", "answer", "as_csv", "as_xlsx", "has_special_questions", "table"]

Format = Literal["csv", "xlsx"]
Kind = Question.Kind
#: Registrations that are read at a time.
CHUNK = 1_000


def answer(format: Format, event: Event, registrations: QuerySet[Registration], *, special: bool = False) -> HttpResponseBase:
    """The file, to be saved. ``special``: with answers about health, diet, belief and the like, which are left out else."""
    found = table(event, registrations, special=special)
    name = f"{event.slug}-registrations.{format}"
    response: HttpResponseBase
    if format == "xlsx":
        response = FileResponse(as_xlsx(found), as_attachment=True, filename=name, content_type=XLSX_TYPE)
    else:
        response = StreamingHttpResponse(as_csv(found), content_type=CSV_TYPE)
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def has_special_questions(event: Event) -> bool:
    """Whether ``special`` makes a difference at this event."""
    return bool(event.has_questions) and Question.objects.filter(event=event, is_special=True).exists()


def table(event: Event, registrations: QuerySet[Registration], *, special: bool = False) -> Table:
    """These registrations in their order: one row each, one column for each question that the event asks or asked.

    Numbers and days are numbers and days, not text; instants are on the event's own clock, which the headings name. A few
    queries for each 1,000 people.
    """
    questions = [one for one in (ever_asked(event) if event.has_questions else []) if special or not one.is_special]
    sessions = list(Session.objects.filter(event=event, is_chosen=True)) if event.has_choices else []
    rows = _rows(event, registrations, sessions, questions, special=special, language=get_language())
    return Table(_headings(event, sessions, questions), rows, title=_("Registrations"))


def _headings(event: Event, sessions: Sequence[Session], questions: Sequence[Question]) -> list[str]:
    words = own_headings()
    zone = event.timezone
    return [
        *(words[name] for name in ("name", "email", "position", "organisation", "country", "kind")),
        _("State"),
        _("Turn in the waiting list"),
        *([_("Sessions")] if sessions else []),
        *(_heading(one) for one in questions),
        words["note"],
        _("Reason"),
        _("Asked at ({zone})").format(zone=zone),
        _("Last change at ({zone})").format(zone=zone),
        _("Registered by"),
    ]


def _heading(question: Question) -> str:
    return _("{question} (special category)").format(question=label(question)) if question.is_special else label(question)


def _rows(
    event: Event,
    registrations: QuerySet[Registration],
    sessions: Sequence[Session],
    questions: Sequence[Question],
    *,
    special: bool,
    language: str | None,
) -> Iterator[list[Cell]]:
    """The rows, some at a time. They are read while the file is sent, in the language in which it was asked for."""
    for some in _in_chunks(registrations, with_choices=bool(sessions)):
        answers = answers_of(some, with_special=special) if questions else {}
        with override(language):
            lines = [_line(event, one, sessions, questions, answers.get(one.pk, {})) for one in some]
        yield from lines


def _line(
    event: Event,
    registration: Registration,
    sessions: Sequence[Session],
    questions: Sequence[Question],
    answers: Mapping[str, Any],
) -> list[Cell]:
    zone = zone_named(event.timezone)
    person, organisation = registration.person, registration.person.organisation
    country = registration.country or (organisation.country if organisation else None)
    kind = registration.get_organisation_kind_display() or (organisation.get_kind_display() if organisation else "")
    return [
        person.name,
        person.email,
        person.position,
        organisation.name if organisation else "",
        str(country.name) if country else "",
        str(kind),
        registration.get_state_display(),
        cast("Any", registration).turn,
        *([", ".join(str(one) for one in sessions if one.pk in registration.chosen)] if sessions else []),
        *(_answer_cell(question, answers.get(question.key)) for question in questions),
        registration.note,
        registration.reason,
        registration.created_at.astimezone(zone).replace(tzinfo=None),
        registration.changed_at.astimezone(zone).replace(tzinfo=None),
        str(registration.registered_by) if registration.registered_by else "",
    ]


def _in_chunks(registrations: QuerySet[Registration], *, with_choices: bool) -> Iterator[list[Registration]]:
    """The registrations in their order, some at a time: as they were when the file was asked for, so none comes twice."""
    keys = list(dict.fromkeys(registrations.values_list("pk", flat=True)))
    joined = registrations.select_related("person__organisation", "registered_by")
    if with_choices:
        joined = joined.prefetch_related("choices")
    for start in range(0, len(keys), CHUNK):
        some = keys[start : start + CHUNK]
        found = {registration.pk: registration for registration in joined.filter(pk__in=some)}
        yield [found[key] for key in some if key in found]


def _answer_cell(question: Question, value: Any) -> Cell:
    """An answer as a cell: numbers and days stay what they are, all else is in words."""
    if value in (None, "", []):
        return None
    if question.kind == Kind.NUMBER and isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    if question.kind == Kind.DATE:
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            return str(value)
    return in_words(question, value)
