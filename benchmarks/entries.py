"""What one calendar entry costs: written as we write it, and built with icalendar's objects from the same facts, in one run.

The other half is the whole of ``keep`` after an edit: reading an event, composing its entries for every language and audience,
writing those that differ. Run: .venv/bin/python benchmarks/entries.py. It ends with 1 if a limit is missed.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="benchmark-entries-")
os.environ.pop("DATABASE_URL", None)

ROUNDS = 7  # the two take turns, because the speed of machines drifts
LEAST_RATIO = 5.0  # how much longer icalendar takes to write the same
LIMITS_MS = {1: 60.0, 20: 300.0}  # CPU of ``keep`` for an event of so many sessions, one of which changed


def milliseconds(what: Callable[[], object], count: int) -> float:
    """CPU of one call."""
    start = time.process_time()
    for _ in range(count):
        what()
    return (time.process_time() - start) * 1000 / count


def entries() -> bool:
    """Ours beside icalendar's; whether the ratio is as it should be."""
    from events.calendars.entries import ical, texts
    from tests.events.calendars.by_icalendar import built, meaning, prose
    from tests.events.calendars.composing import made, venue

    facts = {
        "title": "Market dialogue in practice, number 17",
        "summary": "How to talk to suppliers before the call: open, fair and on record, with cases of your own.",
        "description": "What you learn, Größe and Ευρώπη included. " * 6,
        "format": "hybrid",
        "venue": venue(latitude=48.20849, longitude=16.37208),
        "join_link": "https://meet.example/room/17",
        "speakers": ["Ada Speaker", "Ben Trainer"],
        "sectors": ["Health care", "ICT"],
    }
    entry, event, session = made(**facts)

    def ours() -> str:
        return texts.vevent(entry=entry, event=event, session=session, audience="participant")

    def theirs() -> bytes:
        return built(entry, event, session, "participant").to_ical()

    written = [line.split(":", 1) for line in ours().replace("\r\n ", "").split("\r\n")[:-1]]
    said = prose(entry, event, session, "participant")

    def our_writing() -> str:
        return ical.lines(*(f"{name}:{ical.text(value)}" for name, value in written))

    def their_writing() -> bytes:
        return built(entry, event, session, "participant", said=said).to_ical()

    assert meaning(ours()) == meaning(theirs().decode())
    runs = [
        (milliseconds(ours, 400), milliseconds(theirs, 100), milliseconds(our_writing, 400), milliseconds(their_writing, 100))
        for _ in range(ROUNDS)
    ]
    own, foreign, own_writing, foreign_writing = map(statistics.median, zip(*runs, strict=True))
    ratio = foreign_writing / own_writing
    size = len(ours().encode())
    print(f"one VEVENT of {size} octets with its prose: {own:.3f} ms; by icalendar {foreign:.3f} ms, {foreign / own:.1f} times")
    print(f"  writing alone: {own_writing:.3f} ms; objects and to_ical {foreign_writing:.3f} ms, {ratio:.1f} times")
    return ratio >= LEAST_RATIO


def keeping() -> bool:
    """One edit of an event among others; whether it is as quick as it should be."""
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from events.calendars.entries import keeping
    from events.programme.models import Event, Session
    from tests import factories
    from tests.events.calendars.reading import add_session

    call_command("migrate", verbosity=0)
    fine = True
    for sessions, limit in LIMITS_MS.items():
        event = factories.EventFactory()
        for number in range(1, sessions):
            add_session(event, days=number)
        with transaction.atomic():
            keeping.keep(event.pk)
        spent, queries = [], 0
        for number in range(ROUNDS):
            Session.objects.filter(pk=event.sessions.last().pk).update(summary=f"New {number}.")
            with transaction.atomic(), CaptureQueriesContext(connection) as seen:
                spent.append(milliseconds(lambda pk=event.pk: keeping.keep(pk), 1))
            queries = len(seen)
        with transaction.atomic():
            nothing = milliseconds(lambda pk=event.pk: keeping.keep(pk), 5)
        middle = statistics.median(spent)
        texts = sum(entry.texts.count() for entry in Event.objects.get(pk=event.pk).entries.all())
        print(
            f"keep, {sessions} sessions ({texts} texts), one of which changed: {middle:.1f} ms CPU, {queries} queries "
            f"(limit {limit:.0f}); with nothing to write {nothing:.1f} ms"
        )
        fine = fine and middle <= limit
    return fine


def main() -> int:
    """All of it."""
    import django

    django.setup()
    results = [entries(), keeping()]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
