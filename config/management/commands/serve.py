"""`manage.py serve`: the web server and the worker under one roof."""

import errno
import http.client
import io
import os
import socket
import sys
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config.supervisor import Supervisor

START_SECONDS = 60


class Command(BaseCommand):
    """Runs until Ctrl-C; if either process ends, both do, so that a service manager sees it and starts anew."""

    help = "Run the web server and the worker together."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Each argument has an environment variable for its default."""
        environment = os.environ.get
        parser.add_argument("--host", default=environment("HOST", "127.0.0.1"), help="address to listen at (HOST)")
        parser.add_argument("--port", default=environment("PORT", "8000"), help="port to listen at; 0: any free one (PORT)")
        parser.add_argument(
            "--web-workers", type=int, default=int(environment("WEB_WORKERS", "1")), help="web processes (WEB_WORKERS)"
        )
        parser.add_argument(
            "--web-threads", type=int, default=int(environment("WEB_THREADS", "4")), help="threads of each (WEB_THREADS)"
        )
        parser.add_argument(
            "--demonstration",
            action="store_true",
            help="first bring the database up to date and load the network and a demonstration season (only with DEBUG=1)",
        )

    def handle(self, **options: Any) -> None:
        """Prepare, start, tell where, wait."""
        port = free_port(options["host"], options["port"])
        address = os.environ.get("SITE_URL") or f"http://127.0.0.1:{port}"
        if options["demonstration"]:
            if not settings.DEBUG:
                raise CommandError("--demonstration offers its people to everybody, so it works with DEBUG=1 only.")
            try:
                prepare_demonstration(address)
            except KeyboardInterrupt:
                raise CommandError("Stopped before it had begun.") from None

        supervisor = Supervisor(self.stderr.write)
        supervisor.listen()
        environment = {"SITE_URL": address, "PYTHONUNBUFFERED": "1"}
        supervisor.start(
            "web server", web_command(options["host"], port, options["web_workers"], options["web_threads"]), environment
        )
        supervisor.start("worker", worker_command(), environment)
        if supervisor.wait_until(lambda: answers(options["host"], port, address), seconds=START_SECONDS):
            self.stdout.write(welcome(address, demonstration=options["demonstration"]))
            self.stdout.flush()
        if supervisor.run():
            sys.exit(1)


def free_port(host: str, wanted: str) -> int:
    """The port as a number, if one can listen there. 0 becomes a port that is free. Otherwise say why not, and what works."""
    if not wanted.isdecimal() or int(wanted) > 65535:
        raise CommandError(f"“{wanted}” is not a port. Use a number up to 65535, such as PORT=8001.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(wanted)))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(f"Port {wanted} is in use by another program. Choose another, such as PORT=8001.") from error
            if error.errno == errno.EACCES:
                raise CommandError(
                    f"Only root may listen at port {wanted}. Use a port from 1024 on, such as PORT=8000."
                ) from error
            raise CommandError(f"Cannot listen at {host}, port {wanted}: {error.strerror}.") from error
        return int(probe.getsockname()[1])


def web_command(host: str, port: int, workers: int, threads: int) -> list[str]:
    """Granian, which needs no proxy in front for anything but HTTPS."""
    options = ["--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws", "--log-level", "warning"]
    scale = ["--workers", str(workers), "--blocking-threads", str(threads), "--workers-kill-timeout", "5"]
    return [sys.executable, "-m", "granian", *options, *scale, "config.wsgi:application"]


def worker_command() -> list[str]:
    """The worker of the background tasks. It looks for work twice a second, so that a mail leaves within one.

    ``serve`` itself has made Django's checks: they import every page and the API, 45 MB that the worker has no other use for.
    """
    return [
        sys.executable,
        "manage.py",
        "db_worker",
        "--interval",
        "0.5",
        "--no-startup-delay",
        "--no-reload",
        "--skip-checks",
        "--verbosity",
        "0",
    ]


def answers(host: str, port: int, site: str) -> bool:
    """Whether anything answers there yet, whatever it says, to a request for ``site``."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    connection = http.client.HTTPConnection(here, port, timeout=START_SECONDS)
    try:
        connection.request("GET", "/healthz", headers={"Host": urlsplit(site).netloc})
        connection.getresponse().read()
    except OSError:
        return False
    else:
        return True
    finally:
        connection.close()


def prepare_demonstration(address: str) -> None:
    """The database as it has to be, with the network and a season in it. Changes nothing that is there already."""
    settings.SITE_URL = address
    call_command("migrate", verbosity=0, interactive=False)
    call_command("load_network", stdout=io.StringIO())
    call_command("load_demo")


def welcome(address: str, *, demonstration: bool) -> str:
    """What to open, what to subscribe to, whom to sign in as."""
    lines = [
        "",
        f"The calendar is open at    {address}/",
        f"Subscribe a calendar to    {address}/calendars/network.ics",
        f"The API is explained at    {address}/api/v1/docs/",
    ]
    if demonstration:
        from config.demo.people import PEOPLE  # noqa: PLC0415 - only the demonstration knows them

        width = max(len(person.email) for person in PEOPLE)
        lines += [f"Mails can be read at       {address}/demo/mails/"]
        lines += [f"Sign in with a click at    {address}/demo/ as one of"]
        lines += [f"    {person.email:{width}}  {person.part}" for person in PEOPLE]
    return "\n".join([*lines, "", "Ctrl-C stops it."])
