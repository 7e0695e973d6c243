"""The desk's pages of certificate templates, and the page on which an event chooses one."""

import base64
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from events.certificates.content.facts import Facts, terms_of
from events.certificates.designs import actions, preview, queries
from events.certificates.designs.forms import TemplateForm, TermsForm, centre_choices
from events.certificates.designs.sample import sample_facts
from events.certificates.models import Certificate, CertificateTemplate
from events.programme.desk import desk_event, desk_page, page_of, person_of
from network.api.throttling import seconds_to_wait
from network.errors import Invalid, Problem
from network.rules import may

ISSUE = "events.issue_certificates"
SCOPE = "certificate-preview"
#: The preview is part of the page, and is stored nowhere.
WITH_PREVIEW = "img-src 'self' data:"
PDF = "application/pdf"


@desk_page
@require_GET
def templates(request: HttpRequest) -> HttpResponse:
    """The network's and the reader's own, those in use first."""
    person = person_of(request)
    page = page_of(request, queries.in_order(queries.with_events(queries.visible_to(person))))
    page.object_list = [(one, may(person, actions.CHANGE, one.centre)) for one in page.object_list]
    context = {"page": page, "may_add": bool(centre_choices(person))}
    return render(request, "pages/desk/certificate_templates.html", context)


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new template."""
    return _edit(request, None)


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Put something else into its slots."""
    template = _template(request, pk)
    if not may(request.user, actions.CHANGE, template.centre):
        raise PermissionDenied
    return _edit(request, template)


def _template(request: HttpRequest, pk: int) -> CertificateTemplate:
    return get_object_or_404(queries.visible_to(person_of(request)), pk=pk)


def _edit(request: HttpRequest, template: CertificateTemplate | None) -> HttpResponse:
    """The form. Its buttons save, show what it looks like, or open that as a file."""
    person, do = person_of(request), request.POST.get("do", "save")
    if request.method != "POST":
        return _page(request, TemplateForm(person, template), template)
    if do == "save" and (wait := seconds_to_wait(request, SCOPE)):
        return _later(request, template, wait)
    form = TemplateForm(person, template, request.POST, request.FILES)
    is_read = form.is_valid()
    if do == "pdf":
        shown = _shown(request, form, preview.as_file)
        if isinstance(shown, bytes):
            return HttpResponse(shown, content_type=PDF)
        form.add_error(None, shown)
        return _page(request, form, template, status=400)
    if do == "preview" or not is_read:
        return _page(request, form, template, status=200 if is_read else 400)
    try:
        saved = _save(form, template, request)
    except Invalid as error:
        form.add_errors(error)
    except Problem as error:
        form.add_error(None, str(error.message))
    else:
        text = gettext("“%(name)s” is saved as version %(n)d. It was printed for trial in all languages.")
        messages.success(request, text % {"name": saved.name, "n": saved.version})
        return redirect("desk_certificate_templates")
    return _page(request, form, template, status=400)


def _later(request: HttpRequest, template: CertificateTemplate | None, wait: int) -> HttpResponse:
    """Saving prints in all languages, so it counts as a preview does. What was typed is kept; no picture is looked at."""
    form = TemplateForm(person_of(request), template, request.POST)
    form.is_valid()
    text = gettext("That was saved and shown very often. Wait %(n)d seconds, then save again; choose new pictures once more.")
    form.add_error(None, text % {"n": wait})
    response = _page(request, form, template, status=429)
    response["Retry-After"] = str(wait)
    return response


def _save(form: TemplateForm, template: CertificateTemplate | None, request: HttpRequest) -> CertificateTemplate:
    person = person_of(request)
    if template is None:
        return actions.add_template(centre=form.chosen_centre(), slots=form.slots(), by=person)
    version = form.cleaned_data["version"]
    return actions.change_template(template=template, slots=form.slots(), by=person, version=version)


def _page(request: HttpRequest, form: TemplateForm, template: CertificateTemplate | None, status: int = 200) -> HttpResponse:
    context = {"form": form, "template": template, **_choices(request)}
    if request.POST.get("do") == "preview":
        context |= _preview(request, form)
    response = render(request, "pages/desk/certificate_template.html", context, status=status)
    response["Content-Security-Policy"] = WITH_PREVIEW
    return response


