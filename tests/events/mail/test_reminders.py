"""Reminders: of an event that comes and of an offer that ends, each once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.demo.clock import clock_at
from events.mail import reminders
from events.mail.models import Message
from events.programme import actions as programme
from events.programme.models import Event
from events.registrations.links import self_service_url
from events.registrations.models import Registration
from tests import factories

State = Message.State
LONG_AGO = datetime(2027, 5, 1, tzinfo=UTC)


def at(day, hour=12, minute=0, month=6):
    """A moment of June 2027; the event starts on the 15th at 7:00 (UTC), the reminder is due two days before."""
    return clock_at(datetime(2027, month, day, hour, minute, tzinfo=UTC))


@pytest.fixture
def confirmed(registered):
    return lambda person, since=LONG_AGO, **fields: registered(person, changed_at=since, **fields)


def test_who_has_a_place_is_reminded_two_days_before_and_once(confirmed, ana, told, sent):
    registration = confirmed(ana)
    with at(13, 6, 59):
        assert reminders.remind_of_events() == 0
    with at(13, 7):
        assert reminders.remind_of_events() == 1
        assert reminders.remind_of_events() == 0
        (message,) = sent()
    with at(14):
        assert reminders.remind_of_events() == 0
    assert told() == [("event-reminder", "Ana")]
    assert message.subject == "Soon: Market dialogue in practice"
    assert message.text.split("\n\n--\n")[0] == (
        "“Market dialogue in practice” takes place soon, and you have a place.\n\n"
        "Event: Market dialogue in practice\n"
        "When: Tuesday 15 June 2027, 09:00–16:00 (Europe/Vienna, CEST)\n"
        "Where: Procurement house, Test street 1, Vienna, Austria, online\n"
        "Link to join: https://meet.example/room\n"
        "Organised by: Test AT\n\n"
        "See the event:\nhttps://calendar.example/events/market-dialogue/\n\n"
        "If you cannot come, please give the place back now: somebody else may be waiting for it:\n"
        f"{self_service_url(registration)}\n\n"
        "It works without signing in, and for you alone: please do not pass this message on."
    )


def test_two_workers_that_remind_at_once_remind_once(confirmed, ana):
    registration = confirmed(ana)
    with at(14):
        reminders.remind_of_events()
        Registration.objects.filter(pk=registration.pk).update(reminded_at=None)  # as the other one had read it
        reminders.remind_of_events()
    assert Message.objects.count() == 1


def test_only_confirmed_people_of_events_that_are_on_are_reminded(summer, registered, confirmed, ana):
    for state in ("invited", "pending", "waiting", "offered", "declined", "cancelled", "expired"):
        registered(factories.PersonFactory(), state, changed_at=LONG_AGO, deadline=datetime(2027, 6, 30, tzinfo=UTC))
    confirmed(ana)
    with at(14):
        for facts in ({"reminder_days": 0}, {"reminder_days": 2, "state": "postponed"}, {"state": "cancelled"}):
            Event.objects.filter(pk=summer.pk).update(**facts)
            assert reminders.remind_of_events() == 0
    Event.objects.filter(pk=summer.pk).update(state="published")
    with at(15, 7):
        assert reminders.remind_of_events() == 0  # it has begun
    with at(14):
        assert reminders.remind_of_events() == 1


def test_who_was_confirmed_after_the_moment_or_within_a_day_has_just_been_told(confirmed, ana, ben, cleo, told):
    confirmed(ana, since=datetime(2027, 6, 13, 8, tzinfo=UTC))  # after the moment
    confirmed(ben, since=datetime(2027, 6, 12, 20, tzinfo=UTC))  # a few hours before it
    confirmed(cleo, since=datetime(2027, 6, 12, 6, tzinfo=UTC))
    with at(13, 8):
        reminders.remind_of_events()
    assert told() == [("event-reminder", "Cleo")]
    with at(14, 9):
        reminders.remind_of_events()
    assert told() == [("event-reminder", "Cleo"), ("event-reminder", "Ben")]


def test_an_event_that_moved_is_announced_anew_for_its_new_date(summer, confirmed, ana, olga, sent):
    confirmed(ana)
    with at(14):
        reminders.remind_of_events()
        programme.move(event=Event.objects.get(pk=summer.pk), starts=datetime(2027, 6, 22, 9), by=olga, reason="No room")
        assert reminders.remind_of_events() == 0
        sent()
    with at(20, 8):
        assert (reminders.remind_of_events(), reminders.remind_of_events()) == (1, 0)
        sent()
    assert [(message.kind, message.state) for message in Message.objects.order_by("pk")] == [
        ("event-reminder", State.DROPPED),  # the event moved before it left
        ("event-moved", State.SENT),
        ("event-reminder", State.SENT),
    ]


def test_who_gave_the_place_back_before_the_reminder_left_is_not_reminded(confirmed, ana, sent):
    registration = confirmed(ana)
    with at(14):
        reminders.remind_of_events()
        Registration.objects.filter(pk=registration.pk).update(state="cancelled")
        assert [message.state for message in sent()] == [State.DROPPED]


@pytest.mark.parametrize(
    ("hours", "before"),
    [(2, timedelta(minutes=30)), (48, timedelta(hours=12)), (240, timedelta(hours=12))],
    ids=["the last quarter", "both", "half a day"],
)
def test_who_has_not_answered_an_offer_is_reminded_once_in_its_last_part(registered, ana, told, sent, hours, before):
    offered = datetime(2027, 6, 1, 8, tzinfo=UTC)
    ends = offered + timedelta(hours=hours)
    registered(ana, "offered", changed_at=offered, deadline=ends)
    with clock_at(ends - before - timedelta(minutes=1)):
        assert reminders.remind_of_offers() == 0
    with clock_at(ends - before + timedelta(minutes=1)):
        assert (reminders.remind_of_offers(), reminders.remind_of_offers()) == (1, 0)
        (message,) = sent()
    assert told() == [("offer-reminder", "Ana")]
    assert (message.state, message.subject) == (State.SENT, "Your offer ends soon: Market dialogue in practice")


def test_an_offer_that_has_ended_is_not_reminded_of(registered, ana):
    registered(ana, "offered", changed_at=LONG_AGO, deadline=datetime(2027, 6, 14, 12, tzinfo=UTC))
    with at(14, 12):
        assert reminders.remind_of_offers() == 0


def test_who_was_reminded_of_an_offer_and_accepted_it_is_reminded_of_the_event(registered, ana, told):
    registration = registered(ana, "offered", changed_at=LONG_AGO, deadline=datetime(2027, 6, 4, tzinfo=UTC))
    with at(3, 23):
        reminders.remind_of_offers()
        Registration.objects.filter(pk=registration.pk).update(
            state="confirmed", deadline=None, changed_at=datetime(2027, 6, 3, 23, 30, tzinfo=UTC)
        )
    with at(14):
        reminders.remind_of_events()
    assert told() == [("offer-reminder", "Ana"), ("event-reminder", "Ana")]


def test_reminding_many_is_done_in_chunks_of_as_many_statements_each(confirmed, monkeypatch):
    for _ in range(5):
        confirmed(factories.PersonFactory())
    monkeypatch.setattr(reminders, "CHUNK", 2)
    with at(14), CaptureQueriesContext(connection) as asked:
        assert reminders.remind_of_events() == 5
    words = [query["sql"].split()[0] for query in asked if query["sql"].split()[0] not in {"BEGIN", "SAVEPOINT", "RELEASE"}]
    assert words == ["SELECT", "INSERT", "UPDATE"] * 3
    assert Message.objects.count() == 5
