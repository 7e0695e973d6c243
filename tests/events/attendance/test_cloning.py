"""A cloned event takes along what its certificate needs and what its evaluation asks, and nothing that anybody said."""

from datetime import UTC, datetime, timedelta

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.demo.clock import clock_at
from events.attendance.evaluation import queries
from events.attendance.evaluation.actions import answer, close, set_questions, set_times, switch_on
from events.attendance.evaluation.checks import Asked
from events.attendance.models import AttendanceTerms, Evaluation, EvaluationSheet, EvaluationTurn, HandedIn
from events.attendance.terms.actions import set_terms
from events.programme import actions as programme
from events.programme.models import Event, Session
from network.errors import NotAllowed
from tests import factories

BEFORE = datetime(2027, 3, 1, 8, tzinfo=UTC)
AFTER = datetime(2027, 4, 1, 8, tzinfo=UTC)


@pytest.fixture
def course(centre):
    """Needs and Market, on 22 March 2027 in Vienna from 9:00 to 13:00: a week before summer time."""
    start = datetime(2027, 3, 22, 8, tzinfo=UTC)
    event = factories.EventFactory(
        organising_centre=centre, slug="course", starts_at=start, ends_at=start + timedelta(hours=4), with_session=False
    )
    for number, title in enumerate(("Needs", "Market")):
        begin = start + timedelta(hours=2 * number)
        day = event.first_day
        Session.objects.create(
            event=event, title=title, starts_at=begin, ends_at=begin + timedelta(hours=2), first_day=day, last_day=day
        )
    return event


@pytest.fixture
def evaluation(course, olga):
    """The course's own: a ready-made question and two of the organiser's."""
    with clock_at(BEFORE):
        switch_on(event=course, by=olga)
        asked = [
            Asked(key="content", is_required=True),
            Asked(kind="choice", text="The best part?", options=("Needs", "Market"), is_required=True),
            Asked(kind="text", text="And else?"),
        ]
        set_questions(event=course, questions=asked, by=olga)
    return course.evaluation


def cloned(course, olga, *, now=AFTER):
    """The course again on 12 April, from 9:00 in Vienna: there it is summer time."""
    with clock_at(now):
        return programme.clone(event=Event.objects.get(pk=course.pk), starts=datetime(2027, 4, 12, 9), by=olga, title="Again")


def asked_at(event):
    return [
        (one.key, one.kind, one.text, one.options, one.is_required)
        for one in Evaluation.objects.get(event=event).questions.all()
    ]


def test_a_clone_asks_what_its_source_asked_and_nobody_has_answered(course, evaluation, olga, ana):
    registration = factories.RegistrationFactory(event=course, person=ana, state="confirmed")
    content, best, _else = evaluation.questions.all()
    with clock_at(AFTER):
        answer(registration=registration, answers={str(content.pk): 4, str(best.pk): "Needs"}, by=ana)
    clone = cloned(course, olga)
    assert asked_at(clone) == [
        ("content", "scale", "", [], True),
        ("", "choice", "The best part?", ["Needs", "Market"], True),
        ("", "text", "And else?", [], False),
    ]
    assert (clone.evaluation.sheets.count(), EvaluationSheet.objects.count(), EvaluationTurn.objects.count()) == (0, 1, 1)
    assert (evaluation.questions.count(), Evaluation.objects.count()) == (3, 2)


def test_the_questions_of_a_clone_are_its_own(course, evaluation, olga):
    clone = cloned(course, olga)
    set_questions(event=clone, questions=[Asked(kind="text", text="Well?")], by=olga)
    assert [one[2] for one in asked_at(course)] == ["", "The best part?", "And else?"]


def test_a_clone_needs_what_its_source_needed_at_its_own_sessions(course, evaluation, olga, ana):
    market = course.sessions.get(title="Market")
    set_terms(event=course, required_sessions=[market.pk], needs_evaluation=True, needs_report=True, by=olga)
    registration = factories.RegistrationFactory(event=course, person=ana, state="confirmed")
    HandedIn.objects.create(registration=registration, handed_in_at=AFTER)
    clone = cloned(course, olga)
    terms = AttendanceTerms.objects.get(event=clone)
    assert (terms.needs_evaluation, terms.needs_report) == (True, True)
    assert [(one.event_id, one.title) for one in terms.required_sessions.all()] == [(clone.pk, "Market")]
    assert [one.event_id for one in course.attendance_terms.required_sessions.all()] == [course.pk]
    assert HandedIn.objects.filter(registration__event=clone).count() == 0


