"""`manage.py deliver_due`: sends messages whose task was lost, for a timer or for looking after a worker that died."""

from typing import Any

from django.core.management.base import BaseCommand

from events.mail.delivery import deliver_overdue


class Command(BaseCommand):
    """The worker does the same after each message; this is for when there is no traffic."""

    help = "Send queued messages whose time has come and that no worker has taken."

    def handle(self, **_options: Any) -> None:
        """Send all of them, in portions."""
        total = 0
        while number := deliver_overdue():
            total += number
        self.stdout.write(f"{total} messages tried.")
