"""The desk's page about lists on other sites: the code to copy, and the sites that may show them."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import get_language, gettext, override
from django.views.decorators.http import require_http_methods, require_POST

from events.calendars.feeds import catalogue
from events.calendars.models import EmbeddingSite
from events.calendars.shapes import frame, sites
from events.calendars.shapes.forms import OWN, FrameForm, SiteForm
from network.errors import Invalid, Problem
from network.forms import add_errors
from network.models import Centre, Person
from network.pages import signed_in
from network.queries import centres_coordinated_by


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def embedding(request: HttpRequest) -> HttpResponse:
    """``/desk/embedding/``: choose a list and copy its code; add a site that may show it."""
    person = signed_in(request)
    centres = centres_coordinated_by(person)
    form = _chosen(request, person)
    centre: Centre = form.cleaned_data["centre"]
    new = SiteForm(request.POST or None)
    if request.method == "POST" and new.is_valid():
        try:
            site = sites.add_site(centre=centre, origin=new.cleaned_data["origin"], by=person)
        except Invalid as problem:
            add_errors(new, problem)
        except Problem as problem:
            new.add_error(None, str(problem.message))
        else:
            messages.success(request, gettext("%(site)s may show the list now.") % {"site": site.origin})
            return _back(centre)
    name, language = form.cleaned_data["calendar"], form.cleaned_data["language"]
    name = f"centre-{centre.slug}" if name == OWN else name
    address = frame.address(centre, name, language)
    context = {
        "form": form,
        "centre": centre,
        "has_centres": len(centres) > 1,
        "address": address,
        "code": code(centre, name, language),
        "path": address.removeprefix(settings.SITE_URL),
        "own": sites.own_origin(centre),
        "sites": EmbeddingSite.objects.filter(centre=centre),
        "new": new,
    }
    return render(request, "pages/calendars/embedding.html", context)


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a site off the list of those that may show it."""
    person = signed_in(request)
    theirs = EmbeddingSite.objects.filter(centre__in=centres_coordinated_by(person)).select_related("centre")
    site = get_object_or_404(theirs, pk=pk)
    sites.remove_site(site=site, by=person)
    messages.success(request, gettext("%(site)s may show the list no longer.") % {"site": site.origin})
    return _back(site.centre)


def code(centre: Centre, name: str, language: str) -> str:
    """What to paste into a page: the frame with a title in the language of the list."""
    with override(language):
        feed = catalogue.find(name)
        title = frame.heading(feed) if feed else ""
    source, title = escape(frame.address(centre, name, language)), escape(title)
    return f'<iframe src="{source}" title="{title}" loading="lazy" width="100%" height="640" style="border: 0"></iframe>'


def _chosen(request: HttpRequest, person: Person) -> FrameForm:
    """What is asked for; what makes no sense is as at first. Raises PermissionDenied to who coordinates no centre."""
    centres = centres_coordinated_by(person)
    first = centres.first()
    if first is None:
        raise PermissionDenied
    mine = get_language() or settings.LANGUAGE_CODE
    language = mine if mine in catalogue.languages() else settings.LANGUAGE_CODE
    defaults: dict[str, Any] = {"centre": first.slug, "calendar": OWN, "language": language}
    form = FrameForm({**defaults, **request.GET.dict()}, centres=centres)
    if not form.is_valid():
        if request.GET.get("centre") and "centre" in form.errors:
            raise PermissionDenied
        form = FrameForm(defaults | {"centre": form.cleaned_data.get("centre", first).slug}, centres=centres)
        form.full_clean()
    return form


def _back(centre: Centre) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('desk_embedding')}?centre={centre.slug}#sites")
