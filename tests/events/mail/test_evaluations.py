"""Mails that ask for the evaluation: when it opens and before it closes, and nobody learns from them who has answered."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.demo.clock import clock_at
from events.attendance.evaluation import actions
from events.attendance.models import AttendanceRecord, AttendanceTerms, HandedIn
from events.mail import evaluations
from events.mail.models import Message
from events.programme.models import Event
from events.registrations.links import self_service_url
from events.registrations.models import Registration
from network.models import Person
from tests import factories
from tests.events.certificates.samples import stored

State = Message.State
LONG_AGO = datetime(2027, 5, 1, tzinfo=UTC)
ASKED, REMINDER = "evaluation-asked", "evaluation-reminder"
EVENT = (
    "Event: Market dialogue in practice\n"
    "When: Tuesday 15 June 2027, 09:00–16:00 (Europe/Vienna, CEST)\n"
    "Organised by: Test AT\n"
    "Answer until: 15 July 2027, 16:00 (Europe/Vienna, CEST)"
)
ANONYMOUS = (
    "Your answers are anonymous: they are kept without your name and without a time, and the organiser sees one summary, "
    "only if 5 people or more have answered."
)
YOURS = "It works without signing in, and for you alone: please do not pass this message on."


def at(day, hour=12, minute=0, month=6):
    """A moment of 2027; the event ends on 15 June at 14:00 (UTC), its evaluation closes thirty days later."""
    return clock_at(datetime(2027, month, day, hour, minute, tzinfo=UTC))


@pytest.fixture
def evaluation(summer, olga):
    with at(1):
        return actions.switch_on(event=summer, by=olga)


@pytest.fixture
def confirmed(registered, evaluation):
    return lambda person, **fields: registered(person, changed_at=LONG_AGO, **fields)


def answer(registration, evaluation):
    registration = Registration.objects.get(pk=registration.pk)
    required = evaluation.questions.filter(is_required=True)
    answers = {str(question.pk): "4" for question in required}
    actions.answer(registration=registration, answers=answers, by=registration.person)


def paragraphs(mail):
    """The paragraphs of a mail without its footer."""
    return mail.body.split("\n\n--\n")[0].split("\n\n")


def letters(mailoutbox):
    return [(mail.to, mail.subject) for mail in mailoutbox]


def ask():
    return evaluations.ask_for_evaluations()


def remind():
    return evaluations.remind_of_evaluations()


# --- asking ---


def test_who_was_there_is_asked_when_the_evaluation_opens_and_once(confirmed, ana, told, sent, mailoutbox):
    registration = confirmed(ana)
    with at(15, 13, 59):
        assert ask() == 0
    with at(15, 14):
        assert (ask(), ask()) == (1, 0)
        sent()
    with at(20):
        assert ask() == 0
    assert told() == [(ASKED, "Ana")]
    (mail,) = mailoutbox
    own_page = self_service_url(registration)
    assert mail.subject == "How was it? Market dialogue in practice"
    assert paragraphs(mail) == [
        (
            "“Market dialogue in practice” is over. Please say how it was: what should stay, and what should change. "
            "It takes a few minutes."
        ),
        EVENT,
        f"Fill in the evaluation:\n{own_page}evaluation/",
        ANONYMOUS,
        f"See your registration and your hours:\n{own_page}",
        YOURS,
    ]


def test_the_link_of_the_mail_leads_to_the_questions_without_signing_in(confirmed, ana, sent, mailoutbox, client, settings):
    confirmed(ana)
    with at(16):
        ask()
        sent()
        (address,) = [line for line in mailoutbox[0].body.splitlines() if line.endswith("evaluation/")]
        page = client.get(address.removeprefix(settings.SITE_URL))
    assert (page.status_code, len(page.context["form"].fields)) == (200, 8)


def test_an_evaluation_that_opens_during_the_event_does_not_say_that_it_is_over(
    confirmed, evaluation, summer, olga, ana, sent, mailoutbox
):
    confirmed(ana)
    with at(14):
        actions.set_times(event=summer, opens_at=datetime(2027, 6, 15, 12, tzinfo=UTC), closes_at=None, by=olga)
    with at(15, 12):
        assert ask() == 1
        sent()
    assert (mailoutbox[0].subject, mailoutbox[0].body.split("\n\n")[0]) == (
        "How is it going? Market dialogue in practice",
        (
            "You can now say how “Market dialogue in practice” is for you: what should stay, and what should change. "
            "It takes a few minutes."
        ),
    )


def test_only_who_may_answer_is_asked(summer, evaluation, registered, confirmed, ana, ben):
    for state in ("invited", "pending", "waiting", "offered", "declined", "cancelled", "expired"):
        registered(factories.PersonFactory(), state, changed_at=LONG_AGO, deadline=datetime(2027, 6, 30, tzinfo=UTC))
    confirmed(ana)
    confirmed(ben)
    Person.objects.filter(pk=ben.pk).update(is_active=False)
    with at(16):
        for state in ("cancelled", "postponed", "draft"):
            Event.objects.filter(pk=summer.pk).update(state=state)
            assert ask() == 0
        Event.objects.filter(pk=summer.pk).update(state="finished")
        assert ask() == 1
    assert Message.objects.get().person == ana


def test_who_was_not_there_is_not_asked_once_it_is_recorded_who_came(summer, confirmed, ana, ben, cleo, told):
    anas, bens = confirmed(ana), confirmed(ben)
    session = summer.sessions.get()
    AttendanceRecord.objects.create(registration=anas, session=session, checked_in_at=session.starts_at)
    with at(15, 15):
        ask()
    assert told() == [(ASKED, "Ana")]
    AttendanceRecord.objects.create(registration=bens, session=session, checked_in_at=session.starts_at)
    with at(16):  # the signed sheet came a day later
        ask()
    assert told() == [(ASKED, "Ana"), (ASKED, "Ben")]


def test_once_it_is_closed_nobody_is_asked(summer, evaluation, confirmed, olga, ana, ben, sent, mailoutbox):
    confirmed(ana)
    with at(15, 15):
        ask()
        actions.close(event=summer, by=olga)
    with at(15, 16):  # it was closed before the mail left
        sent()
        confirmed(ben)
        assert ask() == 0
    assert letters(mailoutbox) == []


def test_an_event_without_evaluation_asks_nobody_and_costs_one_question(summer, registered, ana):
    registered(ana, changed_at=LONG_AGO)
    with at(16), CaptureQueriesContext(connection) as asked:
        assert (ask(), remind()) == (0, 0)
    assert len(asked) == 2


def test_asking_many_is_done_in_chunks_of_as_many_statements_each(confirmed, monkeypatch):
    for _ in range(5):
        confirmed(factories.PersonFactory())
    monkeypatch.setattr(evaluations, "CHUNK", 2)
    with at(16), CaptureQueriesContext(connection) as asked:
        assert ask() == 5
    words = [query["sql"].split()[0] for query in asked if query["sql"].split()[0] not in {"BEGIN", "SAVEPOINT", "RELEASE"}]
    assert words == ["SELECT", "SELECT", *["SELECT", "INSERT"] * 3]
    assert Message.objects.count() == 5


# --- what a certificate needs ---


def test_the_mail_says_what_the_certificate_still_needs(summer, evaluation, confirmed, ana, sent, mailoutbox):
    AttendanceTerms.objects.create(event=summer, needs_evaluation=True, needs_report=True)
    registration = confirmed(ana)
    with at(15, 14):
        ask()
        sent()
    own_page = self_service_url(registration)
    assert paragraphs(mailoutbox[0])[1:-2] == [
        "The certificate of this event needs the evaluation, and a report of yours.",
        (
            f"{EVENT}\n"
            "Still missing for your certificate: The evaluation is not filled in.\n"
            "Still missing for your certificate: The report is not handed in."
        ),
        f"Fill in the evaluation:\n{own_page}evaluation/",
        f"Hand in your report:\n{own_page}report/",
        f"{ANONYMOUS} Because the certificate needs the evaluation, the organiser sees that you have answered, and never what.",
    ]


def test_hours_are_told_as_missing_only_once_every_session_is_recorded(summer, evaluation, confirmed, ana, ben):
    AttendanceTerms.objects.create(event=summer, needs_report=True)
    anas, bens = confirmed(ana), confirmed(ben)
    session = summer.sessions.get()

    def missing():
        return evaluations.context_of(Registration.objects.get(pk=anas.pk))["missing"]

    assert missing() == ["The report is not handed in."]
    for registration, minutes in ((anas, 42), (bens, 420)):
        AttendanceRecord.objects.create(
            registration=registration, session=session, checked_in_at=session.starts_at, minutes=minutes
        )
    assert missing() == ["Attended 10 % of the hours; a certificate needs 80 %.", "The report is not handed in."]


def test_a_report_that_is_there_and_a_certificate_that_is_issued_are_not_asked_for(summer, evaluation, confirmed, ana):
    AttendanceTerms.objects.create(event=summer, needs_report=True)
    registration = confirmed(ana)

    def facts():
        with at(16):
            found = evaluations.context_of(Registration.objects.get(pk=registration.pk))
        return bool(found["report_link"]), found["missing"], found["is_certified"]

    assert facts() == (True, ["The report is not handed in."], False)
    report = HandedIn.objects.create(registration=registration, handed_in_at=LONG_AGO)
    assert facts() == (False, [], False)
    report.delete()
    stored(registration)
    assert facts() == (False, [], True)


# --- reminding ---


def test_who_has_not_answered_is_reminded_once_three_days_before_the_end(
    evaluation, confirmed, ana, ben, told, sent, mailoutbox
):
    confirmed(ana)
    bens = confirmed(ben)
    with at(15, 14):
        ask()
        sent()
    with at(20):
        answer(bens, evaluation)
    with at(12, 13, 59, month=7):
        assert remind() == 0
    mailoutbox.clear()
    with at(12, 14, month=7):
        assert (remind(), remind()) == (2, 0)
        sent()
    assert letters(mailoutbox) == [([ana.email], "The evaluation closes soon: Market dialogue in practice")]
    assert mailoutbox[0].body.split("\n\n")[0] == (
        "You can still say how “Market dialogue in practice” was for you. "
        "This is the only reminder, and after the time below nobody can answer any more."
    )


def test_a_short_evaluation_is_reminded_of_in_its_last_quarter(summer, evaluation, confirmed, olga, ana):
    confirmed(ana)
    with at(14):
        actions.set_times(event=summer, opens_at=None, closes_at=datetime(2027, 6, 19, 14, tzinfo=UTC), by=olga)
    with at(15, 14):
        ask()
    with at(18, 13, 59):
        assert remind() == 0
    with at(18, 14):
        assert remind() == 1


def test_who_has_just_been_asked_is_not_reminded(confirmed, ana):
    confirmed(ana)
    with at(13, month=7):
        assert (ask(), remind()) == (1, 0)
    with at(14, month=7):
        assert remind() == 1


@pytest.mark.parametrize("meanwhile", ["answered", "closed", "cancelled", "switched off"])
def test_what_is_no_longer_needed_when_it_leaves_is_not_sent(
    summer, evaluation, confirmed, ana, olga, sent, mailoutbox, meanwhile
):
    registration = confirmed(ana)
    with at(15, 14):
        ask()
    with at(15, 15):
        match meanwhile:
            case "answered":
                answer(registration, evaluation)
            case "closed":
                actions.close(event=summer, by=olga)
            case "cancelled":
                Registration.objects.update(state="cancelled")
            case _:
                actions.switch_off(event=summer, by=olga)
        sent()
    assert letters(mailoutbox) == []


# --- anonymity ---


def test_the_table_of_messages_does_not_tell_who_has_answered(evaluation, confirmed, ana, ben, sent, mailoutbox, client, sara):
    anas = confirmed(ana)
    confirmed(ben)
    with at(15, 14):
        ask()
        answer(anas, evaluation)
        sent()
    with at(13, month=7):
        remind()
        sent()
    assert letters(mailoutbox) == [
        ([ben.email], "How was it? Market dialogue in practice"),
        ([ben.email], "The evaluation closes soon: Market dialogue in practice"),
    ]
    columns = ("kind", "language", "state", "attempts", "sent_at", "created_at", "subject", "text", "html", "last_error")
    of_ana, of_ben = (list(Message.objects.filter(person=person).order_by("pk").values(*columns)) for person in (ana, ben))
    assert of_ana == of_ben
    client.force_login(sara)
    page = client.get("/desk/messages/")
    assert [(message.title, message.outcome) for message in page.context["page"].object_list] == [
        *[("An evaluation closes soon", "Sent, if it was still needed")] * 2,
        *[("An evaluation is open", "Sent, if it was still needed")] * 2,
    ]


@pytest.mark.parametrize("failures", [1, 2, 10])
def test_nor_does_it_while_the_mail_server_is_away_or_once_a_mail_is_given_up(
    evaluation, confirmed, ana, ben, sent, client, sara, settings, failures
):
    anas = confirmed(ana)
    confirmed(ben)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody is there
    with at(15, 14):
        ask()
        answer(anas, evaluation)
    for number in range(failures):
        with at(16 + number):
            of_ana, of_ben = sent()
    assert (of_ana.state, of_ben.state) == (State.SENT, State.FAILED if failures == 10 else State.QUEUED)
    client.force_login(sara)

    def rows(state):
        page = client.get("/desk/messages/", {"state": state})
        counts = [(str(label), count) for _value, label, count in page.context["tabs"]]
        table = page.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
        for person in (ana, ben):
            table = table.replace(person.name, "").replace(person.email.replace("@", "<wbr>@"), "")
        return counts, table.split("</tr>")[:-1]

    counts, (one, other) = rows("sent")
    assert one == other
    assert rows("")[1] == [one, other]
    assert (rows("queued")[1], rows("failed")[1]) == ([], [])
    assert counts == [("All", 2), ("Queued", 0), ("Sent", 2), ("Given up", 0), ("No longer needed", 0)]
    for message in (of_ana, of_ben):
        tried = client.post(f"/desk/messages/{message.pk}/try-again/", follow=True)
        assert (tried.status_code, list(tried.context["messages"])) == (200, [])
        assert Message.objects.get(pk=message.pk).state == message.state


def test_a_mail_that_was_sent_at_the_second_attempt_looks_like_the_others(confirmed, ana, sent, mailoutbox, settings):
    confirmed(ana)
    in_memory, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody is there
    with at(15, 14):
        ask()
        (message,) = sent()
    assert (message.state, message.attempts, message.text) == (State.QUEUED, 1, "")
    settings.EMAIL_BACKEND = in_memory
    with at(15, 15):
        (message,) = sent()
    assert (len(mailoutbox), message.state, message.attempts, message.last_error) == (1, State.SENT, 1, "")
