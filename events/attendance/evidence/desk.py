"""The desk's pages of evidence: what there is for an auditor, scans of signed sheets, sheets to print, and the pack."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from events.attendance import files
from events.attendance.evidence import actions, queries
from events.attendance.evidence.pack import pack_response
from events.attendance.evidence.sheets import days_of, sheet_pdf
from events.attendance.models import EvidenceFile
from events.attendance.queries import roster
from events.programme.desk import desk_event, desk_page, person_of
from events.programme.models import Event, Session
from network.errors import Invalid, Problem
from network.forms import add_errors
from network.zips import safe_name

RECORD = "events.record_attendance"
Kind = EvidenceFile.Kind
WHOLE = "event"  # of no single session


class ScanForm(forms.Form):
    """A scan to keep."""

    use_required_attribute = False
    kind = forms.ChoiceField(
        label=_("What it is"),
        choices=[(Kind.SHEET.value, Kind.SHEET.label), (Kind.OTHER.value, Kind.OTHER.label)],
        initial=Kind.SHEET.value,
        widget=forms.RadioSelect,
    )
    session = forms.ChoiceField(label=_("Of which session"))
    file = forms.FileField(
        label=_("The scan or photograph"),
        max_length=200,
        help_text=_("A PDF or a picture (PNG, JPEG or WebP), 10 MB at most. It is kept as it is."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.webp"}),
        allow_empty_file=True,
        error_messages={"required": _("Choose a file.")},
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=actions.NOTE_LENGTH, help_text=_("For example “pages 1 to 3”.")
    )

    def __init__(self, sessions: list[Session], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sessions = {str(one.pk): one for one in sessions}
        choices = [(str(one.pk), f"{number}. {one}") for number, one in enumerate(sessions, start=1)]
        self.fields["session"].choices = [*choices, (WHOLE, _("the whole event"))]  # type: ignore[attr-defined]
        begun = [one for one in sessions if one.starts_at <= timezone.now()]
        self.fields["session"].initial = str(begun[-1].pk) if begun else WHOLE


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def evidence(request: HttpRequest, slug: str) -> HttpResponse:
    """What there is for an auditor, session by session, and a form to add the scan of a signed sheet."""
    event = desk_event(request, slug, RECORD)
    proofs = queries.proofs_of(event)
    sessions = [proof.session for proof in proofs]
    form = ScanForm(sessions, request.POST, request.FILES) if request.method == "POST" else ScanForm(sessions)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            file = actions.keep_scan(
                event=event,
                session=form.sessions.get(said["session"]),
                upload=said["file"],
                by=person_of(request),
                kind=said["kind"],
                note=said["note"],
            )
        except Invalid as error:
            add_errors(form, error)
        except Problem as error:
            form.add_error(None, str(error.message))
        else:
            messages.success(request, gettext("“%(name)s” is kept.") % {"name": file.name})
            return redirect("desk_evidence", slug=slug)
    found = list(queries.files_of(event))
    for file in found:
        if file.session is not None:
            file.session.event = event
    context = {
        "event": event,
        "tab": "attendance",
        "part": "evidence",
        "proofs": proofs,
        "missing": [proof for proof in proofs if proof.has_begun and not proof.is_proven],
        "days": [(day, of_day[0][1], len(of_day)) for day, of_day in days_of(event, sessions).items()],
        "files": found,
        "form": form,
        "other_languages": [code for code, _name in settings.LANGUAGES if code != get_language()],
    }
    return render(request, "pages/desk/evidence.html", context, status=400 if form.errors else 200)


def _file(request: HttpRequest, slug: str, key: int) -> EvidenceFile:
    event = desk_event(request, slug, RECORD)
    file = queries.files_of(event).filter(pk=key).first()
    if file is None:
        raise Http404
    file.event = event
    if file.session is not None:
        file.session.event = event
    return file


@desk_page
@require_GET
def download(request: HttpRequest, slug: str, key: int) -> HttpResponseBase:
    """A file as it came."""
    try:
        return files.served(_file(request, slug, key))
    except FileNotFoundError:
        raise Http404 from None


@desk_page
@require_POST
def withdraw(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """Say that a scan was put there by mistake, or take that back."""
    file = _file(request, slug, key)
    verb, text = (
        (actions.restore, gettext("“%(name)s” counts again."))
        if request.POST.get("restore")
        else (actions.withdraw, gettext("“%(name)s” is withdrawn. It is kept, and is not in the pack."))
    )
    try:
        verb(file=file, by=person_of(request))
    except Problem as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, text % {"name": file.name})
    return redirect("desk_evidence", slug=slug)


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def signed(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """Who signed a sheet: all who are expected at its session, to tick; sent back, they are recorded as present."""
    file = _file(request, slug, key)
    if file.session is None or file.kind != Kind.SHEET or file.withdrawn_at is not None:
        raise Http404
    rows = roster(file.session)
    if request.method == "POST":
        ticked = set(request.POST.getlist("signed"))
        chosen = [row.registration for row in rows if str(row.registration.pk) in ticked]
        try:
            count = actions.record_signed(file=file, registrations=chosen, by=person_of(request))
        except Problem as error:
            messages.error(request, str(error.message))
        else:
            text = ngettext("%(n)d more person is present.", "%(n)d more people are present.", count)
            messages.success(request, text % {"n": count})
            return redirect("desk_evidence", slug=slug)
    context = {"event": file.event, "tab": "attendance", "part": "evidence", "file": file, "rows": rows}
    return render(request, "pages/desk/evidence_signed.html", context)


@desk_page
@require_GET
def pack(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Everything, as one ZIP, in the reader's language or in the one that they asked for."""
    event = desk_event(request, slug, RECORD)
    asked = request.GET.get("language", "")
    return pack_response(event, asked if asked in dict(settings.LANGUAGES) else get_language() or settings.LANGUAGE_CODE)


@desk_page
@require_GET
def sheet_of_session(request: HttpRequest, slug: str, session: int) -> HttpResponse:
    """The signature sheet of one session, as PDF."""
    event = desk_event(request, slug, RECORD)
    sessions = _sessions(event)
    found = next(((number, one) for number, one in enumerate(sessions, start=1) if one.pk == session), None)
    if found is None:
        raise Http404
    return _pdf(event, [found], len(sessions), f"session-{found[0]}")


@desk_page
@require_GET
def sheet_of_day(request: HttpRequest, slug: str, day: str) -> HttpResponse:
    """The signature sheet of a day, with a column for each session."""
    event = desk_event(request, slug, RECORD)
    sessions = _sessions(event)
    try:
        of_day = days_of(event, sessions)[date.fromisoformat(day)]
    except (ValueError, KeyError):
        raise Http404 from None
    return _pdf(event, of_day, len(sessions), day)


def _sessions(event: Event) -> list[Session]:
    sessions = list(event.sessions.order_by("starts_at", "pk"))
    for session in sessions:
        session.event = event
    return sessions


def _pdf(event: Event, sessions: list[tuple[int, Session]], of: int, what: str) -> HttpResponse:
    content = sheet_pdf(event, sessions, of=of, printed_at=timezone.now())
    response = HttpResponse(content, content_type="application/pdf")
    name = f"{safe_name(gettext('Signature sheet'))}-{safe_name(event.slug)}-{safe_name(what)}.pdf"
    response["Content-Disposition"] = str(content_disposition_header(as_attachment=False, filename=name))
    response["Cache-Control"] = "private, no-store"
    return response
