"""Tells the desk's list of events where certificates are still to be issued."""

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext

from events.certificates import queries
from events.programme.models import Event
from events.programme.work import Step, sources


def to_issue(events: Sequence[Event]) -> Mapping[int, Step]:
    """The step of each event at which somebody earned a certificate and has none."""
    due = queries.with_certificates_due(events)
    text = gettext("Issue certificates")
    return {event.pk: Step(text, reverse("desk_certificates", args=[event.slug])) for event in events if event.pk in due}


sources.append(to_issue)
