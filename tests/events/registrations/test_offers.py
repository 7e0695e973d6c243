"""Offers: a free place is offered to the next in line, who says yes or no in time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from events.programme import actions as programme
from events.programme.models import Event
from events.registrations import actions, decisions, tasks
from events.registrations.errors import OfferEnded, RegistrationClosed
from events.registrations.models import Registration
from events.registrations.offers import answer_until
from network.errors import Invalid, WrongState
from tests import factories
from tests.events.registrations import laws

State = Registration.State


@pytest.fixture
def course(centre):
    """One place, and freed places are offered."""
    return factories.EventFactory(organising_centre=centre, places=1, promotion="offer", offer_hours=24)


def state_of(person):
    return Registration.objects.filter(person=person).order_by("-pk").first().state


def queue(event, *people):
    return [actions.register(event=event, person=person, by=person) for person in people]


def test_a_freed_place_is_offered_and_held_until_the_answer(course, ana, ben, cleo):
    mine, *_others = queue(course, ana, ben, cleo)
    actions.cancel(registration=mine, by=ana)
    offered = Registration.objects.get(person=ben)
    assert (offered.state, offered.deadline > timezone.now()) == (State.OFFERED, True)
    assert Event.objects.get(pk=course.pk).places_taken == 1  # an offer holds the place
    assert state_of(cleo) == State.WAITING
    assert actions.accept(registration=offered, by=ben).state == State.CONFIRMED
    assert actions.accept(registration=offered, by=ben).state == State.CONFIRMED  # twice is once
    laws.check(course.pk)


def test_who_says_no_passes_it_on_at_once(course, ana, ben, cleo):
    mine, *_others = queue(course, ana, ben, cleo)
    actions.cancel(registration=mine, by=ana)
    actions.cancel(registration=Registration.objects.get(person=ben), by=ben)
    assert (state_of(ben), state_of(cleo)) == (State.CANCELLED, State.OFFERED)


def test_an_offer_that_nobody_answers_expires_and_goes_to_the_next(course, ana, ben, cleo):
    mine, *_others = queue(course, ana, ben, cleo)
    actions.cancel(registration=mine, by=ana)
    Registration.objects.filter(person=ben).update(deadline=timezone.now())
    assert tasks.catch_up() == 1
    assert (state_of(ben), state_of(cleo)) == (State.EXPIRED, State.OFFERED)
    assert tasks.catch_up() == 0
    laws.check(course.pk)


def test_an_answer_that_comes_too_late_says_so_even_if_the_worker_sleeps(course, ana, ben, cleo):
    mine, *_others = queue(course, ana, ben, cleo)
    actions.cancel(registration=mine, by=ana)
    offered = Registration.objects.get(person=ben)
    Registration.objects.filter(person=ben).update(deadline=timezone.now() - timedelta(seconds=1))
    with pytest.raises(OfferEnded, match="the place went to the next in line"):
        actions.accept(registration=offered, by=ben)
    assert (state_of(ben), state_of(cleo)) == (State.EXPIRED, State.OFFERED)


def test_who_missed_it_may_ask_again_and_stands_at_the_end(course, ana, ben, cleo):
    mine, *_others = queue(course, ana, ben, cleo)
    actions.cancel(registration=mine, by=ana)
    Registration.objects.filter(person=ben).update(deadline=timezone.now())
    tasks.catch_up()
    assert actions.register(event=course, person=ben, by=ben).state == State.WAITING
    assert laws.states(course.pk) == {"cancelled": 1, "expired": 1, "offered": 1, "waiting": 1}


def test_nothing_to_accept_is_told(course, ana):
    (mine,) = queue(course, ana)
    actions.cancel(registration=mine, by=ana)
    with pytest.raises(WrongState, match="No place is offered to you"):
        actions.accept(registration=mine, by=ana)


def test_a_newcomer_does_not_overtake_while_an_offer_runs(course, ana, ben, cleo):
    mine, _waiting = queue(course, ana, ben)
    actions.cancel(registration=mine, by=ana)
    assert actions.register(event=course, person=cleo, by=cleo).state == State.WAITING


# How long it runs


def at(*when):
    return datetime(*when, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "hours", "zone", "until"),
    [
        (at(2027, 3, 1, 10), 24, "Europe/Vienna", at(2027, 3, 2, 10)),
        (at(2027, 3, 1, 21), 24, "Europe/Vienna", at(2027, 3, 3, 8)),  # 22:00 in Vienna: the morning after, at 9
        (at(2027, 3, 1, 2), 24, "Europe/Vienna", at(2027, 3, 2, 8)),  # 3:00 in Vienna: that morning
        (at(2027, 3, 1, 19), 24, "Atlantic/Azores", at(2027, 3, 2, 19)),  # 18:00 there is no night
        (at(2027, 3, 1, 20), 24, "Europe/Athens", at(2027, 3, 3, 7)),  # 22:00 there is
        (at(2027, 3, 27, 12), 14, "Europe/Vienna", at(2027, 3, 28, 7)),  # the night in which clocks go forward
    ],
)
def test_no_offer_ends_in_the_night_of_the_person(now, hours, zone, until):
    event = Event(offer_hours=hours, starts_at=at(2027, 5, 1, 9), ends_at=at(2027, 5, 1, 17))
    assert answer_until(event, factories.PersonFactory.build(timezone=zone, organisation=None), now=now) == until


def test_no_offer_outlives_the_beginning_of_the_event():
    event = Event(offer_hours=48, starts_at=at(2027, 3, 2, 8), ends_at=at(2027, 3, 2, 17))
    person = factories.PersonFactory.build(organisation=None)
    assert answer_until(event, person, now=at(2027, 3, 1, 10)) == at(2027, 3, 2, 8)
    assert answer_until(event, person, now=at(2027, 3, 2, 9)) == at(2027, 3, 2, 17)


# Invitations


def test_an_invitation_may_have_a_date(training, ana, olga):
    with pytest.raises(Invalid):
        decisions.invite(event=training, person=ana, by=olga, until=timezone.now())
    decisions.invite(event=training, person=ana, by=olga, until=timezone.now() + timedelta(days=1))
    Registration.objects.update(deadline=timezone.now())
    assert tasks.catch_up() == 1
    assert state_of(ana) == State.EXPIRED


def test_an_invitation_that_ran_out_a_moment_ago_counts_for_nothing(training, ana, olga):
    Event.objects.update(visibility="invited")
    decisions.invite(event=training, person=ana, by=olga, until=timezone.now() + timedelta(days=1))
    Registration.objects.update(deadline=timezone.now())
    training.refresh_from_db()
    assert actions.register(event=training, person=ana, by=olga).state == State.CONFIRMED  # the organiser may always
    assert laws.states(training.pk) == {"expired": 1, "confirmed": 1}


def test_an_invitation_opens_a_closed_event_if_the_organiser_says_so(training, ana, ben, olga):
    Event.objects.update(registration_closes_at=timezone.now() - timedelta(hours=1))
    training.refresh_from_db()
    for person, when_closed in ((ana, True), (ben, False)):
        decisions.invite(event=training, person=person, by=olga, when_closed=when_closed)
    assert actions.register(event=training, person=ana, by=ana).state == State.CONFIRMED
    with pytest.raises(RegistrationClosed):
        actions.register(event=training, person=ben, by=ben)


def test_an_invitation_beyond_the_places_takes_none_and_leaves_none_behind(training, ana, ben, cleo, olga):
    Event.objects.update(places=1)
    training.refresh_from_db()
    queue(training, ana, cleo)
    decisions.invite(event=training, person=ben, by=olga, when_full=True)
    extra = actions.register(event=training, person=ben, by=ben)
    assert (extra.state, extra.is_extra) == (State.CONFIRMED, True)
    assert Event.objects.get(pk=training.pk).places_taken == 1
    laws.check(training.pk)
    actions.cancel(registration=extra, by=ben)
    assert state_of(cleo) == State.WAITING  # no place became free
    laws.check(training.pk)


def test_an_invitation_ends_in_a_year_that_every_clock_knows(training, olga, ana):
    with pytest.raises(Invalid) as caught:
        decisions.invite(event=training, person=ana, by=olga, until=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    assert caught.value.errors == {"until": ["The year must be between 2000 and 2100."]}


def test_an_offer_of_an_event_that_is_called_off_stays_as_it_is(course, ana, ben, olga):
    mine, _waiting = queue(course, ana, ben)
    actions.cancel(registration=mine, by=ana)
    programme.cancel(event=course, reason="No trainer", by=olga)
    Registration.objects.filter(person=ben).update(deadline=timezone.now())
    assert tasks.catch_up() == 0
    assert state_of(ben) == State.OFFERED
    with pytest.raises(RegistrationClosed, match="cancelled"):
        actions.accept(registration=Registration.objects.get(person=ben), by=ben)


def test_an_offer_ends_in_time_even_where_places_are_given_at_once_by_now(course, ana, ben, cleo):
    mine, *_others = queue(course, ana, ben, cleo)
    actions.cancel(registration=mine, by=ana)
    Event.objects.update(promotion="automatic")
    offered = Registration.objects.get(person=ben)
    Registration.objects.filter(person=ben).update(deadline=timezone.now() - timedelta(seconds=1))
    with pytest.raises(OfferEnded):
        actions.accept(registration=offered, by=ben)
    assert (state_of(ben), state_of(cleo)) == (State.EXPIRED, State.CONFIRMED)
