"""`manage.py deliver_due`: sends messages whose task was lost, without a worker or before it looks."""

from typing import Any

from django.core.management.base import BaseCommand

from events.mail.delivery import deliver_overdue


class Command(BaseCommand):
    """The worker does the same once a minute; this is for who does not want to wait."""

    help = "Send queued messages whose time has come and that no worker has taken."

    def handle(self, **_options: Any) -> None:
        """Send all of them, in portions."""
        total = 0
        while number := deliver_overdue():
            total += number
        self.stdout.write(f"{total} messages tried.")
