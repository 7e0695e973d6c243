"""What one does with a registration: choose other sessions, pass it on to a colleague, and until when."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.utils import timezone

from events.programme import actions as programme
from events.programme.models import Event, Session
from events.registrations import actions, decisions, queries, terms
from events.registrations.errors import ChangesClosed, NoRoom, NotEligible, ProfileIncomplete, RegistrationClosed
from events.registrations.models import Registration, SpecialAnswer
from events.registrations.terms import QuotaFacts, set_quotas
from network.errors import Invalid, NotAllowed, WrongState
from tests import factories
from tests.events.registrations import laws
from tests.events.registrations.questionnaires import ask, put

State = Registration.State


@pytest.fixture
def congress(centre):
    """A congress of 20 places: after the plenary two sessions at the same time, and one later."""
    event = factories.EventFactory(organising_centre=centre, has_choices=True)
    for title, hour, places in (("Law", 2, 1), ("Data", 2, 2), ("Late", 5, 1)):
        Session.objects.create(
            event=event,
            title=title,
            starts_at=event.starts_at + timedelta(hours=hour),
            ends_at=event.starts_at + timedelta(hours=hour + 2),
            first_day=event.first_day,
            last_day=event.first_day,
            is_chosen=True,
            places=places,
        )
    return event


def of(event, *titles):
    return list(event.sessions.filter(title__in=titles).values_list("pk", flat=True))


def chosen(registration):
    return sorted(registration.choices.values_list("session__title", flat=True))


def taken(event):
    return dict(event.sessions.filter(is_chosen=True).values_list("title", "places_taken"))


# Sessions


def test_a_registration_takes_part_in_all_that_it_chose_or_waits_for_all(congress, ana, ben):
    assert actions.register(event=congress, person=ana, by=ana, sessions=of(congress, "Law", "Late")).state == "confirmed"
    assert actions.register(event=congress, person=ben, by=ben, sessions=of(congress, "Data", "Late")).state == "waiting"
    assert taken(congress) == {"Law": 1, "Data": 0, "Late": 1}  # who waits for one holds no place in the other
    laws.check(congress.pk)


def test_a_place_in_a_session_that_is_given_back_lets_the_waiting_in(congress, ana, ben):
    mine = actions.register(event=congress, person=ana, by=ana, sessions=of(congress, "Law", "Late"))
    waiting = actions.register(event=congress, person=ben, by=ben, sessions=of(congress, "Data", "Late"))
    actions.change(registration=mine, by=ana, sessions=of(congress, "Law"))
    waiting.refresh_from_db()
    assert (waiting.state, taken(congress)) == (State.CONFIRMED, {"Law": 1, "Data": 1, "Late": 1})
    laws.check(congress.pk)


def test_changing_to_a_full_session_changes_nothing(congress, ana, ben):
    actions.register(event=congress, person=ana, by=ana, sessions=of(congress, "Law"))
    mine = actions.register(event=congress, person=ben, by=ben, sessions=of(congress, "Data", "Late"))
    with pytest.raises(NoRoom, match="“Law”"):
        actions.change(registration=mine, by=ben, sessions=of(congress, "Law", "Late"), note="I would rather …")
    mine.refresh_from_db()
    assert (chosen(mine), mine.note, taken(congress)) == (["Data", "Late"], "", {"Law": 1, "Data": 1, "Late": 1})


def test_a_change_of_sessions_is_journalled(congress, ana):
    mine = actions.register(event=congress, person=ana, by=ana, sessions=of(congress, "Law"))
    actions.change(registration=mine, by=ana, sessions=of(congress, "Data"))
    entry = LogEntry.objects.filter(content_type__model="registration").latest("pk")
    assert (entry.actor, entry.changes) == (ana, {"sessions": ["Law", "Data"]})


@pytest.mark.parametrize(("titles", "words"), [(("Law", "Data"), "“Law” and “Data” are at the same time. Choose one of them.")])
def test_nobody_is_in_two_sessions_at_once(congress, ana, titles, words):
    with pytest.raises(Invalid) as invalid:
        actions.register(event=congress, person=ana, by=ana, sessions=of(congress, *titles))
    assert invalid.value.errors == {"sessions": [words]}


def test_only_what_is_to_be_chosen_there_can_be_chosen(congress, training, ana):
    foreign = training.sessions.get().pk
    with pytest.raises(Invalid) as invalid:
        actions.register(event=congress, person=ana, by=ana, sessions=[foreign])
    assert invalid.value.errors == {"sessions": [f"Not to be chosen here: {foreign}."]}
    assert actions.register(event=congress, person=ana, by=ana).state == "confirmed"  # the plenary alone is fine


def test_where_all_is_to_be_chosen_something_must_be(congress, ana):
    congress.sessions.filter(is_chosen=False).delete()
    with pytest.raises(Invalid) as invalid:
        actions.register(event=congress, person=ana, by=ana)
    assert invalid.value.errors == {"sessions": ["Choose at least one session."]}


# Until when


def test_after_the_deadline_only_the_organiser_can_give_a_place_back(training, ana, ben, olga):
    Event.objects.update(places=1)
    mine = actions.register(event=training, person=ana, by=ana)
    waiting = actions.register(event=training, person=ben, by=ben)
    Event.objects.update(changes_close_at=timezone.now() - timedelta(minutes=1))
    mine = Registration.objects.get(pk=mine.pk)
    with pytest.raises(ChangesClosed, match="Write to the organiser"):
        actions.cancel(registration=mine, by=ana)
    with pytest.raises(ChangesClosed):
        actions.change(registration=mine, by=ana, note="Late")
    assert actions.cancel(registration=waiting, by=ben).state == State.CANCELLED  # leaving the list is always possible
    assert actions.cancel(registration=mine, by=olga).state == State.CANCELLED


# A colleague instead


def test_a_colleague_takes_over_the_place_and_nobody_else_moves(training, ana, ben, cleo):
    Event.objects.update(places=1)
    mine = actions.register(event=training, person=ana, by=ana)
    actions.register(event=training, person=ben, by=ben)
    theirs = actions.pass_on(registration=mine, to=cleo, by=ana)
    mine.refresh_from_db()
    assert (mine.state, theirs.state, theirs.takes_over) == (State.CANCELLED, State.CONFIRMED, mine)
    assert queries.latest(ben, training).state == State.WAITING
    laws.check(training.pk)


def test_a_turn_in_the_waiting_list_can_be_passed_on_too(training, ana, ben, cleo, mia):
    Event.objects.update(places=1)
    _first, second, _third = [actions.register(event=training, person=p, by=p) for p in (ana, ben, cleo)]
    theirs = actions.pass_on(registration=second, to=mia, by=ben)
    assert queries.position(theirs) == 1
    laws.check(training.pk)


def test_chosen_sessions_go_with_the_place(congress, ana, ben):
    mine = actions.register(event=congress, person=ana, by=ana, sessions=of(congress, "Law", "Late"))
    theirs = actions.pass_on(registration=mine, to=ben, by=ana)
    assert (chosen(theirs), taken(congress)) == (["Late", "Law"], {"Law": 1, "Data": 0, "Late": 1})
    laws.check(congress.pk)


def test_a_colleague_of_another_group_needs_room_in_it(training, ana, olga):
    supplier = factories.PersonFactory(organisation__kind="supplier")
    set_quotas(event=training, quotas=[QuotaFacts(organisation_kind="supplier", at_most=0)], by=olga)
    mine = actions.register(event=training, person=ana, by=ana)
    with pytest.raises(NoRoom, match="the quota of their group is full"):
        actions.pass_on(registration=mine, to=supplier, by=ana)
    mine.refresh_from_db()
    assert mine.state == State.CONFIRMED
    laws.check(training.pk)


def test_whom_the_event_is_for_holds_for_a_colleague_after_the_window_too(training, ana, ben, olga):
    mine = actions.register(event=training, person=ana, by=ana)
    Event.objects.update(registration_closes_at=timezone.now() - timedelta(minutes=1))
    terms.set_rules(event=training, by=olga, rules=[terms.RuleFacts(country="DE", outcome="refuse", reason="Not for you.")])
    german = factories.PersonFactory(organisation__country="DE")
    mine = Registration.objects.get(pk=mine.pk)
    with pytest.raises(NotEligible, match="Not for you"):
        actions.pass_on(registration=mine, to=german, by=ana)
    assert actions.pass_on(registration=mine, to=ben, by=ana).state == State.CONFIRMED


def test_a_place_is_not_passed_on_to_oneself_to_who_has_one_or_to_who_has_no_name(training, ana, ben):
    mine = actions.register(event=training, person=ana, by=ana)
    actions.register(event=training, person=ben, by=ben)
    with pytest.raises(Invalid):
        actions.pass_on(registration=mine, to=ana, by=ana)
    with pytest.raises(WrongState, match="Ben Buyer is registered already"):
        actions.pass_on(registration=mine, to=ben, by=ana)
    with pytest.raises(ProfileIncomplete):
        actions.pass_on(registration=mine, to=factories.PersonFactory(name=""), by=ana)


def test_a_stranger_passes_nothing_on(training, ana, ben, otto):
    mine = actions.register(event=training, person=ana, by=ana)
    for stranger in (ben, otto):
        with pytest.raises(NotAllowed):
            actions.pass_on(registration=mine, to=ben, by=stranger)
        with pytest.raises(NotAllowed):
            actions.change(registration=mine, by=stranger, note="Mine now")


# Another turn


def test_the_organiser_moves_somebody_in_the_list_with_a_reason(training, ana, ben, cleo, mia, olga):
    Event.objects.update(places=1)
    _first, *waiting = [actions.register(event=training, person=p, by=p) for p in (ana, ben, cleo, mia)]
    decisions.put_at(registration=waiting[2], turn=1, by=olga, reason="Travels from the islands")
    assert [queries.position(Registration.objects.get(pk=one.pk)) for one in waiting] == [2, 3, 1]
    entry = LogEntry.objects.filter(content_type__model="registration").latest("pk")
    assert (entry.actor, entry.changes, entry.additional_data) == (
        olga,
        {"turn": ["3", "1"]},
        {"reason": "Travels from the islands"},
    )
    decisions.put_at(registration=waiting[2], turn=99, by=olga, reason="They can wait")
    assert [queries.position(Registration.objects.get(pk=one.pk)) for one in waiting] == [1, 2, 3]


def test_who_asked_at_the_same_instant_can_be_moved_too(training, olga):
    Event.objects.update(places=1)
    people = factories.PersonFactory.create_batch(4)
    _first, *waiting = [actions.register(event=training, person=p, by=p) for p in people]
    Registration.objects.filter(state="waiting").update(queued_at=timezone.now())
    decisions.put_at(registration=waiting[2], turn=1, by=olga, reason="Order of the alphabet")
    assert [queries.position(Registration.objects.get(pk=one.pk)) for one in waiting] == [2, 3, 1]


def test_moving_needs_a_reason_a_turn_and_somebody_who_waits(training, ana, olga, otto):
    mine = actions.register(event=training, person=ana, by=ana)
    with pytest.raises(Invalid):
        decisions.put_at(registration=mine, turn=1, by=olga, reason=" ")
    with pytest.raises(Invalid):
        decisions.put_at(registration=mine, turn=0, by=olga, reason="So")
    with pytest.raises(WrongState):
        decisions.put_at(registration=mine, turn=1, by=olga, reason="So")
    with pytest.raises(NotAllowed):
        decisions.put_at(registration=mine, turn=1, by=otto, reason="So")


def test_at_a_cancelled_event_nothing_is_changed_or_passed_on(training, olga, ana, ben):
    """What it needed to know about health and diet is forgotten, and not collected again."""
    put(training, olga, ask("food", is_special=True, purpose="For the kitchen"))
    training.refresh_from_db()
    mine = actions.register(event=training, person=ana, by=ana, answers={"food": "No gluten"})
    programme.cancel(event=training, by=olga, reason="The speaker is ill")
    mine = Registration.objects.get(pk=mine.pk)
    with pytest.raises(RegistrationClosed):
        actions.change(registration=mine, by=ana, answers={"food": "No gluten"})
    with pytest.raises(RegistrationClosed):
        actions.pass_on(registration=mine, to=ben, by=ana)
    assert (SpecialAnswer.objects.exists(), Registration.objects.get().state) == (False, "confirmed")
