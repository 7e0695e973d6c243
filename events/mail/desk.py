"""The desk's page to write to participants: to whom, what, how it will look; then it is queued."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from events.mail import circulars, queries
from events.mail.composing import Letter, language_for
from events.mail.letters import circular_letter
from events.mail.models import Circular
from events.programme.desk import desk_event, desk_page, person_of
from events.programme.models import Event
from events.registrations.models import Registration
from network.errors import Invalid, Problem
from network.forms import add_errors
from network.models import Person

MANAGE = "events.manage_registrations"

#: As many names are shown; of more, how many.
SHOWN = 200


class WriteForm(forms.Form):
    """A subject, a text, and a key that makes a second press of the button harmless. The action judges their lengths."""

    use_required_attribute = False
    subject = forms.CharField(
        label=_("Subject"),
        error_messages={"required": circulars.MISSING},
        widget=forms.TextInput(attrs={"maxlength": circulars.SUBJECT_LENGTH}),
    )
    text = forms.CharField(
        label=_("Text"),
        error_messages={"required": circulars.MISSING},
        strip=False,
        help_text=_("Plain text. An empty line begins a paragraph; an address alone on a line becomes a link."),
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    key = forms.CharField(widget=forms.HiddenInput, required=False)


@desk_page
def write(request: HttpRequest, slug: str) -> HttpResponse:
    """``/desk/events/<slug>/write/``, with the query of the list of registrations: who of it lives, or has the chosen state."""
    event, person = desk_event(request, slug, MANAGE), person_of(request)
    if request.method != "POST":
        return _page(request, event, WriteForm(initial={"key": uuid4().hex}))
    form = WriteForm(request.POST)
    if not form.is_valid():
        return _page(request, event, form, status=400)
    said = form.cleaned_data
    try:
        if request.POST.get("do") == "preview":
            subject, text = circulars.checked(said["subject"], said["text"])
            return _page(request, event, form, preview=_preview(event, person, subject, text))
        circular = circulars.write_to(
            event=event,
            registrations=queries.written_to(event, request.GET),
            subject=said["subject"],
            text=said["text"],
            by=person,
            key=said["key"],
        )
    except Invalid as error:
        add_errors(form, error)
    except Problem as error:
        form.add_error(None, str(error.message))
    else:
        done = ngettext(
            "Your message is on its way to %(n)d person.", "Your message is on its way to %(n)d people.", circular.recipients
        )
        messages.success(request, done % {"n": circular.recipients})
        query = request.GET.urlencode()
        return redirect(reverse("desk_registrations", args=[event.slug]) + (f"?{query}" if query else ""))
    return _page(request, event, form, status=400)


def _page(
    request: HttpRequest, event: Event, form: WriteForm, *, preview: Letter | None = None, status: int = 200
) -> HttpResponse:
    found = circulars.readers(queries.written_to(event, request.GET))
    counted = dict(found.order_by().values_list("state").annotate(n=Count("pk")))
    people = found.order_by().values("person").distinct().count()
    names = found.order_by("person__name", "person__email").values_list("person__name", "person__email").distinct()[:SHOWN]
    context: dict[str, Any] = {
        "event": event,
        "tab": "registrations",
        "form": form,
        "preview": preview,
        "people": people,
        "states": [(state.label, counted[state]) for state in Registration.State if state in counted],
        "names": [name or email for name, email in names],
        "more": max(people - SHOWN, 0),
        "tabs": _tabs(request, event),
        "query": request.GET.urlencode(),
        "is_filtered": any(said for name, said in request.GET.items() if name not in {"state", "sort", "page"}),
        "reply_to": person_of(request).email,
    }
    return render(request, "pages/desk/write.html", context, status=status)


def _tabs(request: HttpRequest, event: Event) -> list[dict[str, Any]]:
    """To all that are registered, or to those of one state: one click each."""
    asked = request.GET.copy()
    chosen = asked.get("state", "")
    address = reverse("desk_write", args=[event.slug])
    tabs = []
    choices = [("", gettext("Everybody on the list")), *((state.value, str(state.label)) for state in Registration.State)]
    for value, label in choices:
        query = asked.copy()
        query.pop("state", None)
        if value:
            query["state"] = value
        tabs.append({"url": f"{address}?{query.urlencode()}", "label": label, "current": value == chosen})
    return tabs


def _preview(event: Event, person: Person, subject: str, text: str) -> Letter:
    """The mail as the organiser would get it. In the place of each reader's own link stands the event's page."""
    circular = Circular(event=event, person=person, subject=subject, text=text)
    with translation.override(language_for(person)):
        return circular_letter(
            circular,
            language=language_for(person),
            zone=person.timezone,
            my_link=gettext("(here each reader finds the link to their own registration)"),
            confirmed=False,
        )
