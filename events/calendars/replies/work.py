"""Tells the desk's list of events where replies of mail clients wait for the organiser."""

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.translation import ngettext

from events.calendars.replies import queries
from events.programme.models import Event
from events.programme.work import Step, sources


def replies_wait(events: Sequence[Event]) -> Mapping[int, Step]:
    """The step of each event at which somebody proposes another time, delegates, or declined too late."""
    waiting = queries.how_many_wait(events)
    steps = {}
    for event in events:
        if number := waiting.get(event.pk):
            text = ngettext("%(n)d reply to look at", "%(n)d replies to look at", number) % {"n": number}
            steps[event.pk] = Step(text, reverse("desk_replies", args=[event.slug]), urgent=True)
    return steps


sources.append(replies_wait)
