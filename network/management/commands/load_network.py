"""`manage.py load_network`: centres, organisations, sectors, competences and funding from the data files."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from network.loading import DATA, FaultyRow, Loader


class Command(BaseCommand):
    """Load the network. Running it again changes nothing."""

    help = "Load the network's centres, organisations, sectors, competences and funding. Running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the files are, and whether they win over what is in the database."""
        parser.add_argument("--folder", type=Path, default=DATA, help="Where the data files are.")
        parser.add_argument("--update", action="store_true", help="Bring what is already there back to what the files say.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, and say what changed."""
        try:
            counts = Loader(folder=options["folder"], update=options["update"]).run()
        except FaultyRow as error:
            raise CommandError(f"Nothing was loaded. {error}") from error
        for name, count in counts.items():
            self.stdout.write(f"{name}: {count.created} created, {count.updated} updated, {count.unchanged} unchanged")
