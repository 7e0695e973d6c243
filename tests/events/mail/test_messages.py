"""What people are told, when, and in which words."""

from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.mail.composing import blocks_of, compose
from events.mail.kinds import NAMES
from events.mail.models import Message
from events.programme import actions as programme
from events.programme.models import Event
from events.programme.signals import EventChange, event_changed
from events.registrations import actions, decisions
from events.registrations.links import self_service_url
from network.models import Person
from tests import factories

pytestmark = pytest.mark.usefixtures("spring")


def test_the_story_of_a_place_is_told_to_each_once(summer, ana, ben, cleo, olga, told):
    first = actions.register(event=summer, person=ana, by=ana)
    actions.register(event=summer, person=ana, by=ana)
    actions.register(event=summer, person=ben, by=ben)
    actions.cancel(registration=first, by=ana)
    actions.cancel(registration=first, by=ana)
    invited = decisions.invite(event=summer, person=cleo, by=olga)
    decisions.decline(registration=invited, by=olga, reason="A mistake")
    assert told() == [
        ("registration-confirmed", "Ana"),
        ("registration-waiting", "Ben"),
        ("registration-cancelled", "Ana"),
        ("registration-promoted", "Ben"),
        ("invitation", "Cleo"),
        ("registration-declined", "Cleo"),
    ]


def test_who_leaves_an_invitation_alone_is_not_told_so(summer, ana, olga, told):
    invited = decisions.invite(event=summer, person=ana, by=olga)
    actions.cancel(registration=invited, by=ana)
    assert told() == [("invitation", "Ana")]


def test_a_confirmation_says_what_when_where_and_what_next(summer, ana, sent):
    Person.objects.filter(pk=ana.pk).update(timezone="Europe/Athens")
    registration = actions.register(event=summer, person=ana, by=ana)
    (message,) = sent()
    assert message.subject == "You have a place: Market dialogue in practice"
    assert message.text == (
        "You are registered for “Market dialogue in practice” and have a place.\n\n"
        "Event: Market dialogue in practice\n"
        "When: Tuesday 15 June 2027, 09:00–16:00 (Europe/Vienna, CEST)\n"
        "On your clock: Tuesday 15 June 2027, 10:00–17:00 (Europe/Athens, EEST)\n"
        "Where: Procurement house, Test street 1, Vienna, Austria, online\n"
        "Link to join: https://meet.example/room\n"
        "Organised by: Test AT\n\n"
        "See the event:\nhttps://calendar.example/events/market-dialogue/\n\n"
        "If you cannot come, give the place back: somebody else may be waiting for it.\n\n"
        f"See your registration, or give the place back:\n{self_service_url(registration)}\n\n"
        "It works without signing in, and for you alone: please do not pass this message on.\n\n"
        "--\n"
        "You get this message because of your registration. Write to secretariat@demo.example if something is wrong.\n\n"
        "Procure2Innovate calendar\nhttps://calendar.example"
    )


def test_the_link_to_join_is_told_to_the_confirmed_only(summer, ana, ben, told, sent):
    for person in (ana, ben):
        actions.register(event=summer, person=person, by=person)
    event_changed.send(Event, change=EventChange(summer, "moved", None, "The room is taken", frozenset({"starts_at"})))
    assert told()[2:] == [("event-moved", "Ana"), ("event-moved", "Ben")]
    assert [(message.person.name, "meet.example" in message.text, "meet.example" in message.html) for message in sent()] == [
        ("Ana Procurer", True, True),
        ("Ben Buyer", False, False),
        ("Ana Procurer", True, True),
        ("Ben Buyer", False, False),
    ]


def test_each_reads_their_own_language_as_far_as_the_interface_has_it(summer, ana, ben, sent):
    ana.language, ben.language = "de", "fr"
    for person in (ana, ben):
        actions.register(event=summer, person=person, by=person)
    assert [(message.language, message.subject) for message in sent()] == [
        ("de", "Sie haben einen Platz: Market dialogue in practice"),
        ("en", "You are on the waiting list: Market dialogue in practice"),
    ]