def test_a_clone_of_an_event_without_terms_and_evaluation_has_none(course, olga):
    clone = cloned(course, olga)
    assert (Evaluation.objects.filter(event=clone).exists(), AttendanceTerms.objects.filter(event=clone).exists()) == (
        False,
        False,
    )


def test_usual_times_stay_usual_also_when_somebody_has_answered(course, evaluation, olga, ana):
    registration = factories.RegistrationFactory(event=course, person=ana, state="confirmed")
    content, best, _else = evaluation.questions.all()
    with clock_at(AFTER):
        answer(registration=registration, answers={str(content.pk): 4, str(best.pk): "Needs"}, by=ana)
    evaluation.refresh_from_db()
    assert evaluation.closes_at is not None
    copied = cloned(course, olga).evaluation
    assert (copied.opens_at, copied.closes_at) == (None, None)
    assert (queries.opens_at(copied), queries.closes_at(copied)) == (
        datetime(2027, 4, 12, 11, tzinfo=UTC),
        datetime(2027, 5, 12, 11, tzinfo=UTC),
    )


def test_stated_times_move_along_by_the_wall_clock(course, evaluation, olga):
    with clock_at(BEFORE):
        set_times(
            event=course,
            opens_at=datetime(2027, 3, 22, 11, tzinfo=UTC),  # 12:00, an hour before the end
            closes_at=datetime(2027, 4, 5, 16, tzinfo=UTC),  # 18:00 in summer, two weeks later
            by=olga,
        )
    copied = cloned(course, olga).evaluation
    assert (copied.opens_at, copied.closes_at) == (
        datetime(2027, 4, 12, 10, tzinfo=UTC),
        datetime(2027, 4, 26, 16, tzinfo=UTC),
    )


def test_an_end_by_hand_and_times_that_have_passed_are_not_taken_along(course, evaluation, olga):
    with clock_at(datetime(2027, 3, 22, 14, 30, 12, tzinfo=UTC)):
        close(event=course, by=olga)
    assert cloned(course, olga).evaluation.closes_at is None
    Evaluation.objects.filter(event=course).update(
        opens_at=datetime(2027, 3, 1, 9, tzinfo=UTC), closes_at=datetime(2027, 3, 2, 9, tzinfo=UTC)
    )
    with clock_at(AFTER):
        again = programme.clone(event=Event.objects.get(pk=course.pk), starts=datetime(2027, 4, 12, 9), by=olga)
    assert (again.evaluation.opens_at, again.evaluation.closes_at) == (None, None)


def test_the_journal_of_a_clone_says_who_made_what(course, evaluation, olga):
    market = course.sessions.get(title="Market")
    set_terms(event=course, required_sessions=[market.pk], needs_evaluation=True, needs_report=False, by=olga)
    clone = cloned(course, olga)
    rows = [clone.evaluation, *clone.evaluation.questions.all(), clone.attendance_terms]
    assert {entry.actor for row in rows for entry in LogEntry.objects.get_for_object(row)} == {olga}
    assert [LogEntry.objects.get_for_object(row).count() > 0 for row in rows] == [True] * 5


def test_cloning_asks_the_database_as_often_for_six_questions_as_for_three(course, evaluation, olga):
    cloned(course, olga)  # what is read once in a process

    def counted():
        with CaptureQueriesContext(connection) as asked:
            cloned(course, olga)
        return len(asked)

    for_three = counted()
    set_questions(event=course, questions=[Asked(kind="text", text=f"Question {n}?") for n in range(6)], by=olga)
    assert counted() == for_three


def test_who_may_not_clone_takes_nothing(course, evaluation, otto):
    with pytest.raises(NotAllowed):
        cloned(course, otto)
    assert Evaluation.objects.count() == 1
