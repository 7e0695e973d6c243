"""Feeds under load: 200, gzip and 304 of a public feed of 50, 500 and 5,000 events, against the floor of the same server.

    .venv/bin/python benchmarks/feeds.py                                        # SQLite
    DATABASE_URL=postgres://me@localhost/postgres .venv/bin/python benchmarks/feeds.py

Two web workers of four threads. The load is ``wrk`` (Debian package wrk): sixteen connections for some seconds; figures are
medians of three runs, floor and feed in turn, because the speed of machines drifts. The floor is a bare WSGI function under the
same server that gives the same number of bytes, and as many headers, from memory: no Django, no database. Then one event is
edited by its action, and the first request that sees it is timed: the cold feed, over HTTP with gzip, body included. It counts
how many entries that edit serialised and how many rows it wrote. It ends with 1 if an aim is missed.
"""

import gzip
import http.client
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import any_port, environment

SIZES = (50, 500, 5000)
WEB_WORKERS, WEB_THREADS = 2, 4
CONNECTIONS, SECONDS, RUNS, EDITS = 16, 4, 3, 25
PATH = "/calendars/network.ics"
SHARE = 0.50  # of the floor, for a 304 and for a warm 200
COLD_MS = 60  # for 5,000 entries
FLOOR = """
import os
KINDS = {
    "plain": ("200 OK", bytes(int(os.environ["PLAIN"]))),
    "gzip": ("200 OK", bytes(int(os.environ["PACKED"]))),
    "304": ("304 Not Modified", b""),
}
SAID = {
    f"/{name}": (status, [(f"X-Header-{number}", "as long as ours are") for number in range(10)], [body] if body else [])
    for name, (status, body) in KINDS.items()
}
def application(environment, start):
    status, headers, parts = SAID[environment["PATH_INFO"]]
    start(status, headers)
    return parts
"""


class Figure(NamedTuple):
    """What wrk says of one run."""

    a_second: float
    p50: float  # milliseconds
    p99: float


def main() -> None:
    """Measure, print, judge."""
    if not shutil.which("wrk"):
        raise SystemExit("The load comes from wrk: sudo apt-get install wrk")
    missed: list[str] = []
    with tempfile.TemporaryDirectory() as folder, database(os.environ.get("DATABASE_URL", "")) as url:
        port = any_port()
        os.environ |= environment(Path(folder), port) | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}
        set_up()
        print(f"{'':14}{'requests a second':>26}{'of the floor':>14}{'p50 ms':>9}{'p99 ms':>9}")
        for size in SIZES:
            fill(size)
            missed += under_load(size, port, folder)
        missed += after_an_edit(port)
        close()
    for words in missed:
        print(f"MISSED: {words}")
    sys.exit(1 if missed else 0)


# --- Warm ----------------------------------------------------------------------------------------------------------


def under_load(size: int, port: int, folder: str) -> list[str]:
    """The three kinds of answer, beside the floor. Returns which aims were missed."""
    Path(folder, "floor_application.py").write_text(FLOOR)
    missed = []
    with running("config.wsgi:application", port):
        plain, tag = get(port)
        packed, packed_tag = get(port, {"Accept-Encoding": "gzip"})
        if gzip.decompress(packed) != plain:
            raise SystemExit("The packed body is not the plain one.")
        kinds = {
            "plain": {},
            "gzip": {"Accept-Encoding": "gzip"},
            "304": {"Accept-Encoding": "gzip", "If-None-Match": packed_tag},
        }
        floor_port = any_port()
        sizes = {"PLAIN": str(len(plain)), "PACKED": str(len(packed)), "PYTHONPATH": folder}
        with running("floor_application:application", floor_port, sizes):
            wanted = {"plain": (200, len(plain)), "gzip": (200, len(packed)), "304": (304, 0)}
            figures: dict[tuple[str, str], list[Figure]] = {(who, kind): [] for who in ("floor", "feed") for kind in kinds}
            for _run in range(RUNS):
                for kind, headers in kinds.items():
                    for answer in (status_and_size(floor_port, f"/{kind}", {}), status_and_size(port, PATH, headers)):
                        if answer != wanted[kind]:
                            raise SystemExit(f"{kind}: {answer}, not {wanted[kind]}")
                    figures["floor", kind].append(load(floor_port, f"/{kind}", {}))
                    figures["feed", kind].append(load(port, PATH, headers))
    print(f"{size} events: {len(plain):,} octets, packed {len(packed):,}; tag {tag[:9]}…")
    for kind in kinds:
        floor, feed = median(figures["floor", kind]), median(figures["feed", kind])
        share = feed.a_second / floor.a_second
        print(f"  {kind:5} floor {floor.a_second:>21,.0f}{'100 %':>15}{floor.p50:>9.2f}{floor.p99:>9.2f}")
        spread = f"{feed.a_second:,.0f} ({least(figures['feed', kind]):,.0f}–{most(figures['feed', kind]):,.0f})"
        print(f"  {'':5} feed {spread:>27}{share:>9.0%}{feed.p50:>9.2f}{feed.p99:>9.2f}")
        if share < SHARE:
            missed.append(f"{kind} of {size} events at {share:.0%} of the floor; the aim is {SHARE:.0%}.")
    return missed


