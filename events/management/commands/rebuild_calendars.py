"""``manage.py rebuild_calendars``: write all calendar entries anew, after the software changed what they say."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from events.calendars.entries import keeping
from events.calendars.models import Source
from events.calendars.sources.actions import renew


class Command(BaseCommand):
    """Run it after an update. What comes out as the same bytes keeps its LAST-MODIFIED."""

    help = "Write all calendar entries anew. Entries whose bytes stay the same keep their time of change."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say how many changed."""
        looked_at, changed = keeping.rewrite_all()
        renew(Source.objects.all())  # the worker reads these anew
        with transaction.atomic():
            for scope in (keeping.DRAFTS, keeping.EVENTS):
                keeping.bump(scope)
        self.stdout.write(f"{looked_at} entries looked at, {changed} changed.")
