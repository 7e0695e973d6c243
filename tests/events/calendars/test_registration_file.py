"""The calendar file on a registration's own page: what its person has, without signing in."""

import pytest

from events.registrations.links import self_service_path
from tests import factories
from tests.events.calendars.reading import entry_of, published

pytestmark = pytest.mark.django_db

ROOM = "https://meet.example/room"


@pytest.fixture
def event(centre):
    return published(
        organising_centre=centre, title="Training", format="online", venue=None, join_link=ROOM, visibility="network"
    )


def file_of(client, registration, name="event.ics"):
    return client.get(f"{self_service_path(registration)}{name}")


def seen(response):
    entry = entry_of(response.content)
    return str(entry["STATUS"]), str(entry["TRANSP"]), str(entry.get("CONFERENCE", ""))


def test_who_is_confirmed_has_the_link_and_the_time_is_blocked(client, event, ana):
    registration = factories.RegistrationFactory(event=event, person=ana, state="confirmed")
    assert seen(file_of(client, registration)) == ("CONFIRMED", "OPAQUE", ROOM)


def test_who_waits_has_no_link(client, event, ana):
    registration = factories.RegistrationFactory(event=event, person=ana, state="waiting", queued_at=event.published_at)
    assert seen(file_of(client, registration)) == ("TENTATIVE", "OPAQUE", "")


def test_it_is_the_file_that_its_page_offers_in_the_language_of_the_page(client, event, ana):
    registration = factories.RegistrationFactory(event=event, person=ana, state="confirmed")
    for language, name in (("en", "event.ics"), ("de", "event.de.ics")):
        page = client.get(self_service_path(registration), headers={"accept-language": language}).content.decode()
        assert page.count(f'href="{self_service_path(registration)}{name}"') == 1


def test_its_uid_is_that_of_the_calendars(client, event, ana):
    registration = factories.RegistrationFactory(event=event, person=ana, state="confirmed")
    assert str(entry_of(file_of(client, registration).content)["UID"]) == event.entries.get().uid


@pytest.mark.parametrize("state", ["cancelled", "declined", "expired"])
def test_once_it_has_ended_there_is_no_file(client, event, ana, state):
    registration = factories.RegistrationFactory(event=event, person=ana, state=state)
    answer = file_of(client, registration)
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/plain; charset=utf-8")


def test_an_address_that_we_did_not_sign_has_none(client, event, ana):
    registration = factories.RegistrationFactory(event=event, person=ana, state="confirmed")
    assert client.get(f"/registrations/{registration.pk}.forged/event.ics").status_code == 404


def test_nobody_keeps_or_finds_it(client, event, ana):
    answer = file_of(client, factories.RegistrationFactory(event=event, person=ana, state="confirmed"))
    names = ("Cache-Control", "X-Robots-Tag", "Referrer-Policy", "Content-Disposition")
    assert [answer[name] for name in names] == [
        "private, no-cache", "noindex", "no-referrer", f'attachment; filename="{event.slug}.ics"',
    ]  # fmt: skip
    assert answer.cookies == {}
