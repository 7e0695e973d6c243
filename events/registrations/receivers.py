"""What the registrations wing hears from the floors below."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from events.programme.signals import EventChange, event_changed
from events.registrations import terms
from events.registrations.asking import questions, retention
from events.registrations.places import held
from events.registrations.signals import RegistrationChange, registration_changed


@receiver(event_changed, dispatch_uid="registrations_give_places_on")
def give_places_on(change: EventChange, **_kwargs: Any) -> None:
    """More places, or an event that is on again: give what is free to the waiting list, in the same transaction."""
    if change.fields & {"places", "sessions"} or change.kind in {"published", "moved"}:
        with held(change.event.pk) as hall:
            hall.freed = True
        change.event.places_taken = hall.event.places_taken


@receiver(event_changed, dispatch_uid="registrations_follow_the_event")
def follow_the_event(change: EventChange, **_kwargs: Any) -> None:
    """A clone has the terms and questions of its source; interpretation is the event's; special answers go on their day."""
    event = change.event
    if change.kind == "created":
        if change.source is not None:
            terms.copy_terms(source=change.source, to=event)
            questions.copy(change.source, event, by=change.by)
        return
    if change.kind == "cancelled":
        retention.forget_special_of(event)
    elif change.kind in {"edited", "moved"}:
        retention.follow_the_end(event)
    if "interpretation" in change.fields:
        questions.follow_interpretation(event, by=change.by)


@receiver(registration_changed, dispatch_uid="registrations_forget_special_answers")
def forget_special_answers(changes: Sequence[RegistrationChange], **_kwargs: Any) -> None:
    """Who does not take part any more needs no meal and no ramp."""
    ended = [change.registration for change in changes if change.registration.state in retention.ENDED and change.before]
    if ended:
        retention.forget_special(ended)
