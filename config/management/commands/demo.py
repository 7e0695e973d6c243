"""`manage.py demo`: walks the main job over HTTP, against a server and a database of its own."""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import SUPPRESS, ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.demo.http import Visitor
from config.demo.keys import load_keys
from config.demo.people import load_people
from config.demo.story import NotAsPromised, Story
from config.management.commands.serve import free_port
from network.actions import make_token

WHO = ("ana", "ben", "cleo", "olga")


class Command(BaseCommand):
    """Tells the whole story, leaves its files in a folder, and ends with 1 if a step is not as promised."""

    help = "Show that the main job works, from publishing to a verified certificate. Touches no data of yours."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the files go. ``--prepare`` is how this command calls itself inside its own database."""
        parser.add_argument("--to", type=Path, default=Path("demo-output"), metavar="FOLDER", help="where to write the files")
        parser.add_argument("--prepare", action="store_true", help=SUPPRESS)

    def handle(self, **options: Any) -> None:
        """Set up, tell, write, clear up."""
        if options["prepare"]:
            self.stdout.write(json.dumps(prepare()))
            return
        port = free_port("127.0.0.1", "0")
        site = f"http://127.0.0.1:{port}"
        with tempfile.TemporaryDirectory(prefix="calendar-demo-") as folder:
            environment = os.environ | {
                "DATA_DIR": folder,
                "DATABASE_URL": "",
                "CACHE_URL": "",
                "DEBUG": "1",
                "SITE_URL": site,
                "ALLOWED_HOSTS": "127.0.0.1",
                "PORT": str(port),
            }
            tokens = json.loads(self.call(environment, "demo", "--prepare").splitlines()[-1])
            with Path(folder, "log").open("w+") as log:
                server = subprocess.Popen([*manage("serve")], env=environment, cwd=settings.BASE_DIR, stdout=log, stderr=log)  # noqa: S603
                try:
                    wait_for(server, site)
                    self.tell(site, tokens, options["to"])
                except (NotAsPromised, OSError) as error:
                    log.seek(0)
                    raise CommandError(f"{error}\n\nThe server said:\n{log.read()}") from error
                finally:
                    server.terminate()
                    server.wait(timeout=30)

    def tell(self, site: str, tokens: dict[str, str], folder: Path) -> None:
        """The story, and its files."""
        ana, ben, cleo, olga = (Visitor(site, tokens[name]) for name in WHO)
        story = Story(anybody=Visitor(site), ana=ana, ben=ben, cleo=cleo, olga=olga, say=self.stdout.write)
        story.tell()
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in story.files.items():
            (folder / name).write_bytes(content)
        self.stdout.write(f"All as promised. See {', '.join(sorted(story.files))} in {folder}/")

    def call(self, environment: dict[str, str], *arguments: str) -> str:
        """Run one of our commands inside the other environment."""
        answer = subprocess.run(  # noqa: S603
            manage(*arguments), env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
        )
        if answer.returncode:
            raise CommandError(f"{' '.join(arguments)} failed:\n{answer.stderr}")
        return answer.stdout


def manage(*arguments: str) -> list[str]:
    """The command line of one of our commands."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]


def prepare() -> dict[str, str]:
    """Tables, the network, the people of the story; returns a token to write with for each of them."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("load_network", stdout=io.StringIO())
    people = load_people()
    load_keys()
    tomorrow = timezone.now() + timedelta(days=1)
    return {name: make_token(by=people[name], name="Story", scope="write", expires_at=tomorrow)[1] for name in WHO}


def wait_for(server: "subprocess.Popen[bytes]", site: str) -> None:
    """Wait until the server answers. Raises NotAsPromised if it ends or takes three minutes."""
    deadline = timezone.now() + timedelta(minutes=3)
    while timezone.now() < deadline and server.poll() is None:
        try:
            if Visitor(site).get("/healthz").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise NotAsPromised("The server does not answer.")
