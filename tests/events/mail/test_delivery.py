"""From the queue to the mail server: nothing is lost, nothing is repeated."""

import smtplib
import socket
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from events.mail import actions, delivery
from events.mail.composing import Letter
from events.mail.models import Message
from network.errors import NotAllowed
from tests import factories

State = Message.State


def queued(number=1, **fields):
    letter = Letter("A subject", "A text", "<p>A text</p>")
    return [
        actions.queue_letter(kind="test", letter=letter, language="en", recipient=f"reader{n}@demo.example", **fields)
        for n in range(number)
    ]


def wait_over():
    """Let the time of every wait and claim pass."""
    Message.objects.filter(state=State.QUEUED).update(next_attempt_at=timezone.now() - timedelta(hours=1))
    DBTaskResult.objects.filter(status="READY").update(run_after=timezone.now() - timedelta(hours=1))


@pytest.mark.django_db
def test_a_message_is_sent_once_however_often_it_is_delivered(smtp):
    (message,) = queued()
    for _ in range(3):
        assert actions.deliver(message_id=message.pk) is None
    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_error) == (State.SENT, 1, "")
    (sent,) = smtp.mails
    assert (sent["To"], sent["Subject"], sent["Auto-Submitted"], sent["Content-Language"]) == (
        "reader0@demo.example",
        "A subject",
        "auto-generated",
        "en",
    )
    assert [part.get_content_type() for part in sent.walk()] == ["multipart/alternative", "text/plain", "text/html"]


@pytest.mark.django_db(transaction=True)
def test_the_worker_delivers_what_a_transaction_queued(smtp, worker):
    with transaction.atomic():
        queued(3)
    worker()
    assert [sent["To"] for sent in smtp.mails] == [f"reader{n}@demo.example" for n in range(3)]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_tells_nobody(smtp, worker):
    def change():
        with transaction.atomic():
            queued()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()
    worker()
    assert (Message.objects.count(), DBTaskResult.objects.count(), smtp.mails) == (0, 0, [])


@pytest.mark.django_db(transaction=True)
def test_a_failing_server_loses_none_and_repeats_none(smtp, worker, settings):
    with socket.socket() as closed:  # a port where nobody listens
        closed.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = closed.getsockname()[1]
        with transaction.atomic():
            queued(5)
        worker()  # refused
    assert set(Message.objects.values_list("state", "attempts")) == {(State.QUEUED, 1)}
    settings.EMAIL_PORT = smtp.port
    smtp.answers["data"] = [b"451 try later", b"452 full", b"421 closing", b"250 OK", b"451 again"]
    smtp.answers["rcpt"] = [b"450 busy"]
    for _ in range(6):
        wait_over()
        worker()
    assert sorted(sent["To"] for sent in smtp.mails) == [f"reader{n}@demo.example" for n in range(5)]
    assert set(Message.objects.values_list("state", flat=True)) == {State.SENT}


@pytest.mark.django_db
def test_waits_grow_to_two_days_then_it_is_given_up_and_the_secretariat_tries_again(smtp, sara, olga):
    (message,) = queued()
    smtp.answers["data"] = [b"451 try later"] * 10
    waits = []
    while Message.objects.get().state == State.QUEUED:
        Message.objects.update(next_attempt_at=timezone.now())
        before = timezone.now()
        again = actions.deliver(message_id=message.pk)
        waits += [round((again - before).total_seconds() / 60)] if again else []
    assert waits == [1, 5, 15, 60, 120, 240, 480, 720, 1200]
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.FAILED, 10)
    assert message.last_error.startswith("SMTPDataError: (451")
    with pytest.raises(NotAllowed):
        actions.try_again(message=message, by=olga)
    actions.try_again(message=message, by=sara)
    actions.deliver(message_id=message.pk)
    assert len(smtp.mails) == 1


@pytest.mark.django_db
def test_an_address_that_the_server_refuses_for_good_is_given_up_at_once(smtp):
    (message,) = queued()
    smtp.answers["rcpt"] = [b"550 no such user"]
    assert actions.deliver(message_id=message.pk) is None
    message.refresh_from_db()
    assert message.state == State.FAILED
    assert message.last_error.startswith(smtplib.SMTPRecipientsRefused.__name__)


