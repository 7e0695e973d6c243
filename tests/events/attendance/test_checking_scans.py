"""Scans of several desks, sent in any order and more than once: everybody agrees in the end."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from auditlog.models import LogEntry
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from events.attendance import actions
from events.attendance.actions import Note, record_scans
from events.attendance.checking import scanning
from events.attendance.checking.offline import keys_of
from events.attendance.checking.scanning import Sent
from events.attendance.checking.tickets import code_of
from events.attendance.models import AttendanceRecord, Scan
from events.attendance.presence import decide
from events.attendance.signals import attendance_recorded
from events.programme.models import Session
from events.registrations.models import Registration, SessionChoice
from network.errors import NotAllowed
from network.models import Role
from tests import factories

START = datetime(2027, 1, 1, tzinfo=UTC)  # as it is told in a story: see below


@pytest.fixture(autouse=True)
def _began(monkeypatch):
    """The session began an hour ago or two, however long ago this file was read."""
    monkeypatch.setitem(globals(), "START", timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1))


def minutes(number):
    return START + timedelta(minutes=number)


@pytest.fixture
def session(centre):
    return factories.EventFactory(organising_centre=centre, starts_at=START, slug="today").sessions.get()


@pytest.fixture
def ana_comes(session, ana):
    return factories.RegistrationFactory(event=session.event, person=ana, state="confirmed")


@pytest.fixture
def ben_comes(session, ben):
    return factories.RegistrationFactory(event=session.event, person=ben, state="confirmed")


def note(registration, minute, present=True, number=None):
    return Note(number or uuid.uuid4(), registration, present, minutes(minute))


def records(session):
    return sorted(session.attendance.values_list("registration__person__name", "checked_in_at"))


def test_what_is_sent_twice_counts_once(session, ana_comes, olga):
    scan = note(ana_comes, 3)
    first = record_scans(session=session, notes=[scan, scan], by=olga, device="desk 1")
    again = record_scans(session=session, notes=[scan], by=olga, device="desk 1")
    assert [(one.problem, one.record.checked_in_at) for one in [*first, *again]] == [("", minutes(3))] * 3
    assert list(Scan.objects.values_list("id", "at", "device", "by", "problem")) == [
        (scan.id, minutes(3), "desk 1", olga.pk, "")
    ]
    assert records(session) == [("Ana Procurer", minutes(3))]


def test_the_latest_scan_decides_whoever_sends_first(session, ana_comes, olga, carl):
    record_scans(session=session, notes=[note(ana_comes, 9, present=False)], by=carl, device="desk 2")
    record_scans(session=session, notes=[note(ana_comes, 3)], by=olga, device="desk 1")
    assert records(session) == []
    record_scans(session=session, notes=[note(ana_comes, 12)], by=carl, device="desk 2")
    assert records(session) == [("Ana Procurer", minutes(12))]


def test_the_earliest_check_in_that_still_stands_is_the_time(session, ana_comes, olga, carl):
    record_scans(session=session, notes=[note(ana_comes, 9)], by=carl)
    record_scans(session=session, notes=[note(ana_comes, 4)], by=olga)
    assert records(session) == [("Ana Procurer", minutes(4))]
    assert AttendanceRecord.objects.get().recorded_by == olga
    record_scans(session=session, notes=[note(ana_comes, 5, present=False)], by=olga)
    assert records(session) == [("Ana Procurer", minutes(9))]
    entries = LogEntry.objects.filter(content_type__model="attendancerecord").order_by("pk")
    assert [entry.get_action_display() for entry in entries] == ["create", "update", "update"]


def test_the_buttons_of_the_roster_are_ordered_with_the_scans(session, ana_comes, olga):
    record_scans(session=session, notes=[note(ana_comes, 3)], by=olga)
    actions.undo_check_in(registration=ana_comes, session=session, by=olga)
    record_scans(session=session, notes=[note(ana_comes, 5)], by=olga)  # noted before the button, sent after it
    assert records(session) == []
    pressed = actions.check_in(registration=ana_comes, session=session, by=olga).checked_in_at
    record_scans(session=session, notes=[note(ana_comes, 6, present=False)], by=olga)
    assert records(session) == [("Ana Procurer", pressed)]
    assert list(Scan.objects.values_list("present", flat=True)) == [True, True, False, False, True]


def test_a_record_from_before_there_were_scans_is_a_check_in_of_its_time(session, ana_comes, olga):
    AttendanceRecord.objects.create(registration=ana_comes, session=session, checked_in_at=minutes(6), recorded_by=olga)
    record_scans(session=session, notes=[note(ana_comes, 5, present=False)], by=olga)
    assert records(session) == [("Ana Procurer", minutes(6))]
    record_scans(session=session, notes=[note(ana_comes, 7, present=False)], by=olga)
    assert records(session) == []


@pytest.mark.parametrize("source", ["report", "sheet"])
def test_a_record_that_rests_on_evidence_yields_only_to_the_roster(session, ana_comes, olga, source):
    AttendanceRecord.objects.create(
        registration=ana_comes, session=session, checked_in_at=minutes(6), source=source, minutes=50
    )
    record_scans(session=session, notes=[note(ana_comes, 2), note(ana_comes, 9, present=False)], by=olga)
    assert list(AttendanceRecord.objects.values_list("source", "checked_in_at", "minutes")) == [(source, minutes(6), 50)]
    actions.undo_check_in(registration=ana_comes, session=session, by=olga)
    assert records(session) == []


def test_a_moment_ahead_of_us_is_taken_as_now(session, ana_comes, olga):
    before = timezone.now()
    record_scans(session=session, notes=[note(ana_comes, 60 * 24 * 365)], by=olga)
    assert before <= AttendanceRecord.objects.get().checked_in_at <= timezone.now()


@pytest.mark.parametrize("is_there", [True, False])
def test_moments_ahead_of_us_keep_their_order(session, ana_comes, olga, is_there):
    year = 60 * 24 * 365
    notes = [note(ana_comes, year + place, present=(place % 2 == 0) is is_there) for place in range(9)]
    outcomes = record_scans(session=session, notes=notes[::-1], by=olga)
    assert bool(records(session)) is is_there
    moments = [outcome.at for outcome in outcomes]
    assert moments == sorted(set(moments), reverse=True)
    assert moments[0] <= timezone.now()


def test_what_cannot_be_followed_is_kept_with_its_problem_and_the_rest_holds(session, ana_comes, ben_comes, cleo, olga):
    Registration.objects.filter(pk=ben_comes.pk).update(state="cancelled")
    early = factories.RegistrationFactory(event=session.event, person=cleo, state="confirmed")
    outcomes = record_scans(
        session=session,
        notes=[note(ben_comes, 1), note(ana_comes, 1), note(early, -121), note(ben_comes, 2, present=False)],
        by=olga,
    )
    assert [outcome.problem for outcome in outcomes] == ["not_confirmed", "", "too_early", ""]
    assert records(session) == [("Ana Procurer", minutes(1))]
    assert [(scan.registration, why) for scan, why in scanning.not_followed(session)] == [
        (ben_comes, "Ben Buyer has no confirmed place: the registration is “Cancelled”."),
        (early, "It is too early: check-in opens two hours before the session starts."),
    ]
    # Once the person is there after all, nobody needs to look at it any more.
    Registration.objects.filter(pk=ben_comes.pk).update(state="confirmed")
    actions.check_in(registration=ben_comes, session=session, by=olga)
    assert [scan.registration for scan, _why in scanning.not_followed(session)] == [early]


def test_who_chose_other_sessions_is_not_checked_in_here(session, ana_comes, ben_comes, olga):
    Session.objects.filter(pk=session.pk).update(is_chosen=True)
    session.refresh_from_db()
    SessionChoice.objects.create(registration=ben_comes, session=session)
    outcomes = record_scans(session=session, notes=[note(ana_comes, 1), note(ben_comes, 1)], by=olga)
    assert [outcome.problem for outcome in outcomes] == ["other_session", ""]


def test_a_number_that_is_taken_changes_nothing(session, ana_comes, ben_comes, olga):
    number = uuid.uuid4()
    record_scans(session=session, notes=[note(ana_comes, 1, number=number)], by=olga)
    (outcome,) = record_scans(session=session, notes=[note(ben_comes, 1, number=number)], by=olga)
    assert (outcome.problem, records(session)) == ("number_taken", [("Ana Procurer", minutes(1))])
    elsewhere = factories.EventFactory(organising_centre=session.event.organising_centre, starts_at=START).sessions.get()
    there = factories.RegistrationFactory(event=elsewhere.event, person=ana_comes.person, state="confirmed")
    (outcome,) = record_scans(session=elsewhere, notes=[note(there, 1, number=number)], by=olga)
    assert (outcome.problem, records(elsewhere)) == ("number_taken", [])


def test_only_who_runs_the_event_may_send(session, ana_comes, otto, ana):
    for stranger in (otto, ana):
        with pytest.raises(NotAllowed):
            record_scans(session=session, notes=[note(ana_comes, 1)], by=stranger)
        with pytest.raises(NotAllowed):
            scanning.receive(session=session, sent=[], by=stranger)


def test_the_wings_above_hear_of_each_change_once(session, ana_comes, olga):
    told = []
    listen = lambda change, **_kwargs: told.append((change.registration, change.present))  # noqa: E731
    attendance_recorded.connect(listen)
    scan = note(ana_comes, 4)
    for _time in range(2):
        record_scans(session=session, notes=[scan], by=olga)
    record_scans(session=session, notes=[note(ana_comes, 2)], by=olga)  # only the time changes
    record_scans(session=session, notes=[note(ana_comes, 9, present=False)], by=olga)
    attendance_recorded.disconnect(listen)
    assert told == [(ana_comes, True), (ana_comes, False)]


def test_a_desk_is_answered_scan_by_scan(session, ana_comes, ben_comes, olga):
    (key,) = keys_of(session, [ana_comes.pk])
    elsewhere = factories.RegistrationFactory(state="confirmed")
    codes = [code_of(ben_comes.pk), code_of(elsewhere.pk), "7Q2K"]
    sent = [Sent(uuid.uuid4(), True, minutes(1), key=key), *(Sent(uuid.uuid4(), True, minutes(1), code=code) for code in codes)]
    answers = scanning.receive(session=session, sent=sent, by=olga, device="desk 1")
    assert [(answer.id, answer.problem, answer.registration) for answer in answers] == [
        (sent[0].id, "", ana_comes),
        (sent[1].id, "", ben_comes),
        (sent[2].id, "unknown_ticket", None),
        (sent[3].id, "misread_ticket", None),
    ]


def test_a_batch_asks_as_often_for_three_people_as_for_one(session, olga, django_assert_max_num_queries):
    def batch(size):
        people = [factories.RegistrationFactory(event=session.event, state="confirmed") for _ in range(size)]
        return [Sent(uuid.uuid4(), True, minutes(1), key=key) for key in keys_of(session, [one.pk for one in people])]

    # Each new record is written and journalled by itself; besides that, nothing grows.
    for size in (1, 3):
        sent = batch(size)
        with django_assert_max_num_queries(16 + 3 * size):
            scanning.receive(session=session, sent=sent, by=olga)
        with django_assert_max_num_queries(16):
            scanning.receive(session=session, sent=sent, by=olga)


# --- The law, whatever happens ---------------------------------------------------------------------------------------

scans = st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=6)


@given(scans=scans, data=st.data())
def test_the_order_in_which_scans_are_looked_at_makes_no_difference(scans, data):
    all_of_them = [Scan(id=uuid.UUID(int=place), present=present, at=minutes(at)) for place, (present, at) in enumerate(scans)]
    mixed = data.draw(st.permutations(all_of_them))
    assert decide(mixed) == decide(all_of_them)


class TestDelivery(TestCase):
    """Any order, any repetition, any cut into batches, any desk: the same people are there since the same time."""

    def setUp(self):
        centre = factories.CentreFactory()
        self.desks = [factories.PersonFactory() for _ in range(2)]
        for person in self.desks:
            factories.appoint(person, Role.Kind.ORGANISER, centre)
        self.sessions = [factories.EventFactory(organising_centre=centre, starts_at=START).sessions.get() for _ in range(2)]
        self.people = [factories.PersonFactory() for _ in range(2)]
        self.registrations = [
            [factories.RegistrationFactory(event=session.event, person=person, state="confirmed") for person in self.people]
            for session in self.sessions
        ]

    @given(
        noted=st.lists(st.tuples(st.integers(0, 1), st.booleans(), st.integers(0, 8), st.integers(0, 1)), max_size=6),
        data=st.data(),
    )
    def test_any_order_and_any_repetition_come_to_the_same(self, noted, data):
        numbers = [[uuid.uuid4() for _ in noted] for _ in range(2)]
        for own in numbers:
            own.sort()  # scans of one moment are ordered by number: alike at both events
        deliveries = [
            [place for place, _note in enumerate(noted)],
            data.draw(
                st.permutations([*range(len(noted)), *data.draw(st.lists(st.sampled_from(range(len(noted))), max_size=4))])
            )
            if noted
            else [],
        ]
        for which, (session, delivery) in enumerate(zip(self.sessions, deliveries, strict=True)):
            Scan.objects.filter(session=session).delete()
            AttendanceRecord.objects.filter(session=session).delete()
            left = delivery
            while left:
                size = data.draw(st.integers(1, len(left)))
                batch, left = left[:size], left[size:]
                for desk in (0, 1):
                    notes = [
                        Note(numbers[which][place], self.registrations[which][who], present, minutes(at))
                        for place in batch
                        for who, present, at, by in [noted[place]]
                        if by == desk
                    ]
                    record_scans(session=session, notes=notes, by=self.desks[desk])
        ends = [
            sorted(session.attendance.values_list("registration__person", "checked_in_at", "recorded_by"))
            for session in self.sessions
        ]
        assert ends[0] == ends[1]
        # And it is what one would say without the program: who was last checked in, since the first time after an undoing.
        expected = []
        for who, person in enumerate(self.people):
            theirs = sorted((at, number, present, by) for number, (one, present, at, by) in enumerate(noted) if one == who)
            standing = []
            for scan in theirs:
                standing = [*standing, scan] if scan[2] else []
            if standing:
                expected.append((person.pk, minutes(standing[0][0]), self.desks[standing[0][3]].pk))
        assert ends[0] == sorted(expected)
