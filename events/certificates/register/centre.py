"""The register of a centre: all certificates of all its events, and where some are still to be issued."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from events.certificates import queries
from events.certificates.content.standing import standing_of
from events.certificates.issuing import actions
from events.certificates.models import Certificate
from events.certificates.register.archive import archive_response, in_order, register_response
from events.certificates.register.filters import STANDING_NAMES, RegisterFilter, newest_first
from events.programme.desk import desk_page, page_of, person_of
from events.programme.models import Event
from events.programme.queries import organised_by
from events.programme.states import HELD
from network.errors import Problem
from network.models import Person
from network.queries import centres_organised_by

PAGE = 50
#: Events that the page offers to issue for at once; the rest follows when these are done.
MOST_EVENTS = 50
TONES = {"valid": "good", "expired": "care", "revoked": "bad", "replaced": "care"}


@desk_page
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """The list, its filter, and the events that wait."""
    person = person_of(request)
    chosen = filtered(request, person)
    page = page_of(request, newest_first(_listed(chosen)), PAGE)
    page.object_list = [_row(certificate) for certificate in page.object_list]
    asked = request.GET.copy()
    asked.pop("page", None)
    is_narrow = any(asked.values())
    context = {
        "form": chosen.form,
        "page": page,
        "found": page.paginator.count,
        "query": asked.urlencode(),
        "is_narrow": is_narrow,
        "holding": chosen.qs.filter(revoked_at=None).count() if is_narrow and chosen.is_valid() else 0,
        "waiting": _waiting(person),
    }
    return render(request, "pages/desk/register.html", context, status=200 if chosen.is_valid() else 400)


@desk_page
@require_safe
def download(request: HttpRequest, format: str) -> HttpResponseBase:
    """What the filter finds, as ZIP with the files or as CSV."""
    chosen = filtered(request, person_of(request))
    if not chosen.is_valid():
        return redirect(address(request.GET))
    period = "-".join(part for part in (request.GET.get("issued_from", ""), request.GET.get("issued_until", "")) if part)
    name = f"certificates-{period}" if period else "certificates"
    certificates = in_order(chosen.qs)
    if format == "zip":
        return archive_response(certificates, f"{name}.zip")
    return register_response(certificates, f"{name}.csv")


@desk_page
@require_POST
def issue_everywhere(request: HttpRequest) -> HttpResponse:
    """Have the worker issue what is due at all events that wait."""
    person = person_of(request)
    count = sum(actions.issue_all(event=event, by=person) for event in _waiting(person))
    if count:
        text = ngettext("%(n)d certificate is being issued.", "%(n)d certificates are being issued.", count)
        messages.success(request, text % {"n": count})
    else:
        messages.info(request, gettext("Everybody who earned a certificate has one."))
    return redirect("desk_register")


@desk_page
@require_POST
def send_again(request: HttpRequest) -> HttpResponse:
    """Tell the holders once more where their certificates are: those ticked, or one."""
    person = person_of(request)
    keys = [int(key) for key in request.POST.getlist("certificates") if key.isdecimal() and len(key) < 19]
    those = queries.run_by(person).filter(pk__in=keys[:PAGE])
    sent, problems = 0, []
    for certificate in those:
        try:
            actions.send_again(certificate=certificate, by=person)
        except Problem as error:
            problems.append(f"{certificate.register_number}: {error.message}")
        else:
            sent += 1
    if sent:
        text = ngettext("%(n)d person is told again.", "%(n)d people are told again.", sent)
        messages.success(request, text % {"n": sent})
    elif not problems:
        messages.warning(request, gettext("Nothing was ticked. Tick the certificates first."))
    for problem in problems[:5]:
        messages.error(request, problem)
    return redirect(address(request.GET))


def filtered(request: HttpRequest, person: Person) -> RegisterFilter:
    """The filter in the address, over what the person may see."""
    chosen = RegisterFilter(request.GET, queryset=queries.run_by(person))
    chosen.form.fields["centre"].queryset = centres_organised_by(person)
    return chosen


def _listed(chosen: RegisterFilter) -> QuerySet[Certificate]:
    found = chosen.qs if chosen.is_valid() else chosen.queryset.none()
    return found.select_related("centre", "event", "replaced_by", "seal")


def _waiting(person: Person) -> list[Event]:
    """Events over which somebody earned a certificate and has none, the last first."""
    over = list(
        organised_by(person).filter(ends_at__lte=timezone.now(), state__in=HELD).order_by("-ends_at")[: MOST_EVENTS * 10]
    )
    due = queries.with_certificates_due(over)
    return [event for event in over if event.pk in due][:MOST_EVENTS]


def _row(certificate: Certificate) -> dict[str, Any]:
    standing = standing_of(certificate)
    return {
        "certificate": certificate,
        "name": certificate.facts["holder"]["name"],
        "title": certificate.facts["event"]["title"],
        "standing": STANDING_NAMES[standing],
        "tone": TONES[standing],
        "holds": certificate.revoked_at is None,
    }


def address(query: QueryDict) -> str:
    """The list, filtered as before."""
    asked = query.urlencode()
    return reverse("desk_register") + (f"?{asked}" if asked else "")