@pytest.mark.django_db
def test_when_the_servers_yes_is_lost_the_repeated_copy_has_the_same_message_id(smtp):
    (message,) = queued()
    smtp.answers["data"] = [b"drop"]
    assert actions.deliver(message_id=message.pk) is not None
    wait_over()
    actions.deliver(message_id=message.pk)
    first, second = smtp.mails
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.django_db
def test_a_message_claimed_by_a_worker_is_left_alone_until_the_claim_runs_out(smtp):
    (message,) = queued()
    assert delivery._claim(message.pk) is not None  # a worker that now dies
    actions.deliver(message_id=message.pk)
    assert smtp.mails == []
    wait_over()
    assert delivery.deliver_overdue() == 1
    assert len(smtp.mails) == 1


@pytest.mark.django_db(transaction=True)
def test_a_message_whose_task_was_lost_goes_with_the_next_one(smtp, worker, capsys):
    queued(2)
    DBTaskResult.objects.all().delete()
    wait_over()
    worker()
    assert smtp.mails == []
    queued()
    worker()
    assert len(smtp.mails) == 3
    queued()
    wait_over()
    call_command("deliver_due")
    assert (len(smtp.mails), capsys.readouterr().out) == (4, "1 messages tried.\n")


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_a_message_once(smtp):
    (message,) = queued()
    start = threading.Barrier(6)

    def work():
        start.wait()
        try:
            actions.deliver(message_id=message.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(smtp.mails) == 1


@pytest.mark.django_db
def test_a_cause_is_told_once():
    (first,) = queued(cause="registration:1:confirmed")
    assert queued(cause="registration:1:confirmed") == [None]
    queued(2)  # without a cause nothing is compared
    assert Message.objects.count() == 3
    assert first.cause == "registration:1:confirmed"


@pytest.mark.django_db
def test_many_are_queued_with_few_statements(training, django_assert_max_num_queries):
    people = [(factories.PersonFactory(), {"event": training, "reason": "Ill", "confirmed": True}) for _ in range(120)]
    cause = lambda person: f"event:1:{person.pk}"  # noqa: E731
    with django_assert_max_num_queries(14):
        assert actions.queue_to_many(kind="event-cancelled", people=people, cause=cause) == 120
    assert actions.queue_to_many(kind="event-cancelled", people=people, cause=cause) == 0
    assert DBTaskResult.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [True, False])
def test_a_code_is_blanked_once_it_is_sent_except_in_the_demonstration(settings, debug):
    settings.DEBUG = debug
    context = {"code": "123456", "email": "ana@demo.example", "minutes": 15}
    message = actions.queue(kind="sign-in-code", context=context, recipient="ana@demo.example")
    assert "123456" not in message.subject
    actions.deliver(message_id=message.pk)
    assert "123456" in mail.outbox[0].body
    message.refresh_from_db()
    assert (message.state, "123456" in message.text, "123456" in message.html) == (State.SENT, debug, debug)


@pytest.mark.django_db
def test_a_code_overtakes_other_messages_and_is_given_up_soon(smtp):
    queued()
    actions.queue(kind="sign-in-code", context={"code": "123456", "minutes": 15}, recipient="ana@demo.example")
    assert list(DBTaskResult.objects.order_by("-priority").values_list("priority", flat=True)) == [50, 0]
    assert sum(wait.total_seconds() for wait in delivery.CODE_WAITS) < 15 * 60
    smtp.answers["data"] = [b"451 no"] * 20
    message = Message.objects.get(kind="sign-in-code")
    while message.state == State.QUEUED:
        wait_over()
        actions.deliver(message_id=message.pk)
        message.refresh_from_db()
    assert (message.state, message.attempts, message.text) == (State.FAILED, 8, "")


@pytest.mark.django_db
def test_a_message_needs_a_reader():
    with pytest.raises(ValueError, match="needs a person or an address"):
        actions.queue_letter(kind="test", letter=Letter("s", "t", ""), language="en")
