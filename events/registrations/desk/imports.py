"""People from a list: upload it, look at every row before anything is written, confirm, see what became of each."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from events.programme.desk import desk_event, desk_page, person_of
from events.programme.models import Event
from events.registrations.asking.facts import questions_of
from events.registrations.asking.session_forms import SessionsForm
from events.registrations.asking.words import label
from events.registrations.lists import imports as import_actions
from events.registrations.lists.import_rows import Row, name_in
from events.registrations.lists.words import REQUIRED, own_headings
from events.registrations.models import Registration, RegistrationImport
from events.registrations.places import takes_place
from network.errors import Invalid, Problem
from network.forms import add_errors
from network.sheets import CSV_TYPE, XLSX_TYPE, Cell, Table, as_csv, as_xlsx

MANAGE = "events.manage_registrations"
FAULTY_A_PAGE, GOOD_A_PAGE = 100, 20
State, Mode = RegistrationImport.State, RegistrationImport.Mode


class UploadForm(forms.Form):
    """A list to read."""

    use_required_attribute = False
    file = forms.FileField(
        label=_("The list, as CSV or XLSX"),
        max_length=200,
        help_text=_("10,000 people at most, 5 MB. Nobody is registered before you have seen what is in it."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,text/csv"}),
        allow_empty_file=True,
        error_messages={"required": _("Choose a file.")},
    )


class ConfirmForm(forms.Form):
    """How the people in a list are registered."""

    use_required_attribute = False
    mode = forms.ChoiceField(
        label=_("If there are fewer places than people"), choices=Mode.choices, initial=Mode.FIT, widget=forms.RadioSelect
    )
    without_faulty = forms.BooleanField(label=_("Leave the faulty rows out"), required=False)

    def __init__(self, *args: Any, run: RegistrationImport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mode"].initial = run.mode
        if not run.faulty:
            del self.fields["without_faulty"]
        if run.done:  # it goes on as it began
            del self.fields["mode"]


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose a file. What can be read is shown next; what cannot is said here."""
    event, person = desk_event(request, slug, MANAGE), person_of(request)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = import_actions.read_list(event=event, file=file, filename=file.name, size=file.size, by=person)
        except Invalid as error:
            add_errors(form, error)
        except Problem as error:
            form.add_error(None, str(error.message))
        else:
            return redirect("desk_import_list", slug=event.slug, key=run.pk)
    lists = RegistrationImport.objects.filter(event=event).select_related("person").defer("rows", "results", "columns")
    words = own_headings()
    context = {
        "event": event,
        "tab": "registrations",
        "form": form,
        "is_open": takes_place(event),
        "lists": lists[:20],
        "needed": [words[name] for name in REQUIRED],
        "optional": [words[name] for name in ("position", "kind", "note")],
        "questions": [(question.key, label(question)) for question in questions_of(event) if question.kind != "file"],
    }
    return render(request, "pages/desk/import.html", context, status=400 if form.errors else 200)


@desk_page
@require_GET
def empty(request: HttpRequest, slug: str, format: str) -> HttpResponseBase:
    """A list with the headings and nobody in it, to be filled in."""
    event = desk_event(request, slug, MANAGE)
    words = own_headings()
    fields = ("name", "email", "position", "organisation", "country", "kind", "note")
    asked = [question.key for question in questions_of(event) if question.kind != "file"]
    table = Table([*(words[name] for name in fields), *asked], [], title=gettext("Registrations"))
    if format == "xlsx":
        name = f"{event.slug}.xlsx"
        return FileResponse(as_xlsx(table), as_attachment=True, filename=name, content_type=XLSX_TYPE)
    if format != "csv":
        raise Http404
    return _csv(table, f"{event.slug}.csv")


