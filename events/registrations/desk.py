"""The organiser's list of registrations: who asks, who waits, who comes."""

import csv
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_POST

from events.programme.desk import desk_event, desk_page, page_of, person_of
from events.programme.models import Event
from events.registrations import actions, queries
from events.registrations.desk_forms import AddForm, FilterForm, ReasonForm
from events.registrations.models import Registration
from events.registrations.places import takes_place
from network.errors import Invalid, Problem, Refused
from network.forms import add_errors
from network.models import Person
from network.sheets import safe_cell
from network.vocabulary import zone_named

MANAGE = "events.manage_registrations"
State = Registration.State
PAGE = 100
DECIDABLE = {State.PENDING, State.WAITING, State.INVITED}  # can be declined; approved only the first

ORDERS: dict[str, tuple[Any, ...]] = {
    "name": ("person__name", "person__email", "pk"),
    "created": ("created_at", "pk"),
    "-created": ("-created_at", "-pk"),
    "organisation": (F("person__organisation__name").asc(nulls_last=True), "person__name", "pk"),
    "turn": (F("queued_at").asc(nulls_last=True), "pk"),
}


def _chosen(event: Event, form: FilterForm) -> QuerySet[Registration]:
    """The registrations that a filter asks for."""
    form.is_valid()
    said = form.cleaned_data
    state = said.get("state", "")
    found = queries.of_event(event, state=state, search=said.get("q", ""))
    sort = said.get("sort", "")
    return found.order_by(*ORDERS[sort]) if sort else found


@desk_page
def registrations(request: HttpRequest, slug: str) -> HttpResponse:
    """The list, and forms that act on it."""
    return _list(request, desk_event(request, slug, MANAGE))


def _list(
    request: HttpRequest, event: Event, *, add: AddForm | None = None, decide: dict[str, Any] | None = None
) -> HttpResponse:
    form = FilterForm(request.GET)
    found = _chosen(event, form)
    page = page_of(request, found, PAGE)
    counts = queries.summary(event)
    state = form.cleaned_data.get("state", "")
    asked = request.GET.copy()
    for name in ("page", "state"):
        asked.pop(name, None)
    address = reverse("desk_registrations", args=[event.slug])
    tabs = [("", gettext("All"), sum(counts.values()))] + [(one.value, one.label, counts[one.value]) for one in State]
    decide = decide or {}
    is_held = takes_place(event)
    context = {
        "event": event,
        "tab": "registrations",
        "form": form,
        "page": page,
        "takes_place": is_held,
        "can_decide": is_held and any(row.state in DECIDABLE for row in page.object_list),
        "tabs": [
            {
                "url": f"{address}?{_with(asked, state=value)}",
                "label": label,
                "count": count,
                "current": value == state,
            }
            for value, label, count in tabs
        ],
        "state": state,
        "query": request.GET.urlencode(),
        "add": add or AddForm(),
        "is_over": event.ends_at <= timezone.now(),
        "decidable": DECIDABLE if is_held else (),
        "chosen": decide.get("chosen", set()),
        "reason": decide.get("reason", ""),
        "reason_errors": decide.get("errors", []),
    }
    failed = add is not None or bool(decide)
    return render(request, "pages/desk/registrations.html", context, status=400 if failed else 200)


def _with(asked: Any, **more: str) -> str:
    query = asked.copy()
    query.update({name: value for name, value in more.items() if value})
    return str(query.urlencode())


@desk_page
@require_POST
def decide(request: HttpRequest, slug: str) -> HttpResponse:
    """Approve or decline all that are ticked. What cannot be done for one does not keep back the others."""
    event, person = desk_event(request, slug, MANAGE), person_of(request)
    keys = [key for key in request.POST.getlist("registrations") if key.isdecimal() and len(key) < 19]
    one = request.POST.get("one", "")
    do = request.POST.get("do", "")
    if one:  # a row's own button: "approve:12"
        do, _colon, key = one.partition(":")
        keys = [key] if key.isdecimal() and len(key) < 19 else []
    chosen = list(
        Registration.objects.filter(event=event, pk__in=keys).select_related("person", "event").order_by("created_at", "pk")
    )
    if not chosen:
        messages.warning(request, gettext("Nobody was ticked. Tick the people first, then choose what to do."))
        return _back(event, request)
    reason = request.POST.get("reason", "").strip()
    if do == "decline" and not reason:
        said = [gettext("Say why: the person reads it.")]
        return _list(request, event, decide={"chosen": {row.pk for row in chosen}, "errors": said, "reason": reason})
    if do == "approve":
        _report_approved(request, *_each(chosen, lambda row: actions.approve(registration=row, by=person)))
    elif do == "decline":
        try:
            done, refused = _each(chosen, lambda row: actions.decline(registration=row, by=person, reason=reason))
        except Invalid as error:
            found = [str(message) for messages_ in error.errors.values() for message in messages_]
            return _list(request, event, decide={"chosen": {row.pk for row in chosen}, "errors": found, "reason": reason})
        if done:
            text = ngettext("%(n)d person is declined and told why.", "%(n)d people are declined and told why.", len(done))
            messages.success(request, text % {"n": len(done)})
        _report_refused(request, refused)
    return _back(event, request)


