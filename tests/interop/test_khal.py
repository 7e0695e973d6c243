"""khal subscribes through vdirsyncer to a running server, as a person's computer does, and lists the true instants."""

from datetime import UTC, timedelta

import pytest
from django.utils import timezone

from events.calendars.subscribing import actions
from events.programme.models import Event
from tests import factories
from tests.events.calendars.reading import add_session, at, tell
from tests.interop.khal import Khal
from tests.interop.zones import ZONES

FORM = "%Y-%m-%dT%H:%M:%SZ"


def truth():
    """What the database holds of published events of one session."""
    return sorted(seen(event.title, event) for event in Event.objects.filter(state=Event.State.PUBLISHED))


def seen(title, timed):
    return title, timed.starts_at.astimezone(UTC).strftime(FORM), timed.ends_at.astimezone(UTC).strftime(FORM)


@pytest.mark.django_db(transaction=True)
def test_khal_lists_the_instants_of_the_database_for_all_zones_in_summer_and_winter(live_server, tmp_path):
    centre = factories.CentreFactory(code="AT-TEST")
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    here, next_year = ([today.replace(year=today.year + years, month=month, day=15) for month in (1, 7)] for years in (0, 1))
    winter, summer = (now if now > today + timedelta(days=1) else then for now, then in zip(here, next_year, strict=True))
    for number, zone in enumerate(ZONES):
        for name, day in (("winter", winter), ("summer", summer)):
            moment = day + timedelta(hours=number % 20)
            tell(at(moment, zone=zone, title=f"{zone} {name}", organising_centre=centre))
    khal = Khal(tmp_path, f"{live_server.url}/calendars/network.ics")
    khal.sync()
    assert len(truth()) == 2 * len(ZONES)
    assert khal.list(today.date(), 549) == truth()


@pytest.mark.django_db(transaction=True)
def test_the_second_look_shows_what_was_moved_called_off_added_removed_and_taken_away(live_server, tmp_path):
    centre = factories.CentreFactory(code="AT-TEST")
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=20)
    names = ("moved", "cancelled", "postponed", "withdrawn", "course", "unchanged", "new")
    events = {
        name: at(start + timedelta(days=days), title=name, organising_centre=centre, published_at=timezone.now())
        for days, name in enumerate(names)
    }
    removed = add_session(events["course"], days=9)
    for name in names[:-1]:
        tell(events[name])
    khal = Khal(tmp_path, f"{live_server.url}/calendars/centre-at-test.ics")
    khal.sync()
    first, second = seen("course (1/2)", events["course"]), seen("course (2/2)", removed)
    others = [seen(name, events[name]) for name in names[:-1] if name != "course"]
    assert khal.list(start.date(), 60) == sorted([*others, first, second])

    for timed in (events["moved"], events["moved"].sessions.get()):
        timed.starts_at, timed.ends_at = (
            timed.starts_at + timedelta(days=7, hours=2),
            timed.ends_at + timedelta(days=7, hours=3),
        )
        timed.save()
    for name, change in (
        ("cancelled", {"state": "cancelled"}),
        ("postponed", {"state": "postponed"}),
        ("withdrawn", {"visibility": "network"}),  # no longer for everybody
    ):
        Event.objects.filter(pk=events[name].pk).update(**change)
    times = seen("CANCELLED: course (2/2)", removed)
    removed.delete()
    for event in events.values():
        tell(Event.objects.get(pk=event.pk))
    khal.sync()
    assert khal.list(start.date(), 60) == sorted(
        [
            *(seen(name, events[name]) for name in ("moved", "course", "unchanged", "new")),
            *(seen(f"{name.upper()}: {name}", events[name]) for name in ("cancelled", "postponed")),
            times,
        ]
    )


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
