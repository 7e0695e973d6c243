"""`manage.py load_demo`: people and a season of events to try things out with."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.demo.people import CROWD, PEOPLE
from config.demo.season import Season, is_loaded
from network.models import Centre


class Command(BaseCommand):
    """Loads the demonstration once. Not for production: anybody could claim to be one of its people."""

    help = "Load the demonstration's people and events, unless they are there."

    def handle(self, *_args: Any, **options: Any) -> None:
        """All of it or nothing; the second time, nothing."""
        if is_loaded():
            if options["verbosity"] > 1:
                self.stdout.write("The demonstration season is loaded already.")
            return
        if not Centre.objects.exists():
            raise CommandError("There are no centres yet. Run first: manage.py load_network")
        events = Season(present=timezone.now()).load()
        if options["verbosity"]:
            self.stdout.write(f"Loaded a demonstration season: {events} events, {len(PEOPLE) + len(CROWD)} people.")