@desk_page
@require_GET
def show(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """A list as it is now: what is in it, how far the worker is with it, or what became of it."""
    event = desk_event(request, slug, MANAGE)
    if request.GET.get("part") == "progress":
        run = _run(event, key, with_rows=False)
        context = {"event": event, "run": run, "is_silent": import_actions.is_silent(run)}
        response = render(request, "pages/desk/_import_progress.html", context)
        if run.state != State.RUNNING:
            response["HX-Refresh"] = "true"
        return response
    return _show(request, event, _run(event, key))


def _run(event: Event, key: int, *, with_rows: bool = True) -> RegistrationImport:
    found = RegistrationImport.objects.filter(event=event, pk=key).select_related("person")
    run = (found if with_rows else found.defer("rows", "results")).first()
    if run is None:
        raise Http404
    run.event = event
    return run


def _show(
    request: HttpRequest,
    event: Event,
    run: RegistrationImport,
    form: ConfirmForm | None = None,
    sessions: SessionsForm | None = None,
) -> HttpResponse:
    by_state: dict[str, list[Row]] = {"good": [], "faulty": [], "twice": [], "registered": []}
    for row in run.rows:
        by_state[row["state"]].append(row)
    context = {
        "event": event,
        "tab": "registrations",
        "run": run,
        "is_open": takes_place(event),
        "is_silent": import_actions.is_silent(run),
        "can_confirm": run.state in {State.PREVIEW, State.FAILED} and bool(by_state["good"]) and takes_place(event),
        "form": form or ConfirmForm(run=run),
        "sessions": sessions or (SessionsForm(event) if event.has_choices else None),
        "ignored": [column["heading"] for column in run.columns if not column["field"] and column["heading"]],
        "faulty": Paginator([_shown(row) for row in by_state["faulty"]], FAULTY_A_PAGE).get_page(request.GET.get("faulty")),
        "good": Paginator([_shown(row) for row in by_state["good"]], GOOD_A_PAGE).get_page(request.GET.get("good")),
        "twice": [_shown(row) for row in by_state["twice"]],
        "registered": [_shown(row) for row in by_state["registered"]],
        "outcome": _outcome(run, by_state["good"]),
        "has_rows": bool(run.rows),
    }
    failed = (form is not None and form.errors) or (sessions is not None and sessions.errors)
    return render(request, "pages/desk/import_list.html", context, status=400 if failed else 200)


def _shown(row: Row) -> dict[str, Any]:
    """A row as the page shows it."""
    said = row["said"]
    rest = ", ".join(said[name] for name in ("organisation", "country", "kind") if said.get(name))
    return {**row, "name": name_in(said), "email": said.get("email", ""), "rest": rest}


def _outcome(run: RegistrationImport, good: list[Row]) -> dict[str, Any]:
    """What became of the rows so far: how many are in each state, and which were refused."""
    labels, counts = dict(Registration.State.choices), dict[str, int]()
    known, refused = 0, []
    for row, result in zip(good, run.results, strict=False):
        if result["why"]:
            refused.append({**_shown(row), "why": result["why"]})
        elif not result["is_new"]:
            known += bool(result["state"])
        else:
            counts[result["state"]] = counts.get(result["state"], 0) + 1
    states = [(str(labels[state]), counts[state]) for state in Registration.State.values if state in counts]
    return {"states": states, "known": known, "refused": refused[:FAULTY_A_PAGE], "more": max(len(refused) - FAULTY_A_PAGE, 0)}


@desk_page
@require_POST
def confirm(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """Have the good rows imported."""
    event, person = desk_event(request, slug, MANAGE), person_of(request)
    run = _run(event, key)
    form = ConfirmForm(request.POST, run=run)
    sessions = SessionsForm(event, request.POST) if event.has_choices and not run.done else None
    if form.is_valid() and (sessions is None or sessions.is_valid()):
        said = form.cleaned_data
        try:
            import_actions.confirm(
                registration_import=run,
                by=person,
                mode=said.get("mode", run.mode),
                sessions=sessions.chosen if sessions else (),
                without_faulty=said.get("without_faulty", False),
            )
        except Invalid as error:
            add_errors(form, error)
        except Problem as error:
            form.add_error(None, str(error.message))
        else:
            return redirect("desk_import_list", slug=event.slug, key=run.pk)
    return _show(request, event, run, form, sessions)


@desk_page
@require_POST
def discard(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """Delete a list. Who was registered by it stays registered."""
    event, person = desk_event(request, slug, MANAGE), person_of(request)
    run = _run(event, key, with_rows=False)
    try:
        import_actions.discard(registration_import=run, by=person)
    except Problem as error:
        messages.error(request, str(error.message))
        return redirect("desk_import_list", slug=event.slug, key=key)
    messages.success(request, gettext("The list “%(name)s” is deleted.") % {"name": run.filename})
    return redirect("desk_import", slug=event.slug)


@desk_page
@require_GET
def results(request: HttpRequest, slug: str, key: int) -> HttpResponseBase:
    """Every row with what became of it, or (``?only=faulty``) those with something wrong, to be mended and uploaded again."""
    event = desk_event(request, slug, MANAGE)
    run = _run(event, key)
    columns = [column for column in run.columns if column["field"]]
    headings = [column["heading"] for column in columns] + [gettext("Line"), gettext("Result"), gettext("Why")]
    only_faulty = request.GET.get("only") == "faulty"
    table = Table(headings, _result_rows(run, [column["field"] for column in columns], only_faulty=only_faulty))
    return _csv(table, f"{event.slug}-import-{run.pk}.csv")


def _result_rows(run: RegistrationImport, fields: list[str], *, only_faulty: bool) -> Iterator[list[Cell]]:
    labels = {**dict(Registration.State.choices), "": gettext("not registered")}
    words = {
        "faulty": gettext("faulty"),
        "twice": gettext("named twice"),
        "registered": gettext("registered already"),
        "good": gettext("not imported yet"),
    }
    results_in_order = iter(run.results)
    rows: list[list[Cell]] = []
    for row in run.rows:
        result = next(results_in_order, None) if row["state"] == "good" else None
        said, why = words[row["state"]], " ".join(f"{where}: {what}" if where else what for where, what in row["wrong"])
        if result is not None:
            why, said = result["why"], str(labels[result["state"]])
        if not only_faulty or row["state"] == "faulty" or why:
            rows.append([*(row["said"].get(field, "") for field in fields), row["line"], said, why])
    return iter(rows)


def _csv(table: Table, name: str) -> HttpResponseBase:
    response = StreamingHttpResponse(as_csv(table), content_type=CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
