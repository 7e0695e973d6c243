"""`manage.py db_worker`: the worker of django-tasks, made to outlive the database's restarts and its own colleagues."""

import logging
import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, connections
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from events.mail.tasks import requeue_overdue

logger = logging.getLogger(__name__)

#: Seconds between two looks at what a worker that died has left.
SWEEP_SECONDS = 60.0

#: A task that runs for longer has lost its worker. Run once more in error it does no harm: every task of ours may be repeated.
LOST = timedelta(minutes=15)

#: A task that was begun this often and never ended is what kills the workers.
BEGINNINGS = 3

#: The longest wait, in seconds, for a database that does not answer.
LONGEST_WAIT = 10.0


class Worker(db_worker.Worker):
    """Works until it is told to stop. While the database is away it waits; once a minute it takes up what others dropped."""

    batch: bool

    def run(self) -> None:
        """Work, sweep, sleep."""
        if self.batch:
            super().run()
            return
        self.batch = True  # super().run() now comes back when nothing is left to do
        wait, sweep_at = self.interval, 0.0
        while self.running:
            try:
                super().run()
                if self.max_tasks is not None and self._run_tasks >= self.max_tasks:
                    return
                if time.monotonic() >= sweep_at:
                    sweep_at = time.monotonic() + SWEEP_SECONDS
                    self.sweep()
                wait = self.interval
            except (OperationalError, InterfaceError) as error:
                wait = min(max(wait, 0.5) * 2, LONGEST_WAIT)
                logger.error("The database does not answer (%s); the worker tries again.", type(error).__name__)  # noqa: TRY400
                connections.close_all()
            self.startup_delay = False
            if self.running:
                time.sleep(wait)

    def sweep(self) -> None:
        """Queue the tasks of workers that died again, and the messages that they left."""
        close_old_connections()
        requeue_lost_tasks()
        requeue_overdue()


def requeue_lost_tasks() -> int:
    """Tasks that were begun long ago and never ended are to be run again. Returns how many."""
    running = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING)
    lost = running.filter(started_at__lt=timezone.now() - LOST).values_list("pk", "worker_ids")
    again = [pk for pk, workers in lost if len(workers) < BEGINNINGS]
    return running.filter(pk__in=again).update(status=TaskResultStatus.READY) if again else 0


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