def load(port: int, path: str, headers: dict[str, str]) -> Figure:
    """One run of wrk. Any answer but the one that is measured is an error."""
    told = [argument for name, value in headers.items() for argument in ("-H", f"{name}: {value}")]
    run = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", *told, f"http://127.0.0.1:{port}{path}"]
    said = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:  # which wrk says of errors, not of 304
        raise SystemExit(said)
    if "nan" in said or "Latency Distribution" not in said:
        raise SystemExit(f"wrk got no answer:\n{said}")
    return Figure(
        float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]),  # type: ignore[index]
        milliseconds(re.search(r"^\s+50%\s+(\S+)", said, re.MULTILINE)[1]),  # type: ignore[index]
        milliseconds(re.search(r"^\s+99%\s+(\S+)", said, re.MULTILINE)[1]),  # type: ignore[index]
    )


def milliseconds(text: str) -> float:
    """The way of wrk of writing durations."""
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def median(figures: list[Figure]) -> Figure:
    """Of each column."""
    return Figure(*(statistics.median(column) for column in zip(*figures, strict=True)))


def least(figures: list[Figure]) -> float:
    return min(figure.a_second for figure in figures)


def most(figures: list[Figure]) -> float:
    return max(figure.a_second for figure in figures)


# --- Cold ----------------------------------------------------------------------------------------------------------


def after_an_edit(port: int) -> list[str]:
    """Edit one event, then ask: what the edit wrote, and how long the first answer takes."""
    from events.calendars.entries import texts
    from events.calendars.models import EntryText
    from events.programme import actions
    from events.programme.facts import facts_of
    from events.programme.models import Event
    from network.models import Person

    by = Person.objects.get(email="olga.organiser@demo.example")
    composed, written = [], []
    vevent = texts.vevent

    def counting(**facts: object) -> str:
        composed.append(facts["entry"])
        return vevent(**facts)  # type: ignore[arg-type]

    texts.vevent = counting
    taken: list[float] = []
    edits: list[float] = []
    with running("config.wsgi:application", port):
        get(port, {"Accept-Encoding": "gzip"})
        for number in range(EDITS):
            event = Event.objects.get(slug=f"event-{number}")
            before = dict(EntryText.objects.filter(entry__event=event).values_list("pk", "component"))
            others = EntryText.objects.exclude(entry__event=event).count()
            composed.clear()
            begun = time.perf_counter()
            actions.edit(event=event, facts=changed(facts_of(event), number), by=by)
            edits.append((time.perf_counter() - begun) * 1000)
            after = dict(EntryText.objects.filter(entry__event=event).values_list("pk", "component"))
            written.append((len({entry.pk for entry in composed}), sum(before[key] != after[key] for key in after), others))
            close()
            time.sleep(1.1)  # until the web workers ask whether what they repeat still holds
            begun = time.perf_counter()
            body, _tag = get(port, {"Accept-Encoding": "gzip"})
            taken.append((time.perf_counter() - begun) * 1000)
            if f"Edited {number}".encode() not in gzip.decompress(body):
                raise SystemExit("The change is not in the feed.")
    texts.vevent = vevent
    entries = {number for number, _rows, _others in written}
    print(f"One edit of {SIZES[-1]:,} events: {statistics.median(edits):.0f} ms; entries serialised: {sorted(entries)}, rows "
          f"rewritten: {sorted({rows for _number, rows, _others in written})}")  # fmt: skip
    cold = statistics.median(taken)
    print(f"Cold feed of {SIZES[-1]:,} entries after it, gzip over HTTP: {cold:.0f} ms ({min(taken):.0f}–{max(taken):.0f})")
    missed = [] if cold < COLD_MS else [f"a cold feed takes {cold:.0f} ms; the aim is {COLD_MS} ms."]
    return missed + ([] if entries == {1} else [f"one edit serialised {entries} entries"])


