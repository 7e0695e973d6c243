"""`manage.py db_worker`: the worker of django-tasks, made to outlive the database's restarts and its own colleagues.

It does three things. Tasks, one after the other; between them the chores that are due by the clock; and beside both, in a
thread of its own, the mail, which therefore leaves within a second however long a task takes. Several workers share the work.
"""

import logging
from argparse import ArgumentParser
from datetime import timedelta
from time import monotonic, sleep
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, connections
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from events.mail.delivery import deliver_due
from events.mail.postman import Postman
from network.chores import Chore, chores

logger = logging.getLogger(__name__)

#: A task that runs for longer has lost its worker. Run once more in error it does no harm: every task of ours may be repeated.
LOST = timedelta(minutes=15)

#: A task that was begun this often and never ended is what kills the workers.
BEGINNINGS = 3

#: Seconds after which a chore is tried again that met a database which did not answer.
SOON = 60.0

#: The longest wait, in seconds, for a database that does not answer.
LONGEST_WAIT = 10.0


def requeue_lost_tasks() -> int:
    """Tasks that were begun long ago and never ended are to be run again. Returns how many."""
    running = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING)
    lost = running.filter(started_at__lt=timezone.now() - LOST).values_list("pk", "worker_ids")
    again = [pk for pk, workers in lost if len(workers) < BEGINNINGS]
    return running.filter(pk__in=again).update(status=TaskResultStatus.READY) if again else 0


#: The worker's own chore, before those of the wings.
OWN_CHORES = (Chore("tasks of workers that died", 60.0, requeue_lost_tasks),)


class Worker(db_worker.Worker):
    """Works until it is told to stop, and waits while the database is away. With ``batch``: until nothing is left to do."""

    batch: bool

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._due_at: dict[str, float] = {}  # of each chore, by the monotonic clock

    def run(self) -> None:
        """Work; beside it, deliver."""
        if self.batch:
            self._run_once()
            return
        self.batch = True  # super().run() now comes back when nothing is left to do
        postman = Postman(self.interval)
        postman.start()
        try:
            self._run_on()
        finally:
            postman.stop()

    def _run_on(self) -> None:
        """Tasks and chores, for ever."""
        wait = self.interval
        while self.running:
            try:
                self.do_chores()
                super().run()
                if self._has_run_all():
                    return
                wait = self.interval
            except (OperationalError, InterfaceError) as error:
                wait = min(max(wait, 0.5) * 2, LONGEST_WAIT)
                logger.error("The database does not answer (%s); the worker tries again.", type(error).__name__)  # noqa: TRY400
                connections.close_all()
            self.startup_delay = False
            if self.running:
                sleep(wait)

    def _run_once(self) -> None:
        """Everything that is due now, tasks and messages in turn."""
        self.do_chores()
        messages = 1
        while messages and self.running:
            if not self._has_run_all():
                super().run()
            messages = self._deliver()

    def _deliver(self) -> int:
        """A batch of messages. Asked to stop, the worker ends the one at hand first."""
        self.running_task = True
        try:
            return deliver_due(is_stopped=lambda: not self.running)
        finally:
            self.running_task = False

    def _has_run_all(self) -> bool:
        return self.max_tasks is not None and self._run_tasks >= self.max_tasks

    def run_task(self, db_task_result: DBTaskResult) -> None:
        """A task, then the chores that became due meanwhile."""
        super().run_task(db_task_result)
        self.do_chores()

    def do_chores(self) -> None:
        """Do what is due by the clock. One that fails is logged, and keeps back neither the others nor the worker."""
        for chore in (*OWN_CHORES, *chores):
            if not self.running or monotonic() < self._due_at.get(chore.name, 0.0):
                continue
            self._due_at[chore.name] = monotonic() + chore.seconds
            close_old_connections()
            self.running_task = True  # asked to stop, the worker ends the chore first
            try:
                chore.run()
            except (OperationalError, InterfaceError):
                self._due_at[chore.name] = monotonic() + min(chore.seconds, SOON)
                raise
            except Exception:
                logger.exception("The chore “%s” failed; it is tried again in %d seconds.", chore.name, chore.seconds)
            finally:
                self.running_task = False


class Command(db_worker.Command):
    """The same options as django-tasks has, but for --reload, which this worker does not know."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """As there."""
        super().add_arguments(parser)
        parser.set_defaults(reload=False)

    def handle(self, **options: Any) -> None:
        """Work until told to stop."""
        self.configure_logging(options["verbosity"])
        worker = Worker(
            queue_names=options["queue_name"].split(","),
            excluded_queue_names=options["exclude_queues"].split(",") if options["exclude_queues"] else [],
            **{
                name: options[name] for name in ("interval", "batch", "backend_name", "startup_delay", "max_tasks", "worker_id")
            },
        )
        worker.configure_signals()
        worker.run()
