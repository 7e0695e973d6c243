"""The rush: 200 people for 50 places, twenty times, while others cancel, offers run out and the number of places changes.

With real threads and real connections, on SQLite (a file) and on PostgreSQL alike. Somebody watches all the while.
"""

import threading
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from events.programme.models import Event
from events.programme.signals import EventChange, event_changed
from events.registrations import actions, tasks
from events.registrations.models import Registration
from events.registrations.signals import registration_changed
from network.errors import Refused
from tests import factories
from tests.events.registrations import laws
from tests.events.registrations.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)

State = Registration.State
ROUNDS, PEOPLE, PLACES, CLIENTS = 20, 200, 50, 6


@pytest.fixture
def people(db):
    """200 people of one organisation."""
    organisation = factories.OrganisationFactory()
    return [factories.PersonFactory(organisation=organisation) for _ in range(PEOPLE)]


@pytest.fixture
def promotions():
    """Who moved up from the waiting list, in the order in which it happened (each inside the lock)."""
    moved = []

    def listen(changes, **_kwargs):
        moved.extend(c.registration.pk for c in changes if c.before == State.WAITING and c.registration.holds_place)

    registration_changed.connect(listen)
    yield moved
    registration_changed.disconnect(listen)


@contextmanager
def watched(event):
    """Somebody who counts all the while. Yields what they saw that must not be: more who hold a place than places."""
    seen, stop = [], threading.Event()

    def watch():
        try:
            while not stop.wait(0.002):
                # One statement: what is true at one instant.
                holding = Q(registrations__state__in=Registration.HOLDING)
                row = Event.objects.filter(holding, pk=event.pk).values_list("places", "registrations__pk")
                rows = list(row)
                if rows and len(rows) > rows[0][0]:
                    seen.append((len(rows), rows[0][0]))
        finally:
            connection.close()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        stop.set()
        watcher.join()


def register(event, group):
    for person in group:
        actions.register(event=event, person=person, by=person)


def cancel(event, group):
    """People who change their minds, wherever they stand by now."""
    for person in group:
        if registration := Registration.objects.filter(event=event, person=person).first():
            actions.cancel(registration=registration, by=person)


def answer(event):
    """Some take the place they are offered; the clock of the others runs out, and the worker notices."""
    for _turn in range(6):
        offered = Registration.objects.filter(event=event, state=State.OFFERED).select_related("person").order_by("pk")
        for number, registration in enumerate(offered):
            if number % 2:
                Registration.objects.filter(pk=registration.pk, state=State.OFFERED).update(
                    deadline=timezone.now() - timedelta(seconds=1)
                )
            else:
                with suppress(Refused):
                    actions.accept(registration=registration, by=registration.person)
        tasks.catch_up()


def change_places(event):
    """The organiser raises and lowers the number of places, as the programme's edit does: never below what is taken."""
    for number in (PLACES + 4, PLACES - 6, PLACES + 2, PLACES):
        with transaction.atomic():
            locked = Event.objects.select_for_update(no_key=True).get(pk=event.pk)
            locked.places = max(number, locked.places_taken)
            locked.save(update_fields=["places"])
            event_changed.send(Event, change=EventChange(locked, "edited", None, "", frozenset({"places"})))


@pytest.mark.parametrize("promotion", Event.Promotion.values)
def test_two_hundred_people_for_fifty_places(people, promotion, promotions):
    for _round in range(ROUNDS // 2):
        event = factories.EventFactory(places=PLACES, promotion=promotion)
        promotions.clear()
        with watched(event) as oversold:
            together(
                *(lambda n=n, event=event: register(event, people[n::CLIENTS]) for n in range(CLIENTS)),
                lambda event=event: cancel(event, people[0:40:4]),
                lambda event=event: cancel(event, people[10:120:9]),
                lambda event=event: answer(event),
                lambda event=event: change_places(event),
            )
        assert oversold == []
        tasks.catch_up()
        laws.check(event.pk)
        states = laws.states(event.pk)
        assert Registration.objects.filter(event=event).values("person").distinct().count() == PEOPLE  # nobody is lost
        assert sum(states.values()) == PEOPLE  # and nobody is there twice
        event.refresh_from_db()
        assert states[State.CONFIRMED] + states[State.OFFERED] == event.places  # 200 people fill it
        # Whoever moved up had waited longest, and nobody who still waits was in front of them.
        order = list(event.registrations.exclude(queued_at=None).order_by("queued_at", "pk").values_list("pk", flat=True))
        assert promotions == sorted(promotions, key=order.index)
        last = max((order.index(pk) for pk in promotions), default=-1)
        assert all(order.index(pk) > last for pk in laws.waiting_list(event.pk))
