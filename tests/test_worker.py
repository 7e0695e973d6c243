"""The worker that delivers mails, issues certificates and finishes events outlives what happens to it."""

import os
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.db import OperationalError, connection
from django.utils import timezone
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from config.management.commands import db_worker
from events.mail import postman
from events.mail.actions import queue, queue_letter
from events.mail.composing import Letter
from events.mail.delivery import deliver_due
from events.mail.models import Message
from events.programme.models import Event
from events.programme.tasks import finish_event
from events.registrations import actions
from network.chores import Chore
from tests import factories
from tests.events.mail.smtp import MailServer

INTERVAL = 0.01


@pytest.fixture
def worker(transactional_db, monkeypatch):
    """A worker that stops when nothing is left to do. ``worker.waits`` are its rests."""
    worker = db_worker.Worker(
        queue_names=["default"],
        excluded_queue_names=[],
        interval=INTERVAL,
        batch=False,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="second",
    )
    worker.waits = []

    def rest(seconds):
        worker.waits.append(seconds)
        worker.running = seconds != INTERVAL  # the usual rest: all was well, and nothing is left

    monkeypatch.setattr(db_worker, "sleep", rest)
    monkeypatch.setattr(db_worker, "chores", [])
    return worker


def begun(task, *, ago, workers=("first",)):
    """The task was begun by a worker that was killed."""
    DBTaskResult.objects.filter(pk=task.id).update(
        status=TaskResultStatus.RUNNING, started_at=timezone.now() - ago, worker_ids=list(workers)
    )


def state_of(task):
    return DBTaskResult.objects.get(pk=task.id).status


def queued(number):
    letter = Letter("A subject", "A text", "")
    for n in range(number):
        queue_letter(kind="test", letter=letter, language="en", recipient=f"reader{n}@demo.example")


def wait_until(condition, seconds=600):
    ends = time.monotonic() + seconds
    while not condition() and time.monotonic() < ends:
        time.sleep(0.005)


# Tasks


def test_a_database_that_was_restarted_does_not_end_the_worker(worker, training, monkeypatch):
    ready, lost = DBTaskResult.objects.ready, [OperationalError("terminating connection"), OperationalError("refused")]

    def sometimes():
        if lost:
            raise lost.pop()
        return ready()

    monkeypatch.setattr(DBTaskResult.objects, "ready", sometimes)
    Event.objects.filter(pk=training.pk).update(starts_at=timezone.now() - timedelta(2), ends_at=timezone.now() - timedelta(1))
    task = finish_event.enqueue(training.pk)

    worker.run()

    assert (state_of(task), Event.objects.get(pk=training.pk).state) == (TaskResultStatus.SUCCESSFUL, Event.State.FINISHED)
    assert worker.waits == [1.0, 2.0, INTERVAL]


def test_what_a_killed_worker_had_begun_is_begun_again(worker, training):
    task, recent, deadly = (finish_event.enqueue(training.pk) for _ in range(3))
    begun(task, ago=timedelta(minutes=16))
    begun(recent, ago=timedelta(minutes=14))
    begun(deadly, ago=timedelta(minutes=16), workers=("a", "b", "c"))

    worker.run()

    assert [state_of(one) for one in (task, recent, deadly)] == [
        TaskResultStatus.SUCCESSFUL,
        TaskResultStatus.RUNNING,
        TaskResultStatus.RUNNING,
    ]


# Chores


def test_chores_are_done_between_tasks_each_in_its_time(worker, training, monkeypatch):
    done = []
    often = Chore("often", 0.0, lambda: done.append("often") or 1)
    hourly = Chore("hourly", 3600.0, lambda: done.append("hourly") or 1)
    monkeypatch.setattr(db_worker, "chores", [often, hourly])
    monkeypatch.setattr(db_worker.db_worker.Worker, "run_task", lambda self, result: (done.append("task"), result.delete()))
    for _ in range(2):
        finish_event.enqueue(training.pk)

    worker.run()

    assert done == ["often", "hourly", "task", "often", "task", "often"]


def test_a_chore_that_fails_keeps_nobody_back(worker, monkeypatch, caplog):
    done = []

    def fail():
        done.append("broken")
        raise ZeroDivisionError

    monkeypatch.setattr(
        db_worker, "chores", [Chore("broken", 3600.0, fail), Chore("sound", 3600.0, lambda: done.append("sound"))]
    )

    worker.run()

    assert done == ["broken", "sound"]
    assert [record.getMessage() for record in caplog.records] == [
        "The chore “broken” failed; it is tried again in 3600 seconds."
    ]


def test_a_chore_that_meets_a_lost_database_waits_for_it_and_is_tried_again_soon(worker, monkeypatch):
    lost = [OperationalError("terminating connection")]

    def sometimes():
        if lost:
            raise lost.pop()
        return 0

    done = []
    monkeypatch.setattr(
        db_worker, "chores", [Chore("first", 3600.0, sometimes), Chore("second", 3600.0, lambda: done.append(1))]
    )
    worker.run()
    assert (worker.waits, done) == ([1.0, INTERVAL], [1])
    assert 0 < worker._due_at["first"] - time.monotonic() <= 60


# Mail


@pytest.fixture
def server(settings):
    server = MailServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 60
    yield server
    server.close()


