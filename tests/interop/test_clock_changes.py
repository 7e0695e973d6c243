"""A session at every hour of the two days around each change of the clock, in every zone: stored, then read by others.

ical.js, khal and (a part of them, because it is slow) icalendar have to see the instants of the database. It is ical.js that
matters most: Python's libraries know the zones by their names, and hide a wrong VTIMEZONE.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.db import transaction

from events.calendars.entries import keeping
from events.calendars.models import Entry, EntryText
from events.programme.models import Session
from tests import factories
from tests.events.calendars.composing import calendar_of
from tests.events.calendars.reading import at
from tests.interop.khal import Khal
from tests.interop.zones import ZONES, hours_around

pytestmark = [pytest.mark.django_db, pytest.mark.node]

YEAR = 2027
SEASONS = [datetime(YEAR, 1, 15, 9, tzinfo=UTC), datetime(YEAR, 7, 15, 9, tzinfo=UTC)]
LASTS = timedelta(minutes=90)


def z(moment):
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def year(centre):
    """One event for each zone, with a session at each of these hours, as the programme would have them stored."""
    venue = factories.VenueFactory()
    for zone in ZONES:
        first, *others = sorted([*SEASONS, *hours_around(zone, YEAR)])
        event = at(first, zone=zone, minutes=90, organising_centre=centre, venue=venue)
        info = ZoneInfo(zone)
        Session.objects.bulk_create(
            Session(
                event=event,
                starts_at=moment,
                ends_at=moment + LASTS,
                first_day=moment.astimezone(info).date(),
                last_day=(moment + LASTS).astimezone(info).date(),
            )
            for moment in others
        )
        with transaction.atomic():
            keeping.keep(event.pk)
    return {entry.uid: entry for entry in Entry.objects.select_related("session", "event")}


def test_ical_js_and_khal_see_the_instants_of_the_database_at_every_hour_around_every_change(year, ical_js, tmp_path):
    truth = {uid: (z(entry.session.starts_at), z(entry.session.ends_at)) for uid, entry in year.items()}
    assert len(truth) == Session.objects.count() > 3000
    rows = EntryText.objects.filter(audience="public", language="en").order_by("entry__starts_at", "entry__uid")
    components = dict(rows.values_list("entry__uid", "component"))

    # An hour that no clock tells for sure is in UTC; all others are on the clock of their zone.
    ambiguous = Counter(entry.event.timezone for entry in year.values() if not entry.zone)
    assert ambiguous == {zone: 4 for zone in ZONES if list(hours_around(zone, YEAR))}
    written = {uid for uid, component in components.items() if ";TZID=" in component}
    assert written == {uid for uid, entry in year.items() if entry.zone}

    read = ical_js(calendar_of(*components.values()))
    assert read["findings"] == []
    seen = {event["uid"]: (event["starts"], event["ends"]) for event in read["events"]}
    assert {uid: (seen.get(uid), times) for uid, times in truth.items() if seen.get(uid) != times} == {}

    khal = Khal(tmp_path)
    khal.keep({uid: calendar_of(component) for uid, component in components.items()})
    listed = khal.list(f"{YEAR}-01-01", 365, "{uid}")
    seen = {uid: times for uid, *times in listed}
    assert {uid: (seen.get(uid), times) for uid, times in truth.items() if seen.get(uid) != list(times)} == {}
    assert len(listed) == len(truth)

    some = list(components)[::10]
    third = {
        str(event["UID"]): (z(event["DTSTART"].dt), z(event["DTEND"].dt))
        for event in icalendar.Calendar.from_ical(calendar_of(*(components[uid] for uid in some))).walk("VEVENT")
    }
    assert third == {uid: truth[uid] for uid in some}
