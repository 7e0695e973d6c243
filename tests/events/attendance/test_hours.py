"""How hours are computed, and what is missing for a certificate."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.attendance.hours import Attendance, Missing, attendance_of_event, attendance_of_events, why_not
from events.attendance.models import AttendanceRecord, AttendanceTerms, Evaluation, EvaluationTurn, HandedIn
from events.attendance.terms.explaining import explain
from events.programme.models import Session
from events.registrations.actions import register
from tests import factories
from tests.events.attendance.hours import attendance_of

LACKS_HOURS = (Missing("hours"),)


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


def came(registration, *sessions, minutes=None):
    for session in sessions:
        AttendanceRecord.objects.create(
            registration=registration, session=session, checked_in_at=session.starts_at, minutes=minutes
        )


def test_minutes_weigh(course, ana, ben, cleo):
    first, second, third = course.sessions.all()
    a, b, c = (register(event=course, person=person, by=person) for person in (ana, ben, cleo))
    came(a, first, second)
    came(b, second, third)
    assert attendance_of_event(course) == {
        a.pk: Attendance(3, 2, 300, 240, 0.8, earned=True),  # exactly the share that is needed
        b.pk: Attendance(3, 2, 300, 120, 0.4, earned=False, missing=LACKS_HOURS),
        c.pk: Attendance(3, 0, 300, 0, 0.0, earned=False, missing=LACKS_HOURS),
    }
    assert attendance_of(b) == Attendance(3, 2, 300, 120, 0.4, earned=False, missing=LACKS_HOURS)


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
    assert attendance_of(registration) == Attendance(2, 1, 480, 360, 0.75, earned=False, missing=LACKS_HOURS)


def test_sessions_that_count_nothing_weigh_alike(centre, ana):
    event = factories.EventFactory(organising_centre=centre, with_session=False, attendance_share=50)
    first, _second = add(event, credited_minutes=0), add(event, credited_minutes=0)
    registration = register(event=event, person=ana, by=ana)
    came(registration, first)
    assert attendance_of(registration) == Attendance(2, 1, 0, 0, 0.5, earned=True)


def test_an_event_without_sessions_earns_nothing(centre, ana):
    event = factories.EventFactory(organising_centre=centre, with_session=False)
    registration = register(event=event, person=ana, by=ana)
    assert attendance_of(registration) == Attendance(0, 0, 0, 0, 0.0, earned=False, missing=LACKS_HOURS)


def test_hours_cost_three_queries_however_many_people(course, django_assert_num_queries):
    for number in range(3):
        person = factories.PersonFactory()
        came(register(event=course, person=person, by=person), course.sessions.first())
        with django_assert_num_queries(3):
            assert len(attendance_of_event(course)) == number + 1


# --- minutes of a webinar's report ---


def test_the_minutes_of_a_report_count_and_no_more_than_the_session_lasted(course, ana, ben):
    first, second, _third = course.sessions.all()
    a, b = (register(event=course, person=person, by=person) for person in (ana, ben))
    came(a, first, minutes=150)
    came(a, second, minutes=47)
    came(b, second, minutes=75)  # it lasted 60
    assert attendance_of_event(course) == {
        # 47 of 60 minutes are less than the 80 % that make a session attended: they count all the same.
        a.pk: Attendance(3, 1, 300, 197, 197 / 300, earned=False, missing=LACKS_HOURS),
        b.pk: Attendance(3, 1, 300, 60, 0.2, earned=False, missing=LACKS_HOURS),
    }


def test_where_a_session_counts_other_minutes_than_the_clock_a_report_counts_in_proportion(course, ana):
    third = course.sessions.all()[2]  # two hours that count as one
    registration = register(event=course, person=ana, by=ana)
    came(registration, third, minutes=97)
    assert attendance_of(registration).minutes_attended == 49  # 48.5, and a minute that was begun counts
    assert [line.why for line in explain(registration).lines if line.present] == [
        "Connected for 97 of 120 minutes. The session counts 60 minutes, so this counts 49."
    ]


def test_exactly_the_share_is_enough_whatever_the_session_counts(centre, ana):
    event = factories.EventFactory(organising_centre=centre, with_session=False, attendance_share=80)
    session = add(event, hours=1, credited_minutes=44)  # 80 % of 44 is no whole number
    registration = register(event=event, person=ana, by=ana)
    came(registration, session, minutes=48)
    assert attendance_of(registration).earned is True
    AttendanceRecord.objects.update(minutes=47)
    assert (attendance_of(registration).sessions_attended, attendance_of(registration).minutes_attended) == (0, 35)
    assert attendance_of(registration).earned is False


@pytest.mark.parametrize(("minutes", "attended"), [(None, 1), (48, 1), (47, 0)])
def test_where_days_weigh_a_session_counts_whole_or_not_at_all(centre, ana, minutes, attended):
    event = factories.EventFactory(organising_centre=centre, with_session=False, all_day=True, attendance_share=80)
    add(event)  # without minutes: days weigh
    session = add(event, credited_minutes=60)
    registration = register(event=event, person=ana, by=ana)
    came(registration, session, minutes=minutes)
    found = attendance_of(registration)
    assert (found.sessions_attended, found.minutes_attended, found.share) == (attended, None, attended / 2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    share=st.integers(1, 100),
    sessions=st.lists(
        st.tuples(
            st.integers(1, 6),  # hours
            st.none() | st.integers(0, 400),  # credited
            st.just("absent") | st.none() | st.integers(0, 500),  # the record
        ),
        min_size=1,
        max_size=5,
    ),
)
def test_the_lines_that_explain_add_up_to_the_hours(centre, ana, share, sessions):
    event = factories.EventFactory(organising_centre=centre, with_session=False, attendance_share=share)
    registration = factories.RegistrationFactory(event=event, person=ana, state="confirmed")
    for hours, credited, record in sessions:
        session = add(event, hours=hours, credited_minutes=credited)
        if record != "absent":
            came(registration, session, minutes=record)
    explanation = explain(registration)
    attendance = attendance_of(registration)
    assert explanation.attendance == attendance
    assert sum(line.minutes for line in explanation.lines) == attendance.minutes_attended <= attendance.minutes
    assert sum(line.whole for line in explanation.lines) == attendance.minutes
    assert sum(line.attended for line in explanation.lines) == attendance.sessions_attended
    assert 0 <= attendance.share <= 1
    AttendanceRecord.objects.all().delete()
    registration.delete()


# --- what is needed besides ---


@pytest.fixture
def terms(course):
    first, second, _third = course.sessions.all()
    Session.objects.filter(pk=second.pk).update(title="Needs")
    course.attendance_share = 20
    course.save()
    terms = AttendanceTerms.objects.create(event=course, needs_evaluation=True, needs_report=True)
    terms.required_sessions.set([first, second])
    return terms


def test_all_that_is_missing_is_named(course, terms, ana):
    first, second, third = course.sessions.all()
    registration = register(event=course, person=ana, by=ana)
    came(registration, third)
    found = attendance_of(registration)
    assert found.missing == (
        Missing("session", first.pk, course.title),
        Missing("session", second.pk, "Needs"),
        Missing("evaluation"),
        Missing("report"),
    )
    assert why_not(found, course) == (
        f"“{course.title}” was not attended. “Needs” was not attended. "
        "The evaluation is not filled in. The report is not handed in."
    )


def test_with_all_of_it_the_certificate_is_earned(course, terms, ana):
    first, second, _third = course.sessions.all()
    registration = register(event=course, person=ana, by=ana)
    came(registration, first, second)
    assert attendance_of(registration).earned is False
    Evaluation.objects.create(event=course)
    EvaluationTurn.objects.create(registration=registration, is_done=True)
    HandedIn.objects.create(registration=registration, handed_in_at=course.starts_at)
    assert (attendance_of(registration).earned, attendance_of(registration).missing) == (True, ())
    assert why_not(attendance_of(registration), course) == ""


def test_a_required_session_needs_the_share_of_it(course, terms, ana):
    first, second, _third = course.sessions.all()
    registration = register(event=course, person=ana, by=ana)
    came(registration, first)
    came(registration, second, minutes=11)
    assert Missing("session", second.pk, "Needs") in attendance_of(registration).missing  # 20 % of 60 are 12
    AttendanceRecord.objects.filter(session=second).update(minutes=12)
    assert Missing("session", second.pk, "Needs") not in attendance_of(registration).missing


def test_a_turn_that_is_not_taken_yet_is_missing(course, terms, ana):
    registration = register(event=course, person=ana, by=ana)
    Evaluation.objects.create(event=course)
    EvaluationTurn.objects.create(registration=registration)
    assert Missing("evaluation") in attendance_of(registration).missing


def test_only_who_chose_a_required_session_must_attend_it(course, terms, ana, ben):
    first, second, third = course.sessions.all()
    Session.objects.filter(pk=second.pk).update(is_chosen=True)
    AttendanceTerms.objects.update(needs_evaluation=False, needs_report=False)
    a, b = (factories.RegistrationFactory(event=course, person=person, state="confirmed") for person in (ana, ben))
    a.sessions.add(second)
    came(a, first, third)
    came(b, first, third)
    assert {pk: found.missing for pk, found in attendance_of_event(course).items()} == {
        a.pk: (Missing("session", second.pk, "Needs"),),
        b.pk: (),
    }


def test_terms_of_one_event_ask_nothing_of_another(course, terms, centre, ana):
    other = factories.EventFactory(organising_centre=centre)
    registration = register(event=other, person=ana, by=ana)
    came(registration, other.sessions.get())
    register(event=course, person=ana, by=ana)
    assert attendance_of_events([course, other])[registration.pk].missing == ()


def test_terms_cost_two_queries_more_however_many_people(course, terms, django_assert_num_queries):
    for number in range(3):
        person = factories.PersonFactory()
        came(register(event=course, person=person, by=person), course.sessions.first())
        with django_assert_num_queries(5):
            assert len(attendance_of_event(course)) == number + 1


def test_the_words_name_the_hours_that_are_there_and_those_that_are_needed(course, ana):
    registration = register(event=course, person=ana, by=ana)
    came(registration, course.sessions.all()[1])
    words = "Attended 20 % of the hours; a certificate needs 80 %."
    assert why_not(attendance_of(registration), course) == words
    assert why_not(None, course) == "Attended 0 % of the hours; a certificate needs 80 %."
