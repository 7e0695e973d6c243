"""ical.js, the parser of Thunderbird and Nextcloud, reads what mails carry: nothing to find, and the true instants."""

from datetime import UTC, timedelta

import pytest
from django.utils import timezone

from events.calendars.invitations.telling import tell
from events.programme.models import Event
from events.registrations.models import Registration
from tests import factories
from tests.events.calendars.reading import at
from tests.events.calendars.reading import tell as say

pytestmark = [pytest.mark.django_db, pytest.mark.node]

ZONES = ("Europe/Brussels", "Europe/Lisbon", "Europe/Dublin", "Europe/Athens", "Atlantic/Azores", "UTC")


@pytest.fixture
def registrations(ana, centre, settings):
    """Ana's places, at events in several zones and on whole days."""
    settings.REPLIES_DOMAIN = "replies.example"
    centre.name = 'Größe; "Wert", ^Ευρώπη\\'
    centre.save()
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=30)
    places = []
    for number, zone in enumerate(ZONES):
        title = f"Dialogue, “Öffentliche Beschaffung”; Ευρώπη {number} 🎓"
        moment = start + timedelta(days=61 * number)
        event = at(moment, zone=zone, title=title, organising_centre=centre, join_link="https://meet.example/room")
        if number == 2:
            event.sessions.update(all_day=True)
            Event.objects.filter(pk=event.pk).update(all_day=True)
        say(event, "published")
        places.append(factories.RegistrationFactory(event=event, person=ana, state="confirmed"))
    return places


@pytest.mark.parametrize("language", ["en", "de"])
def test_requests_and_cancels_are_read_without_a_finding(registrations, ical_js, language):
    findings, sequences, statuses = [], [], []
    for registration in registrations:
        event = registration.event
        told = [tell(registration=registration, language=language)]
        Event.objects.filter(pk=event.pk).update(format="online")
        say(event)
        told.append(tell(registration=registration, language=language))
        Registration.objects.filter(pk=registration.pk).update(state="cancelled")
        told.append(tell(registration=registration, language=language))
        read = [ical_js(one.part.body, one.part.method) for one in told]
        findings += [finding for one in read for finding in one["findings"]]
        entries = [entry for one in read for entry in one["events"]]
        sequences.append([entry["sequence"] for entry in entries])
        statuses.append([entry["status"] for entry in entries])
        if not told[0].entry.all_day:
            starts = event.starts_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            assert [entry["starts"] for entry in entries] == [starts] * 3
    assert findings == []
    assert sequences == [[0, 1, 2]] * len(ZONES)
    assert statuses == [["CONFIRMED", "CONFIRMED", "CANCELLED"]] * len(ZONES)
