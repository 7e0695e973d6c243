"""Checking people in, and taking it back."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.utils import timezone

from events.attendance import actions, queries
from events.attendance.models import AttendanceRecord
from events.attendance.signals import attendance_recorded
from events.programme.models import Event, Session
from events.registrations import actions as registrations
from network.errors import NotAllowed
from tests import factories


@pytest.fixture
def today(training):
    """The training, on since an hour."""
    now = timezone.now()
    times = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=6)}
    Event.objects.filter(pk=training.pk).update(**times, registration_closes_at=now + timedelta(hours=5))
    training.sessions.update(**times)
    training.refresh_from_db()
    return training


@pytest.fixture
def session(today):
    return today.sessions.get()


def registered(event, *people):
    return [registrations.register(event=event, person=person, by=person) for person in people]


def present(session):
    return [(row.registration.person.name, row.present) for row in queries.roster(session)]


def test_checking_in_twice_is_once(session, today, ana, olga):
    (registration,) = registered(today, ana)
    first = actions.check_in(registration=registration, session=session, by=olga)
    assert actions.check_in(registration=registration, session=session, by=olga) == first
    assert (first.recorded_by, first.source) == (olga, "desk")
    assert AttendanceRecord.objects.count() == 1


def test_a_check_in_can_be_undone_and_the_journal_keeps_both(session, today, ana, olga):
    (registration,) = registered(today, ana)
    actions.check_in(registration=registration, session=session, by=olga)
    actions.undo_check_in(registration=registration, session=session, by=olga)
    actions.undo_check_in(registration=registration, session=session, by=olga)
    assert present(session) == [("Ana Procurer", False)]
    entries = LogEntry.objects.filter(content_type__model="attendancerecord").order_by("pk")
    assert [(e.action, e.actor) for e in entries] == [(LogEntry.Action.CREATE, olga), (LogEntry.Action.DELETE, olga)]


def test_only_confirmed_participants_are_checked_in(session, today, ana, ben, olga):
    Event.objects.filter(pk=today.pk).update(places=1)
    _confirmed, waiting = registered(today, ana, ben)
    with pytest.raises(actions.CannotCheckIn) as refused:
        actions.check_in(registration=waiting, session=session, by=olga)
    assert str(refused.value.message) == "Ben Buyer has no confirmed place: the registration is “On the waiting list”."


def test_a_registration_for_another_event_is_refused(session, ana, olga):
    (elsewhere,) = registered(factories.EventFactory(), ana)
    for present_or_not in (True, False):
        with pytest.raises(actions.CannotCheckIn):
            actions.set_present(session=session, registrations=[elsewhere], present=present_or_not, by=olga)


def test_check_in_opens_two_hours_before(session, today, ana, olga):
    (registration,) = registered(today, ana)
    session.starts_at = timezone.now() + timedelta(hours=2, minutes=1)
    with pytest.raises(actions.CannotCheckIn):
        actions.check_in(registration=registration, session=session, by=olga)
    session.starts_at = timezone.now() + timedelta(hours=1, minutes=59)
    assert actions.check_in(registration=registration, session=session, by=olga).session == session


@pytest.mark.parametrize("state", ["draft", "postponed", "cancelled"])
def test_nobody_is_checked_in_at_an_event_that_is_not_on(session, today, ana, olga, state):
    (registration,) = registered(today, ana)
    session.event.state = state
    with pytest.raises(actions.CannotCheckIn):
        actions.check_in(registration=registration, session=session, by=olga)


def test_attendance_is_put_right_after_the_event(session, today, ana, olga):
    (registration,) = registered(today, ana)
    session.event.state = Event.State.FINISHED
    assert actions.set_present(session=session, registrations=[registration], present=True, by=olga) == 1


def test_many_at_once_all_or_none(session, today, ana, ben, cleo, olga):
    Event.objects.filter(pk=today.pk).update(places=2)
    first, second, waiting = registered(today, ana, ben, cleo)
    told = []
    listen = lambda change, **_kwargs: told.append((change.registration.person.name, change.present))  # noqa: E731
    attendance_recorded.connect(listen)
    with pytest.raises(actions.CannotCheckIn):
        actions.set_present(session=session, registrations=[first, second, waiting], present=True, by=olga)
    assert AttendanceRecord.objects.count() == 0
    actions.check_in(registration=second, session=session, by=olga)
    assert actions.set_present(session=session, registrations=[first, second], present=True, by=olga) == 1
    assert actions.set_present(session=session, registrations=[first, second], present=False, by=olga) == 2
    attendance_recorded.disconnect(listen)
    assert told == [("Ben Buyer", True), ("Ana Procurer", True), ("Ana Procurer", False), ("Ben Buyer", False)]


def test_only_who_runs_the_event_records_attendance(session, today, ana, otto, mia, olga, carl, sara):
    (registration,) = registered(today, ana)
    for stranger in (ana, otto, mia):
        with pytest.raises(NotAllowed):
            actions.check_in(registration=registration, session=session, by=stranger)
    for host in (olga, carl, sara):
        actions.check_in(registration=registration, session=session, by=host)


def test_the_roster_is_in_the_order_of_the_door(session, today, olga):
    people = [factories.PersonFactory(name=name) for name in ("émile Zola", "Adam Ant", "zoe Young", "Beata Bee")]
    first, *_others = registered(today, *people)
    actions.check_in(registration=first, session=session, by=olga)
    assert present(session) == [("Adam Ant", False), ("Beata Bee", False), ("zoe Young", False), ("émile Zola", True)]
    assert [row.registration.person.name for row in queries.roster(session, search="zola")] == ["émile Zola"]


def test_the_roster_asks_twice_however_long_it_is(session, today, django_assert_num_queries):
    for number in range(3):
        registered(today, factories.PersonFactory())
        with django_assert_num_queries(2):
            rows = [row.registration.person.organisation.name for row in queries.roster(session)]
        assert len(rows) == number + 1


def test_present_by_session_counts_every_session(session, today, ana, ben, olga):
    other = Session.objects.create(
        event=today, starts_at=today.starts_at, ends_at=today.ends_at, first_day=today.first_day, last_day=today.last_day
    )
    actions.set_present(session=session, registrations=registered(today, ana, ben), present=True, by=olga)
    assert queries.present_by_session(today) == {session.pk: 2, other.pk: 0}
