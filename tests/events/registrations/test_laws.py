"""Hypothesis drives the actions at random; after every step the laws of places hold."""

from contextlib import suppress

from django.test import TestCase
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from events.programme.models import Event
from events.programme.signals import EventChange, event_changed
from events.registrations import actions, places, queries
from events.registrations.models import Registration
from network.errors import Refused
from network.models import Role
from tests import factories
from tests.events.registrations import laws

State = Registration.State
WHO = st.integers(0, 5)


class Places(RuleBasedStateMachine):
    """Six people, one organiser, one event; a model of the waiting list beside the database."""

    @initialize(number=st.integers(1, 2), approval=st.booleans())
    def begin(self, number, approval):
        self.transaction = TestCase._enter_atomics()
        self.event = factories.EventFactory(places=number, needs_approval=approval)
        self.people = factories.PersonFactory.create_batch(6)
        self.organiser = factories.PersonFactory()
        factories.appoint(self.organiser, Role.Kind.COORDINATOR, self.event.organising_centre)
        for person in self.people[:4]:  # so that somebody waits from the start
            actions.register(event=self.event, person=person, by=self.organiser)
        self.queue = laws.waiting_list(self.event.pk)

    def teardown(self):
        if hasattr(self, "transaction"):
            TestCase._rollback_atomics(self.transaction)

    def last(self, who):
        return Registration.objects.filter(event=self.event, person=self.people[who]).order_by("-pk").first()

    @rule(who=WHO, by_organiser=st.booleans())
    def register(self, who, by_organiser):
        person = self.people[who]
        with suppress(actions.WasDeclined):
            actions.register(event=self.event, person=person, by=self.organiser if by_organiser else person)

    @rule(who=WHO, by_organiser=st.booleans())
    def cancel(self, who, by_organiser):
        if registration := self.last(who):
            with suppress(actions.WrongState):
                actions.cancel(registration=registration, by=self.organiser if by_organiser else self.people[who])

    @rule(who=WHO)
    def approve(self, who):
        if registration := self.last(who):
            with suppress(Refused):
                actions.approve(registration=registration, by=self.organiser)

    @rule(who=WHO)
    def decline(self, who):
        if registration := self.last(who):
            with suppress(actions.WrongState):
                actions.decline(registration=registration, by=self.organiser, reason="Full")

    @rule(who=WHO)
    def invite(self, who):
        actions.invite(event=self.event, person=self.people[who], by=self.organiser)

    @rule(number=st.one_of(st.none(), st.integers(1, 6)))
    def change_places(self, number):
        with places.held(self.event.pk) as locked:
            wanted = None if number is None else max(number, locked.places_taken)
            Event.objects.filter(pk=locked.pk).update(places=wanted)
            locked.places = wanted
            event_changed.send(Event, change=EventChange(locked, "edited", None, "", frozenset({"places"})))

    @invariant()
    def the_laws_hold(self):
        if hasattr(self, "event"):
            laws.check(self.event.pk)

    @invariant()
    def the_waiting_list_keeps_its_order(self):
        """Who still waits stands in the same order as before, nobody was overtaken, and who is new stands behind."""
        if not hasattr(self, "event"):
            return
        now = laws.waiting_list(self.event.pk)
        turns = [self.turn(pk) for pk in now]
        stayed = [pk for pk in self.queue if pk in now]
        assert now[: len(stayed)] == stayed
        promoted = [n for n, pk in enumerate(self.queue) if self.state_of(pk) == State.CONFIRMED]
        assert not promoted or not stayed or max(promoted) < self.queue.index(stayed[0])
        assert turns == list(range(1, len(now) + 1))
        self.queue = now

    @staticmethod
    def turn(pk):
        return queries.position(Registration.objects.get(pk=pk))

    @staticmethod
    def state_of(pk):
        return Registration.objects.get(pk=pk).state


def test_the_laws_hold_whatever_happens(db):
    run_state_machine_as_test(
        Places,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        ),
    )
