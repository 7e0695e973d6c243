"""ical.js, the parser of Thunderbird and Nextcloud, reads every kind of calendar and finds nothing wrong."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.utils import timezone

from events.calendars.models import Entry, EntryText
from events.programme.models import Event, Speaker
from network.models import Sector
from tests import factories
from tests.events.calendars.composing import calendar_of, composed, venue
from tests.events.calendars.reading import add_session, at, tell
from tests.interop import feeds
from tests.interop.zones import ZONES

ROOT = Path(__file__).resolve().parents[2]
LIVE = ("confirmed", "waiting", "pending", "invited")


def a_season(centre, ana):
    """Events of all kinds, formats and states in all zones: courses, congresses, whole days, cancelled, postponed, drafts."""
    start = timezone.now().replace(minute=0, second=0, microsecond=0)
    sector = Sector.objects.create(slug="ict", name="ICT")
    states = [Event.State.PUBLISHED, Event.State.CANCELLED, Event.State.POSTPONED, Event.State.FINISHED, Event.State.DRAFT]
    for number, zone in enumerate(ZONES):
        event = at(
            start + timedelta(days=11 * number % 360 + 10, hours=number % 24),
            zone=zone,
            title=f"Dialogue, “Öffentliche Beschaffung”; Ευρώπη {number} 🎓",
            description="# Why\n\n" + "Because it pays — to everybody; and, well, *soon*. " * (1 if number % 2 else 6),
            kind=Event.Kind.values[number % 3],
            state=states[number % 7 if number % 7 < 5 else 0],
            format=Event.Format.values[number % 3],
            join_link="https://meet.example/room",
            organising_centre=centre,
            languages=["en", "de"],
            venue=factories.VenueFactory(latitude="48.2", longitude="-16.37208", name=f"Größe; {number}"),
        )
        event.sectors.add(sector)
        if number % 5 == 0:
            add_session(event, days=7 if number % 2 else 1)
        if number % 6 == 0:
            event.sessions.update(all_day=True)
        if number % 4 == 0:
            Event.objects.filter(pk=event.pk).update(changes_close_at=event.starts_at - timedelta(days=2))
        if number % 9 == 0:
            Speaker.objects.create(session=event.sessions.first(), name="Ana Procurer", person=ana)
        tell(event)
        if event.state != Event.State.DRAFT:
            registered = [*LIVE, "cancelled"][number % 5]
            factories.RegistrationFactory(event=event, person=ana, state=registered, queued_at=start)


@pytest.mark.django_db
@pytest.mark.node
def test_every_kind_of_feed_is_read_without_a_finding(centre, ana, olga, ical_js):
    a_season(centre, ana)
    paths = feeds.addresses(person=ana, organiser=olga, centre=centre)
    event = Event.objects.filter(registrations__state="confirmed", registrations__person=ana).first()
    read = {name: ical_js(body) for name, body in {**feeds.served(paths), **feeds.files(event, person=ana)}.items()}
    assert {name: found["findings"] for name, found in read.items()} == {name: [] for name in read}

    def of(**which):
        return set(Entry.objects.filter(**which).values_list("uid", flat=True))

    def uids(name):
        return {one["uid"] for one in read[name]["events"]}

    public = of(kind="session") - of(event__state="draft")
    assert len(public) > 30
    for name in ("network en", "network de", "centre-at-test en", "sector-ict de", "language-de en"):
        assert uids(name) == public
    assert uids("kind-visit en") == public & of(event__kind="visit")
    assert uids("selection en") == public & of(event__kind="visit", event__format="online")
    assert uids("staff") == of(kind="session")
    assert uids("revoked") == set()
    assert uids("file") == uids("file of a participant") == of(event=event, kind="session")

    mine = {"event__registrations__person": ana, "event__registrations__state__in": LIVE}
    spoken = of(kind="session", session__speakers__person=ana) - of(event__state="draft")
    sessions, deadlines = of(kind="session", **mine) | spoken, of(kind="deadline", **mine)
    blocks, cancelled = of(kind="whole", **mine), of(cancelled=True)
    assert all((spoken - of(**mine), deadlines, blocks, cancelled & sessions))
    assert uids("personal") == uids("personal in German") == uids("personal with reminders") == sessions | deadlines
    assert uids("personal without what is cancelled") == (sessions | deadlines) - cancelled
    assert uids("personal in blocks") & of(kind="whole") == blocks
    assert uids("personal, all wishes") == uids("personal in blocks") - cancelled

    with_reminders = {"personal with reminders", "personal, all wishes"}
    assert {name for name, found in read.items() if any(one["alarms"] for one in found["events"])} == with_reminders


@pytest.mark.django_db
@pytest.mark.node
def test_texts_of_all_kinds_audiences_and_languages_are_read_without_a_finding(centre, ana, ical_js):
    a_season(centre, ana)
    seen = set()
    for language, audience in sorted(set(EntryText.objects.values_list("language", "audience"))):
        rows = EntryText.objects.filter(language=language, audience=audience).order_by("pk")
        seen |= {(kind, audience) for kind in rows.values_list("entry__kind", flat=True)}
        assert ical_js(calendar_of(*rows.values_list("component", flat=True)))["findings"] == []
    open_to = {(kind, audience) for kind in ("session", "whole") for audience in ("public", "participant", "tentative")}
    assert seen == {*open_to, ("deadline", "participant"), ("session", "staff")}


# --- The same facts, the same bytes ----------------------------------------------------------------------------------


def all_kinds():
    """Every kind of entry, for every audience and language, in many zones."""
    places = [venue(), venue(latitude=48.2, longitude=16.37), None]
    return calendar_of(
        *(
            composed(
                audience,
                language,
                kind=kind,
                uid=f"{number}-{kind}-{audience}-{language}@calendar.example",
                timezone=zone,
                state="draft" if audience == "staff" else "published",
                venue=places[number % 3],
                description="# Why\n\n- *so*",
                join_link="https://meet.example/",
                sectors=["ICT", "Health care"],
                format=["on-site", "hybrid", "online"][number % 3],
            )
            for number, zone in enumerate(ZONES[::4])
            for kind in ("session", "whole", "deadline")
            for audience in EntryText.Audience.values
            for language in ("en", "de")
        )
    )


ENTRIES = """
import sys
import django; django.setup()
from tests.interop.test_ical_js import all_kinds
sys.stdout.buffer.write(all_kinds())
"""
FEEDS = """
import hashlib, json, sys
from datetime import UTC, datetime
import django; django.setup()
from django.utils import timezone
now = datetime.fromisoformat(sys.argv[1])
timezone.now = lambda: now
from events.calendars.models import Feed
from tests.interop.feeds import served
Feed.objects.all().delete()
bodies = served(json.loads(sys.argv[2]))
print(json.dumps({name: [len(body), hashlib.sha256(body).hexdigest()] for name, body in bodies.items()}))
"""


def in_another_process(script, *arguments, **environment):
    """What a process of its own prints. Its hashes, clock and language are others."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", **environment},
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


