"""Quotas: places kept for a group, limits of a group, and the day on which unused ones fall to everyone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from events.programme.models import Event
from events.registrations import actions, decisions, tasks, terms
from events.registrations.errors import NotEligible
from events.registrations.models import Quota, Registration
from events.registrations.signals import registration_changed
from events.registrations.terms import QuotaFacts, RuleFacts
from network.errors import Invalid, NotAllowed
from tests import factories
from tests.events.registrations import laws

State = Registration.State


@pytest.fixture
def small(centre):
    """A training with four places."""
    return factories.EventFactory(organising_centre=centre, places=4)


def from_country(country, kind="local-authority"):
    return factories.PersonFactory(organisation__country=country, organisation__kind=kind)


def ask(event, *people):
    """What becomes of these people, one after the other."""
    return [actions.register(event=event, person=person, by=person).state for person in people]


def test_reserved_places_wait_for_their_group_while_others_queue(small, olga):
    terms.set_quotas(event=small, quotas=[QuotaFacts(country="AT", reserved=2)], by=olga)
    germans, austrians = [from_country("DE") for _ in range(3)], [from_country("AT") for _ in range(3)]
    assert ask(small, *germans) == ["confirmed", "confirmed", "waiting"]
    assert ask(small, *austrians) == ["confirmed", "confirmed", "waiting"]
    laws.check(small.pk)


def test_a_group_may_have_more_than_its_reserve_where_others_leave_room(small, olga):
    terms.set_quotas(event=small, quotas=[QuotaFacts(country="AT", reserved=1)], by=olga)
    assert ask(small, *[from_country("AT") for _ in range(5)]) == ["confirmed"] * 4 + ["waiting"]


def test_a_place_given_back_goes_to_the_first_who_may_have_it(small, olga):
    terms.set_quotas(event=small, quotas=[QuotaFacts(country="AT", reserved=2)], by=olga)
    austrians = [from_country("AT") for _ in range(2)]
    germans = [from_country("DE") for _ in range(3)]
    ask(small, *austrians, *germans)
    late = from_country("AT")
    assert ask(small, late) == ["waiting"]
    mine = Registration.objects.get(person=austrians[0])
    actions.cancel(registration=mine, by=austrians[0])
    # The German who waits longer stands before the Austrian, but the place is one of Austria's.
    assert Registration.objects.get(person=late).state == State.CONFIRMED
    assert Registration.objects.get(person=germans[2]).state == State.WAITING
    laws.check(small.pk)


def test_a_limited_group_waits_beside_free_places(small, olga):
    terms.set_quotas(event=small, quotas=[QuotaFacts(organisation_kind="supplier", at_most=1)], by=olga)
    suppliers = [from_country("AT", "supplier") for _ in range(2)]
    assert ask(small, *suppliers, from_country("AT")) == ["confirmed", "waiting", "confirmed"]
    laws.check(small.pk)


def test_on_its_day_a_quota_lapses_and_who_waited_moves_up(small, olga):
    until = timezone.now() + timedelta(days=3)
    terms.set_quotas(event=small, quotas=[QuotaFacts(country="AT", reserved=3, until=until)], by=olga)
    germans = [from_country("DE") for _ in range(5)]
    assert ask(small, *germans) == ["confirmed"] + ["waiting"] * 4
    assert tasks.catch_up() == 0
    Quota.objects.update(until=timezone.now())
    assert tasks.catch_up() == 1
    assert laws.states(small.pk) == {"confirmed": 4, "waiting": 1}
    assert [Registration.objects.get(person=person).state for person in germans] == ["confirmed"] * 4 + ["waiting"]


def test_the_first_who_asks_after_the_day_finds_it_lapsed_even_if_the_worker_sleeps(small, olga):
    until = timezone.now() + timedelta(days=3)
    terms.set_quotas(event=small, quotas=[QuotaFacts(country="AT", reserved=4, until=until)], by=olga)
    Quota.objects.update(until=timezone.now())
    assert ask(small, from_country("DE")) == ["confirmed"]


def test_a_centre_has_places_for_the_people_of_its_country(small, centre, olga):
    terms.set_quotas(event=small, quotas=[QuotaFacts(centre=centre, reserved=4)], by=olga)
    assert ask(small, from_country("DE"), from_country("AT")) == ["waiting", "confirmed"]
    assert Registration.objects.get(state="confirmed").home_centre == centre


def test_a_quota_made_late_counts_who_is_there_already(small, centre, olga):
    ask(small, from_country("AT"), from_country("AT"), from_country("DE"))
    (quota,) = terms.set_quotas(event=small, quotas=[QuotaFacts(centre=centre, at_most=2)], by=olga)
    assert quota.taken == 2
    assert ask(small, from_country("AT"), from_country("DE")) == ["waiting", "confirmed"]
    laws.check(small.pk)


def test_a_limit_below_what_is_taken_is_refused_with_the_number(small, olga):
    ask(small, from_country("AT"), from_country("AT"))
    with pytest.raises(Invalid) as invalid:
        terms.set_quotas(event=small, quotas=[QuotaFacts(country="AT", at_most=1)], by=olga)
    assert invalid.value.errors == {"quotas.0.at_most": ["2 places are taken by this group already. Keep at least that many."]}
    assert not Quota.objects.exists()


def test_taking_a_quota_away_lets_the_waiting_in(small, olga):
    terms.set_quotas(event=small, quotas=[QuotaFacts(country="AT", reserved=4)], by=olga)
    assert ask(small, from_country("DE"), from_country("DE")) == ["waiting", "waiting"]
    terms.set_quotas(event=small, quotas=[], by=olga)
    assert laws.states(small.pk) == {"confirmed": 2}
    assert not Event.objects.get(pk=small.pk).has_quotas


def test_changing_a_quota_keeps_its_count(small, olga):
    terms.set_quotas(event=small, quotas=[QuotaFacts(country="AT", reserved=1)], by=olga)
    ask(small, from_country("AT"))
    (quota,) = terms.set_quotas(event=small, quotas=[QuotaFacts(country="AT", reserved=3, at_most=3)], by=olga)
    assert (quota.taken, quota.reserved, Quota.objects.get().pk) == (1, 3, quota.pk)


@pytest.mark.parametrize(
    ("facts", "path", "words"),
    [
        (
            QuotaFacts(reserved=1),
            "quotas.0",
            "Say for whom: a country, a home centre or a type of organisation, one of the three.",
        ),
        (
            QuotaFacts(country="AT", organisation_kind="utility", reserved=1),
            "quotas.0",
            "Say for whom: a country, a home centre or a type of organisation, one of the three.",
        ),
        (QuotaFacts(country="XX", reserved=1), "quotas.0.country", "This is not a country code. Use ISO 3166, such as AT."),
        (
            QuotaFacts(country="AT"),
            "quotas.0.reserved",
            "Say how many places are reserved, or how many the group may have at most.",
        ),
        (QuotaFacts(country="AT", reserved=3, at_most=2), "quotas.0.at_most", "This is less than the places reserved."),
        (QuotaFacts(country="AT", reserved=5), "quotas", "5 places would be reserved, but the event has only 4."),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(small, olga, facts, path, words):
    with pytest.raises(Invalid) as invalid:
        terms.set_quotas(event=small, quotas=[facts], by=olga)
    assert invalid.value.errors == {path: [words]}


def test_greece_is_one_country_in_both_spellings(small, olga):
    (quota,) = terms.set_quotas(event=small, quotas=[QuotaFacts(country="EL", reserved=1)], by=olga)
    assert str(quota.country) == "GR"


def test_strangers_set_no_terms(small, otto, ana):
    for stranger in (otto, ana):
        with pytest.raises(NotAllowed):
            terms.set_quotas(event=small, quotas=[], by=stranger)
        with pytest.raises(NotAllowed):
            terms.set_rules(event=small, rules=[], by=stranger)


# Eligibility


def test_the_first_rule_that_covers_somebody_decides(small, olga):
    terms.set_rules(
        event=small,
        rules=[
            RuleFacts(country="AT", outcome="confirm"),
            RuleFacts(organisation_kind="supplier", outcome="refuse", reason="This course is for buyers."),
            RuleFacts(everybody=True, outcome="approve"),
        ],
        by=olga,
    )
    assert ask(small, from_country("AT", "supplier"), from_country("DE")) == ["confirmed", "pending"]
    with pytest.raises(NotEligible, match="This course is for buyers"):
        ask(small, from_country("DE", "supplier"))


def test_an_invitation_stands_above_the_rules(small, olga):
    terms.set_rules(event=small, rules=[RuleFacts(everybody=True, outcome="refuse", reason="By invitation.")], by=olga)
    guest = from_country("DE")
    decisions.invite(event=small, person=guest, by=olga)
    assert ask(small, guest) == ["confirmed"]


def test_a_rule_behind_everybody_or_a_refusal_without_a_word_is_refused(small, olga):
    with pytest.raises(Invalid) as invalid:
        terms.set_rules(
            event=small,
            rules=[RuleFacts(everybody=True, outcome="approve"), RuleFacts(country="AT", outcome="refuse")],
            by=olga,
        )
    assert invalid.value.errors == {
        "rules.0": ["The rule for everybody comes last: those behind it would never apply."],
        "rules.1.reason": ["Say why: people who cannot register read it."],
    }


def test_the_home_centre_approves_where_the_event_says_so(centre, other_centre, olga, otto, mia):
    event = factories.EventFactory(organising_centre=centre, needs_approval=True, approver="home-centre")
    german = from_country("DE")
    registration = actions.register(event=event, person=german, by=german)
    assert (registration.state, registration.home_centre) == (State.PENDING, other_centre)
    with pytest.raises(NotAllowed):
        decisions.approve(registration=registration, by=mia)
    assert decisions.approve(registration=registration, by=otto).state == State.CONFIRMED  # Otto organises for Germany
    austrian = from_country("AT")
    other = actions.register(event=event, person=austrian, by=austrian)
    with pytest.raises(NotAllowed):
        decisions.approve(registration=other, by=otto)
    assert decisions.approve(registration=other, by=olga).state == State.CONFIRMED  # and Olga runs the event


def test_a_clone_has_the_terms_of_its_source(small, olga):
    terms.set_quotas(event=small, quotas=[QuotaFacts(country="AT", reserved=2)], by=olga)
    terms.set_rules(event=small, rules=[RuleFacts(everybody=True, outcome="approve")], by=olga)
    ask(small, from_country("AT"))
    copy = factories.EventFactory(organising_centre=small.organising_centre)
    terms.copy_terms(source=small, to=copy)
    copy.refresh_from_db()
    assert [(str(quota.country), quota.reserved, quota.taken) for quota in copy.quotas.all()] == [("AT", 2, 0)]
    assert [(rule.everybody, rule.outcome) for rule in copy.eligibility_rules.all()] == [(True, "approve")]
    assert (copy.has_quotas, copy.has_rules) == (True, True)


def test_a_rush_on_an_event_with_quotas_asks_the_same_however_many_are_there(small, olga, django_assert_max_num_queries):
    terms.set_quotas(event=small, quotas=[QuotaFacts(country=code, reserved=1) for code in ("AT", "DE", "NL")], by=olga)
    people = [from_country("AT") for _ in range(12)]
    ask(small, *people[:6])
    with django_assert_max_num_queries(16):
        ask(small, people[6])
    ask(small, *people[7:11])
    with django_assert_max_num_queries(16):
        ask(small, people[11])


def test_who_got_a_home_centre_since_they_registered_is_counted_and_can_still_cancel(training, olga, ana, centre):
    terms.set_quotas(event=training, by=olga, quotas=[QuotaFacts(centre=centre, at_most=5)])
    training.refresh_from_db()
    ana.organisation = factories.OrganisationFactory(country="SE")  # no centre there
    ana.save()
    mine = actions.register(event=training, person=ana, by=ana)
    ana.organisation = factories.OrganisationFactory(country="AT")
    ana.save()
    assert [one.taken for one in terms.set_quotas(event=training, by=olga, quotas=[QuotaFacts(centre=centre, at_most=6)])] == [
        1
    ]
    actions.cancel(registration=Registration.objects.get(pk=mine.pk), by=ana)
    assert Quota.objects.get().taken == 0
    laws.check(training.pk)


def test_a_quota_ends_in_a_year_that_every_clock_knows(training, olga):
    """In 9999 it would be the year 10000 in Vienna, and no page could say when."""
    never = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    with pytest.raises(Invalid) as caught:
        terms.set_quotas(event=training, by=olga, quotas=[QuotaFacts(country="AT", reserved=1, until=never)])
    assert caught.value.errors == {"quotas.0.until": ["The year must be between 2000 and 2100."]}


def test_an_event_that_cannot_be_brought_up_to_date_keeps_back_no_other(centre, olga, ana, ben):
    broken, other = factories.EventFactory.create_batch(2, organising_centre=centre)
    for event, person in ((broken, ana), (other, ben)):
        decisions.invite(event=event, person=person, by=olga, until=timezone.now() + timedelta(hours=1))
    Registration.objects.update(deadline=timezone.now() - timedelta(minutes=1))

    def break_one(changes, **_kwargs):
        if changes[0].registration.event_id == broken.pk:
            raise RuntimeError

    registration_changed.connect(break_one)
    try:
        tasks.catch_up()
    finally:
        registration_changed.disconnect(break_one)
    assert list(Registration.objects.order_by("pk").values_list("state", flat=True)) == ["invited", "expired"]
