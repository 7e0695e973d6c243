"""Those who come at the same moment go in together, and what goes wrong for one concerns nobody else."""

import threading

import pytest
from django.db import connection
from django.utils import translation

from events.programme.models import Event
from events.registrations import actions, places
from events.registrations.errors import NotEligible
from events.registrations.models import Registration
from events.registrations.signals import registration_changed
from tests import factories
from tests.events.registrations import laws

pytestmark = pytest.mark.django_db(transaction=True)

State = Registration.State


@pytest.fixture
def event(centre):
    return factories.EventFactory(organising_centre=centre, places=3)


def at_once(event, people, languages=()):
    """Let them all stand in line while somebody else holds the event; returns what each got, or what was raised."""
    got, threads = {}, []

    def come(person, language):
        try:
            with translation.override(language):
                got[person.pk] = actions.register(event=event, person=person, by=person)
        except BaseException as error:  # noqa: BLE001 - told to the main thread
            got[person.pk] = error
        finally:
            connection.close()

    with places.held(event.pk):
        for place, person in enumerate(people):
            language = languages[place] if languages else "en"
            threads.append(threading.Thread(target=come, args=(person, language)))
            threads[-1].start()
            wait_for_line(event, place + 1)
    for thread in threads:
        thread.join()
    return [got[person.pk] for person in people]


def wait_for_line(event, number):
    """Until so many stand in line."""
    from events.registrations import admitting

    for _try in range(12_000):
        if len(admitting._lines.get(event.pk, ())) >= number:
            return
        threading.Event().wait(0.01)
    raise AssertionError("they did not come")


@pytest.fixture
def told():
    """How many changes were told at once."""
    numbers = []

    def listen(changes, **_kwargs):
        numbers.append(len(changes))

    registration_changed.connect(listen)
    yield numbers
    registration_changed.disconnect(listen)


def test_who_stands_in_line_goes_in_together_in_order(event, told):
    people = factories.PersonFactory.create_batch(5)
    got = at_once(event, people)
    assert [one.state for one in got] == ["confirmed"] * 3 + ["waiting"] * 2
    assert told == [5]  # one transaction, one message to the floors above
    assert [one.pk for one in got] == sorted(one.pk for one in got)
    laws.check(event.pk)


def test_a_refusal_concerns_only_who_is_refused_and_is_in_their_language(event, told):
    Event.objects.update(eligible_kinds=["local-authority"])
    event.refresh_from_db()
    buyer, supplier, other = (factories.PersonFactory(organisation__kind=k) for k in ("local-authority", "supplier", "utility"))
    first, second, third = at_once(event, [buyer, supplier, other], ["en", "de", "en"])
    assert first.state == State.CONFIRMED
    assert isinstance(second, NotEligible)
    assert isinstance(third, NotEligible)
    assert "Lieferant" in str(second.message)
    assert str(third.message) == "This event is open to: Local contracting authority. Your organisation is listed as “Utility”."
    assert told == [1]


def test_somebody_in_line_twice_is_let_in_once(event, ana, told):
    twice = [ana, type(ana).objects.get(pk=ana.pk)]
    assert len({one.pk for one in at_once(event, twice)}) == 1
    assert list(event.registrations.values_list("state", flat=True)) == ["confirmed"]


def test_what_breaks_for_one_breaks_nothing_for_the_others(event, told):
    people = factories.PersonFactory.create_batch(4)

    def fail(changes, **_kwargs):
        if any(change.registration.person_id == people[1].pk for change in changes):
            raise RuntimeError("disk full")

    registration_changed.connect(fail)
    try:
        got = at_once(event, people)
    finally:
        registration_changed.disconnect(fail)
    assert [type(one).__name__ for one in got] == ["Registration", "RuntimeError", "Registration", "Registration"]
    assert [one.state for one in got if isinstance(one, Registration)] == ["confirmed"] * 3
    assert event.registrations.count() == 3
    laws.check(event.pk)
    assert actions.register(event=event, person=people[1], by=people[1]).state == State.WAITING  # the line goes on


def test_that_the_thread_in_front_is_ended_lets_nobody_believe_they_are_in(event, ana, ben):
    """A worker that is told to stop writes nothing: who stands in line with it goes in alone."""
    ended = []

    def end_the_first(**_kwargs):
        if not ended:
            ended.append(True)
            raise SystemExit

    registration_changed.connect(end_the_first)
    try:
        first, second = at_once(event, [ana, ben])
    finally:
        registration_changed.disconnect(end_the_first)
    assert (type(first), second.state) == (SystemExit, State.CONFIRMED)
    assert list(event.registrations.values_list("person", flat=True)) == [ben.pk]
    laws.check(event.pk)
