"""Tells the desk's list of events where an evaluation waits for answers, or its summary for a reader."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from events.attendance.evaluation.queries import standings
from events.attendance.models import Evaluation
from events.programme.models import Event
from events.programme.work import Step, sources

#: For how long a summary is news.
NEWS = timedelta(days=14)


def evaluations_wait(events: Sequence[Event]) -> Mapping[int, Step]:
    """The step of each event whose evaluation is open and not answered by all, or has just closed. Three queries at most."""
    by_key = {event.pk: event for event in events if event.starts_at <= timezone.now()}
    found = list(Evaluation.objects.filter(event__in=by_key)) if by_key else []
    for evaluation in found:
        evaluation.event = by_key[evaluation.event_id]
    steps = {}
    for key, standing in (standings(found) if found else {}).items():
        if standing.state == "open" and standing.waiting:
            text = gettext("Evaluation: %(answered)d of %(asked)d have answered")
            words = text % {"answered": standing.answered, "asked": standing.asked}
        elif standing.is_shown and standing.closes_at > timezone.now() - NEWS:
            words = gettext("Read the evaluation")
        else:
            continue
        steps[key] = Step(words, reverse("desk_evaluation", args=[by_key[key].slug]))
    return steps


sources.append(evaluations_wait)
