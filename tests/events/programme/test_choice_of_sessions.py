"""Sessions that participants choose: what their organiser may still change once people have places."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from events.programme import actions
from events.programme.facts import SessionFacts, facts_of
from events.programme.models import Event, Session
from events.registrations.models import SessionChoice
from network.errors import Invalid
from tests import factories

pytestmark = pytest.mark.django_db

MORNING, NOON, EVENING = (datetime(2027, 5, 6, hour) for hour in (9, 12, 16))
STAYS_CHOSEN = "{} so this session stays one that participants choose."


@pytest.fixture
def day(facts, olga):
    """A published day: a lecture for all, then two workshops to choose from, the first with 12 places."""
    draft = actions.create(
        facts=facts(
            sessions=(
                SessionFacts(starts=MORNING, ends=NOON, title="Lecture"),
                SessionFacts(starts=NOON, ends=EVENING, title="Dialogue", is_chosen=True, places=12),
                SessionFacts(starts=NOON, ends=EVENING, title="Contract", is_chosen=True),
            )
        ),
        by=olga,
    )
    return actions.publish(event=draft, by=olga)


def takes_part(event, person, *titles, **fields):
    """Let somebody have a place, counted as the registrations count it."""
    fields = {"state": "confirmed", **fields}
    registration = factories.RegistrationFactory(event=event, person=person, **fields)
    holds = registration.state in {"offered", "confirmed"} and not registration.is_extra
    for session in event.sessions.filter(title__in=titles):
        SessionChoice.objects.create(registration=registration, session=session)
        Session.objects.filter(pk=session.pk).update(places_taken=session.places_taken + holds)
    event.refresh_from_db()
    Event.objects.filter(pk=event.pk).update(places_taken=event.places_taken + holds)
    return registration


def with_session(event, title, **changes):
    """The event's facts with other facts of one session; without any, without the session."""
    facts = facts_of(event)
    kept = (replace(one, **changes) if one.title == title else one for one in facts.sessions if changes or one.title != title)
    return replace(facts, sessions=tuple(kept))


def refused(event, facts, by):
    with pytest.raises(Invalid) as caught:
        actions.edit(event=event, facts=facts, by=by)
    return caught.value.errors


def test_chosen_sessions_are_kept_with_their_places(day):
    assert list(day.sessions.values_list("title", "is_chosen", "places", "places_taken")) == [
        ("Lecture", False, None, 0),
        ("Dialogue", True, 12, 0),
        ("Contract", True, None, 0),
    ]
    assert [session.places_left for session in day.sessions.all()] == [None, 12, None]


def test_the_event_knows_whether_there_is_anything_to_choose(day, olga):
    assert day.has_choices is True
    plain = with_session(day, "Contract")
    lecture = replace(plain, sessions=plain.sessions[:1])
    assert actions.edit(event=day, facts=lecture, by=olga).has_choices is False


def test_a_session_has_no_fewer_places_than_are_taken_and_the_message_says_how_many(day, olga, ana, ben):
    takes_part(day, ana, "Dialogue")
    assert refused(day, with_session(day, "Dialogue", places=0), olga) == {
        "sessions.1.places": ["There must be at least one place. For no limit, leave this empty."]
    }
    takes_part(day, ben, "Dialogue")
    assert refused(day, with_session(day, "Dialogue", places=1), olga) == {
        "sessions.1.places": [
            "2 places are taken already. Let people choose another session first, or keep at least that many."
        ]
    }
    edited = actions.edit(event=day, facts=with_session(day, "Dialogue", places=2), by=olga)
    assert [session.places_left for session in edited.sessions.all()] == [None, 0, None]


def test_more_places_in_a_session_are_told_to_the_other_wings(day, olga, told):
    actions.edit(event=day, facts=with_session(day, "Dialogue", places=20), by=olga)
    assert [(change.kind, change.fields) for change in told] == [("edited", frozenset({"sessions"}))]


def test_an_edit_leaves_the_counts_of_places_alone(day, olga, ana):
    takes_part(day, ana, "Dialogue")
    actions.edit(event=day, facts=with_session(day, "Dialogue", places=20, summary="Bring a case"), by=olga)
    day.refresh_from_db()
    assert (day.places_taken, list(day.sessions.values_list("places_taken", flat=True))) == (1, [0, 1, 0])


def test_a_session_without_choice_has_no_places(day, olga):
    assert refused(day, with_session(day, "Lecture", places=5), olga) == {
        "sessions.0.places": [
            "Only a session that participants choose has places of its own. All participants come to this one."
        ]
    }


def test_as_long_as_nobody_has_a_place_sessions_may_turn(day, olga, ana, ben):
    takes_part(day, ana, "Dialogue", state="pending")
    takes_part(day, ben, state="invited")
    actions.edit(event=day, facts=with_session(day, "Lecture", is_chosen=True), by=olga)
    actions.edit(event=day, facts=with_session(day, "Dialogue", is_chosen=False, places=None), by=olga)
    assert list(day.sessions.values_list("title", "is_chosen").order_by("title")) == [
        ("Contract", True),
        ("Dialogue", False),
        ("Lecture", True),
    ]


