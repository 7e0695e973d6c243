"""A person's own pages: the welcome after the first sign-in, the profile, access tokens; in the demonstration, its people."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from network import actions, later
from network.api import problems
from network.errors import Invalid, Problem
from network.forms import ProfileForm, TokenForm, WelcomeForm, add_errors
from network.models import Centre, Person
from network.queries import tokens_of
from network.rules import may

DEMONSTRATION = "@demo.example"
DEMONSTRATION_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def signed_in(request: HttpRequest) -> Person:
    """Who is signed in, for the type checker too. Views that use it are behind ``login_required``."""
    if not isinstance(request.user, Person):
        raise Http404
    return request.user


def safe_next(request: HttpRequest, default: str) -> str:
    """Where to go on, from ``next``; ``default`` if it is absent or leads to another site."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return target if safe else default


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """``/my/welcome/``: what we need to know of a newcomer; then on to where they came from."""
    person = signed_in(request)
    target = safe_next(request, reverse("my_profile"))
    form = WelcomeForm(request.POST or None, initial=WelcomeForm.facts_of(person))
    if request.method == "POST" and save_profile(form, person):
        messages.success(request, _("Welcome, %(name)s.") % {"name": person.name})
        return HttpResponseRedirect(target)
    return render(request, "pages/network/welcome.html", {"form": form, "next": target})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """``/my/profile/``: name, organisation, language, zone; and the roles one holds."""
    person = signed_in(request)
    form = ProfileForm(request.POST or None, initial=ProfileForm.facts_of(person))
    if request.method == "POST" and save_profile(form, person):
        messages.success(request, _("Your profile is saved."))
        return redirect("my_profile")
    roles = person.roles.select_related("centre")
    return render(request, "pages/network/profile.html", {"form": form, "person": person, "roles": roles})


def save_profile(form: ProfileForm, person: Person) -> bool:
    """Save what was entered; put what is wrong with it into the form. What the form does not ask stays as it is."""
    if not form.is_valid():
        return False
    entered = form.cleaned_data
    changes: dict[str, Any] = {key: entered[key] for key in ("name", "position", "language", "timezone") if key in entered}
    try:
        if "organisation" in entered:
            organisation = actions.name_organisation(
                by=person, name=entered["organisation"], country=entered["country"], kind=entered["kind"]
            )
            changes["organisation"] = organisation
            if "timezone" not in changes and person.organisation_id is None:
                # A newcomer is not asked for a zone: that of the country's centre is the best guess, to be changed at will.
                centre = Centre.objects.filter(country=organisation.country).order_by("pk").first()
                changes |= {"timezone": centre.timezone} if centre else {}
        actions.update_profile(by=person, changes=changes)
    except Invalid as problem:
        add_errors(form, problem)
        return False
    return True


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """``/my/tokens/``: one's access tokens; a new one is shown once, on this very answer."""
    person = signed_in(request)
    form = TokenForm(request.POST or None)
    made, secret = None, ""
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            made, secret = actions.make_token(
                by=person, name=entered["name"], scope=entered["scope"], expires_at=form.expires_at()
            )
            form = TokenForm()
        except Invalid as problem:
            add_errors(form, problem)
        except Problem as problem:
            form.add_error(None, str(problem.message))
    now = timezone.now()
    live = Q(revoked_at__isnull=True, expires_at__gt=now)
    context = {
        "form": form,
        "made": made,
        "secret": secret,
        "tokens": tokens_of(person).filter(live),
        "ended": tokens_of(person).exclude(live)[:20],
        "now": now,
    }
    return render(request, "pages/network/tokens.html", context)


@login_required
@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's tokens."""
    person = signed_in(request)
    token = actions.revoke_token(token=get_object_or_404(tokens_of(person), pk=pk), by=person)
    messages.success(request, _("“%(name)s” is revoked. Programs that use it no longer get in.") % {"name": token.name})
    return redirect("my_tokens")


# --- Only in the demonstration: config/urls and network/urls leave these out when DEBUG is off -----------------------


@never_cache
@require_GET
def demonstration(request: HttpRequest) -> HttpResponse:
    """``/demo/``: the invented people one can be."""
    people = Person.objects.filter(email__endswith=DEMONSTRATION, is_active=True)
    people = people.select_related("organisation").prefetch_related("roles__centre").order_by("name", "pk")
    with_role = [person for person in people if person.roles.all()]
    without = [person for person in people if not person.roles.all()]
    return render(request, "pages/network/demonstration.html", {"with_role": with_role, "procurers": without[:12]})


@require_POST
def become(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the demonstration's people, by one click."""
    people = Person.objects.filter(email__endswith=DEMONSTRATION, is_active=True)
    person = get_object_or_404(people, email=request.POST.get("email", ""))
    login(request, person, backend=DEMONSTRATION_BACKEND)
    return HttpResponseRedirect(safe_next(request, "/desk/" if may(person, "network.use_desk") else "/"))


@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """What a problem of the API means: the page that its ``type`` leads to."""
    known = problems.catalogue()
    if code not in known:
        raise Http404
    status, title = known[code]
    told = {"code": code, "status": status, "title": title, "docs": later.reverse("api-docs")}
    return render(request, "pages/network/problem.html", told)
