"""Registering several colleagues at once, for organisers and coordinators."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from events.programme.desk import desk_event, desk_page, person_of
from events.programme.models import Event
from events.registrations.asking.session_forms import SessionsForm
from events.registrations.eligibility import closed
from events.registrations.lists.colleagues import GroupResult, RowResult, register_colleagues
from events.registrations.lists.imports import in_words
from events.registrations.pages.group_forms import FIRST, MORE, MOST, HowForm, RowForm, empty_row, rows_sent
from network.errors import Invalid
from network.forms import add_errors
from network.models import Person
from network.rules import may


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def colleagues(request: HttpRequest, slug: str) -> HttpResponse:
    """A form of rows; what became of each person is said when it is sent."""
    event, person = desk_event(request, slug, "network.use_desk"), person_of(request)
    if request.method != "POST":
        return _page(request, event, [empty_row(number, person) for number in range(FIRST)], HowForm())
    forms, how = rows_sent(request.POST), HowForm(request.POST)
    sessions = SessionsForm(event, request.POST) if event.has_choices else None
    if request.POST.get("do") == "more" or not forms:
        return _with_more(request, event, person)
    taken = [form for form in forms if form.has_changed()]
    right = [form.is_valid() for form in taken] + [how.is_valid(), sessions is None or sessions.is_valid()]
    rows = [form.row() for form in taken if form.is_valid()]
    if not taken:
        forms[0].add_error("name", gettext("Enter one person at least."))
    if not taken or not all(right) or any(form.errors for form in taken):
        return _page(request, event, forms, how, sessions, status=400)
    chosen = sessions.chosen if sessions is not None else []
    rows = [replace(row, sessions=chosen) for row in rows]
    result = register_colleagues(event=event, rows=rows, by=person, mode=how.cleaned_data["mode"])
    if not result.written:
        _place(result, taken)
        return _page(request, event, forms, how, sessions, status=409)
    return render(request, "pages/registrations/group_done.html", _done(event, person, result))


def _with_more(request: HttpRequest, event: Event, by: Person) -> HttpResponse:
    """The form as it was filled in, and a few rows more. Nothing is judged yet."""
    sent = rows_sent(request.POST)
    forms = [RowForm(prefix=form.prefix, initial={name: form[name].value() for name in form.fields}) for form in sent]
    forms += [empty_row(number, by) for number in range(len(forms), min(max(len(forms) + MORE, FIRST), MOST))]
    said = [value for name in request.POST if name.startswith("sessions-slot-") for value in request.POST.getlist(name)]
    chosen = frozenset(int(value) for value in said if value.isdecimal() and len(value) < 19)
    sessions = SessionsForm(event, former=chosen or None) if event.has_choices else None
    return _page(request, event, forms, HowForm(initial={"mode": request.POST.get("mode") or None}), sessions)


def _page(
    request: HttpRequest,
    event: Event,
    forms: Sequence[RowForm],
    how: HowForm,
    sessions: SessionsForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    is_host = may(request.user, "events.manage_registrations", event)
    refusal = closed(event, at_any_time=is_host)
    if sessions is None and event.has_choices:
        sessions = SessionsForm(event)
    context = {
        "event": event,
        "forms": forms,
        "how": how,
        "sessions": sessions,
        "is_host": is_host,
        "closed": str(refusal.message) if refusal is not None else "",
        "errors": [*_errors(forms), *_errors_of(sessions)],
        "can_add": len(forms) < MOST,
        "most": MOST,
    }
    return render(request, "pages/registrations/group.html", context, status=status)


def _errors(forms: Sequence[RowForm]) -> list[tuple[str, str, str]]:
    """All that is wrong in the rows: where it stands, what it is called, what is wrong."""
    found = []
    for number, form in enumerate(forms, 1):
        if not form.is_bound:
            continue
        for name, messages in form.errors.items():
            field = form[name] if name in form.fields else form["name"]
            label = gettext("Person %(n)d, %(field)s") % {"n": number, "field": field.label}
            found += [(str(field.id_for_label), label, str(message)) for message in messages]
    return found


def _errors_of(sessions: SessionsForm | None) -> list[tuple[str, str, str]]:
    if sessions is None or not sessions.is_bound:
        return []
    found = []
    for name, messages in sessions.errors.items():
        field = sessions[name] if name in sessions.fields else None
        target = f"{field.auto_id}_0" if field is not None else ""
        found += [(target, str(field.label if field is not None else ""), str(message)) for message in messages]
    return found


def _place(result: GroupResult, forms: Sequence[RowForm]) -> None:
    """Say at each person's row why nobody was registered."""
    for row, form in zip(result.rows, forms, strict=True):
        if isinstance(row.problem, Invalid):
            add_errors(form, row.problem)
        elif row.problem is not None:
            form.add_error("name", str(row.problem.message))


def _done(event: Event, person: Person, result: GroupResult) -> dict[str, Any]:
    return {
        "event": event,
        "is_host": may(person, "events.manage_registrations", event),
        "lines": [_line(row) for row in result.rows],
        "number": sum(row.is_new for row in result.rows),
    }


def _line(result: RowResult) -> dict[str, Any]:
    """A person as they were typed, and what became of them: never what is known of them otherwise."""
    return {
        "name": result.row.name,
        "email": result.row.email,
        "registration": result.registration,
        "is_new": result.is_new,
        "why": in_words(result.problem),
    }
