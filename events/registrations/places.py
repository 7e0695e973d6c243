"""Places: who holds one, who is next. The only code that writes ``Event.places_taken`` or a registration's state.

Every change runs inside ``held``: it locks the event's row, reads it fresh, and when the change is written gives the
places that have become free to the waiting list, all in one transaction. What is counted is counted inside the lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from events.programme.models import Event
from events.registrations.models import Registration
from events.registrations.signals import RegistrationChange, registration_changed
from events.registrations.states import HOLDS_PLACE, check_move
from network.journal import because
from network.models import Person

State = Registration.State

#: Places are given on while the event is to take place; a cancelled or finished one leaves registrations as they are.
_TAKES_PLACE = (Event.State.PUBLISHED, Event.State.POSTPONED)


@contextmanager
def held(event_id: int) -> Iterator[Event]:
    """Lock the event's row and yield it, read fresh and settled; on the way out give freed places on, store the count.

    The lock is FOR NO KEY UPDATE on PostgreSQL (two of them exclude each other, rows that merely refer to the event may
    still be inserted) and the write lock of the whole database on SQLite, which BEGIN IMMEDIATE takes.
    """
    with transaction.atomic():
        event = Event.objects.select_for_update(no_key=True).get(pk=event_id)
        stored = event.places_taken
        _settle(event)  # what became free by itself: places raised, an event on again
        settled = event.places_taken
        yield event
        if event.places_taken < settled:
            _settle(event)
        if event.places_taken != stored:
            # Not save(): the count is no edit of the event, has no place in the journal and moves no revision.
            Event.objects.filter(pk=event.pk).update(places_taken=event.places_taken)


def fresh(event: Event, registration_id: int) -> Registration:
    """Read a registration inside the lock of its event."""
    registration = Registration.objects.select_related("person").get(pk=registration_id, event_id=event.pk)
    registration.event = event
    return registration


def is_over(event: Event) -> bool:
    """Whether nothing about taking part can change any more."""
    return event.state == Event.State.FINISHED or event.ends_at <= timezone.now()


def takes_place(event: Event) -> bool:
    """Whether the event is still to be held, so that its places mean something."""
    return event.state in _TAKES_PLACE and not is_over(event)


def has_room(event: Event) -> bool:
    """Whether a newcomer gets a place at once. Call inside the lock: the event is settled, so nobody waits for a free one."""
    return event.places is None or event.places_taken < event.places


def _queue(event: Event) -> QuerySet[Registration]:
    """The waiting list in its order."""
    return Registration.objects.filter(event=event, state=State.WAITING).order_by("queued_at", "pk")


def _settle(event: Event) -> None:
    """Give every free place to whoever waits longest."""
    if not takes_place(event) or (event.places is not None and event.places_taken >= event.places):
        return
    free = None if event.places is None else event.places - event.places_taken
    with because(by=None, reason="A place became free"):
        for registration in _queue(event).select_related("person")[:free]:
            registration.event = event
            move(registration, State.CONFIRMED, by=None)


def move(registration: Registration, to: str, *, by: Person | None, reason: str = "") -> Registration:
    """Write a new registration's first state, or the next one, and tell the wings above.

    Call inside the lock, with ``registration.event`` the locked row: its ``places_taken`` is counted along.
    Raises WrongState.
    """
    event, before = registration.event, None if registration.pk is None else registration.state
    check_move(before, to)
    event.places_taken += (to in HOLDS_PLACE) - (before in HOLDS_PLACE)
    registration.state, registration.reason = to, reason[:500]
    registration.changed_at = timezone.now()
    if to == State.WAITING:
        registration.queued_at = _next_turn(event)
    registration.save()
    registration_changed.send(Registration, change=RegistrationChange(registration, before, by, reason))
    return registration


def _next_turn(event: Event) -> datetime:
    """Now, or just after the last in the list where a clock went back: who comes later stands behind."""
    last = _queue(event).aggregate(last=Max("queued_at"))["last"]
    now = timezone.now()
    return now if last is None or now > last else last + timedelta(microseconds=1)
