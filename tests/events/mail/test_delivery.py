"""From the queue to the mail server: nothing is lost, nothing is repeated."""

import smtplib
import socket
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from events.mail import actions, delivery
from events.mail.composing import Letter
from events.mail.models import Message
from network.errors import NotAllowed

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
    assert (Message.objects.count(), smtp.mails) == (0, [])


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
    assert (delivery.deliver_due(), smtp.mails) == (0, [])
    wait_over()
    assert delivery.deliver_due() == 1
    assert len(smtp.mails) == 1


@pytest.mark.django_db(transaction=True)
def test_without_a_worker_a_command_sends_what_is_due(smtp, capsys):
    queued(30)
    later = queued(cause="later")[0]
    Message.objects.filter(pk=later.pk).update(next_attempt_at=timezone.now() + timedelta(hours=1))
    call_command("deliver_due")
    assert (len(smtp.mails), capsys.readouterr().out) == (30, "30 messages tried.\n")


@pytest.mark.django_db
def test_mails_share_a_connection_and_a_failure_gets_the_next_one_a_fresh_one(smtp):
    queued(4)
    smtp.answers["data"] = [b"250 OK", b"drop"]
    assert delivery.deliver_due() == 4
    assert [sent["To"] for sent in smtp.mails] == [f"reader{n}@demo.example" for n in range(4)]
    assert smtp.conversations == 2
    assert [message.state for message in Message.objects.order_by("pk")] == ["sent", "queued", "sent", "sent"]


@pytest.mark.django_db
def test_a_batch_ends_in_time_however_slow_the_server_is(smtp, monkeypatch):
    queued(3)
    monkeypatch.setattr(delivery, "BATCH_SECONDS", 0.5)
    smtp.delay = 0.3  # at each of two steps
    assert [delivery.deliver_due() for _ in range(4)] == [1, 1, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_what_the_server_has_is_noted_also_if_the_database_is_away_in_that_moment(smtp, monkeypatch):
    (message,) = queued()
    finish, lost = delivery._finish, [OperationalError("terminating connection")] * 2

    def sometimes(*arguments, **fields):
        if lost:
            raise lost.pop()
        finish(*arguments, **fields)

    waits = []
    monkeypatch.setattr(delivery, "_finish", sometimes)
    monkeypatch.setattr(delivery.time, "sleep", waits.append)
    delivery.deliver_due()
    message.refresh_from_db()
    assert (message.state, waits, len(smtp.mails)) == (State.SENT, [0.5, 1], 1)


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
    queued(3)
    actions.queue(kind="sign-in-code", context={"code": "123456", "minutes": 15}, recipient="ana@demo.example")
    assert sum(wait.total_seconds() for wait in delivery.CODE_WAITS) < 15 * 60
    smtp.answers["data"] = [b"451 no"] * 8
    message = Message.objects.get(kind="sign-in-code")
    while message.state == State.QUEUED:
        wait_over()
        delivery._attempt(delivery._claim(), delivery._Line())  # the next of all that are due
        message.refresh_from_db()
    assert (message.state, message.attempts, message.text) == (State.FAILED, 8, "")
    assert set(Message.objects.exclude(pk=message.pk).values_list("attempts", flat=True)) == {0}


@pytest.mark.django_db(transaction=True)
def test_several_workers_share_what_is_due(smtp):
    queued(40)
    start = threading.Barrier(4)

    def work():
        start.wait()
        try:
            while delivery.deliver_due():
                pass
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while delivery.deliver_due():  # a worker stops when others hold all that is left; in life it looks again
        pass
    assert sorted(sent["To"] for sent in smtp.mails) == sorted(f"reader{n}@demo.example" for n in range(40))


@pytest.mark.django_db
def test_a_message_needs_a_reader():
    with pytest.raises(ValueError, match="needs a person or an address"):
        actions.queue_letter(kind="test", letter=Letter("s", "t", ""), language="en")
