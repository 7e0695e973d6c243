"""What the list of events costs: processor time of the web worker for a page and an API answer, of 50, 500 and 5,000 events.

The yardstick in the same run is ``/healthz``, which does nothing: the floor. Run: .venv/bin/python benchmarks/lists.py
"""

import io
import os
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from bench import any_port, environment, manage, server

SIZES = (50, 500, 5000)
REQUESTS = 100  # with those to warm up still below the limit of the API for visitors
PAGES = {"page": "/", "API": "/api/v1/events/"}
# CPU ms a request of the best peers, on this kind of machine, with 50 / 500 / 5,000 events.
PEERS = {
    "page": "pretix 237 / 209 / 251 (30 a page), pretalx 21 / 147 / 1141 (all), Indico 177 / 302 / 1204",
    "API": "pretix 168 / 155 / 177 (50 a page), pretalx 14 / 79 / 691 (all), Indico 10 / 40 / 363 (all)",
}
LIMIT_MS = 15.0


def fill(count: int) -> None:
    """Write so many public events of the next year, each with venue, session, sector and two competences."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from events.programme.models import Event, EventCompetence, Session, Venue
    from network.models import Centre, Competence, Sector

    call_command("migrate", verbosity=0)
    call_command("load_network", stdout=io.StringIO())
    centres, sectors, competences = list(Centre.objects.all()), list(Sector.objects.all()), list(Competence.objects.all())
    venues = Venue.objects.bulk_create(
        Venue(name=f"House {number}", address="Demo Street 1", city="Vienna", country="AT") for number in range(20)
    )
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    events = []
    for number in range(count):
        starts = now + timedelta(hours=1 + number * 8000 / count)
        centre = centres[number % len(centres)]
        events.append(
            Event(
                slug=f"market-dialogue-{number}",
                kind=Event.Kind.values[number % 3],
                state=Event.State.PUBLISHED,
                title=f"Market dialogue in practice, number {number}",
                summary="How to talk to suppliers before the call: open, fair and on record, with cases of your own.",
                organising_centre=centre,
                format=Event.Format.ON_SITE,
                venue=venues[number % len(venues)],
                timezone=centre.timezone,
                languages=["en", "de"],
                places=40,
                places_taken=number % 41,
                starts_at=starts,
                ends_at=starts + timedelta(hours=6),
                first_day=starts.date(),
                last_day=(starts + timedelta(hours=6)).date(),
                published_at=now,
            )
        )
    events = Event.objects.bulk_create(events, batch_size=500)
    Session.objects.bulk_create(
        [
            Session(event=event, **{name: getattr(event, name) for name in ("starts_at", "ends_at", "first_day", "last_day")})
            for event in events
        ],
        batch_size=500,
    )
    link = Event.sectors.through
    link.objects.bulk_create(
        [link(event_id=event.pk, sector_id=sectors[event.pk % len(sectors)].pk) for event in events], batch_size=500
    )
    EventCompetence.objects.bulk_create(
        [
            EventCompetence(event=event, competence=competences[(event.pk + turn) % len(competences)], level=2)
            for event in events
            for turn in (0, 7)
        ],
        batch_size=500,
    )


def measure(count: int) -> dict[str, tuple[float, int]]:
    """CPU ms and bytes by what was asked for, floor included."""
    with tempfile.TemporaryDirectory() as folder:
        port = any_port()
        os.spawnve(os.P_WAIT, sys.executable, [sys.executable, __file__, "--fill", str(count)], environment(Path(folder), port))
        with server(Path(folder), port) as running:
            found = {}
            for name, path in {"floor": "/healthz", **PAGES}.items():
                size = len(running.get(path))
                for _ in range(9):
                    running.get(path)
                found[name] = (running.cpu_ms(path, times=REQUESTS), size)
            return found


def main() -> int:
    """Print the table; 1 if a list costs more than its limit."""
    manage(Path(tempfile.gettempdir()), 8000, "collectstatic", "--noinput", "--verbosity", "0")
    print(f"{'events':>7} {'what':6} {'CPU ms':>8} {'x floor':>8} {'bytes':>9}")
    worst: dict[str, float] = {}
    for count in SIZES:
        found = measure(count)
        floor = found["floor"][0]
        for name, (cpu, size) in found.items():
            print(f"{count:7,} {name:6} {cpu:8.2f} {cpu / max(floor, 0.01):8.1f} {size:9,}")
            if name in PAGES:
                worst[name] = max(worst.get(name, 0), cpu)
    for name, cpu in worst.items():
        print(f"{name}: at most {cpu:.1f} ms, limit {LIMIT_MS:.0f} ms. Peers: {PEERS[name]}")
    return int(any(cpu > LIMIT_MS for cpu in worst.values()))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--fill"]:
        fill(int(sys.argv[2]))
    else:
        sys.exit(main())
