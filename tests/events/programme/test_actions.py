"""The verbs of the programme, as stories."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from auditlog.models import LogEntry
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from events.attendance.models import AttendanceRecord
from events.programme import actions, tasks
from events.programme.facts import SessionFacts, SpeakerFacts, facts_of
from events.programme.models import Event, Session, Venue
from network.errors import Invalid, NotAllowed
from network.models import Competence, Sector
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(facts, olga):
    """A published course of three mornings, online."""
    mornings = [datetime(2027, 3, day, 9) for day in (14, 21, 28)]  # the last is the day of summer time
    draft = actions.create(
        facts=facts(
            title="Innovation partnerships",
            format="online",
            join_link="https://meet.demo.example/1",
            venue=None,
            starts=mornings[0],
            ends=mornings[2] + timedelta(hours=3),
            registration_closes=datetime(2027, 3, 12, 18),
            changes_close=datetime(2027, 3, 27, 12),
            sessions=tuple(
                SessionFacts(
                    starts=at,
                    ends=at + timedelta(hours=3),
                    title=f"Part {part}",
                    speakers=(SpeakerFacts(name="Tina Trainer", affiliation="KOINNO", part="trainer"),),
                )
                for part, at in enumerate(mornings, start=1)
            ),
        ),
        by=olga,
    )
    return actions.publish(event=draft, by=olga)


def state_of(event):
    event.refresh_from_db()
    return event.state, event.revision


# --- create ---


def test_a_draft_is_written_with_one_session_as_long_as_the_event(facts, olga, told):
    event = actions.create(facts=facts(), by=olga)

    assert (event.slug, event.state, event.revision, event.created_by) == ("market-dialogue-in-practice", "draft", 1, olga)
    assert event.starts_at == datetime(2027, 5, 6, 7, tzinfo=UTC)
    assert [(s.starts_at, s.ends_at) for s in event.sessions.all()] == [(event.starts_at, event.ends_at)]
    assert [(change.kind, change.by) for change in told] == [("created", olga)]


def test_everything_that_is_stated_is_what_is_read_back(facts, olga, other_centre):
    sector = Sector.objects.get_or_create(slug="energy", defaults={"name": "Energy"})[0]
    competence = Competence.objects.get_or_create(code="C8", defaults={"number": 8, "cluster": "pre-award", "name": "Market"})[
        0
    ]
    stated = facts(
        starts=None,
        ends=None,
        all_day=True,
        first_day=date(2027, 5, 6),
        last_day=date(2027, 5, 7),
        co_organisers=(other_centre,),
        sectors=(sector,),
        competences=((competence, 0),),
        interpretation=("fr",),
        eligible_kinds=("utility",),
        description="# Programme",
        needs_approval=True,
        approver="home-centre",
        promotion="offer",
        offer_hours=720,
        changes_close=datetime(2027, 5, 1, 12, tzinfo=ZoneInfo("Europe/Vienna")),
        reminder_days=0,
        special_answers_days=365,
        sessions=(
            SessionFacts(first_day=date(2027, 5, 7), last_day=date(2027, 5, 7), credited_minutes=0, is_chosen=True, places=12),
        ),
    )
    event = actions.create(facts=stated, by=olga)
    read = facts_of(Event.objects.get(pk=event.pk))
    assert replace(read, sessions=(replace(read.sessions[0], id=None),)) == stated


def test_nothing_is_written_when_anything_is_wrong(facts, olga, told):
    with pytest.raises(Invalid):
        actions.create(facts=facts(places=0), by=olga)
    assert (Event.objects.count(), Session.objects.count(), told) == (0, 0, [])


def test_nothing_is_written_when_a_wing_above_fails(facts, olga):
    from events.programme.signals import event_changed

    def fail(**_kwargs):
        raise RuntimeError

    event_changed.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            actions.create(facts=facts(), by=olga)
    finally:
        event_changed.disconnect(fail)
    assert (Event.objects.count(), LogEntry.objects.get_for_model(Event).count()) == (0, 0)


def test_who_may_create(facts, olga, carl, sara, otto, mia, ana):
    for person in (olga, carl, sara):
        assert actions.create(facts=facts(), by=person).created_by == person
    for person in (otto, mia, ana):
        with pytest.raises(NotAllowed):
            actions.create(facts=facts(), by=person)


def test_two_events_of_one_title_have_two_addresses(facts, olga):
    assert [actions.create(facts=facts(), by=olga).slug for _ in range(3)] == [
        "market-dialogue-in-practice",
        "market-dialogue-in-practice-2",
        "market-dialogue-in-practice-3",
    ]


# --- publish ---


def test_publish(facts, olga, told):
    draft = actions.create(facts=facts(), by=olga)
    event = actions.publish(event=draft, by=olga)
    assert state_of(event) == ("published", 2)
    assert event.published_at is not None
    assert [(change.kind, change.fields) for change in told[1:]] == [("published", frozenset({"state"}))]


def test_what_lacks_its_venue_stays_a_draft(facts, olga):
    draft = actions.create(facts=facts(venue=None), by=olga)
    with pytest.raises(Invalid) as caught:
        actions.publish(event=draft, by=olga)
    assert list(caught.value.errors) == ["venue"]
    assert state_of(draft) == ("draft", 1)


def test_publishing_twice_is_refused_in_words(facts, olga):
    event = actions.publish(event=actions.create(facts=facts(), by=olga), by=olga)
    with pytest.raises(actions.WrongState) as caught:
        actions.publish(event=event, by=olga)
    assert str(caught.value) == "This event’s state is “Published”. What you want to do works for: “Draft”, “Postponed”."


def test_the_address_follows_the_title_until_it_is_published(facts, olga):
    draft = actions.create(facts=facts(), by=olga)
    renamed = actions.edit(event=draft, facts=facts(title="Talking to the market"), by=olga)
    assert renamed.slug == "talking-to-the-market"
    actions.publish(event=renamed, by=olga)
    again = actions.edit(event=renamed, facts=replace(facts_of(renamed), title="Another"), by=olga)
    assert (again.title, again.slug) == ("Another", "talking-to-the-market")


# --- edit ---


def test_an_edit_tells_exactly_what_differs_and_keeps_the_rest(training, olga, told):
    session = training.sessions.get()
    event = actions.edit(event=training, facts=replace(facts_of(training), places=25, audience="Buyers"), by=olga)
    assert (event.places, event.revision, event.sessions.get().pk) == (25, 2, session.pk)
    assert [(change.kind, change.fields) for change in told] == [("edited", frozenset({"places", "audience"}))]


def test_an_edit_that_changes_nothing_is_none(training, olga, told):
    entries = LogEntry.objects.count()
    event = actions.edit(event=training, facts=facts_of(training), by=olga)
    assert (event.revision, told, LogEntry.objects.count()) == (1, [], entries)


def test_an_edit_is_journalled_with_who_and_why(training, olga):
    actions.edit(event=training, facts=replace(facts_of(training), places=25), by=olga, reason="A bigger hall")
    entry = LogEntry.objects.get_for_object(training).latest("pk")
    assert (entry.actor, entry.additional_data, entry.changes["places"]) == (olga, {"reason": "A bigger hall"}, ["20", "25"])


def test_of_two_editors_the_second_is_told(training, olga, carl):
    actions.edit(event=training, facts=replace(facts_of(training), places=25), by=olga, revision=1)
    with pytest.raises(actions.Stale):
        actions.edit(event=training, facts=replace(facts_of(training), places=30), by=carl, revision=1)
    training.refresh_from_db()
    assert (training.places, training.revision) == (25, 2)


def test_other_times_of_a_published_event_count_as_moved(training, olga, told):
    facts = facts_of(training)
    later = replace(facts, ends=facts.ends + timedelta(hours=1), sessions=())
    event = actions.edit(event=training, facts=later, by=olga, reason="More to say")
    assert [(change.kind, change.reason, change.fields) for change in told] == [
        ("moved", "More to say", frozenset({"ends", "sessions"}))
    ]
    assert event.sessions.get().ends_at == event.ends_at


def test_sessions_keep_their_identity(course, olga):
    before = list(course.sessions.all())
    facts = facts_of(course)
    first, second, third = facts.sessions
    new = SessionFacts(starts=second.starts, ends=second.ends, title="In parallel")
    edited = actions.edit(event=course, facts=replace(facts, sessions=(replace(third, title="The end"), first, new)), by=olga)
    sessions = list(edited.sessions.all())
    assert [session.title for session in sessions] == ["Part 1", "In parallel", "The end"]
    assert (sessions[0].pk, sessions[2].pk) == (before[0].pk, before[2].pk)
    assert sessions[1].pk not in {session.pk for session in before}


def test_a_session_that_somebody_attended_cannot_be_removed(course, olga, ana):
    first = course.sessions.first()
    registration = factories.RegistrationFactory(event=course, person=ana, state="confirmed")
    AttendanceRecord.objects.create(registration=registration, session=first, checked_in_at=timezone.now(), recorded_by=olga)
    facts = facts_of(course)
    with pytest.raises(Invalid) as caught:
        actions.edit(event=course, facts=replace(facts, title="New", sessions=facts.sessions[1:]), by=olga)
    assert caught.value.errors == {"sessions": ["“Part 1” of 14 March 2027 cannot be removed: it is recorded who was there."]}
    course.refresh_from_db()
    assert (course.title, course.sessions.count()) == ("Innovation partnerships", 3)


def test_speakers_are_replaced_in_their_order(course, olga):
    facts = facts_of(course)
    people = tuple(SpeakerFacts(name=name) for name in ("Zoe", "Tina Trainer", "Abe"))
    edited = actions.edit(
        event=course, facts=replace(facts, sessions=(replace(facts.sessions[0], speakers=people), *facts.sessions[1:])), by=olga
    )
    assert [speaker.name for speaker in edited.sessions.first().speakers.all()] == ["Zoe", "Tina Trainer", "Abe"]
    again = facts_of(edited)
    fewer = replace(again.sessions[0], speakers=people[2:])
    edited = actions.edit(event=edited, facts=replace(again, sessions=(fewer, *again.sessions[1:])), by=olga)
    assert [speaker.name for speaker in edited.sessions.first().speakers.all()] == ["Abe"]


def test_fewer_places_than_taken_are_refused_and_more_are_told(training, olga, told):
    Event.objects.update(places_taken=20)
    with pytest.raises(Invalid) as caught:
        actions.edit(event=training, facts=replace(facts_of(training), places=19), by=olga)
    assert list(caught.value.errors) == ["places"]
    edited = actions.edit(event=training, facts=replace(facts_of(training), places=None), by=olga)
    assert (edited.places, told[-1].fields) == (None, frozenset({"places"}))


def test_a_cancelled_event_keeps_its_times_and_places_but_not_its_typing_errors(training, olga):
    event = actions.cancel(event=training, reason="Nobody came", by=olga)
    facts = facts_of(event)
    for changed in (
        replace(facts, places=3),
        replace(facts, timezone="Europe/Athens"),
        replace(facts, ends=facts.ends + timedelta(hours=1)),
    ):
        with pytest.raises(actions.WrongState):
            actions.edit(event=event, facts=changed, by=olga)
    assert actions.edit(event=event, facts=replace(facts, audience="All"), by=olga).state_reason == "Nobody came"


def test_who_may_edit(training, olga, carl, sara, otto, mia, ana, other_centre):
    places = iter(range(30, 40))
    for person in (olga, carl, sara):
        facts = replace(facts_of(training), places=next(places))
        assert actions.edit(event=training, facts=facts, by=person).places == facts.places
    for person in (otto, mia, ana):
        with pytest.raises(NotAllowed):
            actions.edit(event=training, facts=replace(facts_of(training), places=next(places)), by=person)
    training.co_organisers.add(other_centre)
    shared = Event.objects.get(pk=training.pk)
    assert actions.edit(event=shared, facts=replace(facts_of(shared), places=50), by=otto).places == 50
    with pytest.raises(NotAllowed):  # giving it away to a centre one does not organise for
        actions.edit(event=shared, facts=replace(facts_of(shared), organising_centre=other_centre, co_organisers=()), by=olga)


# --- move ---


def test_moving_takes_everything_along_on_the_wall_clock(course, olga, told):
    moved = actions.move(event=course, starts=datetime(2027, 10, 17, 9), by=olga, reason="The trainer is ill")
    assert (moved.state, moved.revision) == ("published", 3)
    clocks = [(session.starts_at.isoformat(), session.ends_at.isoformat()) for session in moved.sessions.all()]
    assert clocks == [  # summer time ends on 31 October
        ("2027-10-17T07:00:00+00:00", "2027-10-17T10:00:00+00:00"),
        ("2027-10-24T07:00:00+00:00", "2027-10-24T10:00:00+00:00"),
        ("2027-10-31T08:00:00+00:00", "2027-10-31T11:00:00+00:00"),
    ]
    assert moved.registration_closes_at == datetime(2027, 10, 15, 16, tzinfo=UTC)
    assert moved.changes_close_at == datetime(2027, 10, 30, 10, tzinfo=UTC)
    assert [(change.kind, change.reason) for change in told] == [("moved", "The trainer is ill")]
    assert told[-1].fields == {"starts", "ends", "registration_closes", "changes_close", "sessions"}


def test_moving_into_an_hour_that_does_not_exist_names_what_falls_into_it(facts, olga):
    night = facts(
        starts=datetime(2027, 3, 20, 22),
        ends=datetime(2027, 3, 21, 6),
        sessions=(SessionFacts(starts=datetime(2027, 3, 20, 22), ends=datetime(2027, 3, 21, 2, 30)),),
    )
    event = actions.create(facts=night, by=olga)
    with pytest.raises(Invalid) as caught:
        actions.move(event=event, starts=date(2027, 3, 27), by=olga)
    assert caught.value.errors == {
        "sessions.0.ends": ["02:30 does not exist on 28 March 2027 in Europe/Vienna: the clock goes from 02:00 to 03:00."]
    }
    with pytest.raises(Invalid) as caught:
        actions.move(event=event, starts=datetime(2027, 3, 28, 2), by=olga)
    assert list(caught.value.errors) == ["starts"]


def test_whole_days_move_by_days(facts, olga):
    days = facts(all_day=True, starts=None, ends=None, first_day=date(2027, 5, 6), last_day=date(2027, 5, 7))
    event = actions.move(event=actions.create(facts=days, by=olga), starts=date(2027, 6, 1), by=olga)
    session = event.sessions.get()
    assert (event.first_day, event.last_day, session.first_day, session.last_day) == (
        date(2027, 6, 1), date(2027, 6, 2), date(2027, 6, 1), date(2027, 6, 2),
    )  # fmt: skip
    with pytest.raises(Invalid):
        actions.move(event=event, starts=datetime(2027, 6, 1, 9), by=olga)


def test_a_postponed_event_that_is_moved_is_published_again(training, olga, told):
    postponed = actions.postpone(event=training, reason="Snow", by=olga)
    assert (postponed.state, postponed.state_reason) == ("postponed", "Snow")
    moved = actions.move(event=postponed, starts=training.starts_at + timedelta(days=7), by=olga)
    assert (moved.state, moved.state_reason, moved.revision) == ("published", "", 3)
    assert [change.kind for change in told] == ["postponed", "moved"]


def test_a_postponed_event_can_be_moved_to_where_it_was(training, olga, told):
    postponed = actions.postpone(event=training, reason="Snow", by=olga)
    moved = actions.move(event=postponed, starts=training.starts_at, by=olga)
    assert (moved.state, moved.starts_at, told[-1].kind, told[-1].fields) == (
        "published", training.starts_at, "moved", frozenset({"state"}),
    )  # fmt: skip


def test_a_draft_that_is_moved_stays_one(facts, olga, told):
    draft = actions.create(facts=facts(), by=olga)
    moved = actions.move(event=draft, starts=date(2027, 5, 7), by=olga)
    assert (moved.state, told[-1].kind) == ("draft", "edited")


# --- postpone, cancel, discard ---


def test_cancelling_needs_a_reason_and_happens_once(training, olga, told):
    with pytest.raises(Invalid) as caught:
        actions.cancel(event=training, reason="  ", by=olga)
    assert caught.value.errors == {"reason": ["Say why: people who planned to come will read it."]}
    event = actions.cancel(event=training, reason="Too few people", by=olga)
    assert (event.state, event.state_reason, event.revision) == ("cancelled", "Too few people", 2)
    with pytest.raises(actions.WrongState):
        actions.cancel(event=event, reason="Again", by=olga)
    assert [(change.kind, change.reason) for change in told] == [("cancelled", "Too few people")]


def test_only_drafts_are_deleted(facts, training, olga):
    draft = actions.create(facts=facts(), by=olga)
    actions.discard(event=draft, by=olga)
    assert not Event.objects.filter(pk=draft.pk).exists()
    with pytest.raises(actions.WrongState):
        actions.discard(event=training, by=olga)


@pytest.mark.parametrize("verb", ["publish", "move", "postpone", "cancel", "clone", "discard"])
def test_a_stranger_may_do_none_of_it(training, ana, otto, mia, verb):
    more = {"move": {"starts": date(2027, 1, 1)}, "clone": {"starts": date(2027, 1, 1)}}
    more |= {"postpone": {"reason": "x"}, "cancel": {"reason": "x"}}
    for person in (ana, otto, mia):
        with pytest.raises(NotAllowed):
            getattr(actions, verb)(event=training, by=person, **more.get(verb, {}))
    assert state_of(training) == ("published", 1)


# --- clone ---


def test_a_clone_tells_from_which_event_it_was_made_and_nothing_else_does(facts, course, olga, told):
    copy = actions.clone(event=course, starts=date(2028, 3, 12), by=olga)
    other = actions.create(facts=facts(), by=olga)
    actions.edit(event=copy, facts=replace(facts_of(copy), places=9), by=olga)
    assert [(change.event, change.kind, change.source) for change in told] == [
        (copy, "created", course),
        (other, "created", None),
        (copy, "edited", None),
    ]


def test_a_clone_is_a_draft_with_sessions_and_speakers_and_nobody_in_it(course, olga, ana):
    factories.RegistrationFactory(event=course, person=ana, state="confirmed")
    copy = actions.clone(event=course, starts=date(2028, 3, 12), by=olga, title="Innovation partnerships 2028")
    assert (copy.state, copy.revision, copy.slug, copy.places_taken) == ("draft", 1, "innovation-partnerships-2028", 0)
    assert copy.registrations.count() == 0
    assert [session.starts_at.isoformat() for session in copy.sessions.all()] == [
        "2028-03-12T08:00:00+00:00",
        "2028-03-19T08:00:00+00:00",
        "2028-03-26T07:00:00+00:00",
    ]
    assert {speaker.name for session in copy.sessions.all() for speaker in session.speakers.all()} == {"Tina Trainer"}
    assert copy.registration_closes_at == datetime(2028, 3, 10, 17, tzinfo=UTC)
    assert copy.changes_close_at == datetime(2028, 3, 25, 11, tzinfo=UTC)
    assert set(copy.sessions.values_list("pk")) & set(course.sessions.values_list("pk")) == set()


# --- finish ---


def test_the_worker_finishes_what_is_over_and_only_that(training, olga, told):
    tasks.finish_event.call(training.pk)
    assert state_of(training) == ("published", 1)
    Event.objects.update(starts_at=timezone.now() - timedelta(hours=3), ends_at=timezone.now() - timedelta(hours=1))
    tasks.finish_event.call(training.pk)
    tasks.finish_event.call(training.pk)
    tasks.finish_event.call(-1)
    assert state_of(training) == ("finished", 2)
    assert [(change.kind, change.by) for change in told] == [("finished", None)]


def test_finishing_waits_for_the_end_also_after_a_move(facts, olga):
    event = actions.publish(event=actions.create(facts=facts(), by=olga), by=olga)
    moved = actions.move(event=event, starts=date(2027, 6, 1), by=olga)
    queued = DBTaskResult.objects.filter(task_path=tasks.finish_event.module_path).order_by("run_after")
    assert [result.run_after for result in queued] == [event.ends_at, moved.ends_at]


# --- venues ---


def test_venues_are_kept_by_organisers(olga, ana):
    venue = actions.add_venue(venue=Venue(name=" Hall ", city="Graz", country="AT"), by=olga)
    assert (venue.pk is not None, venue.name) == (True, "Hall")
    with pytest.raises(NotAllowed):
        actions.add_venue(venue=Venue(name="Hall", city="Graz", country="AT"), by=ana)
