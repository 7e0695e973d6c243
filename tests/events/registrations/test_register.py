"""Registering and giving places back, told as stories."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.programme.models import Event
from events.programme.queries import registration_window
from events.registrations import actions, decisions, eligibility, queries, tasks
from events.registrations.errors import ProfileIncomplete, RegistrationClosed, WasDeclined
from events.registrations.models import Registration
from events.registrations.signals import registration_changed
from network.errors import Invalid, NotAllowed, WrongState
from network.models import Organisation
from tests import factories

State = Registration.State


def states(event):
    """Every registration as (name, state), in the order they were made."""
    return [(r.person.name.split()[0], r.state) for r in event.registrations.select_related("person").order_by("pk")]


def with_places(event, places, **fields):
    Event.objects.filter(pk=event.pk).update(places=places, **fields)
    event.refresh_from_db()
    return event


def taken(event):
    return Event.objects.get(pk=event.pk).places_taken


@pytest.fixture
def heard():
    """Every change that was told to the wings above, as (name, before, after, reason)."""

    def listen(changes, **_kwargs):
        for change in changes:
            r = change.registration
            heard.append((r.person.name.split()[0], change.before, r.state, change.reason))

    heard = []
    registration_changed.connect(listen)
    yield heard
    registration_changed.disconnect(listen)


def test_who_registers_has_a_place(training, ana, heard):
    registration = actions.register(event=training, person=ana, by=ana, note=" Front row, please ")
    assert (registration.state, registration.note, registration.event.places_taken) == (State.CONFIRMED, "Front row, please", 1)
    assert taken(training) == 1
    assert heard == [("Ana", None, "confirmed", "")]


def test_registering_twice_returns_the_registration_that_lives(training, ana, heard):
    first = actions.register(event=training, person=ana, by=ana)
    assert actions.register(event=training, person=ana, by=ana) == first
    assert taken(training) == 1
    assert len(heard) == 1


def test_when_places_run_out_one_waits_in_order(training, ana, ben, cleo):
    with_places(training, 1)
    for person in (ana, ben, cleo):
        actions.register(event=training, person=person, by=person)
    assert states(training) == [("Ana", "confirmed"), ("Ben", "waiting"), ("Cleo", "waiting")]
    assert [queries.position(queries.live(person, training)) for person in (ana, ben, cleo)] == [None, 1, 2]


def test_the_first_in_the_waiting_list_gets_the_place_that_is_given_back(training, ana, ben, cleo, heard):
    with_places(training, 1)
    for person in (ana, ben, cleo):
        actions.register(event=training, person=person, by=person)
    heard.clear()
    actions.cancel(registration=queries.live(ana, training), by=ana, reason="Cannot travel")
    assert states(training) == [("Ana", "cancelled"), ("Ben", "confirmed"), ("Cleo", "waiting")]
    assert taken(training) == 1
    assert heard == [("Ana", "confirmed", "cancelled", "Cannot travel"), ("Ben", "waiting", "confirmed", "")]


def test_cancelling_twice_gives_one_place_back(training, ana, ben):
    registration = actions.register(event=training, person=ana, by=ana)
    actions.register(event=training, person=ben, by=ben)
    actions.cancel(registration=registration, by=ana)
    assert actions.cancel(registration=registration, by=ana).state == State.CANCELLED
    assert taken(training) == 1


def test_one_can_leave_the_waiting_list_and_others_move_up(training, ana, ben, cleo):
    with_places(training, 1)
    for person in (ana, ben, cleo):
        actions.register(event=training, person=person, by=person)
    actions.cancel(registration=queries.live(ben, training), by=ben)
    assert queries.position(queries.live(cleo, training)) == 1
    assert taken(training) == 1


def test_who_cancelled_may_ask_again_and_stands_at_the_end(training, ana, ben, cleo):
    with_places(training, 1)
    for person in (ana, ben, cleo):
        actions.register(event=training, person=person, by=person)
    actions.cancel(registration=queries.live(ben, training), by=ben)
    again = actions.register(event=training, person=ben, by=ben)
    assert (again.state, queries.position(again)) == (State.WAITING, 2)


def test_a_clock_that_goes_back_moves_nobody_ahead(training, ana, ben, cleo):
    with_places(training, 1)
    for person in (ana, ben):
        actions.register(event=training, person=person, by=person)
    tomorrow = timezone.now() + timedelta(days=1)
    Registration.objects.filter(person=ben).update(queued_at=tomorrow)
    behind = actions.register(event=training, person=cleo, by=cleo)
    assert behind.queued_at == tomorrow + timedelta(microseconds=1)
    assert queries.position(behind) == 2


def test_without_a_limit_nobody_waits(training, ana, ben):
    with_places(training, None)
    assert [actions.register(event=training, person=p, by=p).state for p in (ana, ben)] == ["confirmed", "confirmed"]
    assert taken(training) == 2


def test_the_worker_gives_on_places_that_were_raised_behind_our_back(training, ana, ben, cleo):
    with_places(training, 1)
    for person in (ana, ben, cleo):
        actions.register(event=training, person=person, by=person)
    with_places(training, 2)  # by hand, in the database
    assert tasks.catch_up() == 1
    assert states(training) == [("Ana", "confirmed"), ("Ben", "confirmed"), ("Cleo", "waiting")]
    assert tasks.catch_up() == 0


# Approval


def test_the_organiser_approves_or_declines(training, ana, ben, olga, heard):
    with_places(training, 20, needs_approval=True)
    first, second = (actions.register(event=training, person=person, by=person) for person in (ana, ben))
    assert (first.state, second.state, taken(training)) == ("pending", "pending", 0)
    assert decisions.approve(registration=first, by=olga).state == State.CONFIRMED
    assert decisions.decline(registration=second, by=olga, reason="For beginners only").reason == "For beginners only"
    assert taken(training) == 1
    assert heard[2:] == [("Ana", "pending", "confirmed", ""), ("Ben", "pending", "declined", "For beginners only")]


def test_approving_without_a_free_place_puts_on_the_waiting_list(training, ana, ben, olga):
    with_places(training, 1, needs_approval=True)
    first, second = (actions.register(event=training, person=person, by=person) for person in (ana, ben))
    decisions.approve(registration=first, by=olga)
    assert decisions.approve(registration=second, by=olga).state == State.WAITING
    assert decisions.approve(registration=second, by=olga).state == State.WAITING  # twice is once


def test_only_what_is_pending_can_be_approved_and_a_place_is_not_declined(training, ana, olga):
    registration = actions.register(event=training, person=ana, by=ana)
    with pytest.raises(WrongState) as refused:
        decisions.decline(registration=registration, by=olga, reason="Full")
    assert str(refused.value.message) == "This registration is “Confirmed” and cannot become “Declined”."
    actions.cancel(registration=registration, by=ana)
    with pytest.raises(WrongState):
        decisions.approve(registration=registration, by=olga)


def test_declining_needs_a_reason(training, ana, olga):
    with_places(training, 20, needs_approval=True)
    registration = actions.register(event=training, person=ana, by=ana)
    with pytest.raises(Invalid) as invalid:
        decisions.decline(registration=registration, by=olga, reason="  ")
    assert invalid.value.errors == {"reason": ["Say why: the person reads it."]}


def test_who_was_declined_comes_in_only_by_the_organisers_word(training, ana, olga):
    with_places(training, 20, needs_approval=True)
    decisions.decline(registration=actions.register(event=training, person=ana, by=ana), by=olga, reason="Full")
    with pytest.raises(WasDeclined):
        actions.register(event=training, person=ana, by=ana)
    decisions.invite(event=training, person=ana, by=olga)
    assert actions.register(event=training, person=ana, by=ana).state == State.CONFIRMED


# Who may


def test_nobody_registers_cancels_or_decides_for_somebody_else(training, ana, ben, otto, mia):
    mine = actions.register(event=training, person=ana, by=ana)
    for stranger in (ben, otto, mia):
        with pytest.raises(NotAllowed):
            actions.register(event=training, person=ana, by=stranger)
        with pytest.raises(NotAllowed):
            actions.cancel(registration=mine, by=stranger)
        with pytest.raises(NotAllowed):
            decisions.approve(registration=mine, by=stranger)
        with pytest.raises(NotAllowed):
            decisions.decline(registration=mine, by=stranger, reason="No")
        with pytest.raises(NotAllowed):
            decisions.invite(event=training, person=ben, by=stranger)
    assert states(training) == [("Ana", "confirmed")]


def test_a_person_cannot_approve_themself(training, ana):
    with_places(training, 20, needs_approval=True)
    with pytest.raises(NotAllowed):
        decisions.approve(registration=actions.register(event=training, person=ana, by=ana), by=ana)


def test_an_organiser_registers_somebody_at_the_door(training, ana, olga):
    now = timezone.now()
    with_places(training, 20, needs_approval=True, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=5))
    with pytest.raises(RegistrationClosed):
        actions.register(event=training, person=ana, by=ana)
    assert actions.register(event=training, person=ana, by=olga).state == State.CONFIRMED


def test_an_organisers_word_makes_no_place(training, ana, ben, olga):
    with_places(training, 1)
    actions.register(event=training, person=ben, by=ben)
    assert actions.register(event=training, person=ana, by=olga).state == State.WAITING


# When


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("draft", "This event is not published."),
        ("postponed", "This event is postponed. Registration opens again when its new time is known."),
        ("cancelled", "This event is cancelled."),
        ("finished", "This event is over."),
    ],
)
def test_only_a_published_event_takes_registrations(training, ana, olga, state, message):
    with_places(training, 20, state=state)
    for by in (ana, olga):
        with pytest.raises(RegistrationClosed) as refused:
            actions.register(event=training, person=ana, by=by)
        assert (refused.value.code, str(refused.value.message)) == ("registration_closed", message)


def test_before_registration_opens_one_is_told_when(training, ana):
    opens = factories.soon(days=3, hour=8)
    with_places(training, 20, registration_opens_at=opens)
    refusal = eligibility.why_not(training, ana, queries.latest(ana, training))
    assert refusal.code == "registration_not_yet_open"
    assert str(refusal.message).endswith("(Europe/Vienna).")


def test_registration_closes_at_the_start_unless_said_otherwise(training, ana):
    assert registration_window(training) == (None, training.starts_at)
    closes = timezone.now() - timedelta(minutes=1)
    with_places(training, 20, registration_closes_at=closes)
    assert eligibility.why_not(training, ana, queries.latest(ana, training)).code == "registration_closed"


def test_registration_for_whole_days_closes_when_the_first_day_ends_in_the_events_zone(centre):
    event = factories.EventFactory(organising_centre=centre, all_day=True, timezone="Europe/Athens")
    _opens, closes = registration_window(event)
    in_athens = closes.astimezone(ZoneInfo("Europe/Athens"))
    assert (in_athens.date(), in_athens.time()) == (event.first_day + timedelta(days=1), time())


def test_after_the_end_registrations_stay_as_they_are(training, ana):
    registration = actions.register(event=training, person=ana, by=ana)
    now = timezone.now()
    with_places(training, 20, starts_at=now - timedelta(days=2), ends_at=now - timedelta(days=1))
    with pytest.raises(RegistrationClosed):
        actions.cancel(registration=registration, by=ana)


# For whom


def test_a_person_without_name_or_organisation_is_sent_to_their_profile(training, ana, olga):
    ana.name = ""
    assert eligibility.why_not(training, ana, queries.latest(ana, training)).code == "profile_incomplete"
    ana.name, ana.organisation = "Ana", None
    assert eligibility.why_not(training, ana, queries.latest(ana, training)).code == "profile_incomplete"
    with pytest.raises(ProfileIncomplete) as refused:
        actions.register(event=training, person=ana, by=olga)
    assert str(refused.value.message) == "This person’s profile has no name or no organisation yet. Invite them instead."


def test_types_of_organisation(training, ana):
    with_places(training, 20, eligible_kinds=["utility", "purchasing-body"])
    refusal = eligibility.why_not(training, ana, queries.latest(ana, training))
    assert (refusal.code, str(refusal.message)) == (
        "not_eligible",
        "This event is open to: Utility, Central purchasing body. Your organisation is listed as “Local contracting authority”.",
    )
    ana.organisation.kind = Organisation.Kind.UTILITY
    assert eligibility.why_not(training, ana, queries.latest(ana, training)) is None


def test_an_event_of_the_network_is_for_the_network(training, ana, mia):
    with_places(training, 20, visibility="network")
    assert eligibility.why_not(training, ana, queries.latest(ana, training)).code == "not_eligible"
    assert eligibility.why_not(training, mia, queries.latest(mia, training)) is None


def test_an_invitation_opens_the_event(training, ana, olga):
    with_places(training, 20, visibility="invited", eligible_kinds=["utility"], needs_approval=True)
    assert eligibility.why_not(training, ana, queries.latest(ana, training)).code == "not_eligible"
    invited = decisions.invite(event=training, person=ana, by=olga)
    assert (invited.state, taken(training)) == ("invited", 0)
    assert decisions.invite(event=training, person=ana, by=olga) == invited
    registered = actions.register(event=training, person=ana, by=ana)
    assert (registered.pk, registered.state, taken(training)) == (invited.pk, "confirmed", 1)


def test_inviting_an_address_makes_an_account_once(training, olga):
    first = decisions.invite_by_email(event=training, email=" New.Person@Demo.example ", name="New Person", by=olga)
    again = decisions.invite_by_email(event=training, email="new.person@demo.example", name="Another", by=olga)
    assert (first, first.person.name, first.person.email) == (again, "New Person", "new.person@demo.example")
    with pytest.raises(Invalid) as invalid:
        decisions.invite_by_email(event=training, email="nowhere", by=olga)
    assert invalid.value.errors == {"email": ["Enter a valid email address."]}


def test_a_cancelled_event_invites_nobody(training, ana, olga):
    with_places(training, 20, state="cancelled")
    with pytest.raises(RegistrationClosed):
        decisions.invite(event=training, person=ana, by=olga)


# What is remembered


def test_every_move_is_journalled_with_who_and_why(training, ana, ben, olga):
    with_places(training, 1)
    registration = actions.register(event=training, person=ana, by=ana)
    waiting = actions.register(event=training, person=ben, by=ben)
    actions.cancel(registration=registration, by=olga, reason="Left the organisation")
    entries = LogEntry.objects.filter(content_type__model="registration", action=LogEntry.Action.UPDATE).order_by("pk")
    assert [(e.object_pk, e.actor and e.actor.name, e.additional_data["reason"], e.changes["state"]) for e in entries] == [
        (str(registration.pk), "Olga Organiser", "Left the organisation", ["confirmed", "cancelled"]),
        (str(waiting.pk), None, "A place became free", ["waiting", "confirmed"]),
    ]
    assert not LogEntry.objects.filter(content_type__model="event", action=LogEntry.Action.UPDATE).exists()


def test_a_failing_listener_takes_everything_back(training, ana, ben):
    with_places(training, 1)
    mine = actions.register(event=training, person=ana, by=ana)
    actions.register(event=training, person=ben, by=ben)

    def fail(changes, **_kwargs):
        if changes[0].before == State.WAITING:
            raise RuntimeError("disk full")

    registration_changed.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            actions.cancel(registration=mine, by=ana)
    finally:
        registration_changed.disconnect(fail)
    assert states(training) == [("Ana", "confirmed"), ("Ben", "waiting")]
    assert taken(training) == 1


def test_notes_and_reasons_have_a_length(training, ana):
    with pytest.raises(Invalid) as invalid:
        actions.register(event=training, person=ana, by=ana, note="x" * 501)
    assert invalid.value.errors == {"note": ["Keep it to 500 characters; these are 501."]}


# Lists


def test_the_organisers_list_is_by_name_filters_and_searches(training, ana, ben, cleo):
    with_places(training, 1)
    for person in (cleo, ben, ana):
        actions.register(event=training, person=person, by=person)
    assert [(r.person.name, r.turn) for r in queries.of_event(training)] == [
        ("Ana Procurer", 2),
        ("Ben Buyer", 1),
        ("Cleo Contracts", None),
    ]
    assert [r.person.name for r in queries.of_event(training, state="waiting")] == ["Ben Buyer", "Ana Procurer"]
    assert [r.person.name for r in queries.of_event(training, search="contracts cleo")] == ["Cleo Contracts"]
    assert queries.summary(training) == {
        "invited": 0,
        "pending": 0,
        "waiting": 2,
        "offered": 0,
        "confirmed": 1,
        "declined": 0,
        "cancelled": 0,
        "expired": 0,
    }


def test_lists_ask_the_database_once(training, ana, django_assert_num_queries):
    for number in range(3):
        person = factories.PersonFactory()
        actions.register(event=training, person=person, by=person)
        with django_assert_num_queries(1):
            assert len([r.person.organisation.name for r in queries.of_event(training)]) == number + 1
    for number in range(3):
        actions.register(event=factories.EventFactory(), person=ana, by=ana)
        with django_assert_num_queries(1):
            assert len([r.event.organising_centre.name for r in queries.of_person(ana)]) == number + 1
    with django_assert_num_queries(1):
        queries.summary(training)


def test_registering_asks_the_same_however_many_are_there(training):
    def cost():
        person = factories.PersonFactory()
        with CaptureQueriesContext(connection) as asked:
            actions.register(event=training, person=person, by=person)
        return len(asked)

    with_places(training, 4)
    cost()  # the first fills what is kept in memory
    confirmed = [cost() for _ in range(3)]
    waiting = [cost() for _ in range(3)]
    assert confirmed[0] == confirmed[1] == confirmed[2]
    assert waiting[0] == waiting[1] == waiting[2]
