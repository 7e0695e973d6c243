"""The desk's pages about people and centres: who holds which role, a centre's facts, countries that want to join."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from network import actions
from network.errors import Invalid, NotAllowed, Problem
from network.forms import AppointForm, CentreForm, add_errors
from network.models import Centre, JoinRequest
from network.pages import signed_in
from network.queries import centres_coordinated_by, roles_visible_to
from network.rules import is_secretariat, may


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """``/desk/people/``: the roles at one's centres; appoint by e-mail address."""
    person = signed_in(request)
    centres = centres_coordinated_by(person).order_by("code")
    secretariat = is_secretariat(person)
    if not secretariat and not centres:
        raise PermissionDenied
    form = AppointForm(request.POST or None, centres=centres, secretariat=secretariat)
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            role = actions.appoint(email=entered["email"], kind=entered["kind"], centre=entered["centre"], by=person)
        except Invalid as problem:
            add_errors(form, problem)
        else:
            words = {"who": role.person, "role": role.get_kind_display(), "centre": role.centre or _("the whole network")}
            messages.success(request, _("%(who)s now has the role %(role)s at %(centre)s.") % words)
            return redirect("desk_people")
    roles = [role for role in roles_visible_to(person) if secretariat or role.centre_id in {centre.pk for centre in centres}]
    context = {"form": form, "roles": roles, "centres": centres, "secretariat": secretariat}
    return render(request, "pages/network/people.html", context)


@login_required
@require_POST
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a role away."""
    person = signed_in(request)
    role = get_object_or_404(roles_visible_to(person), pk=pk)
    try:
        actions.dismiss(role=role, by=person)
    except NotAllowed:
        raise PermissionDenied from None
    except Problem as problem:
        messages.error(request, str(problem.message))
    else:
        words = {"who": role.person, "role": role.get_kind_display(), "centre": role.centre or _("the whole network")}
        messages.success(request, _("%(who)s no longer has the role %(role)s at %(centre)s.") % words)
    return redirect("desk_people" if may(person, "network.use_desk") else "my_profile")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def centre(request: HttpRequest, slug: str) -> HttpResponse:
    """``/desk/centre/<slug>/``: what the public page says about a centre."""
    person = signed_in(request)
    subject = get_object_or_404(Centre, slug=slug)
    if not may(person, "network.change_centre", subject):
        raise PermissionDenied
    form = CentreForm(request.POST or None, instance=subject)
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_centre(centre=subject, by=person, changes=form.cleaned_data)
        except Invalid as problem:
            add_errors(form, problem)
        else:
            messages.success(request, _("Saved. The public page shows it now."))
            return redirect("desk_centre", slug=slug)
    # The form has written into its object: what is shown around it is what is stored.
    context = {"form": form, "centre": Centre.objects.get(pk=subject.pk)}
    return render(request, "pages/network/centre_edit.html", context)


@login_required
@require_safe
def join_requests(request: HttpRequest) -> HttpResponse:
    """``/desk/join-requests/``: countries that want to join, those not answered first."""
    if not may(request.user, "network.read_join_requests"):
        raise PermissionDenied
    waiting = JoinRequest.objects.filter(answered_at__isnull=True).order_by("created_at", "pk")
    answered = JoinRequest.objects.filter(answered_at__isnull=False).order_by("-answered_at", "pk")[:100]
    return render(request, "pages/network/join_requests.html", {"waiting": waiting, "answered": answered})


@login_required
@require_POST
def answer_join_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that a request has been answered."""
    person = signed_in(request)
    if not may(person, "network.read_join_requests"):
        raise PermissionDenied
    try:
        wish = actions.answer_join_request(join_request=get_object_or_404(JoinRequest, pk=pk), by=person)
    except Problem as problem:
        messages.error(request, str(problem.message))
    else:
        messages.success(request, _("%(organisation)s is noted as answered.") % {"organisation": wish.organisation})
    return redirect("desk_join_requests")
