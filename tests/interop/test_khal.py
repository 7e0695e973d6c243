"""khal subscribes through vdirsyncer to a running server, as a person's computer does, and lists the true instants."""

import os
import subprocess
import sys
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from events.calendars.subscribing import actions
from events.programme.models import Event
from tests import factories
from tests.events.calendars.reading import at, tell
from tests.interop.zones import ZONES, changes_of

BIN = Path(sys.executable).parent
# One zone for each rule; khal is slow, and ical.js reads every hour around the changes in all of them.
AT_THE_CHANGE = {"Atlantic/Azores", "Europe/Dublin", "Europe/Lisbon", "Europe/Vienna", "Europe/Helsinki"}
SEPARATOR = "\x1f"


class Khal:
    """A computer with a subscription. ``sync`` reads the address, ``list`` says what the person sees."""

    def __init__(self, home, url):
        self.home, self.env = (
            home,
            {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "TZ": "UTC", "LC_ALL": "C.UTF-8"},
        )
        self.env |= {"XDG_DATA_HOME": str(home), "XDG_CACHE_HOME": str(home)}
        (home / "vdirsyncer.conf").write_text(
            f'[general]\nstatus_path = "{home}/status/"\n[pair p]\na = "web"\nb = "disk"\ncollections = null\n'
            f'[storage web]\ntype = "http"\nurl = "{url}"\n'
            f'[storage disk]\ntype = "filesystem"\npath = "{home}/events/"\nfileext = ".ics"\n'
        )
        (home / "khal.conf").write_text(
            f"[calendars]\n[[mine]]\npath = {home}/events/\nreadonly = True\n"
            "[locale]\nlocal_timezone = UTC\ndefault_timezone = UTC\ntimeformat = %H:%M:%S\ndateformat = %Y-%m-%d\n"
            "longdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%dT%H:%M:%SZ\nlongdatetimeformat = %Y-%m-%dT%H:%M:%SZ\n"
            f"[sqlite]\npath = {home}/khal.db\n"
        )
        self.run("vdirsyncer", "-c", str(home / "vdirsyncer.conf"), "discover", "p")

    def run(self, program, *arguments):
        done = subprocess.run(
            [BIN / program, *arguments], env=self.env, capture_output=True, text=True, check=False, timeout=120, input="y\n"
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def sync(self):
        self.run("vdirsyncer", "-c", str(self.home / "vdirsyncer.conf"), "sync", "--force-delete")

    def list(self, first, days):
        """Title, start and end of what begins in these days."""
        form = SEPARATOR.join(["{title}", "{start}", "{end}"])
        arguments = ("--day-format", "", "--notstarted", "--format", form, str(first), f"{days}d")
        out = self.run("khal", "-c", str(self.home / "khal.conf"), "list", *arguments)
        return sorted({tuple(line.split(SEPARATOR)) for line in out.splitlines() if SEPARATOR in line})


def truth():
    """What the database holds."""
    form = "%Y-%m-%dT%H:%M:%SZ"
    return sorted(
        (event.title, event.starts_at.astimezone(UTC).strftime(form), event.ends_at.astimezone(UTC).strftime(form))
        for event in Event.objects.filter(state=Event.State.PUBLISHED)
    )


def next_year_changes(zone):
    now = timezone.now()
    return [change for year in (now.year, now.year + 1) for change in changes_of(zone, year) if change > now][:2]


@pytest.mark.django_db(transaction=True)
def test_khal_lists_the_instants_of_the_database_for_all_zones_summer_winter_and_around_the_changes(live_server, tmp_path):
    centre = factories.CentreFactory(code="AT-TEST")
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    winter, summer = (today.replace(year=today.year + 1, month=month, day=15) for month in (1, 7))
    for number, zone in enumerate(ZONES):
        moments = {"winter": winter + timedelta(hours=number % 20), "summer": summer + timedelta(hours=number % 20)}
        changes = next_year_changes(zone) if zone in AT_THE_CHANGE else []
        for name, change in zip(("first change", "second change"), changes, strict=False):
            moments[f"{name} before"] = change - timedelta(minutes=90)
            moments[f"{name} after"] = change + timedelta(minutes=30)
        for name, moment in moments.items():
            tell(at(moment, zone=zone, title=f"{zone} {name}", organising_centre=centre))
    khal = Khal(tmp_path, f"{live_server.url}/calendars/network.ics")
    khal.sync()
    assert len(truth()) == 2 * len(ZONES) + 4 * len(AT_THE_CHANGE)
    assert khal.list(today.date(), 549) == truth()


@pytest.mark.django_db(transaction=True)
def test_the_second_look_shows_what_was_moved_added_and_cancelled(live_server, tmp_path):
    centre = factories.CentreFactory(code="AT-TEST")
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=20)
    first, second, third = (
        at(start + timedelta(days=days), title=f"Event {days}", organising_centre=centre) for days in range(3)
    )
    for event in (first, second):
        tell(event)
    khal = Khal(tmp_path, f"{live_server.url}/calendars/centre-at-test.ics")
    khal.sync()
    before = khal.list(start.date(), 60)
    assert [title for title, *_times in before] == ["Event 0", "Event 1"]

    for timed in (first, first.sessions.get()):
        timed.starts_at, timed.ends_at = (
            timed.starts_at + timedelta(days=7, hours=2),
            timed.ends_at + timedelta(days=7, hours=3),
        )
        timed.save()
    Event.objects.filter(pk=second.pk).update(state=Event.State.CANCELLED)
    for event in (first, second, third):
        tell(Event.objects.get(pk=event.pk))
    khal.sync()
    after = khal.list(start.date(), 60)
    assert [row for row in after if not row[0].startswith("CANCELLED")] == truth()
    assert [title for title, *_times in after if title.startswith("CANCELLED")] == ["CANCELLED: Event 1"]


@pytest.mark.django_db(transaction=True)
def test_a_persons_own_calendar_follows_the_registrations_and_empties_itself_when_revoked(live_server, tmp_path, settings):
    settings.SITE_URL = live_server.url
    ana = factories.PersonFactory(name="Ana Procurer", email="ana.procurer@demo.example")
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=20)
    event = at(start, title="Dialogue")
    tell(event)
    address, token = actions.add_address(person=ana, name="My laptop")
    khal = Khal(tmp_path, actions.url_of(address, token))
    khal.sync()
    assert khal.list(start.date(), 60) == []
    registration = factories.RegistrationFactory(event=event, person=ana, state="waiting", queued_at=start)
    khal.sync()
    assert [title for title, *_times in khal.list(start.date(), 60)] == ["Not confirmed: Dialogue"]
    registration.state = "confirmed"
    registration.save()
    khal.sync()
    assert khal.list(start.date(), 60) == truth()
    actions.revoke_address(address=address, by=ana)
    khal.sync()
    assert khal.list(start.date(), 60) == []
