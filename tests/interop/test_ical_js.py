"""ical.js, the parser of Thunderbird and Nextcloud, reads every kind of calendar: nothing to find, and the true instants.

It is the reader that matters for time zones: Python's libraries know the zones by their names and hide a wrong VTIMEZONE.
"""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.calendars.entries import ical
from events.calendars.feeds import bodies
from events.calendars.models import Entry, EntryText
from events.calendars.subscribing import actions
from events.programme.models import Event, Session
from network.models import Sector
from tests import factories
from tests.events.calendars.reading import at, tell
from tests.interop.zones import ZONES, hours_around

pytestmark = [pytest.mark.django_db, pytest.mark.node]


def z(moment):
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def season(centre, ana):
    """Events of all kinds, formats and states in all zones, soon: a course, whole days, cancelled, postponed."""
    start = timezone.now().replace(minute=0, second=0, microsecond=0)
    sector = Sector.objects.create(slug="ict", name="ICT")
    states = [Event.State.PUBLISHED, Event.State.CANCELLED, Event.State.POSTPONED, Event.State.FINISHED]
    for number, zone in enumerate(ZONES):
        event = at(
            start + timedelta(days=11 * number % 360, hours=number % 24),
            zone=zone,
            title=f"Dialogue, “Öffentliche Beschaffung”; Ευρώπη {number} 🎓",
            description="# Why\n\n" + "Because it pays — to everybody; and, well, *soon*. " * 6,
            kind=Event.Kind.values[number % 3],
            state=states[number % 7 if number % 7 < 4 else 0],
            format=Event.Format.values[number % 3],
            join_link="https://meet.example/room",
            organising_centre=centre,
            languages=["en", "de"],
            venue=factories.VenueFactory(latitude="48.2", longitude="-16.37208", name=f"Größe; {number}"),
        )
        event.sectors.add(sector)
        if number % 5 == 0:
            Session.objects.create(
                event=event,
                starts_at=event.starts_at + timedelta(days=7),
                ends_at=event.ends_at + timedelta(days=7),
                first_day=event.first_day + timedelta(days=7),
                last_day=event.last_day + timedelta(days=7),
            )
        if number % 6 == 0:
            event.sessions.update(all_day=True)
        tell(event)
        registered = ["confirmed", "waiting", "pending", "invited", "cancelled"][number % 5]
        factories.RegistrationFactory(event=event, person=ana, state=registered, queued_at=start)
    return Event.objects.all()


def test_every_kind_of_feed_is_read_without_a_finding(client, season, ana, ical_js):
    address, token = actions.add_address(person=ana, name="Thunderbird")
    personal = actions.url_of(address, token).removeprefix("https://calendar.example")
    paths = ["network.ics", "network.de.ics", "centre-at-test.ics", "kind-visit.ics", "sector-ict.ics", "language-de.ics"]
    read = {path: ical_js(client.get(path).content) for path in [*(f"/calendars/{path}" for path in paths), personal]}
    read["empty"] = ical_js(client.get("/calendars/language-ga.ics").content)
    event = season.first()
    read["file"] = ical_js(client.get(f"/events/{event.slug}/event.ics").content)
    assert {path: found["findings"] for path, found in read.items()} == {path: [] for path in read}
    entries = Entry.objects.count()
    live = Entry.objects.filter(event__registrations__state__in=["confirmed", "waiting", "pending", "invited"]).count()
    assert [len(found["events"]) for found in read.values()] == [
        *(entries if "visit" not in path else Entry.objects.filter(event__kind="visit").count() for path in paths),
        live,
        0,
        event.sessions.count(),
    ]


def test_ical_js_sees_the_instants_of_the_database_in_every_zone_and_around_every_change_of_the_clock(centre, ical_js):
    expected = {}
    seasons = [datetime(2027, 1, 15, 9, tzinfo=UTC), datetime(2027, 7, 15, 9, tzinfo=UTC)]
    events = [(zone, moment) for zone in ZONES for moment in [*hours_around(zone, 2027), *seasons]]
    components = [
        (zone, moment, ical_entry(f"{number}@calendar.example", zone, moment)) for number, (zone, moment) in enumerate(events)
    ]
    for number, (_zone, moment, _component) in enumerate(components):
        expected[f"{number}@calendar.example"] = (z(moment), z(moment + timedelta(minutes=90)))
    body = calendar_of(components)
    read = ical_js(body)
    assert read["findings"] == []
    seen = {event["uid"]: (event["starts"], event["ends"]) for event in read["events"]}
    wrong = {uid: (seen[uid], truth) for uid, truth in expected.items() if seen[uid] != truth}
    assert (len(seen), wrong) == (len(expected), {})
    assert len(expected) > 1000
    # and so does a second, independent reader, which is slow: every fifth
    body = calendar_of(components[::5])
    expected = {uid: times for number, (uid, times) in enumerate(expected.items()) if number % 5 == 0}
    again = {
        str(event["UID"]): (z(event["DTSTART"].dt), z(event["DTEND"].dt))
        for event in icalendar.Calendar.from_ical(body).walk("VEVENT")
    }
    assert again == expected


