"""What one asks about messages, and to whom an organiser writes."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, Value, When

from events.mail.kinds import DISCREET
from events.mail.models import Message
from events.programme.models import Event
from events.registrations.desk.forms import FilterForm
from events.registrations.desk.listing import chosen
from events.registrations.models import Registration

State = Message.State

#: The state as people may know it: ``Message.shown_state``.
SHOWN_STATE = Case(When(kind__in=DISCREET, attempts__gt=0, then=Value(State.SENT)), default=F("state"))

#: What was given up comes first, then what is on its way.
_URGENCY = Case(When(shown=State.FAILED, then=Value(0)), When(shown=State.QUEUED, then=Value(1)), default=Value(2))


def for_desk(*, state: str = "", search: str = "") -> QuerySet[Message]:
    """Messages without their texts: those given up first, then those on their way, then those sent, the newest first."""
    found = Message.objects.defer("text", "html").select_related("person").alias(shown=SHOWN_STATE)
    if state:
        found = found.filter(shown=state)
    if search:
        found = found.filter(Q(recipient__icontains=search) | Q(subject__icontains=search))
    return found.order_by(_URGENCY, "-pk")


def summary() -> dict[str, int]:
    """How many messages are in each state."""
    counted = dict(Message.objects.order_by().annotate(shown=SHOWN_STATE).values_list("shown").annotate(number=Count("pk")))
    return {state: counted.get(state, 0) for state in State.values}


def written_to(event: Event, asked: Mapping[str, Any]) -> QuerySet[Registration]:
    """The registrations that a query of the organiser's list asks for; without a state, those that live."""
    form = FilterForm(asked)
    found = Registration.objects.filter(pk__in=chosen(event, form).order_by().values("pk"))
    return found if form.cleaned_data.get("state") else found.filter(state__in=Registration.LIVE)