def test_once_somebody_has_a_place_no_session_turns_in_either_direction(day, olga, ana, ben):
    takes_part(day, ana, "Dialogue")
    assert refused(day, with_session(day, "Contract", is_chosen=False), olga) == {
        "sessions.2.is_chosen": [STAYS_CHOSEN.format("1 person has a place at the event,")]
    }
    takes_part(day, ben, "Contract", state="offered", deadline=timezone.now() + timedelta(days=1))
    assert refused(day, with_session(day, "Contract", is_chosen=False), olga) == {
        "sessions.2.is_chosen": [STAYS_CHOSEN.format("2 people have a place at the event,")]
    }
    assert refused(day, with_session(day, "Lecture", is_chosen=True), olga) == {
        "sessions.0.is_chosen": [
            "2 people have a place at the event and take part in this session, so it stays one for all. You can add new sessions to choose from."
        ]
    }


def test_who_takes_part_beyond_the_places_counts_too(day, olga, ana):
    takes_part(day, ana, "Dialogue", is_extra=True)
    assert (day.places_taken, list(day.sessions.values_list("places_taken", flat=True))) == (0, [0, 0, 0])
    assert refused(day, with_session(day, "Lecture", is_chosen=True), olga).keys() == {"sessions.0.is_chosen"}
    assert refused(day, with_session(day, "Dialogue"), olga).keys() == {"sessions"}


def test_new_sessions_to_choose_from_may_be_added_at_any_time(day, olga, ana):
    takes_part(day, ana, "Dialogue")
    facts = facts_of(day)
    third = SessionFacts(starts=NOON, ends=EVENING, title="Pitch", is_chosen=True, places=5)
    edited = actions.edit(event=day, facts=replace(facts, sessions=(*facts.sessions, third)), by=olga)
    assert list(edited.sessions.values_list("title", "places")) == [
        ("Lecture", None),
        ("Dialogue", 12),
        ("Contract", None),
        ("Pitch", 5),
    ]


def test_a_session_that_people_chose_is_not_removed(day, olga, ana, ben):
    takes_part(day, ana, "Dialogue")
    facts = with_session(day, "Dialogue")
    assert refused(day, facts, olga) == {
        "sessions": ["“Dialogue” of 6 May 2027 cannot be removed: 1 person chose it. Let them choose another session first."]
    }
    takes_part(day, ben, "Dialogue")
    assert refused(day, facts, olga) == {
        "sessions": ["“Dialogue” of 6 May 2027 cannot be removed: 2 people chose it. Let them choose another session first."]
    }
    assert refused(day, replace(facts_of(day), sessions=()), olga).keys() == {"sessions"}  # but for the first
    assert day.sessions.count() == 3


def test_a_session_that_only_people_without_a_place_chose_can_be_removed(day, olga, ana):
    takes_part(day, ana, "Contract", state="waiting", queued_at=timezone.now())
    edited = actions.edit(event=day, facts=with_session(day, "Contract"), by=olga)
    assert list(edited.sessions.values_list("title", flat=True)) == ["Lecture", "Dialogue"]


@pytest.mark.parametrize("changes", [{"is_chosen": False, "places": None}, {"places": 20}, {"places": None}])
def test_what_is_over_keeps_its_choice(day, olga, changes):
    Event.objects.update(state="finished")
    with pytest.raises(actions.WrongState):
        actions.edit(event=day, facts=with_session(day, "Dialogue", **changes), by=olga)
    assert actions.edit(event=day, facts=with_session(day, "Dialogue", summary="It was good"), by=olga).revision == 3


def test_a_clone_has_the_same_choice_and_nobody_in_it(day, olga, ana):
    takes_part(day, ana, "Dialogue")
    copy = actions.clone(event=day, starts=datetime(2028, 5, 4, 9), by=olga)
    assert (copy.has_choices, list(copy.sessions.values_list("title", "is_chosen", "places", "places_taken"))) == (
        True,
        [("Lecture", False, None, 0), ("Dialogue", True, 12, 0), ("Contract", True, None, 0)],
    )


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (Session, {"places": 0}),
        (Session, {"places": 3, "places_taken": 4}),
        (Session, {"is_chosen": False}),  # with places
        (Event, {"offer_hours": 0}),
        (Event, {"reminder_days": 31}),
        (Event, {"special_answers_days": 366}),
        (Event, {"changes_close_at": datetime(2027, 5, 7, tzinfo=UTC)}),
    ],
)
def test_the_database_refuses_what_must_never_happen(day, kind, changes):
    rows = Session.objects.filter(title="Dialogue") if kind is Session else Event.objects.filter(pk=day.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**changes)
