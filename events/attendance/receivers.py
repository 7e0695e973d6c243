"""What the attendance wing hears from the floors below."""

from typing import Any

from django.dispatch import receiver

from events.attendance.evaluation.copying import copy_evaluation
from events.attendance.terms.copying import copy_terms
from events.programme.signals import EventChange, event_changed


@receiver(event_changed, dispatch_uid="attendance_follows_a_clone")
def follow_the_source(change: EventChange, **_kwargs: Any) -> None:
    """A clone asks for what its source asked for: its evaluation, and what a certificate needs."""
    if change.kind == "created" and change.source is not None:
        copy_evaluation(source=change.source, to=change.event, by=change.by)
        copy_terms(source=change.source, to=change.event)
