"""Every move stands in the journal with who and why: those of many at once, of the clock, of the rules and of colleagues too."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.utils import timezone, translation

from events.programme.desk_history import Reader, entries_of
from events.programme.models import Session
from events.registrations import actions, decisions, tasks, terms
from events.registrations.groups import Colleague, register_many
from events.registrations.models import Quota, Registration
from tests import factories

pytestmark = pytest.mark.django_db
FREED, LAPSED, UNANSWERED = "A place became free", "The date of a quota has passed", "Not answered in time"


def moves(event):
    """Of each move in its order: whose it is, from and to which state, by whom, and why."""
    of = {str(row.pk): row.person.name for row in Registration.objects.filter(event=event).select_related("person")}
    entries = LogEntry.objects.filter(content_type__model="registration", object_pk__in=of).order_by("pk")
    return [
        (
            of[entry.object_pk],
            "→".join(entry.changes["state"]),
            entry.actor.name if entry.actor else None,
            (entry.additional_data or {}).get("reason"),
        )
        for entry in entries
        if "state" in entry.changes
    ]


def asked(event, *people):
    return [actions.register(event=event, person=person, by=person) for person in people]


def test_many_that_are_decided_about_at_once(centre, ana, ben, olga):
    event = factories.EventFactory(organising_centre=centre, needs_approval=True)
    first, second = asked(event, ana, ben)
    decisions.decide_all([first], lambda one: decisions.approve(registration=one, by=olga))
    decisions.decide_all([second], lambda one: decisions.decline(registration=one, by=olga, reason="For beginners"))
    assert moves(event)[2:] == [
        ("Ana Procurer", "pending→confirmed", "Olga Organiser", None),
        ("Ben Buyer", "pending→declined", "Olga Organiser", "For beginners"),
    ]


def test_a_group_is_registered_by_who_brings_it(centre, ana, ben, olga):
    event = factories.EventFactory(organising_centre=centre)
    register_many(event=event, colleagues=[Colleague(ana), Colleague(ben)], by=olga)
    assert moves(event) == [
        ("Ana Procurer", "None→confirmed", "Olga Organiser", None),
        ("Ben Buyer", "None→confirmed", "Olga Organiser", None),
    ]


def test_an_offer_that_ends_and_the_one_that_follows(centre, ana, ben, cleo):
    event = factories.EventFactory(organising_centre=centre, places=1, promotion="offer")
    mine, *_others = asked(event, ana, ben, cleo)
    actions.cancel(registration=mine, by=ana, reason="Ill")
    Registration.objects.filter(person=ben).update(deadline=timezone.now())
    tasks.catch_up()
    assert moves(event)[3:] == [
        ("Ana Procurer", "confirmed→cancelled", "Ana Procurer", "Ill"),
        ("Ben Buyer", "waiting→offered", None, FREED),
        ("Ben Buyer", "offered→expired", None, UNANSWERED),
        ("Cleo Contracts", "waiting→offered", None, FREED),
    ]
    with translation.override("de"):  # the calendar's own reasons are read in the reader's language
        reasons = {moment.reason for moment in Reader(entries_of(event), event).moments()}
        assert reasons == {"", "Ill", translation.gettext(FREED), translation.gettext(UNANSWERED)}
        assert FREED not in reasons


def test_a_quota_that_lapses_and_who_moves_up_by_it(centre, ana, olga):
    event = factories.EventFactory(organising_centre=centre, places=1)
    terms.set_quotas(
        event=event,
        quotas=[terms.QuotaFacts(country="DE", reserved=1, until=timezone.now() + timedelta(hours=1))],
        by=olga,
    )
    event.refresh_from_db()
    asked(event, ana)
    Quota.objects.update(until=timezone.now())
    tasks.catch_up()
    assert moves(event) == [
        ("Ana Procurer", "None→waiting", "Ana Procurer", None),
        ("Ana Procurer", "waiting→confirmed", None, LAPSED),
    ]
    entry = LogEntry.objects.filter(content_type__model="quota").latest("pk")
    assert (entry.actor, entry.changes, entry.additional_data) == (None, {"has_lapsed": ["False", "True"]}, {"reason": LAPSED})


def test_a_colleague_who_takes_over(training, ana, ben):
    (mine,) = asked(training, ana)
    theirs = actions.pass_on(registration=mine, to=ben, by=ana)
    assert moves(training)[1:] == [
        ("Ana Procurer", "confirmed→cancelled", "Ana Procurer", "A colleague takes over."),
        ("Ben Buyer", "None→confirmed", "Ana Procurer", "A colleague takes over."),
    ]
    created = LogEntry.objects.get(object_pk=theirs.pk, content_type__model="registration")
    assert created.changes["takes_over"] == ["None", str(mine.pk)]
    assert Registration.objects.get(pk=theirs.pk).reason == ""  # no reason to tell: nothing was taken from them


def test_the_sessions_that_were_chosen(training, ana):
    session = training.sessions.get()
    Session.objects.filter(pk=session.pk).update(is_chosen=True, title="Law")
    type(training).objects.filter(pk=training.pk).update(has_choices=True)
    training.refresh_from_db()
    mine = actions.register(event=training, person=ana, by=ana, sessions=[session.pk])
    assert LogEntry.objects.get(object_pk=mine.pk, content_type__model="registration").changes["sessions"] == ["None", "Law"]
