"""The organiser's page “Quotas and rules”."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from events.registrations import actions, terms
from events.registrations.models import EligibilityRule, Quota
from tests import factories
from tests.events.registrations.desk import at, said, states

VIENNA = ZoneInfo("Europe/Vienna")


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def full(centre):
    return factories.EventFactory(organising_centre=centre, slug="full", places=40)


def sent(quotas=(), rules=(), **more):
    """What the page sends: rows of fields, with two empty ones behind them as it shows them."""
    found = {"rows_of_quotas": str(len(quotas) + 2), "rows_of_rules": str(len(rules) + 2), "do": "save", **more}
    for name, rows in (("quotas", quotas), ("rules", rules)):
        for number, row in enumerate([*rows, {}, {}]):
            empty = {"order": str(len(rules) + 1), "outcome": "confirm"} if name == "rules" else {}
            found |= {f"{name}-{number}-{field}": value for field, value in {**empty, **row}.items()}
    return found


def quotas():
    return [(quota.group_name, quota.reserved, quota.at_most) for quota in Quota.objects.all()]


def rules():
    return [(rule.group_name, rule.everybody, str(rule.outcome), rule.reason) for rule in EligibilityRule.objects.all()]


def test_quotas_for_a_country_a_home_centre_and_a_type_of_organisation(desk, full, other_centre):
    day = (timezone.now() + timedelta(days=9)).date()
    rows = [
        {"group": "country:AT", "reserved": "10", "at_most": "15", "until_day": day.isoformat()},
        {"group": f"centre:{other_centre.pk}", "reserved": "5"},
        {"group": "kind:utility", "at_most": "4"},
    ]
    response = desk.post(at("terms"), sent(rows), follow=True)
    assert said(response) == ["Saved. What became free for somebody went to the waiting list at once."]
    assert quotas() == [("Austria", 10, 15), ("Test DE", 5, None), ("Utility", 0, 4)]
    assert f"{Quota.objects.first().until.astimezone(VIENNA):%F %H:%M}" == f"{day} 23:59"


def test_what_holds_is_said_in_sentences(desk, full, olga):
    until = timezone.now().astimezone(VIENNA).replace(year=2098, month=3, day=1, hour=12, minute=0)
    terms.set_quotas(event=full, quotas=[terms.QuotaFacts(country="AT", reserved=10, until=until)], by=olga)
    terms.set_rules(
        event=full,
        rules=[
            terms.RuleFacts(country="AT", outcome="confirm"),
            terms.RuleFacts(everybody=True, outcome="refuse", reason="Held in German."),
        ],
        by=olga,
    )
    page = desk.get(at("terms"))
    assert page.context["quotas_in_words"] == [
        "10 of 40 places are kept for Austria until 1 March 2098, 12:00; then for everybody.",
        "30 places are free now for people of no such group.",
    ]
    assert page.context["rules_in_words"] == [
        "Austria: a place at once, if there is one.",
        "Everybody else: cannot register. They read: “Held in German.”",
    ]


def test_without_terms_it_is_said_what_the_event_itself_says(desk, full):
    assert desk.get(at("terms")).context["rules_in_words"] == ["Everybody: a place at once, if there is one."]
    full.needs_approval, full.approver, full.eligible_kinds = True, "home-centre", ["utility"]
    full.save()
    assert desk.get(at("terms")).context["rules_in_words"] == [
        "Everybody from: Utility: each registration needs approval by the participant’s home centre."
    ]


def test_a_row_is_changed_and_another_deleted(desk, full, olga):
    facts = [terms.QuotaFacts(country="AT", reserved=10), terms.QuotaFacts(country="DE", reserved=5)]
    terms.set_quotas(event=full, quotas=facts, by=olga)
    rows = [{"group": "country:AT", "reserved": "10", "is_gone": "on"}, {"group": "country:DE", "reserved": "6"}]
    desk.post(at("terms"), sent(rows))
    assert quotas() == [("Germany", 6, None)]


def test_the_page_as_it_is_saved_again_changes_nothing(desk, full, olga):
    """Seconds of an end that came by the API survive, and the journal is silent."""
    until = factories.soon(9) + timedelta(seconds=7)
    (before,) = terms.set_quotas(event=full, quotas=[terms.QuotaFacts(country="AT", reserved=3, until=until)], by=olga)
    terms.set_rules(event=full, rules=[terms.RuleFacts(country="AT", outcome="approve")], by=olga)
    history = len(desk.get(at("history")).context["moments"])
    local = until.astimezone(VIENNA)
    row = {"group": "country:AT", "reserved": "3", "until_day": f"{local:%F}", "until_time": f"{local:%H:%M}"}
    desk.post(at("terms"), sent([row], [{"group": "country:AT", "order": "1", "outcome": "approve"}]))
    after = Quota.objects.get()
    assert (after.pk, after.until) == (before.pk, before.until)
    assert len(desk.get(at("history")).context["moments"]) == history


def test_rules_are_in_the_order_of_their_numbers(desk, full):
    rows = [
        {"group": "everybody", "order": "9", "outcome": "refuse", "reason": "Held in German."},
        {"group": "kind:utility", "order": "2", "outcome": "approve"},
        {"group": "country:AT", "order": "1", "outcome": "confirm"},
    ]
    desk.post(at("terms"), sent(rules=rows))
    assert rules() == [
        ("Austria", False, "confirm", ""),
        ("Utility", False, "approve", ""),
        ("everybody", True, "refuse", "Held in German."),
    ]


@pytest.mark.parametrize(
    ("rows", "row", "field", "message"),
    [
        ([{"group": "country:AT"}, {"reserved": "4"}], 1, "group", "Say for whom."),
        ([{"group": "country:XX", "reserved": "4"}], 0, "group", "Select a valid choice. country:XX is not one of the available choices."),
        ([{"group": "country:AT", "reserved": "x"}], 0, "reserved", "Enter a whole number."),
        ([{"group": "country:AT", "reserved": "-1"}], 0, "reserved", "Ensure this value is greater than or equal to 0."),
        ([{"group": "country:AT"}], 0, "reserved", "Say how many places are reserved, or how many the group may have at most."),
        ([{"group": "country:AT", "reserved": "5", "at_most": "4"}], 0, "at_most", "This is less than the places reserved."),
        ([{"group": "country:AT", "reserved": "5"}] * 2, 1, "group", "This group is there already."),
        ([{"group": "country:AT", "reserved": "5", "until_time": "12:00"}], 0, "until_day", "Give the day that belongs to this time."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_quota_is_said_at_its_field(desk, full, rows, row, field, message):
    response = desk.post(at("terms"), sent(rows))
    assert (response.status_code, quotas()) == (400, [])
    form = response.context["sheet"].quotas[row]
    assert form.errors.get(field) == [message]
    assert (f"id_quotas-{row}-{field}", message) in {(target, said) for target, _label, said in response.context["errors"]}
    assert response.context["sheet"].quotas[0]["group"].value() == rows[0].get("group")  # what was typed is kept


def test_errors_are_at_the_row_that_was_typed_though_others_are_empty_or_deleted(desk, full):
    rows = [
        {},
        {"group": "country:DE", "reserved": "1", "is_gone": "on"},
        {"group": "country:AT", "reserved": "5", "at_most": "4"},
    ]
    response = desk.post(at("terms"), sent(rows))
    assert response.context["sheet"].quotas[2].errors == {"at_most": ["This is less than the places reserved."]}


def test_a_limit_below_what_is_taken_and_more_than_there_are_is_said(desk, full, ana, ben, olga):
    for person in (ana, ben):
        actions.register(event=full, person=person, by=person)
    response = desk.post(at("terms"), sent([{"group": "country:AT", "at_most": "1"}]))
    assert response.context["sheet"].quotas[0].errors["at_most"] == [
        "2 places are taken by this group already. Keep at least that many."
    ]
    response = desk.post(at("terms"), sent([{"group": "country:AT", "reserved": "41"}]))
    assert [message for _target, _label, message in response.context["errors"]] == [
        "41 places would be reserved, but the event has only 40."
    ]


def test_a_wrong_rule_keeps_back_the_quotas_and_both_are_told(desk, full):
    rows = [{"group": "country:AT", "reserved": "5", "at_most": "4"}]
    response = desk.post(at("terms"), sent(rows, [{"group": "country:DE", "order": "1", "outcome": "refuse"}]))
    assert [(label, message) for _target, label, message in response.context["errors"]] == [
        ("Quota 1, At most", "This is less than the places reserved."),
        ("Rule 1, Reason", "Say why: people who cannot register read it."),
    ]
    response = desk.post(
        at("terms"),
        sent([{"group": "country:AT", "reserved": "5"}], [{"group": "country:DE", "order": "1", "outcome": "refuse"}]),
    )
    assert (response.status_code, quotas(), rules()) == (400, [], [])


def test_who_saves_an_old_page_does_not_undo_what_somebody_else_did(desk, full, olga):
    page = desk.get(at("terms")).context["sheet"].fingerprint
    terms.set_quotas(event=full, quotas=[terms.QuotaFacts(country="DE", reserved=3)], by=olga)
    response = desk.post(at("terms"), sent([{"group": "country:AT", "reserved": "5"}], seen=page))
    assert [message for _target, _label, message in response.context["errors"]] == [
        "Somebody else changed the quotas or rules meanwhile. Above is what holds now: compare, then save again."
    ]
    assert quotas() == [("Germany", 3, None)]
    desk.post(at("terms"), sent([{"group": "country:AT", "reserved": "5"}], seen=response.context["sheet"].fingerprint))
    assert quotas() == [("Austria", 5, None)]


def test_more_rows_are_asked_for_and_what_was_typed_stays(desk, full):
    response = desk.post(at("terms"), sent([{"group": "country:AT", "reserved": "x"}], do="more"))
    sheet = response.context["sheet"]
    assert (response.status_code, len(sheet.quotas), len(sheet.rules)) == (200, 5, 4)
    assert (sheet.quotas[0]["reserved"].value(), sheet.quotas[0].errors, quotas()) == ("x", {}, [])


@pytest.mark.parametrize("number", ["", "x", "-3", "9" * 9, "61"])
def test_a_page_with_a_strange_number_of_rows_is_no_mistake_of_ours(desk, full, number):
    assert desk.post(at("terms"), sent(rows_of_quotas=number, rows_of_rules=number)).status_code in {200, 302, 400}


def test_who_waits_gets_what_a_quota_sets_free(desk, full, ana, olga):
    terms.set_quotas(event=full, quotas=[terms.QuotaFacts(country="DE", reserved=40)], by=olga)
    full.refresh_from_db()
    actions.register(event=full, person=ana, by=ana)
    assert states() == {"Ana": "waiting"}
    desk.post(at("terms"), sent([{"group": "country:DE", "reserved": "39"}]))
    assert states() == {"Ana": "confirmed"}
