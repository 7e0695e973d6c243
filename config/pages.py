"""Pages that belong to no single wing: about, my events, whether the platform is well, the choice of a language."""

import sys

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template import loader
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_countries import countries

from events.certificates.queries import of_person as certificates_of
from events.programme.wording import when
from events.registrations import queries as registrations
from events.registrations.eligibility import profile_gap
from events.registrations.models import Registration
from events.registrations.pages.standing import Own, my_order
from network import actions, queries
from network.errors import Invalid
from network.later import load
from network.models import JoinRequest, Person

State = Registration.State

#: When to ask again while the database is away.
RETRY_SECONDS = 10


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What the network is for."""
    active = queries.active_centres()
    return render(
        request,
        "pages/front/about.html",
        {
            "countries": active.order_by().values("country").distinct().count(),
            "funding": queries.current_funding(),
        },
    )


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement (Directive (EU) 2016/2102, Article 7)."""
    return render(request, "pages/front/accessibility.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """The privacy notice (Regulation (EU) 2016/679, Article 13)."""
    return render(request, "pages/front/privacy.html")


class JoinForm(forms.ModelForm):  # type: ignore[type-arg]
    """A country that wants to join."""

    country = forms.ChoiceField(label=_("Country"), choices=lambda: [("", _("Choose a country")), *countries])

    class Meta:
        model = JoinRequest
        fields = ("country", "organisation", "contact", "email", "message")
        widgets = {
            "organisation": forms.TextInput(attrs={"autocomplete": "organization"}),
            "contact": forms.TextInput(attrs={"autocomplete": "name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "message": forms.Textarea(attrs={"rows": 6}),
        }
        help_texts = {
            "organisation": _("The body that would run the centre, or that wants to see one in its country."),
            "message": _("Two or three sentences are enough: what exists already, and what you hope for."),
        }


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """The form for a country that wants to join."""
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if wait := load("network.api.throttling", "seconds_to_wait")(request, "join"):
            response = render(request, "429.html", status=429)
            response["Retry-After"] = str(wait)
            return response
        try:
            actions.request_to_join(**form.cleaned_data)
        except Invalid as problem:
            for name, messages in problem.errors.items():
                for message in messages:
                    form.add_error(name if name in form.fields else None, message)
        else:
            return redirect("join_thanks")
    return render(request, "pages/front/join.html", {"form": form}, status=400 if form.errors else 200)


@require_safe
def join_thanks(request: HttpRequest) -> HttpResponse:
    """What happens next."""
    return render(request, "pages/front/join_thanks.html")


@require_safe
@login_required
def my(request: HttpRequest) -> HttpResponse:
    """My events, coming and past, and my certificates."""
    person = request.user
    if not isinstance(person, Person):  # for the type checker: login_required has made sure
        return redirect("what_is_on")
    now = timezone.now()
    mine = [Own(item) for item in registrations.of_person(person).exclude(state=State.CANCELLED)]
    for own in mine:
        own.registration.person = person
    coming = my_order(own for own in mine if own.event.ends_at > now and own.registration.is_live and not own.has_lapsed)
    over = [own for own in mine if own.event.ends_at <= now and own.registration.state == State.CONFIRMED]
    ended = [own for own in mine if own.event.ends_at > now and own not in coming]
    certificates = list(certificates_of(person))
    return render(
        request,
        "pages/front/my.html",
        {
            "coming": [(own, when(own.event)) for own in coming],
            "over": over,
            "ended": ended,
            "certificates": certificates,
            "profile_gap": profile_gap(person),
        },
    )


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Robots may read all that is public. Google looks here before it reads a calendar.

    Secret addresses say noindex themselves; to name them here would tell of them.
    """
    response = HttpResponse("User-agent: *\nDisallow:\n", content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "public, max-age=86400"
    return response


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive. Asks nothing of anything else, so that a slow database restarts no web server."""
    return HttpResponse("alive\n", content_type="text/plain; charset=utf-8")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether requests can be served: the database answers and has the tables of this version. Else 503, with words."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the database, the answer is the same
        return _not_ready(f"The database does not answer ({type(error).__name__}). Is DATABASE_URL right, is it running?")
    if missing:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _backwards in missing[:5])
        return _not_ready(f"{len(missing)} migrations are not applied, such as {names}. Run: manage.py migrate")
    return HttpResponse("ready\n", content_type="text/plain; charset=utf-8")


def something_wrong(request: HttpRequest) -> HttpResponse:
    """What answers a request that failed: 503 while the database is away or busy, which passes, else 500."""
    away = isinstance(sys.exception(), OperationalError | InterfaceError)
    status = 503 if away else 500
    if request.path_info.startswith("/api/"):  # it failed before the API had it
        response: HttpResponse = load("network.api.problems", "plainly")("busy" if away else "internal_error")
    else:  # rendered without the request: nothing is asked that could fail again
        response = HttpResponse(loader.render_to_string(f"{status}.html"), status=status)
    response["Cache-Control"] = "no-store"
    if away:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _not_ready(words: str) -> HttpResponse:
    return HttpResponse(f"not ready: {words}\n", status=503, content_type="text/plain; charset=utf-8")


@csrf_exempt
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Speak another language from now on: by a cookie for a visitor, in the profile for a person.

    A visitor's form carries no token, so that the pages visitors see set no cookie; a person's is checked.
    """
    if request.user.is_authenticated:
        return _choose_own_language(request)
    return _speak(request)


@csrf_protect
def _choose_own_language(request: HttpRequest) -> HttpResponse:
    language = request.POST.get("language", "")
    if isinstance(request.user, Person) and language in dict(settings.LANGUAGES):
        actions.update_profile(by=request.user, changes={"language": language})
    return _speak(request)


def _speak(request: HttpRequest) -> HttpResponse:
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        year = 365 * 24 * 3600
        secure = request.is_secure()
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, year, samesite="Lax", secure=secure, httponly=True)
    return response
