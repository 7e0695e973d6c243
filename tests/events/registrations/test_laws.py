"""Hypothesis drives the actions at random; after every step the laws of places hold."""

from contextlib import suppress
from datetime import timedelta

from django.test import TestCase
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from events.programme.models import Event, Session
from events.programme.signals import EventChange, event_changed
from events.registrations import actions, decisions, groups, places, queries, tasks, terms
from events.registrations.models import Quota, Registration
from network.errors import Invalid, Refused
from network.models import Role
from tests import factories
from tests.events.registrations import laws

State = Registration.State
PEOPLE = 8
WHO = st.integers(0, PEOPLE - 1)
BY_HOST = st.booleans()


class Places(RuleBasedStateMachine):
    """Eight people of two countries and two types of organisation, one organiser, one event with two parallel sessions."""

    @initialize(
        number=st.integers(2, 4),
        approval=st.booleans(),
        promotion=st.sampled_from(Event.Promotion.values),
        choices=st.booleans(),
    )
    def begin(self, number, approval, promotion, choices):
        self.transaction = TestCase._enter_atomics()
        self.event = factories.EventFactory(places=number, needs_approval=approval, promotion=promotion, has_choices=choices)
        self.sessions = [
            Session.objects.create(
                event=self.event,
                title=title,
                starts_at=self.event.starts_at,
                ends_at=self.event.starts_at + timedelta(hours=1),
                first_day=self.event.first_day,
                last_day=self.event.first_day,
                is_chosen=choices,
                places=room if choices else None,
            ).pk
            for title, room in (("A", 1), ("B", 2))
        ]
        self.people = [
            factories.PersonFactory(organisation__country=country, organisation__kind=kind)
            for country, kind in [("AT", "utility"), ("DE", "utility"), ("AT", "supplier"), ("DE", "supplier")] * (PEOPLE // 4)
        ]
        self.organiser = factories.PersonFactory()
        factories.appoint(self.organiser, Role.Kind.COORDINATOR, self.event.organising_centre)
        for turn, person in enumerate(self.people[:6]):  # so that somebody waits from the start
            actions.register(event=self.event, person=person, by=self.organiser, sessions=self.choice(turn % 3))
        self.remember()

    def teardown(self):
        if hasattr(self, "transaction"):
            TestCase._rollback_atomics(self.transaction)

    def last(self, who):
        return Registration.objects.filter(event=self.event, person=self.people[who]).order_by("-pk").first()

    def by(self, who, *, by_host):
        return self.organiser if by_host else self.people[who]

    def choice(self, number):
        event = Event.objects.get(pk=self.event.pk)
        return [self.sessions[number]] if event.has_choices and number < 2 else []

    @rule(who=WHO, by_host=BY_HOST, number=st.integers(0, 2))
    def register(self, who, by_host, number):
        with suppress(Refused):
            by = self.by(who, by_host=by_host)
            actions.register(event=self.event, person=self.people[who], by=by, sessions=self.choice(number))

    @rule(who=st.lists(WHO, min_size=1, max_size=4), mode=st.sampled_from(["all", "fit"]))
    def register_a_group(self, who, mode):
        before = laws.states(self.event.pk)
        group = [groups.Colleague(self.people[one]) for one in who]
        results = groups.register_many(event=self.event, colleagues=group, by=self.organiser, mode=mode)
        if not results.written:
            assert laws.states(self.event.pk) == before

    @rule(who=WHO, by_host=BY_HOST)
    def cancel(self, who, by_host):
        if registration := self.last(who):
            with suppress(Refused):
                actions.cancel(registration=registration, by=self.by(who, by_host=by_host))

    @rule(who=WHO)
    def accept(self, who):
        if registration := self.last(who):
            with suppress(Refused):
                actions.accept(registration=registration, by=self.people[who])

    @rule(who=WHO, number=st.integers(0, 2))
    def change(self, who, number):
        if registration := self.last(who):
            before = set(registration.choices.values_list("session_id", flat=True))
            try:
                actions.change(registration=registration, by=self.people[who], sessions=self.choice(number))
            except Refused:
                assert set(registration.choices.values_list("session_id", flat=True)) == before  # all or nothing
            self.changed = registration.pk

    @rule(who=WHO, to=WHO, by_host=BY_HOST)
    def pass_on(self, who, to, by_host):
        if registration := self.last(who):
            with suppress(Refused, Invalid):
                by = self.by(who, by_host=by_host)
                actions.pass_on(registration=registration, to=self.people[to], by=by)

    @rule(who=WHO)
    def approve(self, who):
        if registration := self.last(who):
            with suppress(Refused):
                decisions.approve(registration=registration, by=self.organiser)

    @rule(who=WHO)
    def decline(self, who):
        if registration := self.last(who):
            with suppress(Refused):
                decisions.decline(registration=registration, by=self.organiser, reason="Full")

    @rule(who=WHO, when_full=st.booleans())
    def invite(self, who, when_full):
        decisions.invite(event=self.event, person=self.people[who], by=self.organiser, when_full=when_full)

    @rule(who=WHO, turn=st.integers(1, 5))
    def put_at(self, who, turn):
        if registration := self.last(who):
            with suppress(Refused):
                decisions.put_at(registration=registration, turn=turn, by=self.organiser, reason="They travel far")
                self.moved = True

    @rule()
    def time_runs_out(self):
        """Every offer that still runs comes to its end."""
        Registration.objects.filter(event=self.event, state=State.OFFERED).update(deadline=timezone.now())
        tasks.catch_up()

    @rule(number=st.one_of(st.none(), st.integers(1, 6)))
    def change_places(self, number):
        with places.held(self.event.pk) as hall:
            wanted = None if number is None else max(number, hall.event.places_taken)
        Event.objects.filter(pk=self.event.pk).update(places=wanted)
        event_changed.send(Event, change=EventChange(self.event, "edited", None, "", frozenset({"places"})))

    @rule(reserved=st.integers(0, 2), at_most=st.one_of(st.none(), st.integers(1, 3)), by_country=st.booleans())
    def set_quotas(self, reserved, at_most, by_country):
        group = {"country": "AT"} if by_country else {"organisation_kind": "supplier"}
        with suppress(Invalid):  # a limit below what is taken, more reserved than there are places
            quotas = [terms.QuotaFacts(**group, reserved=reserved, at_most=at_most)]
            terms.set_quotas(event=self.event, quotas=quotas, by=self.organiser)

    @rule()
    def quotas_lapse(self):
        Quota.objects.filter(event=self.event).update(until=timezone.now())
        tasks.catch_up()

    def remember(self):
        self.queue, self.kinds = laws.waiting_list(self.event.pk), laws.alike(self.event.pk)
        self.holders = laws.holders(self.event.pk)
        self.moved = False
        self.changed = None

    @invariant()
    def the_laws_hold(self):
        if hasattr(self, "event"):
            laws.check(self.event.pk)
            laws.check_reserves(self.event.pk, self.holders)

    @invariant()
    def the_waiting_list_keeps_its_order(self):
        """Who still waits stands in the same order as before, who is new stands behind, and of two alike the first goes first."""
        if not hasattr(self, "event"):
            return
        now = laws.waiting_list(self.event.pk)
        assert [queries.position(Registration.objects.get(pk=pk)) for pk in now] == list(range(1, len(now) + 1))
        if not self.moved:
            stayed = [pk for pk in self.queue if pk in now]
            assert [pk for pk in now if pk in stayed] == stayed
            placed = set(
                Registration.objects.filter(pk__in=self.queue, state__in=Registration.HOLDING).values_list("pk", flat=True)
            )
            for place, pk in enumerate(self.queue):
                if pk in placed and pk != self.changed:
                    before = [one for one in self.queue[:place] if one in now and one != self.changed]
                    assert all(self.kinds[one] != self.kinds[pk] for one in before), "somebody alike was overtaken"
        self.remember()


def test_the_laws_hold_whatever_happens(db):
    run_state_machine_as_test(
        Places,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        ),
    )
