"""`manage.py deliver_due`: sends every message that is due, where no worker does."""

from typing import Any

from django.core.management.base import BaseCommand

from events.mail.delivery import deliver_due


class Command(BaseCommand):
    """The worker does the same by itself; this is for who does not want to wait for it."""

    help = "Send queued messages whose time has come and that no worker has taken."

    def handle(self, **_options: Any) -> None:
        """Send all of them, in portions."""
        total = 0
        while number := deliver_due():
            total += number
        self.stdout.write(f"{total} messages tried.")
