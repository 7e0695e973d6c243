"""Publish, move, postpone, cancel, clone and discard at the desk, and the history that tells of them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from events.programme.models import Event
from network.journal import Note, because, write
from tests import factories
from tests.queries import count_queries


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


def at(verb, slug="market-dialogue"):
    return reverse(f"desk_{verb}", args=[slug])


@pytest.fixture
def two_people(training, ana, ben, cleo):
    factories.RegistrationFactory(event=training, person=ana, state="confirmed")
    factories.RegistrationFactory(event=training, person=ben)
    factories.RegistrationFactory(event=training, person=cleo, state="cancelled")


def test_the_page_says_how_many_people_will_get_a_mail(desk, training, two_people):
    for verb in ("move", "postpone", "cancel"):
        assert desk.get(at(verb)).context["consequences"][0] == "2 people will get a mail."


def test_nobody_is_told_where_nobody_is_registered(desk, training):
    assert desk.get(at("cancel")).context["consequences"][0] == "Nobody is registered yet, so nobody gets a mail."


def test_a_draft_is_published(desk, centre):
    event = factories.EventFactory(organising_centre=centre, slug="draft", state="draft", published_at=None)
    assert desk.get(at("publish", "draft")).status_code == 200
    response = desk.post(at("publish", "draft"), {"revision": event.revision})
    assert response.headers["Location"] == reverse("desk_event", args=["draft"])
    assert Event.objects.get().state == "published"


def test_what_is_missing_for_publication_is_said(desk, centre):
    event = factories.EventFactory(organising_centre=centre, slug="draft", state="draft", venue=None, published_at=None)
    response = desk.post(at("publish", "draft"), {"revision": event.revision})
    assert response.status_code == 400
    assert response.context["form"].non_field_errors() == [
        "An event that people come to needs a venue before it can be published."
    ]


def test_an_event_is_moved_in_its_own_zone(desk, training):
    assert desk.get(at("move")).context["form"].initial["starts_time"].hour in {10, 11}  # 9:00 UTC in Vienna
    desk.post(
        at("move"), {"starts_day": "2030-07-01", "starts_time": "09:30", "reason": "Holiday", "revision": training.revision}
    )
    moved = Event.objects.get()
    assert (moved.starts_at.isoformat(), moved.ends_at - moved.starts_at) == ("2030-07-01T07:30:00+00:00", timedelta(hours=7))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"starts_day": ""}, "starts_day"),
        ({"starts_time": ""}, "starts_time"),
        ({"starts_day": "2030-03-31", "starts_time": "02:30"}, "starts_time"),
        ({"starts_day": "tomorrow"}, "starts_day"),
    ],
)
def test_a_wrong_start_is_said_at_its_field(desk, training, change, field):
    response = desk.post(at("move"), {"starts_day": "2030-07-01", "starts_time": "09:30"} | change)
    assert (response.status_code, list(response.context["form"].errors)) == (400, [field])
    assert Event.objects.get().starts_at == training.starts_at


@pytest.mark.parametrize(("verb", "state"), [("postpone", "postponed"), ("cancel", "cancelled")])
def test_calling_off_needs_a_reason(desk, training, verb, state):
    response = desk.post(at(verb), {"reason": " "})
    assert (response.status_code, list(response.context["form"].errors)) == (400, ["reason"])
    desk.post(at(verb), {"reason": "The host is ill", "revision": training.revision})
    event = Event.objects.get()
    assert (event.state, event.state_reason) == (state, "The host is ill")


def test_what_the_state_does_not_allow_is_said_instead_of_offered(desk, centre):
    factories.EventFactory(organising_centre=centre, slug="gone", state="cancelled")
    page = desk.get(at("postpone", "gone"))
    assert page.context["is_possible"] is False
    assert desk.post(at("postpone", "gone"), {"reason": "Too late"}).status_code == 400


def test_a_stale_page_changes_nothing(desk, training):
    response = desk.post(at("cancel"), {"reason": "No", "revision": training.revision + 1})
    assert (response.status_code, Event.objects.get().state) == (400, "published")


def test_a_clone_is_a_draft_at_another_time(desk, training, two_people):
    response = desk.post(at("clone"), {"title": "Once more", "starts_day": "2031-02-03", "starts_time": "10:00"})
    made = Event.objects.get(title="Once more")
    assert response.headers["Location"] == reverse("desk_event", args=[made.slug])
    assert (made.state, made.starts_at.isoformat(), made.registrations.count()) == ("draft", "2031-02-03T09:00:00+00:00", 0)


def test_a_draft_is_deleted_and_what_was_published_is_not(desk, centre, training):
    draft = factories.EventFactory(organising_centre=centre, slug="draft", state="draft", published_at=None)
    desk.post(at("discard", "draft"), {"revision": draft.revision})
    assert desk.post(at("discard"), {"revision": training.revision}).status_code == 400
    assert list(Event.objects.all()) == [training]


# --- History -------------------------------------------------------------------------------------------------------


def told(response):
    return [
        (
            moment.who,
            moment.reason,
            [(change.what, [(line.label, line.before, line.after) for line in change.lines]) for change in moment.changes],
        )
        for moment in response.context["moments"]
    ]


def test_the_history_says_who_did_what_and_why(desk, olga, centre):
    event = factories.EventFactory(
        organising_centre=centre, slug="market-dialogue", starts_at=factories.soon(30), with_session=False
    )
    desk.post(at("postpone"), {"reason": "The host is ill", "revision": event.revision})
    newest = told(desk.get(at("history")))[0]
    assert newest == (
        "Olga Organiser",
        "The host is ill",
        [("Event", [("State", "Published", "Postponed"), ("Reason", "", "The host is ill")])],
    )


def test_the_history_knows_registrations_and_taken_back_check_ins(desk, olga, training, ana):
    from django.utils import timezone

    from events.attendance.models import AttendanceRecord

    with because(by=olga, reason="By mail"):
        registration = factories.RegistrationFactory(event=training, person=ana, state="confirmed")
    with because(by=olga):
        record = AttendanceRecord.objects.create(
            registration=registration, session=training.sessions.get(), checked_in_at=timezone.now()
        )
        record.delete()
    words = [change for _who, _reason, changes in told(desk.get(at("history"))) for change, _lines in changes]
    assert words == [
        "Check-in taken back: Ana Procurer at Market dialogue in practice",
        "Checked in: Ana Procurer at Market dialogue in practice",
        "Registration of Ana Procurer: added",
        "Session “Market dialogue in practice”: added",
        "Event written down",
    ]


def test_the_history_says_answers_in_the_readers_language(desk, olga, training, ana):
    registration = factories.RegistrationFactory(event=training, person=ana, state="confirmed")
    write([Note(registration, {"answer diet": (None, "answered"), "answer photos": ("no", "yes")}, by=olga)])
    ((_who, _reason, ((_what, lines),)), *_earlier) = told(desk.get(at("history")))
    assert lines == [("Answer to “diet”", "", "answered"), ("Answer to “photos”", "no", "yes")]


def test_the_history_knows_quotas_and_rules(desk, olga, training, centre):
    from events.registrations.models import EligibilityRule, Quota

    with because(by=olga):
        quota = Quota.objects.create(event=training, centre=centre, reserved=3)
        quota.reserved = 5
        quota.save()
        rule = EligibilityRule.objects.create(event=training, position=1, country="AT", outcome="approve")
        rule.delete()
    assert told(desk.get(at("history")))[0] == (
        "Olga Organiser",
        "",
        [
            ("Rule on who may come: Austria needs approval: removed", []),
            ("Rule on who may come: Austria needs approval: added", []),
            ("Quota for Test AT", [("Places reserved", "3", "5")]),
            ("Quota for Test AT: added", []),
        ],
    )


def test_the_history_asks_the_database_as_often_for_three_entries_as_for_one(desk, training):
    factories.RegistrationFactory(event=training)
    for_one = count_queries(desk, at("history"))
    factories.RegistrationFactory(event=training)
    factories.RegistrationFactory(event=training)
    assert count_queries(desk, at("history")) == for_one <= 10
