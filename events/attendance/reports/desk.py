"""The desk's pages of a webinar's report: upload it, look at what it says of each person, record it, take it back."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from events.attendance.models import ReportImport
from events.attendance.reports import actions
from events.attendance.reports.names import key
from events.attendance.reports.settling import Asked, Line, Preview, preview
from events.programme.desk import desk_event, desk_page, person_of
from events.programme.models import Event, Session
from events.programme.states import HELD
from events.programme.wording import when
from events.registrations.models import Registration
from network.errors import Invalid, Problem
from network.forms import add_errors, time_zone_choices

RECORD = "events.record_attendance"
State = ReportImport.State


class UploadForm(forms.Form):
    """A report to read."""

    use_required_attribute = False
    session = forms.ChoiceField(label=_("Session"))
    file = forms.FileField(
        label=_("The report, as the tool exports it"),
        max_length=200,
        help_text=_("CSV or XLSX, 5 MB at most. Nothing is recorded before you have seen what is in it."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.json,text/csv"}),
        allow_empty_file=True,
        error_messages={"required": _("Choose a file.")},
    )
    timezone = forms.ChoiceField(
        label=_("Its times are by the clock of"),
        choices=time_zone_choices,
        help_text=_("Most tools write the time of whoever saved the report and do not say which zone that is."),
    )

    def __init__(self, event: Event, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sessions = sessions_of(event)
        choices = [(str(one.pk), f"{number}. {one} ({when(one)})") for number, one in enumerate(self.sessions, start=1)]
        self.fields["session"].choices = choices  # type: ignore[attr-defined]
        now = timezone.now()
        over = [one for one in self.sessions if one.starts_at <= now]
        self.fields["session"].initial = str(over[-1].pk) if over else None
        self.fields["timezone"].initial = event.timezone

    @property
    def chosen(self) -> Session:
        """The session of a valid form."""
        return next(one for one in self.sessions if str(one.pk) == self.cleaned_data["session"])


def sessions_of(event: Event) -> list[Session]:
    """The sessions in their order, each knowing the event."""
    sessions = list(event.sessions.order_by("starts_at", "pk"))
    for session in sessions:
        session.event = event
    return sessions


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose a file. What can be read is shown next; what cannot is said here."""
    event = desk_event(request, slug, RECORD)
    initial = {"session": request.GET.get("session")} if request.GET.get("session") else None
    form = UploadForm(event, request.POST, request.FILES) if request.method == "POST" else UploadForm(event, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            report = actions.read_webinar_report(
                session=form.chosen, upload=said["file"], by=person_of(request), zone=said["timezone"]
            )
        except Invalid as error:
            add_errors(form, error)
        except Problem as error:
            form.add_error(None, str(error.message))
        else:
            return redirect("desk_report", slug=event.slug, key=report.pk)
    reports = ReportImport.objects.filter(session__event=event).select_related("session__event", "evidence", "read_by")
    context = {
        "event": event,
        "tab": "attendance",
        "part": "report",
        "form": form,
        "is_held": event.state in HELD,
        "has_sessions": bool(form.sessions),
        "reports": reports.exclude(state=State.DROPPED).defer("people")[:50],
    }
    return render(request, "pages/desk/report_upload.html", context, status=400 if form.errors else 200)


def _report(request: HttpRequest, slug: str, key: int) -> ReportImport:
    event = desk_event(request, slug, RECORD)
    found = ReportImport.objects.filter(session__event=event, pk=key).exclude(state=State.DROPPED)
    report = found.select_related("session", "evidence", "read_by").first()
    if report is None:
        raise Http404
    report.session.event = event
    return report


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """What a report says of each person, and what recording it changes; sent back, it is recorded."""
    report = _report(request, slug, key)
    if request.method != "POST":
        return _show(request, report)
    found = preview(report.session, report.people)
    choices, errors = chosen_in(request.POST, found)
    if not errors:
        try:
            outcome = actions.record_report(report=report, choices=choices, by=person_of(request))
        except Problem as error:
            messages.error(request, str(error.message))
        else:
            _tell(request, outcome)
        return redirect("desk_report", slug=slug, key=key)
    return _show(request, report, errors=errors)


def _tell(request: HttpRequest, outcome: actions.Outcome) -> None:
    text = ngettext("%(n)d person is recorded as present.", "%(n)d people are recorded as present.", outcome.recorded)
    said = [text % {"n": outcome.recorded}]
    if outcome.changed:
        text = ngettext("The minutes of %(n)d person changed.", "The minutes of %(n)d people changed.", outcome.changed)
        said.append(text % {"n": outcome.changed})
    messages.success(request, " ".join(said))
    if outcome.left_out:
        text = gettext("Left out, because they are no longer participants of this session: %(names)s.")
        messages.warning(request, text % {"names": ", ".join(str(one.person) for one in outcome.left_out)})


def chosen_in(said: Mapping[str, str], found: Preview) -> tuple[dict[int, int | None], dict[int, str]]:
    """What the form says of the people whom the report does not make sure, by their place; and what is wrong there."""
    choices: dict[int, int | None] = {}
    errors: dict[int, str] = {}
    offered = {one.pk for one in found.expected}
    for asked in found.asked:
        text = said.get(f"p{asked.index}", "")
        if text == "":
            choices[asked.index] = None
        elif text.isdecimal() and len(text) < 19 and int(text) in offered:
            choices[asked.index] = int(text)
        else:
            errors[asked.index] = gettext("Choose one of them, or that it is nobody of them.")
    for asked in found.nobody:
        text = said.get(f"p{asked.index}", "").strip()
        if text:
            one = _named(text[:400], found.expected)
            if one is None:
                errors[asked.index] = gettext(
                    "No participant of this session is called so, or several are. Type name and address."
                )
            else:
                choices[asked.index] = one.pk
    return choices, errors


def label_of(registration: Registration) -> str:
    """What the list of names to choose from says."""
    return f"{registration.person.name} ({registration.person.email})"


def _named(text: str, expected: list[Registration]) -> Registration | None:
    exact = [one for one in expected if text in {label_of(one), one.person.email}]
    found = exact or [one for one in expected if key(one.person.name) == key(text)]
    return found[0] if len(found) == 1 else None


def _show(request: HttpRequest, report: ReportImport, errors: Mapping[int, str] | None = None) -> HttpResponse:
    is_open = report.state == State.READ
    choices = None
    if not is_open:
        choices = {index: entry.get("registration") for index, entry in enumerate(report.people)}
    found = preview(report.session, report.people, choices)
    said = request.POST if errors else {}
    context = {
        "event": report.session.event,
        "tab": "attendance",
        "part": "report",
        "report": report,
        "session": report.session,
        "is_open": is_open,
        "zones": time_zone_choices(),
        "order": order_in_words(report.reading),
        "lines": [_shown(line) for line in found.lines],
        "asked": [_question(asked, said, errors or {}) for asked in found.asked] if is_open else [],
        "nobody": [_question(asked, said, errors or {}) for asked in found.nobody] if is_open else [],
        "left": [entry for entry in report.people if not entry.get("registration")] if not is_open else [],
        "names": [label_of(one) for one in found.absent] if found.nobody and is_open else [],
        "absent": found.absent,
        "stay": found.stay,
        "new": found.count("new"),
        "changed": found.count("joined", "minutes"),
        "same": found.count("same", "kept", "outside"),
        "is_of_another_time": is_open
        and not any(one.minutes for one in (*found.asked, *found.nobody))
        and not any(line.worth.minutes for line in found.lines),
        "errors": [(f"p{index}", report.people[index]["name"], text) for index, text in (errors or {}).items()],
        "before": _recorded_before(report) if is_open else None,
    }
    return render(request, "pages/desk/report.html", context, status=400 if errors else 200)


def _recorded_before(report: ReportImport) -> ReportImport | None:
    """The same file, recorded already."""
    return report.evidence.imports.filter(state=State.RECORDED).order_by("-recorded_at").first()


def order_in_words(reading: Mapping[str, Any]) -> str:
    """How dates such as 03/04/2027 were read, where that had to be decided."""
    if not reading.get("how"):
        return ""
    if reading["order"] == "day":
        if reading["how"] == "session":
            return gettext("Dates such as 03/04 were read with the day first, because that fits the day of the session.")
        return gettext("Dates such as 03/04 were read with the day first. The file does not tell: check the times.")
    if reading["how"] == "session":
        return gettext("Dates such as 03/04 were read with the month first, because that fits the day of the session.")
    return gettext("Dates such as 03/04 were read with the month first. The file does not tell: check the times.")


def change_in_words(line: Line) -> str:
    """What the report changes for one person."""
    match line.change:
        case "new":
            return gettext("is recorded as present")
        case "joined":
            return gettext("was recorded by another report: both together")
        case "minutes":
            return gettext("is checked in already: the minutes are added")
        case "kept":
            return gettext("was checked in at the venue: nothing changes")
        case "same":
            return gettext("is recorded so already")
        case _:
            return gettext("was not connected during the session: is not recorded")


def _shown(line: Line) -> dict[str, Any]:
    """A person whom the report names, as the page shows them."""
    by_name = "email" not in line.hows and "chosen" not in line.hows
    return {
        "person": line.registration.person,
        "names": "; ".join(line.names),
        "by_name": by_name,
        "is_chosen": "chosen" in line.hows,
        "minutes": line.worth.minutes,
        "parts": len(line.worth.spans),
        "change": change_in_words(line),
        "is_written": line.change in {"new", "joined", "minutes"},
    }


def _question(asked: Asked, said: Mapping[str, str], errors: Mapping[int, str]) -> dict[str, Any]:
    """Somebody of whom it is not sure who they are. ``value`` is what is chosen at first, or was typed."""
    proposed = asked.match.proposed
    return {
        "field": f"p{asked.index}",
        "name": asked.entry["name"],
        "email": asked.entry["email"],
        "minutes": asked.minutes,
        "candidates": [(str(one.pk), one) for one in asked.match.candidates],
        "other": asked.match.other,
        "value": said.get(f"p{asked.index}", str(proposed.pk) if proposed is not None else ""),
        "error": errors.get(asked.index, ""),
    }


@desk_page
@require_POST
def zone(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """Read the report by another zone's clock."""
    report = _report(request, slug, key)
    try:
        actions.read_again(report=report, zone=request.POST.get("timezone", "")[:60], by=person_of(request))
    except Invalid as error:
        messages.error(request, " ".join(str(message) for found in error.errors.values() for message in found))
    except Problem as error:
        messages.error(request, str(error.message))
    return redirect("desk_report", slug=slug, key=key)


@desk_page
@require_POST
def drop(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """Forget a report that was not recorded."""
    report = _report(request, slug, key)
    try:
        actions.drop_report(report=report, by=person_of(request))
    except Problem as error:
        messages.error(request, str(error.message))
        return redirect("desk_report", slug=slug, key=key)
    messages.success(
        request, gettext("The report “%(name)s” is forgotten. Nothing was recorded.") % {"name": report.evidence.name}
    )
    return redirect("desk_reports", slug=slug)


@desk_page
@require_POST
def take_back(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """Undo what a report recorded."""
    report = _report(request, slug, key)
    try:
        count = actions.take_back_report(report=report, by=person_of(request))
    except Problem as error:
        messages.error(request, str(error.message))
    else:
        text = ngettext(
            "What the report recorded of %(n)d person is taken back.",
            "What the report recorded of %(n)d people is taken back.",
            count,
        )
        messages.success(request, text % {"n": count})
    return redirect("desk_report", slug=slug, key=key)
