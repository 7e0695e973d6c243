"""My certificates, please."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET, require_POST, require_safe

from events.certificates import queries
from events.certificates.content.standing import standing_of
from events.certificates.content.wording import duration, workload
from events.certificates.credentials.linkedin import linkedin_url
from events.certificates.holding.actions import choose_disclosure
from events.certificates.holding.record import Record, record_of
from events.certificates.issuing.serving import pdf_response
from events.certificates.models import Certificate
from events.certificates.numbers import parse
from network.errors import Invalid
from network.models import Competence, Person
from network.rules import may

STANDINGS = {
    "valid": (gettext_lazy("Valid"), "good"),
    "expired": (gettext_lazy("Time is over"), "care"),
    "revoked": (gettext_lazy("Revoked"), "bad"),
    "replaced": (gettext_lazy("Replaced"), "care"),
}


@require_safe
@login_required
def certificates(request: HttpRequest) -> HttpResponse:
    """All certificates of all centres, and the hours by competence and year."""
    person = _person(request)
    own = list(queries.of_person(person))
    context = {
        "rows": [_row(certificate) for certificate in own],
        "record": _in_words(record_of(own)),
        "choices": Certificate.Disclosure.choices,
    }
    return render(request, "pages/certificates/mine.html", context)


@require_POST
@login_required
def disclosure(request: HttpRequest, number: str) -> HttpResponse:
    """How much of the name who checks it is told."""
    certificate = _own(request, number)
    try:
        choose_disclosure(certificate=certificate, disclosure=request.POST.get("disclosure", ""), by=_person(request))
    except Invalid as error:
        messages.error(request, " ".join(str(message) for found in error.errors.values() for message in found))
    else:
        messages.success(request, gettext("From now on, who checks it is told: %(what)s") % {"what": _told(certificate)})
    return redirect("my_certificates")


@require_GET
@login_required
def download(request: HttpRequest, number: str) -> HttpResponseBase:
    """The PDF as it was issued, for its holder and for who runs the event. For others it does not exist."""
    certificate = queries.visible_to(request.user).filter(number=parse(number)).first()
    if certificate is None or not may(request.user, "events.download_certificate", certificate):
        raise Http404
    return pdf_response(request, certificate)


def _own(request: HttpRequest, number: str) -> Certificate:
    found = Certificate.objects.select_related("centre").filter(person=_person(request), number=parse(number)).first()
    if found is None:
        raise Http404
    return found


def _person(request: HttpRequest) -> Person:
    if not isinstance(request.user, Person):  # for the type checker: login_required has made sure
        raise Http404
    return request.user


def _told(certificate: Certificate) -> str:
    return str(certificate.get_disclosure_display())


def _row(certificate: Certificate) -> dict[str, Any]:
    standing = standing_of(certificate)
    words, tone = STANDINGS[standing]
    holds = certificate.revoked_at is None
    attendance = certificate.facts["attendance"]
    return {
        "certificate": certificate,
        "title": certificate.facts["event"]["title"],
        "organiser": certificate.facts["organiser"]["name"],
        "hours": workload(attendance) if attendance else "",
        "standing": words,
        "tone": tone,
        "holds": holds,
        "linkedin": linkedin_url(certificate) if holds else "",
        "has_credential": holds and hasattr(certificate, "credential"),
    }


def _in_words(record: Record) -> dict[str, Any]:
    """The record as a table: a line for each competence, a column for each year."""
    return {
        "years": record.years,
        "by_year": [(year, duration(record.minutes[year])) for year in record.years],
        "total": duration(record.total),
        "competences": [
            {
                "code": one.code,
                "name": gettext(one.name),
                "level": Competence.Level(one.level).label,
                "by_year": [(year, duration(one.minutes[year]) if one.minutes.get(year) else "") for year in record.years],
                "total": duration(one.total),
            }
            for one in record.competences
        ],
    }
