"""ical.js reads a feed with what came from other people’s calendars: nothing to find, and the instants that were meant there."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.demo.clock import clock_at
from events.calendars.models import Entry
from tests.events.calendars.sources_server import calendar, event, shown
from tests.events.calendars.test_sources_reading import OWN_ZONE

pytestmark = [pytest.mark.django_db, pytest.mark.node]

FOREIGN = [
    ("W. Europe Standard Time", "Europe/Berlin"),
    ("GTB Standard Time", "Europe/Bucharest"),
    ("Europe/Dublin", "Europe/Dublin"),
    ("Africa/Casablanca", "Africa/Casablanca"),  # its clock follows the moon: in UTC
    ("Our own time", "Europe/Athens"),
    ("", "Europe/Lisbon"),
]


@pytest.fixture
def spring():
    with clock_at(datetime(2027, 5, 1, 12, tzinfo=UTC)):
        yield


def test_entries_from_elsewhere_are_read_without_a_finding(client, spring, centre, olga, ical_js):
    """Every Sunday for a year, at 2:30: also in the hour that comes twice, and in the one that never comes."""
    start, components, meant = datetime(2027, 5, 2, 2, 30), [OWN_ZONE], {}
    for number, (tzid, zone) in enumerate(FOREIGN):
        name = f";TZID={tzid}" if tzid else ""
        components.append(
            event(
                *("RRULE:FREQ=WEEKLY;COUNT=52", "DURATION:PT90M", "LOCATION:Größe; 1\\, Wien"),
                *("DESCRIPTION:" + "Weil es sich lohnt — für alle; und „jetzt“\\, ja. " * 20, "CATEGORIES:Ευρώπη"),
                uid=f"{number}@partner.example",
                title=f"Öffentliche Beschaffung {number} 🎓",
                starts=f"DTSTART{name}:{start:%Y%m%dT%H%M%S}",
            )
        )
        local = [(start + timedelta(weeks=week)).replace(tzinfo=ZoneInfo(zone)) for week in range(52)]
        meant[f"Öffentliche Beschaffung {number} 🎓"] = [f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for moment in local]
    components.append(event("STATUS:CANCELLED", uid="days", title="Days", starts="DTSTART;VALUE=DATE:20270610"))
    body = calendar(*components, head=["X-WR-TIMEZONE:Europe/Lisbon"])
    source = shown(centre=centre, name="Academy; “Ω”", body=body, by=olga)
    assert (source.left_out, Entry.objects.count()) == (0, 52 * len(FOREIGN) + 1)
    read = ical_js(client.get("/calendars/network.ics").content)
    assert read["findings"] == []
    seen = {}
    for one in read["events"]:
        seen.setdefault(one["summary"], []).append(one["starts"])
    assert {title: sorted(instants) for title, instants in seen.items() if title != "CANCELLED: Days"} == meant
    german = ical_js(client.get("/calendars/network.de.ics").content)
    assert (german["findings"], len(german["events"])) == ([], len(read["events"]))