OTHERS = (
    {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"},
    {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
)


@pytest.mark.once
def test_two_runs_and_two_processes_write_the_same_entries_of_all_kinds():
    first, second = (in_another_process(ENTRIES, **environment) for environment in OTHERS)
    assert len(first) > 100_000
    assert first == second == all_kinds() == all_kinds()


@pytest.mark.django_db(transaction=True)
def test_two_processes_build_the_same_bytes_of_every_feed(centre, ana, olga):
    with transaction.atomic():
        a_season(centre, ana)
    paths = feeds.addresses(person=ana, organiser=olga, centre=centre)
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        database = f"sqlite:///{name}"
    else:
        database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    now = timezone.now().replace(microsecond=0).isoformat()
    first, second = (
        json.loads(in_another_process(FEEDS, now, json.dumps(paths), DATABASE_URL=database, **environment))
        for environment in OTHERS
    )
    assert set(first) == set(paths)
    assert sum(size for size, _digest in first.values()) > 500_000
    assert first == second


@pytest.mark.node
def test_the_reader_is_strict(ical_js):
    """A reader that finds nothing must be able to find something."""
    bad = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nUID:1\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20270101T090000\r\n"
        "DTEND;TZID=Europe/Vienna:20270101T080000\nSUMMARY:" + "x" * 90 + "\r\nBEGIN:VALARM\r\nUID:1\r\nEND:VALARM\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    findings = " | ".join(ical_js(bad.encode())["findings"])
    for words in ("a bare LF", "98 octets", "floating", "not declared", "the calendar has a UID", "not one dtstamp", "method"):
        assert words in findings
    assert "an alarm with not one trigger" in findings
    assert "UID 1 twice: of an alarm" in findings
