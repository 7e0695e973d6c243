"""The worker that delivers mails, issues certificates and finishes events outlives what happens to it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import OperationalError
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from config.management.commands import db_worker
from events.mail.models import Message
from events.programme.models import Event
from events.programme.tasks import finish_event
from network.models import Person


@pytest.fixture
def worker(transactional_db):
    """A worker that stops when nothing is left to do."""
    worker = db_worker.Worker(
        queue_names=["default"],
        excluded_queue_names=[],
        interval=0,
        batch=False,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="second",
    )
    sweep = worker.sweep

    def sweep_and_stop():
        sweep()
        worker.running = False

    worker.sweep = sweep_and_stop
    return worker


def begun(task, *, ago, workers=("first",)):
    """The task was begun by a worker that was killed."""
    DBTaskResult.objects.filter(pk=task.id).update(
        status=TaskResultStatus.RUNNING, started_at=timezone.now() - ago, worker_ids=list(workers)
    )


def state_of(task):
    return DBTaskResult.objects.get(pk=task.id).status


def test_a_database_that_was_restarted_does_not_end_the_worker(worker, training, monkeypatch):
    ready, lost = DBTaskResult.objects.ready, [OperationalError("terminating connection"), OperationalError("refused")]

    def sometimes():
        if lost:
            raise lost.pop()
        return ready()

    waits = []
    monkeypatch.setattr(DBTaskResult.objects, "ready", sometimes)
    monkeypatch.setattr(db_worker.connections, "close_all", lambda: None)
    monkeypatch.setattr(db_worker.time, "sleep", waits.append)
    Event.objects.filter(pk=training.pk).update(starts_at=timezone.now() - timedelta(2), ends_at=timezone.now() - timedelta(1))
    task = finish_event.enqueue(training.pk)

    worker.run()

    assert (state_of(task), Event.objects.get(pk=training.pk).state) == (TaskResultStatus.SUCCESSFUL, Event.State.FINISHED)
    assert waits == [1.0, 2.0]


def test_what_a_killed_worker_had_begun_is_begun_again(worker, training):
    task, recent, deadly = (finish_event.enqueue(training.pk) for _ in range(3))
    begun(task, ago=timedelta(minutes=16))
    begun(recent, ago=timedelta(minutes=14))
    begun(deadly, ago=timedelta(minutes=16), workers=("a", "b", "c"))

    worker.run()

    assert [state_of(one) for one in (task, recent, deadly)] == [
        TaskResultStatus.READY,
        TaskResultStatus.RUNNING,
        TaskResultStatus.RUNNING,
    ]


def test_mails_of_a_killed_worker_leave_without_other_mails_coming(worker):
    ana = Person.objects.create_user("ana@demo.example", name="Ana")
    Message.objects.create(
        kind="sign-in-code",
        person=ana,
        recipient=ana.email,
        language="en",
        subject="Code",
        text="ABCD",
        next_attempt_at=timezone.now() - timedelta(minutes=3),
    )
    worker.run()  # queues it, when nothing else is left to do
    worker.running = True
    worker.run()
    assert [message.to for message in mail.outbox] == [["ana@demo.example"]]
    assert Message.objects.get().state == Message.State.SENT