def _each(chosen: Iterable[Registration], act: Any) -> tuple[list[Registration], list[tuple[Registration, str]]]:
    """Do it for each by itself. Returns those it was done for, and those it was refused for with the reason."""
    done, refused = [], []
    for row in chosen:
        try:
            done.append(act(row))
        except Refused as error:
            refused.append((row, str(error.message)))
    return done, refused


def _report_approved(request: HttpRequest, done: list[Registration], refused: list[tuple[Registration, str]]) -> None:
    confirmed = [row for row in done if row.state == State.CONFIRMED]
    waiting = [row for row in done if row.state == State.WAITING]
    if confirmed:
        text = ngettext(
            "%(n)d person has a place and is told so.", "%(n)d people have a place and are told so.", len(confirmed)
        )
        messages.success(request, text % {"n": len(confirmed)})
    if waiting:
        text = ngettext(
            "%(n)d person is on the waiting list: no place is left.",
            "%(n)d people are on the waiting list: no place is left.",
            len(waiting),
        )
        messages.warning(request, text % {"n": len(waiting)})
    _report_refused(request, refused)


def _report_refused(request: HttpRequest, refused: list[tuple[Registration, str]]) -> None:
    for row, why in refused[:5]:
        messages.error(request, f"{row.person}: {why}")
    if len(refused) > 5:
        messages.error(request, gettext("… and %(n)d more.") % {"n": len(refused) - 5})


def _back(event: Event, request: HttpRequest) -> HttpResponse:
    """To the list as it was: its filter travels in the form's address."""
    query = request.GET.urlencode()
    return redirect(reverse("desk_registrations", args=[event.slug]) + (f"?{query}" if query else ""))


@desk_page
@require_POST
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Invite or register somebody by e-mail address."""
    event, person = desk_event(request, slug, MANAGE), person_of(request)
    form = AddForm(request.POST)
    if not form.is_valid():
        return _list(request, event, add=form)
    said = form.cleaned_data
    try:
        if said["how"] == "invite":
            registration = actions.invite_by_email(event=event, email=said["email"], name=said["name"], by=person)
        else:
            registration = actions.register(event=event, person=actions.person_for(said["email"]), by=person)
    except Person.DoesNotExist:
        form.add_error("email", gettext("Nobody has this address here yet. Invite them: they get a mail with the way in."))
    except Invalid as error:
        add_errors(form, error)
    except Problem as error:
        form.add_error("email", str(error.message))
    else:
        text = gettext("%(person)s: %(state)s.") % {"person": registration.person, "state": registration.get_state_display()}
        messages.success(request, text)
        return _back(event, request)
    return _list(request, event, add=form)


@desk_page
def cancel(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    """Take one person off the list. Says first who gets the place."""
    event, person = desk_event(request, slug, MANAGE), person_of(request)
    rows = Registration.objects.select_related("person__organisation", "event")
    registration = rows.filter(event=event, pk=key).first()
    if registration is None:
        raise Http404
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.cancel(registration=registration, by=person, reason=form.cleaned_data["reason"])
        except Problem as error:
            form.add_error(None, str(error.message))
        else:
            messages.success(request, gettext("%(person)s is off the list and is told so.") % {"person": registration.person})
            return redirect("desk_registrations", slug=event.slug)
    following = queries.of_event(event, state=State.WAITING).first() if registration.state == State.CONFIRMED else None
    context = {"event": event, "tab": "registrations", "form": form, "registration": registration, "following": following}
    return render(request, "pages/desk/registration_cancel.html", context, status=400 if form.errors else 200)


@desk_page
@require_GET
def export(request: HttpRequest, slug: str) -> HttpResponse:
    """The list as CSV (RFC 4180), filtered as it is on the page; in UTF-8 with a byte order mark, which Excel needs."""
    event = desk_event(request, slug, MANAGE)
    zone = zone_named(event.timezone)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{event.slug}-registrations.csv"'
    response["Cache-Control"] = "private, no-store"
    response.write("\ufeff")
    sheet = csv.writer(response)
    sheet.writerow(
        [
            gettext("Name"), gettext("E-mail address"), gettext("Function"), gettext("Organisation"), gettext("Country"),
            gettext("State"), gettext("Turn in the waiting list"), gettext("Note"), gettext("Reason"), gettext("Asked at"),
            gettext("Last change at"),
        ]
    )  # fmt: skip
    for row in _chosen(event, FilterForm(request.GET)):
        sheet.writerow([safe_cell(cell) for cell in _cells(row, zone)])
    return response


def _cells(row: Any, zone: ZoneInfo) -> list[Any]:
    """One line of the export. Times are on the event's own clock."""
    who, organisation = row.person, row.person.organisation
    return [
        who.name,
        who.email,
        who.position,
        organisation.name if organisation else "",
        organisation.country.name if organisation else "",
        row.get_state_display(),
        row.turn or "",
        row.note,
        row.reason,
        row.created_at.astimezone(zone).isoformat(timespec="minutes"),
        row.changed_at.astimezone(zone).isoformat(timespec="minutes"),
    ]
