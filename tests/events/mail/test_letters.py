"""From the row of a change to its letter: cheap to queue, composed when it leaves, true then."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.mail import delivery
from events.mail.models import Message
from events.programme.models import Event, Session
from events.registrations import actions, decisions
from events.registrations.links import self_service_url
from events.registrations.models import Question, Registration, SessionChoice
from network.models import Person
from tests import factories

pytestmark = pytest.mark.usefixtures("spring")

State = Message.State
TITLE = "Market dialogue in practice"
YOURS = "It works without signing in, and for you alone: please do not pass this message on."


def paragraphs(message):
    """The paragraphs of a mail without its footer."""
    return message.text.split("\n\n--\n")[0].split("\n\n")


# Queueing


def test_queueing_is_one_statement_however_many_people_move(registered, tell):
    counts = []
    for number in (1, 3):
        people = [registered(factories.PersonFactory(), "waiting") for _ in range(number)]
        with CaptureQueriesContext(connection) as asked:
            tell(*people, before=None)
        counts.append([query["sql"].split()[0] for query in asked])
    assert counts == [["INSERT"], ["INSERT"]]


def test_a_row_holds_keys_and_what_only_the_moment_knows(registered, tell, ana, olga):
    ana.language = "de"
    registration = registered(ana, "declined", reason="Full\nof people")
    tell(registration, before="pending", by=olga)
    message = Message.objects.get()
    assert (message.kind, message.recipient, message.language, message.subject, message.text) == (
        "registration-declined",
        ana.email,
        "de",
        "",
        "",
    )
    assert message.facts == {
        "registration": registration.pk,
        "before": "pending",
        "by": olga.pk,
        "by_oneself": False,
        "reason": "Full of people",
    }
    assert message.cause == f"registration:{registration.pk}:declined:{registration.changed_at.isoformat()}"


def test_the_same_move_is_told_once(registered, tell, ana):
    registration = registered(ana)
    tell(registration)
    tell(registration)
    assert Message.objects.count() == 1


def test_who_is_told_of_an_event_costs_the_same_for_1_and_for_3(summer, registered, olga, django_assert_num_queries):
    Event.objects.filter(pk=summer.pk).update(places=9)
    registered(factories.PersonFactory())
    counts = []
    for number in (1, 3):
        while Registration.objects.count() < number:
            registered(factories.PersonFactory())
        Message.objects.all().delete()
        from events.mail.receivers import tell_about_event
        from events.programme.signals import EventChange

        with CaptureQueriesContext(connection) as asked:
            tell_about_event(EventChange(summer, "cancelled", None, "Ill", frozenset()))
        counts.append(len(asked))
        assert Message.objects.count() == number
    assert counts == [2, 2]


# Composing when it leaves


def test_a_mail_says_what_is_true_when_it_leaves(summer, registered, tell, sent, ana):
    tell(registered(ana))
    Event.objects.filter(pk=summer.pk).update(title="Market dialogue, second edition", join_link="https://meet.example/new")
    (message,) = sent()
    assert (message.state, message.subject) == (State.SENT, "You have a place: Market dialogue, second edition")
    assert "https://meet.example/new" in message.text


def test_who_gave_the_place_back_before_the_mail_left_reads_so_and_gets_no_link_to_join(registered, tell, sent, ana):
    registration = registered(ana)
    tell(registration)
    Registration.objects.filter(pk=registration.pk).update(state="cancelled")
    (message,) = sent()
    assert (message.state, message.subject) == (State.SENT, "You had a place: Market dialogue in practice")
    assert message.text.split("\n\n")[0] == "You had a place at “Market dialogue in practice”. It was given back meanwhile."
    assert ("meet.example" in message.text, "give the place back" in message.text) == (False, False)


def test_what_cannot_be_composed_is_tried_again_and_keeps_nobody_back(registered, tell, sent, ana, ben):
    tell(registered(ana, "waiting"))
    tell(registered(ben))
    Message.objects.filter(person=ana).update(kind="no-such-template")
    broken, other = sent()
    assert (broken.state, broken.attempts, broken.last_error) == (
        State.QUEUED,
        1,
        "TemplateDoesNotExist: mail/no-such-template.txt",
    )
    assert other.state == State.SENT
    Message.objects.filter(pk=broken.pk).update(kind="registration-waiting", next_attempt_at=timezone.now())
    assert [message.state for message in sent()] == [State.SENT, State.SENT]


def test_what_cannot_be_composed_is_given_up_in_the_end_and_the_secretariat_tries_again(registered, tell, sara, ana):
    from events.mail.actions import try_again

    tell(registered(ana))
    Message.objects.update(facts={"registration": 0})
    for _ in range(10):
        Message.objects.update(next_attempt_at=timezone.now())
        delivery.deliver_due()
    message = Message.objects.get()
    assert (message.state, message.attempts) == (State.FAILED, 10)
    assert message.last_error.startswith("DoesNotExist: ")
    assert try_again(message=message, by=sara).state == State.QUEUED


# Offers


@pytest.fixture
def offered(registered, summer, ana):
    """A place is offered to Ana, who lives in Athens, until 14 May 2027, 10:00 in Vienna."""
    Person.objects.filter(pk=ana.pk).update(timezone="Europe/Athens")
    Event.objects.filter(pk=summer.pk).update(promotion="offer")
    return registered(ana, "offered", deadline=datetime(2027, 5, 14, 8, tzinfo=UTC))


def test_an_offer_says_until_when_on_the_readers_own_clock(offered, tell, sent):
    tell(offered, before="waiting")
    (message,) = sent()
    assert message.subject == f"A place is offered to you: {TITLE}"
    assert paragraphs(message) == [
        f"A place at “{TITLE}” became free and it is your turn. It is kept for you until the time below: say yes, and it is yours.",
        "Answer until: 14 May 2027, 11:00 (Europe/Athens, EEST)",
        (
            "If you do not answer by then, the place goes to the next in the waiting list, and your registration ends. "
            "If you cannot come, say no now: somebody else is waiting."
        ),
        (
            f"Event: {TITLE}\n"
            "When: Tuesday 15 June 2027, 09:00–16:00 (Europe/Vienna, CEST)\n"
            "On your clock: Tuesday 15 June 2027, 10:00–17:00 (Europe/Athens, EEST)\n"
            "Where: Procurement house, Test street 1, Vienna, Austria, online\n"
            "Organised by: Test AT"
        ),
        f"Say yes or no:\n{self_service_url(offered)}",
        YOURS,
    ]
    assert "<dt>Answer until</dt><dd>14 May 2027, 11:00 (Europe/Athens, EEST)</dd>" in message.html


def test_an_offer_that_was_answered_before_its_mail_left_is_not_told(offered, tell, sent):
    tell(offered, before="waiting")
    Registration.objects.filter(pk=offered.pk).update(state="confirmed")
    assert [(message.state, message.text) for message in sent()] == [(State.DROPPED, "")]


def test_who_accepts_an_offer_and_who_lets_it_pass_are_told_what_follows(summer, registered, tell, sent, ana, ben):
    tell(registered(ana, "confirmed"), before="offered", by=ana)
    tell(registered(ben, "expired"), before="offered")
    yes, late = sent()
    assert paragraphs(yes)[0] == f"You took the place at “{TITLE}” that was offered to you. You are registered."
    assert late.subject == f"The offer has ended: {TITLE}"
    assert paragraphs(late)[0] == (
        f"A place at “{TITLE}” was offered to you, and the time to answer has passed. "
        "The place goes to the next in the waiting list."
    )


def test_the_end_of_an_invitation_is_told_as_such(registered, tell, sent, ana):
    tell(registered(ana, "expired"), before="invited")
    (message,) = sent()
    assert message.subject == f"Your invitation has ended: {TITLE}"
    assert paragraphs(message)[0] == f"Your invitation to “{TITLE}” had a last day, which has passed. It can no longer be used."


def test_an_invitation_says_until_when(summer, sent, ana, olga):
    decisions.invite(event=summer, person=ana, by=olga, until=datetime(2027, 5, 20, 15, tzinfo=UTC))
    (message,) = sent()
    assert paragraphs(message)[1] == "Register until: 20 May 2027, 17:00 (Europe/Vienna, CEST)"


# Waiting and deciding


@pytest.mark.parametrize(
    ("promotion", "hours", "says"),
    [
        ("automatic", 48, "As soon as a place becomes free and it is your turn, it is yours, and you get a message."),
        (
            "offer",
            48,
            (
                "As soon as a place becomes free and it is your turn, it is offered to you: you get a message, and have 48 "
                "hours to say yes. After that it goes to the next."
            ),
        ),
    ],
)
def test_who_waits_reads_how_a_free_place_is_given(summer, registered, tell, sent, ana, promotion, hours, says):
    Event.objects.filter(pk=summer.pk).update(promotion=promotion, offer_hours=hours)
    tell(registered(ana, "waiting"), by=ana)
    assert paragraphs(sent()[0])[:2] == [f"All places for you at “{TITLE}” are taken, so you are on the waiting list.", says]


def test_who_asks_reads_which_centre_decides(summer, registered, tell, sent, ana, ben, other_centre):
    tell(registered(ana, "pending"), by=ana)
    Event.objects.filter(pk=summer.pk).update(approver="home-centre")
    tell(registered(ben, "pending", home_centre=other_centre), by=ben)
    (host,) = sent()[:1]
    home = sent()[1]
    # Ana has no home centre: whoever approves, hers is the organiser.
    assert paragraphs(host)[0] == (
        f"You asked for a place at “{TITLE}”. The organiser looks at each registration and decides; you get a message then. "
        "You need not do anything now."
    )
    assert paragraphs(home)[0] == (
        f"You asked for a place at “{TITLE}”. The centre of your country, Test DE, looks at each registration and decides; "
        "you get a message then. You need not do anything now."
    )


def test_a_colleague_who_registers_somebody_is_named_and_an_organiser_is_not(registered, tell, sent, ana, ben, otto, olga):
    tell(registered(ana, registered_by=otto), by=otto)
    tell(registered(ben, registered_by=olga), by=olga)
    assert [paragraphs(message)[0] for message in sent()] == [
        f"Otto Other registered you for “{TITLE}”. You have a place.",
        f"The organiser registered you for “{TITLE}”. You have a place.",
    ]


def test_the_sessions_that_were_chosen_are_listed_with_their_times(summer, registered, tell, sent, ana):
    registration = registered(ana)
    for hour, title in ((9, "Legal clinic"), (7, "First steps")):
        begins = datetime(2027, 6, 15, hour, tzinfo=UTC)
        session = Session.objects.create(
            event=summer,
            title=title,
            is_chosen=True,
            starts_at=begins,
            ends_at=begins + timedelta(hours=1),
            first_day=begins.date(),
            last_day=begins.date(),
        )
        SessionChoice.objects.create(registration=registration, session=session)
    tell(registration, by=ana)
    assert paragraphs(sent()[0])[1].split("\n")[2:4] == [
        "Your session: First steps, Tuesday 15 June 2027, 09:00–10:00 (Europe/Vienna, CEST)",
        "Your session: Legal clinic, Tuesday 15 June 2027, 11:00–12:00 (Europe/Vienna, CEST)",
    ]


# A colleague takes over


def test_when_a_colleague_takes_over_both_are_told(summer, sent, told, ana, ben):
    registration = actions.register(event=summer, person=ana, by=ana)
    new = actions.pass_on(registration=registration, to=ben, by=ana)
    given, taken = sent("registration-taken-over")
    assert told() == [
        ("registration-confirmed", "Ana"),
        ("registration-taken-over", "Ana"),
        ("registration-taken-over", "Ben"),
    ]
    assert (given.subject, paragraphs(given)[0]) == (
        f"A colleague comes in your place: {TITLE}",
        f"Ben Buyer takes over your registration for “{TITLE}”. You are no longer registered.",
    )
    assert (taken.subject, paragraphs(taken)[0]) == (
        f"You come in a colleague’s place: {TITLE}",
        f"You take over the registration of Ana Procurer for “{TITLE}”. You have a place.",
    )
    assert ("meet.example" in given.text, "meet.example" in taken.text) == (False, True)
    assert self_service_url(new) in taken.text
    assert self_service_url(new) not in given.text


def test_who_comes_in_a_colleagues_place_reads_that_answers_are_needed(summer, sent, ana, ben):
    registration = actions.register(event=summer, person=ana, by=ana)
    times = {name: getattr(summer, name) for name in ("starts_at", "ends_at", "first_day", "last_day")}
    session = Session.objects.create(event=summer, title="Legal clinic", is_chosen=True, **times)
    SessionChoice.objects.create(registration=registration, session=session)
    Question.objects.create(event=summer, key="goal", position=0, kind="text", label={"en": "Goal?"}, is_required=True)
    Event.objects.filter(pk=summer.pk).update(has_questions=True, has_choices=True)
    registration.refresh_from_db()
    actions.pass_on(registration=registration, to=ben, by=ana)
    given, taken = sent("registration-taken-over")
    needed = "The organiser still needs answers from you: you find the questions at the link below."
    assert (needed in paragraphs(given), needed in paragraphs(taken)) == (False, True)
    assert ("Your session:" in given.text, "Your session: Legal clinic" in taken.text) == (False, True)


# On the pages


def test_a_message_that_no_worker_has_written_yet_is_named_by_its_kind(client, registered, tell, sara, ana):
    tell(registered(ana, "offered", deadline=timezone.now() + timedelta(days=2)), before="waiting")
    client.force_login(sara)
    page = client.get("/desk/messages/")
    assert [row.title for row in page.context["page"].object_list] == ["A place is offered"]
    assert '<th scope="row">A place is offered</th>' in page.content.decode()


def test_a_mail_is_written_for_who_looks_before_it_leaves(rf, registered, tell, ana):
    from events.mail import pages

    tell(registered(ana), by=ana)
    message = Message.objects.get()
    assert f"You have a place: {TITLE}" in pages.demo_mail_html(rf.get("/"), message.pk).content.decode()
    message.refresh_from_db()
    assert message.subject == ""
