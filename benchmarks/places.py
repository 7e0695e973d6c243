"""Registrations a second on PostgreSQL: a rush on one event, and on many, against a floor measured in the same run.

    DATABASE_URL=postgres://me@localhost/postgres .venv/bin/python benchmarks/places.py

It makes a database of its own on that server and removes it. Always the same 32 clients: two processes of sixteen threads,
each with a connection of its own. (a) The floor: a bare transaction that locks one row, inserts one and commits, through the
same driver. (b) The action ``register``. (c) ``POST /api/v1/registrations/`` under two web workers of four threads, over kept
connections, with a token. Every phase runs against the clock; afterwards the places are counted. It ends with 1 if an aim is
missed or a place was given twice. Medians of three runs of each, interleaved, because the speed of machines drifts.
"""

import http.client
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

PROCESSES, THREADS, SECONDS, RUNS = 2, 16, 4.0, 3
WEB_WORKERS, WEB_THREADS = 2, 4
CLIENTS = PROCESSES * THREADS
MOST = 9000  # more people than a phase can register
AIMS = {"action": 0.40, "http": 0.15}
LEAST_HTTP = 150


def main() -> None:
    """Measure, print, judge."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        raise SystemExit("Say which PostgreSQL: DATABASE_URL=postgres://…")
    with database(server) as url, tempfile.TemporaryDirectory() as folder:
        prepare(url, folder)
        figures = {(what, how): [] for what in ("floor", "action", "http") for how in ("hot", "many")}
        for run in range(RUNS):
            for how in ("hot", "many"):
                for what, work in (("floor", floor), ("action", action)):
                    figures[what, how].append(rush(work, run, how))
            with web(url, folder) as port:
                for how in ("hot", "many"):
                    figures["http", how].append(rush(over_http, run, how, port))
        over = oversold()
    report(figures, over)


def report(figures: dict[tuple[str, str], list[float]], over: int) -> None:
    """Print the figures and end with 1 where an aim is missed."""
    medians = {key: statistics.median(values) for key, values in figures.items()}
    failed = over > 0
    print(f"{'':8}{'one event':>24}{'many events':>24}   (registrations a second; share of the floor)")
    for what in ("floor", "action", "http"):
        cells = []
        for how in ("hot", "many"):
            spread = f"{medians[what, how]:.0f} ({min(figures[what, how]):.0f}–{max(figures[what, how]):.0f})"
            cells.append(f"{spread:>17}{medians[what, how] / medians['floor', how]:>6.0%} ")
        print(f"{what:8}{''.join(cells)}")
    for what, aim in AIMS.items():
        share = medians[what, "hot"] / medians["floor", "hot"]
        if share < aim:
            failed = True
            print(f"MISSED: {what} at {share:.0%} of the floor on one event; the aim is {aim:.0%}.")
    if medians["http", "hot"] < LEAST_HTTP:
        failed = True
        print(f"MISSED: {medians['http', 'hot']:.0f} registrations a second over HTTP; the aim is {LEAST_HTTP}.")
    print(f"Places given twice: {over}")
    sys.exit(1 if failed else 0)


# --- The rush ------------------------------------------------------------------------------------------------------

Work = Callable[..., int]


def rush(work: Work, run: int, how: str, port: int = 0) -> float:
    """All clients at once for some seconds. Returns what they did a second."""
    start, results = multiprocessing.Barrier(CLIENTS), multiprocessing.Queue()
    processes = [
        multiprocessing.Process(target=clients, args=(work, number, (run, how, port, start, results)))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    done = [results.get() for _ in range(CLIENTS)]
    for process in processes:
        process.join()
    return sum(number for number, _seconds in done) / max(seconds for _number, seconds in done)


def clients(work: Work, process: int, phase: tuple[int, str, int, Any, Any]) -> None:
    """One process of clients: threads, as in a web worker."""
    numbers = range(process * THREADS, process * THREADS + THREADS)
    threads = [threading.Thread(target=client, args=(work, number, phase)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def client(work: Work, number: int, phase: tuple[int, str, int, Any, Any]) -> None:
    """One client: it works until the time is over, then says how much it did."""
    run, how, port, start, results = phase
    begun = 0.0

    def ready() -> float:
        nonlocal begun
        start.wait()
        begun = time.monotonic()
        return begun + SECONDS

    done = work(number, f"{run}-{how}", number if how == "many" else 0, port, ready)
    results.put((done, time.monotonic() - begun))


def floor(number: int, phase: str, event: int, port: int, ready: Callable[[], float]) -> int:
    """(a) Lock one row, insert one, commit."""
    import psycopg

    done = 0
    with psycopg.connect(os.environ["BENCHMARK_DSN"]) as connection:
        cursor = connection.cursor()
        until = ready()
        while time.monotonic() < until:
            cursor.execute("SELECT places, taken FROM floor_event WHERE id = %s FOR NO KEY UPDATE", (event,))
            cursor.fetchone()
            cursor.execute("INSERT INTO floor_row (event_id, person, state) VALUES (%s, %s, 'confirmed')", (event, done))
            connection.commit()
            done += 1
    return done


def action(number: int, phase: str, event: int, port: int, ready: Callable[[], float]) -> int:
    """(b) The action, for a person who was read as a request reads them."""
    set_up()
    from django.db import connection

    from events.programme.models import Event
    from events.registrations import actions
    from network.models import Person

    subject = Event.objects.get(slug=slug_of("action", phase, event))
    people = list(Person.objects.select_related("organisation").filter(pk__in=people_of(number)))
    done, until = 0, ready()
    while time.monotonic() < until:
        person = people[done]
        actions.register(event=subject, person=person, by=person)
        done += 1
    connection.close()
    return done


def over_http(number: int, phase: str, event: int, port: int, ready: Callable[[], float]) -> int:
    """(c) The endpoint. The client is as cheap as can be: it shares the machine with the server."""
    body = json.dumps({"event": slug_of("http", phase, event)})
    requests = [{"Authorization": f"Bearer {token_of(key)}", "Content-Type": "application/json"} for key in people_of(number)]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    done, until = 0, ready()
    while time.monotonic() < until:
        connection.request("POST", "/api/v1/registrations/", body, requests[done])
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 201:
            raise SystemExit(f"{answer.status}: {said[:300]!r}")
        done += 1
    return done


# --- What is there -------------------------------------------------------------------------------------------------


def people_of(number: int) -> range:
    """Keys of the people of a client: no two clients register the same person."""
    share = MOST // CLIENTS
    return range(1 + number * share, 1 + (number + 1) * share)


def token_of(key: int) -> str:
    """The token of a person."""
    return f"p2i_benchmark_{key:08}"


def slug_of(what: str, phase: str, event: int) -> str:
    """Each phase has events of its own."""
    return f"{what}-{phase}-{event}"


def prepare(url: str, folder: str) -> None:
    """Tables, people with tokens, events with 50 places: most of the rush waits, as in life."""
    os.environ |= {"DATABASE_URL": url, "DATA_DIR": folder, "SECRET_KEY": "only-for-the-benchmark-" + "x" * 40}
    os.environ |= {"DATABASE_POOL_SIZE": str(THREADS), "DEBUG": "0", "HTTPS": "0", "DJANGO_SETTINGS_MODULE": "config.settings"}
    set_up()
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from events.programme.models import Event
    from network.models import AccessToken, Centre, Organisation, Person
    from network.tokens import digest

    call_command("migrate", verbosity=0)
    buyer = Organisation.objects.create(name="City of Benchmarks", country="AT", kind="local-authority")
    people = Person.objects.bulk_create(
        Person(pk=key, name=f"Person {key}", email=f"person{key}@demo.example", organisation=buyer)
        for key in range(1, MOST + 1)
    )
    expires = timezone.now() + timedelta(days=1)
    AccessToken.objects.bulk_create(
        AccessToken(
            person=person, name="b", hint="b", digest=digest(token_of(person.pk)), scope="write", expires_at=expires,
            last_used_at=timezone.now(),
        )
        for person in people
    )  # fmt: skip
    centre = Centre.objects.create(
        code="AT-B", slug="at-b", name="Benchmarks", short_name="B", country="AT", timezone="Europe/Vienna",
        status="established",
    )  # fmt: skip
    starts = timezone.now() + timedelta(days=30)
    Event.objects.bulk_create(
        Event(
            slug=slug_of(what, f"{run}-{how}", number), title="A rush", summary="Everybody wants to come.", kind="training",
            state="published", organising_centre=centre, format="online", join_link="https://meet.example/rush",
            timezone="Europe/Vienna", languages=["en"], places=50, starts_at=starts, ends_at=starts + timedelta(hours=6),
            first_day=starts.date(), last_day=(starts + timedelta(hours=6)).date(), published_at=timezone.now(),
        )
        for what in ("action", "http") for run in range(RUNS) for how in ("hot", "many") for number in range(CLIENTS)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE floor_event (id int PRIMARY KEY, places int NOT NULL, taken int NOT NULL)")
        cursor.execute(
            "CREATE TABLE floor_row (id bigserial PRIMARY KEY, event_id int NOT NULL REFERENCES floor_event, "
            "person int NOT NULL, state varchar(10) NOT NULL)"
        )
        cursor.execute("INSERT INTO floor_event SELECT n, 50, 0 FROM generate_series(0, %s) n", (CLIENTS,))
    connection.close()
    from django.db import connections

    connections.close_all()
    close_pools()


def close_pools() -> None:
    """Processes that are forked from this one must not share its connections."""
    from django.db import connections

    for connection in connections.all():
        if hasattr(connection, "close_pool"):
            connection.close_pool()


def set_up() -> None:
    """Django, once a process. Without its pool: a client has one connection, as a thread of a web worker has."""
    import django

    django.setup()


def oversold() -> int:
    """How many more hold a place than there are, over all events."""
    set_up()
    from django.db.models import Count, F, Q
    from django.db.models.functions import Greatest

    from events.programme.models import Event

    holding = Count("registrations", filter=Q(registrations__state__in=["confirmed", "offered"]))
    counted = Event.objects.annotate(holding=holding, over=Greatest(F("holding") - F("places"), 0))
    found = sum(counted.values_list("over", flat=True))
    close_pools()
    return found


@contextmanager
def database(server: str) -> Iterator[str]:
    """A database of our own on that server."""
    import psycopg

    name = f"benchmark_places_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    os.environ["BENCHMARK_DSN"] = url
    try:
        yield url
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def web(url: str, folder: str) -> Iterator[int]:
    """Our web server with two workers of four threads, without limits on how often one may ask."""
    from bench import any_port

    from config.management.commands.serve import web_command

    port = any_port()
    environment = os.environ | {"DATABASE_URL": url, "DATA_DIR": folder, "SITE_URL": f"http://127.0.0.1:{port}"}
    process = subprocess.Popen(web_command("127.0.0.1", port, WEB_WORKERS, WEB_THREADS), env=environment)
    try:
        for _try in range(600):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


if __name__ == "__main__":
    main()