def test_everybody_registered_hears_of_a_change_once(training, ana, ben, cleo, olga, told, sent):
    training.refresh_from_db()
    for person in (ana, ben):
        actions.register(event=training, person=person, by=person)
    gone = actions.register(event=training, person=cleo, by=cleo)
    actions.cancel(registration=gone, by=cleo)
    Message.objects.all().delete()
    event = programme.postpone(event=training, reason="The trainer is ill", by=olga)
    event = programme.move(event=event, starts=factories.soon(60), by=olga, reason="The trainer is well")
    event = programme.cancel(event=event, reason="The house burnt down", by=olga)
    assert told() == [
        ("event-postponed", "Ana"),
        ("event-postponed", "Ben"),
        ("event-moved", "Ana"),
        ("event-moved", "Ben"),
        ("event-cancelled", "Ana"),
        ("event-cancelled", "Ben"),
    ]
    assert [m.text.split("\n\n")[1] for m in sent("event-cancelled")] == ["Reason: The house burnt down"] * 2


def test_a_new_place_is_told_and_a_new_summary_is_not(training, ana, told):
    actions.register(event=training, person=ana, by=ana)
    for fields in ({"summary"}, {"venue"}, {"places"}):
        event_changed.send(Event, change=EventChange(training, "edited", None, "", frozenset(fields)))
    assert told() == [("registration-confirmed", "Ana"), ("event-place", "Ana")]


def test_telling_of_a_change_asks_the_same_however_many_there_are(training):
    counts = []
    for number in range(1, 5):
        person = factories.PersonFactory()
        actions.register(event=training, person=person, by=person)
        training.revision = number
        with CaptureQueriesContext(connection) as asked:
            event_changed.send(Event, change=EventChange(training, "cancelled", None, "Ill", frozenset()))
        counts.append(len(asked))
    assert counts[1] == counts[2] == counts[3]  # with the first one, other wings fill their caches


# Forms


def test_html_says_the_same_as_the_text_and_escapes_what_people_typed(summer, ana, olga, sent):
    Event.objects.filter(pk=summer.pk).update(title="Tools <script>alert(1)</script> & tricks")
    summer.refresh_from_db()
    registration = actions.register(event=summer, person=ana, by=ana)
    actions.cancel(registration=registration, by=olga, reason="Two\nlines: <b>bold</b>")
    (message,) = sent("registration-cancelled")
    assert message.subject == "Your registration is cancelled: Tools <script>alert(1)</script> & tricks"
    assert "Reason: Two lines: <b>bold</b>\n" in message.text
    assert "<script>" not in message.html
    assert "<dt>Reason</dt><dd>Two lines: &lt;b&gt;bold&lt;/b&gt;</dd>" in message.html


def test_a_subject_is_one_line(summer, ana):
    summer.title = "One\r\nBcc: all@demo.example"
    letter = compose("registration-confirmed", {"event": summer, "confirmed": True}, language="en")
    assert letter.subject == "You have a place: One Bcc: all@demo.example"


def test_blocks_become_facts_links_and_codes():
    forms = [
        block.form for block in blocks_of("Hello: you.\n\n* When: now\n* Where: here\n\nGo on:\nhttps://a.example/\n\n123456")
    ]
    assert forms == ["text", "facts", "link", "code"]


def test_a_postponed_event_has_no_date(summer):
    summer.state = Event.State.POSTPONED
    letter = compose("registration-promoted", {"event": summer, "confirmed": True}, language="en", zone="Europe/Athens")
    assert "When: the new date is not known yet\n" in letter.text
    assert "2027" not in letter.text


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_kind_composes_in_every_language(summer, language):
    kinds = sorted(path.stem for path in Path(settings.BASE_DIR, "templates/mail").glob("*.txt") if path.stem != "base")
    assert kinds == sorted(set(NAMES) - {"account"})  # allauth's own words
    for kind in kinds:
        context = {} if kind == "sign-in-code" else {"event": summer}
        letter = compose(kind, {"minutes": 15, "code": "123456", "title": "T", "subject": "S", **context}, language=language)
        assert letter.subject
        assert "{{" not in letter.text + letter.html
        assert f'<html lang="{language}">' in letter.html
