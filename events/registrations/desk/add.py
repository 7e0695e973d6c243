"""The organiser invites people, or registers them at once: one or many addresses."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from events.programme.desk import desk_event, desk_page, person_of
from events.programme.forms import DAY_ENDS
from events.programme.models import Event
from events.programme.periods import instant
from events.registrations import actions, decisions
from events.registrations.desk.forms import AddForm
from events.registrations.desk.registrations import MANAGE, back_to_list
from events.registrations.models import Registration
from events.registrations.places import takes_place
from network.errors import Invalid, Refused
from network.forms import add_errors
from network.models import Person
from network.vocabulary import zone_named

State = Registration.State


@desk_page
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """A form for addresses, and what to do with them. Addresses for which it could not be done stay in the form."""
    event, person = desk_event(request, slug, MANAGE), person_of(request)
    form = AddForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            adding = _Adding(event, person, form.cleaned_data, _until(event, form))
        except Invalid as error:
            add_errors(form, error)
        else:
            for name, email in form.cleaned_data["emails"]:
                adding.add(name, email)
            adding.tell(request)
            if not adding.refused:
                return back_to_list(request, event)
            form = _with_what_is_left(request, adding)
    context = {
        "event": event,
        "tab": "registrations",
        "form": form,
        "is_possible": takes_place(event),
        "query": request.GET.urlencode(),
    }
    return render(request, "pages/desk/registrations_add.html", context, status=400 if form.errors else 200)


def _until(event: Event, form: AddForm) -> datetime | None:
    """Until when the invitations run; None: no end. Raises Invalid at ``until_day``."""
    typed = form.moment("until", by_default=DAY_ENDS)
    if form.cleaned_data["how"] != "invite" or typed is None:
        return None
    try:
        until = instant(typed, zone_named(event.timezone))
    except Invalid as error:
        raise Invalid({"until_day": error.errors[""]}) from None
    if until <= timezone.now():
        raise Invalid({"until_day": [gettext("Choose a time in the future.")]})
    return until


class _Adding:
    """Adds one address after the other, and knows what became of each."""

    def __init__(self, event: Event, by: Person, said: dict[str, Any], until: datetime | None) -> None:
        self.event, self.by = event, by
        self.invites = said["how"] == "invite"
        self.terms = {"when_closed": said["when_closed"], "when_full": said["when_full"], "until": until}
        self.began = timezone.now()
        self.new: list[Registration] = []
        self.known: list[Registration] = []  # registered or invited already: nothing was changed
        self.refused: list[tuple[str, str, str]] = []  # name, address, why

    def add(self, name: str, email: str) -> None:
        """Invite or register whoever has this address."""
        try:
            registration = self._registration(name, email)
        except Person.DoesNotExist:
            why = gettext("Nobody has this address here yet. Invite them: they get a mail with the way in.")
            self.refused.append((name, email, why))
        except Invalid as error:
            why = " ".join(str(message) for found in error.errors.values() for message in found)
            self.refused.append((name, email, why))
        except Refused as error:
            self.refused.append((name, email, str(error.message)))
        else:
            (self.new if registration.changed_at >= self.began else self.known).append(registration)

    def _registration(self, name: str, email: str) -> Registration:
        if self.invites:
            return decisions.invite_by_email(event=self.event, email=email, name=name, by=self.by, **self.terms)
        return actions.register(event=self.event, person=actions.person_for(email), by=self.by)

    def tell(self, request: HttpRequest) -> None:
        """Say it, by state."""
        states = [State(one.state) for one in self.new]
        for state in dict.fromkeys(states):
            count = states.count(state)
            if count == 1:
                person = next(one.person for one in self.new if one.state == state)
                text = gettext("%(person)s: %(state)s.") % {"person": person, "state": state.label}
            else:
                text = ngettext("%(n)d person: %(state)s.", "%(n)d people: %(state)s.", count)
                text = text % {"n": count, "state": state.label}
            (messages.warning if state == State.WAITING else messages.success)(request, text)
        for one in self.known[:5]:
            text = gettext("%(person)s was on the list already: %(state)s. Nothing was changed.")
            messages.warning(request, text % {"person": one.person, "state": one.get_state_display()})
        if len(self.known) > 5:
            text = gettext("… and %(n)d more were on the list already.")
            messages.warning(request, text % {"n": len(self.known) - 5})


def _with_what_is_left(request: HttpRequest, adding: _Adding) -> AddForm:
    """The form again, with the addresses for which it could not be done, and why."""
    typed = request.POST.copy()
    typed["emails"] = "\n".join(f"{name} <{email}>" if name else email for name, email, _why in adding.refused)
    form = AddForm(typed)
    form.is_valid()
    whys: dict[str, list[str]] = {}
    for _name, email, why in adding.refused:
        whys.setdefault(why, []).append(email)
    alone = len(adding.refused) == 1
    form.add_error("emails", [why if alone else f"{', '.join(emails)}: {why}" for why, emails in whys.items()])
    return form