@task()
def wait_for_a_code():
    """A task that takes its time: it asks for a code in the middle, and waits until that has left."""
    wait_until(lambda: len(mail.outbox) >= 5)
    queue(kind="sign-in-code", context={"code": "123456", "minutes": 15}, recipient="ana@demo.example")
    before = len(mail.outbox)
    wait_until(lambda: any(sent.to == ["ana@demo.example"] for sent in list(mail.outbox)))
    place = [sent.to for sent in list(mail.outbox)].index(["ana@demo.example"])
    return place - before  # so many mails left before it


def test_a_code_leaves_at_once_in_the_middle_of_a_task_and_of_a_thousand_mails(worker):
    letter = Letter("A subject", "A text", "")
    Message.objects.bulk_create(
        Message(
            kind="test",
            recipient=f"r{n}@demo.example",
            language="en",
            subject=letter.subject,
            text="T",
            next_attempt_at=timezone.now(),
        )
        for n in range(1000)
    )
    task = wait_for_a_code.enqueue()

    worker.run()

    result = DBTaskResult.objects.get(pk=task.id)
    assert result.status == TaskResultStatus.SUCCESSFUL, result.traceback
    assert result.return_value <= 2  # the one at hand
    assert 0 < Message.objects.filter(state="queued").count() < 1000


def test_told_to_stop_the_postman_sends_and_notes_the_mail_at_hand(transactional_db, server):
    server.answers["data"] = [b"slow"]
    queued(3)
    man = postman.Postman(INTERVAL)
    man.start()
    assert server.hangs.wait(600)
    telling = threading.Thread(target=man.stop)
    telling.start()
    wait_until(man._stopped.is_set)
    server.released.set()
    telling.join()
    assert (len(server.mails), sorted(Message.objects.values_list("state", flat=True))) == (1, ["queued", "queued", "sent"])


def test_the_postman_outlives_a_database_that_was_restarted_and_what_nobody_foresaw(transactional_db, monkeypatch):
    trouble = [ZeroDivisionError(), OperationalError("terminating connection")]

    def sometimes(**options):
        if trouble:
            raise trouble.pop()
        return deliver_due(**options)

    monkeypatch.setattr(postman, "deliver_due", sometimes)
    monkeypatch.setattr(postman, "LONGEST_WAIT", INTERVAL)
    queued(1)
    man = postman.Postman(INTERVAL)
    man.start()
    wait_until(lambda: mail.outbox)
    man.stop()
    assert (len(mail.outbox), trouble) == (1, [])


def test_a_batch_does_all_that_is_due_tasks_chores_and_mails(worker, training, monkeypatch):
    done = []
    monkeypatch.setattr(db_worker, "chores", [Chore("chore", 3600.0, lambda: done.append("chore") or 1)])
    Event.objects.filter(pk=training.pk).update(starts_at=timezone.now() - timedelta(2), ends_at=timezone.now() - timedelta(1))
    task = finish_event.enqueue(training.pk)
    queued(50)
    worker.batch = True

    worker.run()

    assert (done, state_of(task), len(mail.outbox)) == (["chore"], TaskResultStatus.SUCCESSFUL, 50)


# A rush, a mail server that is ill, a worker that is killed


def waits_are_over():
    Message.objects.filter(state="queued").update(next_attempt_at=timezone.now() - timedelta(hours=1))


def test_thirty_registrations_and_an_ill_mail_server_make_exactly_thirty_mails(worker, server, training):
    people = factories.PersonFactory.create_batch(30)
    Event.objects.filter(pk=training.pk).update(places=25)
    training.refresh_from_db()
    server.answers["rcpt"] = [b"450 busy", b"421 closing"] * 15
    server.answers["data"] = [b"451 try later", b"250 OK", b"452 full"] * 15
    for person in people:
        actions.register(event=training, person=person, by=person)
    worker.batch = True
    rounds = 0
    while Message.objects.exclude(state="sent").exists() and rounds < 12:
        worker.run()
        waits_are_over()
        rounds += 1
    assert rounds > 1
    assert sorted(sent["To"] for sent in server.mails) == sorted(person.email for person in people)
    assert sorted({sent["Subject"].split(":")[0] for sent in server.mails}) == [
        "You are on the waiting list",
        "You have a place",
    ]


def test_a_worker_that_is_killed_while_it_speaks_to_the_server_neither_loses_nor_repeats_the_mail(
    transactional_db, server, training, ana, tmp_path
):
    actions.register(event=training, person=ana, by=ana)
    server.answers["data"] = [b"hang"]
    database = connection.settings_dict
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.killed_worker",
        "TEST_DATABASE": str(database["NAME"]),
        "DATA_DIR": str(tmp_path),
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(server.port),
    }
    command = [sys.executable, "manage.py", "db_worker", "--interval", "0.05", "--no-startup-delay", "--verbosity", "0"]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment) as killed:
        speaks = server.hangs.wait(600)
        killed.kill()
    server.released.set()
    assert speaks
    message = Message.objects.get()
    assert (message.state, message.attempts, server.mails) == ("queued", 1, [])
    assert deliver_due() == 0  # the claim of the dead still runs
    waits_are_over()
    assert (deliver_due(), deliver_due()) == (1, 0)
    assert [sent["To"] for sent in server.mails] == [ana.email]