def changed(facts: object, number: int) -> object:
    """The same facts with another title."""
    from dataclasses import replace

    return replace(facts, title=f"Edited {number} at {time.time():.0f}")  # type: ignore[type-var]


# --- What is there -------------------------------------------------------------------------------------------------


def fill(size: int) -> None:
    """Bring the number of public events to ``size``: one session each, in many words that do not repeat themselves."""
    import random

    from django.db import transaction
    from django.utils import timezone

    from events.calendars.entries import keeping
    from events.programme.models import Event, Session, Venue
    from network.models import Centre, Person, Role

    words = re.findall(r"\w+", (Path(__file__).resolve().parent.parent / "README.md").read_text())
    chance = random.Random(size)

    def some(number: int) -> str:
        return " ".join(
            f"{word}{chance.randrange(100)}" if chance.random() < 0.2 else word for word in chance.choices(words, k=number)
        )

    centre, is_new = Centre.objects.get_or_create(
        slug="at-b",
        defaults={"code": "AT-B", "name": "Benchmarks", "short_name": "B", "country": "AT", "timezone": "Europe/Vienna",
                  "status": "established", "website": "https://b.example"},
    )  # fmt: skip
    if is_new:
        person = Person.objects.create_user("olga.organiser@demo.example", name="Olga Organiser")
        Role.objects.create(person=person, centre=centre, kind="organiser")
    venue, _is_new = Venue.objects.get_or_create(name="Hall", address="Street 1", city="Wien", country="AT")
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    have, events = Event.objects.count(), []
    for number in range(have, size):
        starts = now + timedelta(days=1 + number % 500, hours=number % 7)
        ends = starts + timedelta(hours=6)
        events.append(Event(
            slug=f"event-{number}", title=f"{number} {some(6)}"[:150], summary=some(15)[:290], description=some(60),
            kind="training", state="published", organising_centre=centre, format="on-site", venue=venue,
            timezone="Europe/Vienna", languages=["en"], starts_at=starts, ends_at=ends, first_day=starts.date(),
            last_day=ends.date(), published_at=now,
        ))  # fmt: skip
    events = Event.objects.bulk_create(events, batch_size=200)
    sessions = [
        Session(
            event=event, starts_at=event.starts_at, ends_at=event.ends_at, first_day=event.first_day, last_day=event.last_day
        )
        for event in events
    ]
    Session.objects.bulk_create(sessions, batch_size=200)
    for first in range(0, len(events), 200):
        with transaction.atomic():
            for event in events[first : first + 200]:
                keeping.keep(event.pk)
    with transaction.atomic():
        keeping.bump()
    close()


def set_up() -> None:
    """Django, with its tables."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def close() -> None:
    """Leave no connection open while others measure."""
    from django.db import connections

    connections.close_all()


def get(port: int, headers: dict[str, str] | None = None) -> tuple[bytes, str]:
    """The feed and its tag."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", PATH, headers=headers or {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{answer.status}: {body[:300]!r}")
    return body, answer.headers["ETag"]


def status_and_size(port: int, path: str, headers: dict[str, str]) -> tuple[int, int]:
    """What one request is answered: what is measured is what is meant."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    size = len(answer.read())
    connection.close()
    return answer.status, size


@contextmanager
def running(application: str, port: int, more: dict[str, str] | None = None) -> Iterator[None]:
    """The web server with this application."""
    from config.management.commands.serve import web_command

    command = [*web_command("127.0.0.1", port, WEB_WORKERS, WEB_THREADS)[:-1], application]
    process = subprocess.Popen(command, env=os.environ | (more or {}))
    try:
        for _try in range(600):
            try:
                http.client.HTTPConnection("127.0.0.1", port, timeout=10).connect()
                break
            except OSError:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def database(server: str) -> Iterator[str]:
    """A database of our own on that PostgreSQL; without one, SQLite in the folder."""
    if not server:
        yield ""
        return
    import psycopg

    name = f"benchmark_feeds_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


if __name__ == "__main__":
    main()
