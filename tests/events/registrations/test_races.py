"""Many people at once, with real threads and real connections: on SQLite (a file) and on PostgreSQL alike."""

import threading
from contextlib import suppress

import pytest
from django.db import connection, transaction
from django.db.models import Count, F

from events.attendance import actions as attendance
from events.attendance.models import AttendanceRecord
from events.programme.models import Event
from events.programme.signals import EventChange, event_changed
from events.registrations import actions, decisions, places
from events.registrations.models import Registration
from events.registrations.signals import registration_changed
from network.errors import WrongState
from tests import factories
from tests.events.registrations import laws

pytestmark = pytest.mark.django_db(transaction=True)

State = Registration.State


def together(*jobs):
    """Run all jobs at the same moment, each with a connection of its own; raise what the first one raised."""
    start, failures = threading.Barrier(len(jobs)), []

    def run(job):
        try:
            start.wait()
            job()
        except BaseException as error:  # noqa: BLE001 - told to the main thread
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


@pytest.fixture
def event(centre):
    return factories.EventFactory(organising_centre=centre, places=10)


@pytest.fixture
def promotions():
    """People who moved up from the waiting list, in the order in which it happened (each inside the lock)."""
    moved = []

    def listen(changes, **_kwargs):
        moved.extend(c.registration.pk for c in changes if c.before == State.WAITING and c.registration.holds_place)

    registration_changed.connect(listen)
    yield moved
    registration_changed.disconnect(listen)


def test_sixty_people_for_ten_places_while_others_cancel_and_places_change(event, olga, promotions):
    people = factories.PersonFactory.create_batch(60)
    early = [actions.register(event=event, person=person, by=person) for person in people[:20]]
    oversold, stop = [], threading.Event()

    def register(group):
        def job():
            for person in group:
                actions.register(event=event, person=person, by=person)

        return job

    def cancel(group):
        def job():
            for registration in group:
                actions.cancel(registration=registration, by=registration.person)

        return job

    def change_places():
        for number in (12, 15, 13, 15):
            with transaction.atomic():
                locked = Event.objects.select_for_update(no_key=True).get(pk=event.pk)  # as the programme's edit does
                Event.objects.filter(pk=event.pk).update(places=max(number, locked.places_taken))
                event_changed.send(Event, change=EventChange(locked, "edited", olga, "", frozenset({"places"})))

    def watch():
        while not stop.is_set():
            confirmed = Event.objects.filter(pk=event.pk, registrations__state=State.CONFIRMED)
            row = confirmed.annotate(number=Count("registrations")).values_list("number", "places").first()
            if row and row[0] > row[1]:
                oversold.append(row)

    watcher = threading.Thread(target=lambda: (watch(), connection.close()))
    watcher.start()
    try:
        together(
            *(register(people[20 + n :: 5]) for n in range(5)),
            cancel(early[0:5]),
            cancel(early[8:14]),
            change_places,
        )
    finally:
        stop.set()
        watcher.join()

    laws.check(event.pk)
    assert oversold == []
    event.refresh_from_db()
    assert event.places_taken == event.places == 15
    assert Registration.objects.filter(event=event).count() == 60  # nobody lost, nobody twice
    assert event.registrations.filter(state=State.CANCELLED).count() == 11
    # Whoever moved up had waited longest: promotions are in the order of the list, and before all who still wait.
    queue = list(event.registrations.exclude(queued_at=None).order_by("queued_at", "pk").values_list("pk", flat=True))
    left = set(event.registrations.filter(state=State.CANCELLED).values_list("pk", flat=True))
    moved = [pk for pk in promotions if pk not in left]
    waiting = list(event.registrations.filter(state=State.WAITING).order_by("queued_at", "pk").values_list("pk", flat=True))
    assert promotions == sorted(promotions, key=queue.index)
    assert [pk for pk in queue if pk not in left] == moved + waiting


def test_double_clicks_make_one_registration(event, ana):
    together(*[lambda: actions.register(event=event, person=ana, by=ana)] * 8)
    laws.check(event.pk)
    assert list(event.registrations.values_list("person__name", "state")) == [("Ana Procurer", "confirmed")]


def test_the_last_place_goes_to_one(event, ana, ben, cleo, mia):
    Event.objects.update(places=1)
    together(*[lambda p=person: actions.register(event=event, person=p, by=p) for person in (ana, ben, cleo, mia)])
    laws.check(event.pk)
    assert sorted(event.registrations.values_list("state", flat=True)) == ["confirmed", "waiting", "waiting", "waiting"]


def test_cancelling_at_the_same_moment_frees_one_place(event, ana, ben, olga):
    registration = actions.register(event=event, person=ana, by=ana)
    actions.register(event=event, person=ben, by=ben)
    together(*[lambda by=by: actions.cancel(registration=registration, by=by) for by in (ana, olga, ana, olga)])
    laws.check(event.pk)


def test_two_desks_that_check_in_the_same_person_agree(event, ana, olga, carl):
    registration = actions.register(event=event, person=ana, by=ana)
    session = event.sessions.get()
    event.sessions.update(starts_at=F("starts_at") - (event.starts_at - event.published_at))
    session.refresh_from_db()
    together(*[lambda by=by: attendance.check_in(registration=registration, session=session, by=by) for by in (olga, carl) * 3])
    assert AttendanceRecord.objects.count() == 1


def test_approving_and_withdrawing_at_once_never_loses_a_place(event, ana, olga):
    Event.objects.update(needs_approval=True)
    registration = actions.register(event=event, person=ana, by=ana)

    def approve():
        with suppress(WrongState):
            decisions.approve(registration=registration, by=olga)

    together(approve, lambda: actions.cancel(registration=registration, by=ana), approve)
    laws.check(event.pk)
    registration.refresh_from_db()
    assert registration.state == State.CANCELLED


@pytest.mark.postgres
def test_another_event_is_not_held_up(event, ana):
    other = factories.EventFactory()
    with places.held(event.pk):
        together(lambda: actions.register(event=other, person=ana, by=ana))
    assert other.registrations.count() == 1
