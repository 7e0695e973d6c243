"""Desks that send at the same moment, with real threads and real connections: on SQLite (a file) and on PostgreSQL alike."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from events.attendance import actions
from events.attendance.actions import Note, record_scans
from events.attendance.checking import door
from events.attendance.models import AttendanceRecord, Door, Scan
from tests import factories
from tests.events.registrations.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session(centre):
    return factories.EventFactory(organising_centre=centre, starts_at=timezone.now() - timedelta(hours=1)).sessions.get()


@pytest.fixture
def people(session):
    return [factories.RegistrationFactory(event=session.event, state="confirmed") for _ in range(4)]


def test_the_same_scans_sent_six_times_at_once_count_once(session, people, olga, carl):
    at = timezone.now() - timedelta(minutes=9)
    notes = [Note(uuid.uuid4(), one, True, at) for one in people]
    jobs = [
        lambda by=by, notes=notes[:: 1 if by == olga else -1]: record_scans(session=session, notes=notes, by=by)
        for by in (olga, carl) * 3
    ]
    together(*jobs)
    assert Scan.objects.count() == 4
    assert sorted(AttendanceRecord.objects.values_list("registration", "checked_in_at")) == sorted(
        (one.pk, at) for one in people
    )


def test_two_desks_and_the_roster_at_once_agree(session, people, olga, carl):
    begin = timezone.now() - timedelta(minutes=9)

    def desk(by, minute, present):
        at = begin + timedelta(minutes=minute)
        return lambda: record_scans(session=session, notes=[Note(uuid.uuid4(), one, present, at) for one in people], by=by)

    together(
        desk(olga, 1, True),
        desk(carl, 2, False),
        desk(olga, 3, True),
        desk(carl, 4, False),
        lambda: actions.set_present(session=session, registrations=people[:2], present=True, by=olga),
    )
    record_scans(session=session, notes=[], by=olga)
    there = set(AttendanceRecord.objects.values_list("registration", flat=True))
    # The button was pressed later than all that was noted; it may have found the two there already, and then changed nothing.
    assert there <= {one.pk for one in people[:2]}
    for one in people:
        scans = Scan.objects.filter(registration=one).order_by("at", "id")
        assert (one.pk in there) is scans.last().present


def test_a_door_that_two_open_at_once_has_one_code(session, olga, carl):
    together(*[lambda by=by: door.open_door(session=session, by=by) for by in (olga, carl) * 2])
    assert Door.objects.count() == 1


def test_a_participant_who_taps_three_times_is_checked_in_once(session, ana, olga, monkeypatch):
    monkeypatch.setattr(door, "SECONDS", 24 * 60 * 60)  # so long one may wait for the database
    registration = factories.RegistrationFactory(event=session.event, person=ana, state="confirmed")
    code = door.code_at(door.open_door(session=session, by=olga), timezone.now())
    together(*[lambda: door.check_in_oneself(registrations=[registration], code=code, by=ana)] * 3)
    assert list(AttendanceRecord.objects.values_list("source", flat=True)) == ["self"]
    assert Scan.objects.count() == 1
