"""The desk's pages of revoking many certificates: choose them in the register, see what will follow, confirm."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from events.certificates import queries
from events.certificates.issuing import revoking
from events.certificates.issuing.choices import Choice, choices_of, why
from events.certificates.models import Certificate, Revocation
from events.certificates.register.centre import PAGE, address, filtered
from events.certificates.register.desk import ReasonForm
from events.programme.desk import desk_page, person_of
from network.errors import Invalid
from network.forms import add_errors
from network.models import Person

#: So many holders are named on a page; of the others it is said how many they are.
SHOWN = 200


@desk_page
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Take what was ticked in the register, or (``all``) what its filter finds, to the page that says what will follow."""
    person = person_of(request)
    try:
        run = revoking.choose(certificates=_chosen(request, person), by=person)
    except Invalid as error:
        for message in error.errors["certificates"]:
            messages.warning(request, str(message))
        return redirect(address(request.GET))
    return redirect(_address_of(run.pk, request.GET))


def _chosen(request: HttpRequest, person: Person) -> Any:
    if "all" not in request.POST:
        keys = [int(key) for key in request.POST.getlist("certificates") if key.isdecimal() and len(key) < 19]
        return queries.run_by(person).filter(pk__in=keys[:PAGE])
    found = filtered(request, person)
    if not found.is_valid() or not any(found.form.cleaned_data.values()):
        raise Invalid({"certificates": [gettext("Filter the list first, so that it shows only what is to be revoked.")]})
    return found.qs.filter(revoked_at=None)


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def revocation(request: HttpRequest, pk: int) -> HttpResponse:
    """What will follow, and the reason; then how far it is; then what became of each."""
    person = person_of(request)
    run = get_object_or_404(choices_of(person), pk=pk)
    choice = Choice(run)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            revoking.confirm(run=run, reason=form.cleaned_data["reason"], by=person)
        except Invalid as error:
            add_errors(form, error)
        else:
            return redirect(_address_of(run.pk, request.GET))
    context = {"choice": choice, "back": address(request.GET), "here": _address_of(run.pk, request.GET)}
    if request.GET.get("part") == "progress":
        response = render(request, "pages/desk/_revoke_progress.html", context)
        if choice.state != "running":
            response["HX-Refresh"] = "true"
        return response
    context |= {"form": form, **_lists(choice, person)}
    return render(request, "pages/desk/revocation.html", context, status=400 if form.errors else 200)


def _lists(choice: Choice, person: Person) -> dict[str, Any]:
    """Whose certificates are meant, and which are left as they are and why.

    Who runs an event no longer reads no names of its holders here either, however long ago the choice was made.
    """
    meant, refused = [*choice.meant[:SHOWN]], [*choice.refused[:SHOWN]]
    keys = [one.certificate_id for one in (*meant, *refused)]
    theirs = set(queries.run_by(person).filter(pk__in=keys).values_list("pk", flat=True))

    def named(one: Revocation) -> dict[str, Any]:
        return _named(one, with_name=one.certificate_id in theirs)

    return {
        "events": choice.of_events(),
        "meant": [named(one) for one in meant],
        "more": max(choice.total - choice.left_alone - SHOWN, 0),
        "refused": [{**named(one), "why": why(one.now)} for one in refused],
        "more_refused": max(choice.left_alone - SHOWN, 0),
    }


def _named(one: Revocation, *, with_name: bool) -> dict[str, Any]:
    certificate: Certificate = one.certificate
    return {
        "name": certificate.facts["holder"]["name"] if with_name else "",
        "title": certificate.facts["event"]["title"],
        "number": certificate.register_number,
    }


def _address_of(pk: int, query: QueryDict) -> str:
    """The page, which knows the way back to the list as it was filtered."""
    asked = query.copy()
    asked.pop("part", None)
    return reverse("desk_revocation", args=[pk]) + (f"?{asked.urlencode()}" if asked else "")