@desk_page
@require_POST
def live(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The preview of what is typed just now, for htmx, with the pictures that were uploaded meanwhile."""
    template = _template(request, pk) if pk is not None else None
    if template is not None and not may(request.user, actions.CHANGE, template.centre):
        raise PermissionDenied
    form = TemplateForm(person_of(request), template, request.POST, request.FILES)
    form.is_valid()
    context = {"form": form, "template": template, "is_live": True, **_choices(request), **_preview(request, form)}
    return render(request, "pages/desk/_certificate_preview.html", context)


def _preview(request: HttpRequest, form: TemplateForm) -> dict[str, Any]:
    """The picture as the text of an address, or why there is none."""
    shown = _shown(request, form, preview.as_picture)
    if isinstance(shown, str):
        return {"trouble": shown}
    return {"picture": f"data:image/png;base64,{base64.b64encode(shown).decode()}"}


def _shown(request: HttpRequest, form: TemplateForm, show: Callable[[Facts], bytes]) -> bytes | str:
    """What ``show`` makes of the form's content; else why it cannot, in words."""
    if wait := seconds_to_wait(request, SCOPE):
        return gettext("That were many previews. The next one is possible in %(n)d seconds.") % {"n": wait}
    unsaved = form.slots().cleaned().template(form.chosen_centre())
    try:
        return show(sample_facts(unsaved, language=_language(request), kind=_kind(request)))
    except Problem as problem:
        return str(problem.message)


def _choices(request: HttpRequest) -> dict[str, Any]:
    """What the preview can be shown as, and what is chosen."""
    return {
        "kinds": Certificate.Kind.choices,
        "kind": _kind(request),
        "languages": settings.LANGUAGES,
        "language": _language(request),
    }


def _language(request: HttpRequest) -> str:
    asked = request.POST.get("language") or request.GET.get("language") or get_language() or ""
    return asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _kind(request: HttpRequest) -> Certificate.Kind:
    asked = request.POST.get("kind") or request.GET.get("kind") or ""
    return Certificate.Kind(asked) if asked in Certificate.Kind.values else Certificate.Kind.ATTENDANCE


@desk_page
@require_GET
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    """A stored template's sample, as a file."""
    template = _template(request, pk)
    if wait := seconds_to_wait(request, SCOPE):
        response = render(request, "429.html", status=429)
        response["Retry-After"] = str(wait)
        return response
    try:
        content = preview.as_file(sample_facts(template, language=_language(request), kind=_kind(request)))
    except Problem as problem:
        messages.error(request, str(problem.message))
        return redirect("desk_certificate_templates")
    return HttpResponse(content, content_type=PDF)


@desk_page
@require_POST
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer it no longer, or again."""
    template, person = _template(request, pk), person_of(request)
    if not may(person, actions.CHANGE, template.centre):
        raise PermissionDenied
    if request.POST.get("do") == "take-back":
        actions.take_back_template(template=template, by=person)
        text = gettext("“%(name)s” can be chosen again.")
    else:
        actions.retire_template(template=template, by=person)
        text = gettext("“%(name)s” can no longer be chosen. Events that use it keep it.")
    messages.success(request, text % {"name": template.name})
    return redirect("desk_certificate_templates")


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest, slug: str) -> HttpResponse:
    """How an event's certificates look, and for how long they are valid."""
    event = desk_event(request, slug, ISSUE)
    settled = terms_of(event)
    form = TermsForm(
        event,
        queries.choosable(event, settled, person_of(request)),
        settled,
        request.POST if request.method == "POST" else None,
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_terms(event=event, by=person_of(request), **form.cleaned_data)
        except Invalid as error:
            for path, said in error.errors.items():
                form.add_error(path if path in form.fields else None, [str(one) for one in said])
        else:
            messages.success(request, gettext("Saved. It holds for certificates that are issued from now on."))
            return redirect("desk_certificates", slug=event.slug)
    issued = Certificate.objects.filter(event=event, revoked_at=None).count()
    context = {"event": event, "tab": "certificates", "form": form, "settled": settled, "issued": issued}
    return render(request, "pages/desk/certificate_template_terms.html", context, status=400 if form.errors else 200)
