"""Many programs ask at once while events change: what each gets is whole, and what is stored in the end is the truth."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils.http import parse_http_date

from events.calendars.models import Entry, Feed, Revision, Selection
from events.calendars.subscribing import actions
from events.programme import actions as programme
from events.programme.models import Event
from network.actions import edit_centre
from network.models import Centre, Role
from tests import factories
from tests.events.calendars.reading import entries_of, published, summaries, tell

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def in_threads(work, count):
    def closing(number):
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(closing, range(count)))


def test_a_cold_feed_that_many_ask_for_is_built_once():
    published(title="Dialogue")
    seen = in_threads(lambda _number: Client().get("/calendars/network.ics"), 24)
    assert {(response.status_code, response["ETag"], response["Last-Modified"]) for response in seen} == {
        (200, seen[0]["ETag"], seen[0]["Last-Modified"])
    }
    assert Feed.objects.count() == 1


def test_readers_beside_writers_get_whole_calendars_and_at_last_the_truth():
    events = [published(title=f"Event {number}", organising_centre=factories.CentreFactory()) for number in range(4)]

    def work(number):
        if number % 3 == 0:
            event = events[number % 4]
            Event.objects.filter(pk=event.pk).update(title=f"Event {event.pk} as of {number}")
            tell(Event.objects.get(pk=event.pk))
            return None
        return Client().get("/calendars/network.ics")

    seen = [response for response in in_threads(work, 48) if response]
    assert {len(entries_of(response.content)) for response in seen} == {4}
    bodies = {}
    for response in seen:
        assert bodies.setdefault(response["ETag"], response.content) == response.content
    assert Revision.objects.get(pk="events").number == 4 + 16
    last = Client().get("/calendars/network.ics")
    assert sorted(summaries(last)) == sorted(Event.objects.values_list("title", flat=True))
    assert parse_http_date(last["Last-Modified"]) >= max(parse_http_date(response["Last-Modified"]) for response in seen)


def until_somebody_waits():
    """Until another transaction waits for one of ours."""
    for _try in range(2400):
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid)))")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise TimeoutError


def test_a_centre_that_is_renamed_while_its_event_is_moved_loses_no_move():
    centre, olga, carl = factories.CentreFactory(), factories.PersonFactory(), factories.PersonFactory()
    factories.appoint(olga, Role.Kind.ORGANISER, centre)
    factories.appoint(carl, Role.Kind.COORDINATOR, centre)
    event = published(organising_centre=centre)
    is_moved = threading.Event()

    def work(number):
        if number == 0:
            with transaction.atomic():
                programme.move(event=event, starts=event.starts_at + timedelta(days=3), by=olga)
                is_moved.set()
                until_somebody_waits()
        else:
            assert is_moved.wait(120)
            edit_centre(centre=centre, by=carl, changes={"name": "Another name"})

    in_threads(work, 2)
    entry = Entry.objects.get()
    assert (entry.starts_at, entry.sequence) == (event.starts_at + timedelta(days=3), 1)
    told = [text.component.replace("\r\n ", "") for text in entry.texts.filter(language="en")]
    assert ["Organised by: Another name" in component for component in told] == [True] * 3


def test_who_registers_while_their_centre_is_renamed_is_registered():
    centre, carl, ana = factories.CentreFactory(), factories.PersonFactory(), factories.PersonFactory()
    factories.appoint(carl, Role.Kind.COORDINATOR, centre)
    event = published(organising_centre=centre)
    is_locked = threading.Event()

    def work(number):
        if number == 0:
            with transaction.atomic():
                Event.objects.select_for_update(no_key=True).get(pk=event.pk)
                is_locked.set()
                until_somebody_waits()
                factories.RegistrationFactory(event=event, person=ana, home_centre=centre)  # looks whether the centre is there
        else:
            assert is_locked.wait(120)
            edit_centre(centre=centre, by=carl, changes={"name": "Another name"})

    in_threads(work, 2)
    assert (event.registrations.count(), Centre.objects.get(pk=centre.pk).name) == (1, "Another name")


def test_a_selection_that_many_name_at_once_is_one():
    made = in_threads(lambda _number: actions.name_selection(name="Visits", filters={"kind": "visit"}).code, 24)
    assert (len(set(made)), Selection.objects.count()) == (1, 1)


def test_many_new_addresses_at_once_are_never_too_many(ana):
    def work(number):
        try:
            return bool(actions.add_address(person=ana, name=str(number)))
        except actions.TooManyAddresses:
            return False

    made = in_threads(work, 26)
    assert (made.count(True), ana.calendar_addresses.count()) == (20, 20)
