"""How hours are computed."""

from datetime import timedelta

import pytest

from events.attendance.hours import Attendance, attendance_of, attendance_of_event
from events.attendance.models import AttendanceRecord
from events.programme.models import Session
from events.registrations.actions import register
from tests import factories


@pytest.fixture
def course(centre):
    """Two half days of 3 and 1 hours and one that counts 60 minutes though it lasts two hours."""
    event = factories.EventFactory(organising_centre=centre, with_session=False, attendance_share=80)
    add(event, hours=3)
    add(event, hours=1)
    add(event, hours=2, credited_minutes=60)
    return event


def add(event, *, hours=1, days=1, **fields):
    return Session.objects.create(
        event=event,
        all_day=event.all_day,
        starts_at=event.starts_at,
        ends_at=event.starts_at + timedelta(hours=hours),
        first_day=event.first_day,
        last_day=event.first_day + timedelta(days=days - 1),
        **fields,
    )


def came(registration, *sessions):
    for session in sessions:
        AttendanceRecord.objects.create(registration=registration, session=session, checked_in_at=session.starts_at)


def test_minutes_weigh(course, ana, ben, cleo):
    first, second, third = course.sessions.all()
    a, b, c = (register(event=course, person=person, by=person) for person in (ana, ben, cleo))
    came(a, first, second)
    came(b, second, third)
    assert attendance_of_event(course) == {
        a.pk: Attendance(3, 2, 300, 240, 0.8, earned=True),  # exactly the share that is needed
        b.pk: Attendance(3, 2, 300, 120, 0.4, earned=False),
        c.pk: Attendance(3, 0, 300, 0, 0.0, earned=False),
    }
    assert attendance_of(b) == Attendance(3, 2, 300, 120, 0.4, earned=False)


def test_whole_days_weigh_by_days(centre, ana):
    event = factories.EventFactory(organising_centre=centre, all_day=True, with_session=False, attendance_share=60)
    long, short = add(event, days=3), add(event, days=2)
    registration = register(event=event, person=ana, by=ana)
    came(registration, long)
    assert attendance_of_event(event)[registration.pk] == Attendance(2, 1, None, None, 0.6, earned=True)
    came(registration, short)
    assert attendance_of(registration) == Attendance(2, 2, None, None, 1.0, earned=True)


def test_whole_days_with_stated_minutes_weigh_by_minutes(centre, ana):
    event = factories.EventFactory(organising_centre=centre, all_day=True, with_session=False)
    first, _second = add(event, credited_minutes=360), add(event, credited_minutes=120)
    registration = register(event=event, person=ana, by=ana)
    came(registration, first)
    assert attendance_of(registration) == Attendance(2, 1, 480, 360, 0.75, earned=False)


def test_sessions_that_count_nothing_weigh_alike(centre, ana):
    event = factories.EventFactory(organising_centre=centre, with_session=False, attendance_share=50)
    first, _second = add(event, credited_minutes=0), add(event, credited_minutes=0)
    registration = register(event=event, person=ana, by=ana)
    came(registration, first)
    assert attendance_of(registration) == Attendance(2, 1, 0, 0, 0.5, earned=True)


def test_an_event_without_sessions_earns_nothing(centre, ana):
    event = factories.EventFactory(organising_centre=centre, with_session=False)
    registration = register(event=event, person=ana, by=ana)
    assert attendance_of(registration) == Attendance(0, 0, 0, 0, 0.0, earned=False)


def test_hours_cost_three_queries_however_many_people(course, django_assert_num_queries):
    for number in range(3):
        person = factories.PersonFactory()
        came(register(event=course, person=person, by=person), course.sessions.first())
        with django_assert_num_queries(3):
            assert len(attendance_of_event(course)) == number + 1