def ical_entry(uid, zone, moment):
    """The entry of a session, without a database."""
    from events.calendars.entries import texts

    event = Event(pk=1, slug="dialogue", kind="training", state="published", format="online", timezone=zone, languages=["en"])
    event.title = event.summary = "Dialogue"
    event.organising_centre = factories.CentreFactory.build(pk=1)
    event._prefetched_objects_cache = {"sectors": [], "co_organisers": []}
    stamp = datetime(2026, 11, 23, tzinfo=UTC)
    entry = Entry(
        uid=uid,
        event=event,
        session_id=1,
        title="Dialogue",
        starts_at=moment,
        ends_at=moment + timedelta(minutes=90),
        first_day=date(2027, 1, 1),
        last_day=date(2027, 1, 1),
        created_at=stamp,
        changed_at=stamp,
    )
    return texts.vevent(entry=entry, event=event, session=None, audience="public")


def calendar_of(components):
    """A calendar of (zone, moment, component), with the zones that they use."""
    from events.calendars.entries import timezones

    zones = {zone for zone, _moment, component in components if f";TZID={zone}:" in component}
    declared = "".join(timezones.vtimezone(zone) for zone in sorted(zones))
    entries = "".join(component for _zone, _moment, component in components)
    return f"{bodies.HEAD}{declared}{entries}END:VCALENDAR\r\n".encode()


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=120)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(values=st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=20))
def test_any_title_description_and_place_comes_back_equal_through_ical_js_and_icalendar(ical_js, values):
    stamp = "20270101T090000Z"
    entries = [
        ical.lines(
            "BEGIN:VEVENT",
            f"UID:{number}",
            *(f"{name}:{stamp}" for name in ("DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART")),
            "DTEND:20270101T100000Z",
            "SEQUENCE:0",
            "STATUS:CONFIRMED",
            "URL:https://calendar.example/",
            f"SUMMARY:{ical.text(title)}",
            f"DESCRIPTION:{ical.text(description)}",
            f"LOCATION:{ical.text(place)}",
            "END:VEVENT",
        )
        for number, (title, description, place) in enumerate(values)
    ]
    body = f"{bodies.HEAD}{''.join(entries)}END:VCALENDAR\r\n".encode()
    expected = [tuple(map(ical.clean, value)) for value in values]
    read = ical_js(body)
    assert read["findings"] == []
    assert [(event["summary"], event["description"], event["location"]) for event in read["events"]] == expected
    again = icalendar.Calendar.from_ical(body).walk("VEVENT")
    assert [tuple(str(event[name]) for name in ("SUMMARY", "DESCRIPTION", "LOCATION")) for event in again] == expected


SAME = """
import django; django.setup()
from datetime import UTC, datetime
from tests.interop.test_ical_js import calendar_of, ical_entry
from tests.interop.zones import ZONES
moment = datetime(2027, 7, 15, 9, tzinfo=UTC)
import sys; sys.stdout.buffer.write(calendar_of([(zone, moment, ical_entry(zone, zone, moment)) for zone in ZONES]))
"""


def test_two_processes_write_the_same_bytes():
    bodies = [
        subprocess.run(
            [sys.executable, "-c", SAME],
            capture_output=True,
            check=True,
            cwd=Path(__file__).resolve().parents[2],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONHASHSEED": seed, "TZ": local},
        ).stdout
        for seed, local in (("1", "UTC"), ("2", "Asia/Tokyo"))
    ]
    assert len(bodies[0]) > 10_000
    assert bodies[0] == bodies[1]


def test_texts_of_all_audiences_are_read_without_a_finding(season, ical_js):
    for language in ("en", "de"):
        for audience in EntryText.Audience.values:
            files = [bodies.file_of(event, audience, language) for event in season[:3]]
            assert [ical_js(body)["findings"] for body in files] == [[], [], []]


def test_the_reader_is_strict(ical_js):
    """A reader that finds nothing must be able to find something."""
    bad = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nUID:1\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20270101T090000\r\n"
        "DTEND;TZID=Europe/Vienna:20270101T080000\nSUMMARY:" + "x" * 90 + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    findings = " | ".join(ical_js(bad.encode())["findings"])
    for words in ("a bare LF", "98 octets", "floating", "not declared", "the calendar has a UID", "not one dtstamp", "method"):
        assert words in findings
