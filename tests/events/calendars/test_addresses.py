"""A person's own calendar: what is in it, its secret address, and what becomes of it when it is revoked."""

import gzip
import re
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import parse_http_date

from events.calendars.feeds import catalogue
from events.calendars.models import Feed, PersonalAddress
from events.calendars.subscribing import actions
from events.programme.models import Event
from network import tokens
from network.errors import Invalid, NotAllowed
from network.models import Person
from tests import factories
from tests.events.calendars.reading import entries_of, lines_of, published, summaries, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(ana):
    """Ana's address, as a path."""
    address, token = actions.add_address(person=ana, name="Outlook at work")
    return actions.url_of(address, token).removeprefix("https://calendar.example")


def register(event, person, state):
    now = timezone.now()
    return factories.RegistrationFactory(event=event, person=person, state=state, queued_at=now, deadline=now)


def test_an_address_is_short_has_128_random_bits_and_its_token_is_not_kept(ana):
    address, token = actions.add_address(person=ana, name="  Outlook   at work ")
    url = actions.url_of(address, token)
    assert url == f"https://calendar.example/calendars/{token}/outlook-at-work.ics"
    assert (len(token), len(url) < 256) == (22, True)
    kept = " ".join(str(value) for value in PersonalAddress.objects.values_list().get())
    assert token not in kept
    assert (address.name, address.hint) == ("Outlook at work", token[-4:])
    assert token not in str(list(LogEntry.objects.values()))


@pytest.mark.parametrize("name", ["Πρόγραμμα", "日本", "..", "x" * 80])
def test_whatever_the_name_the_address_works(client, ana, name):
    address, token = actions.add_address(person=ana, name=name)
    url = actions.url_of(address, token)
    assert len(url) < 256
    assert client.get(url.removeprefix("https://calendar.example")).status_code == 200


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_name_is_needed_and_not_too_long(ana, name):
    with pytest.raises(Invalid) as refused:
        actions.add_address(person=ana, name=name)
    assert list(refused.value.errors) == ["name"]


def test_there_is_an_end_to_addresses_until_one_is_revoked(ana):
    addresses = [actions.add_address(person=ana, name=str(number))[0] for number in range(20)]
    with pytest.raises(actions.TooManyAddresses):
        actions.add_address(person=ana, name="One more")
    actions.revoke_address(address=addresses[0], by=ana)
    assert actions.add_address(person=ana, name="One more")[0].name == "One more"


def test_the_calendar_has_what_the_person_registered_for_and_says_how_sure_it_is(client, ana, ben, mine):
    states = ["confirmed", "pending", "waiting", "offered", "invited", "declined", "cancelled", "expired"]
    for number, state in enumerate(states):
        event = published(title=state, format="online", venue=None, join_link=f"https://meet.example/{state}")
        Event.objects.filter(pk=event.pk).update(starts_at=event.starts_at + timedelta(minutes=number))
        register(event, ana, state)
    register(published(title="of somebody else"), ben, "confirmed")
    response = client.get(mine)
    found = {
        str(entry["SUMMARY"]): (entry["STATUS"], entry["X-MICROSOFT-CDO-BUSYSTATUS"]) for entry in entries_of(response.content)
    }
    assert found == {
        "confirmed": ("CONFIRMED", "BUSY"),
        "Not confirmed: pending": ("TENTATIVE", "TENTATIVE"),
        "Not confirmed: waiting": ("TENTATIVE", "TENTATIVE"),
        "Not confirmed: offered": ("TENTATIVE", "TENTATIVE"),
        "Not confirmed: invited": ("TENTATIVE", "TENTATIVE"),
    }
    joins = [line for line in lines_of(response.content) if line.startswith("CONFERENCE")]
    assert joins == ['CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL="Join online":https://meet.example/confirmed']


def test_an_event_for_the_network_only_is_in_the_calendar_of_who_registered(client, mia, mine):
    event = published(title="Internal", visibility=Event.Visibility.NETWORK)
    address, token = actions.add_address(person=mia, name="Laptop")
    register(event, mia, "confirmed")
    theirs = actions.url_of(address, token).removeprefix("https://calendar.example")
    assert (summaries(client.get(theirs)), summaries(client.get(mine))) == (["Internal"], [])


def test_it_follows_registrations_events_and_the_profile_at_once(client, ana, mine):
    event = published(title="Dialogue")
    seen = [client.get(mine)]
    registration = register(event, ana, "waiting")
    seen.append(client.get(mine))
    registration.state = "confirmed"
    registration.save()
    seen.append(client.get(mine))
    Event.objects.filter(pk=event.pk).update(title="Market dialogue")
    tell(Event.objects.get(pk=event.pk))
    seen.append(client.get(mine))
    Person.objects.filter(pk=ana.pk).update(language="de")
    seen.append(client.get(mine))
    registration.state = "cancelled"
    registration.save()
    seen.append(client.get(mine))
    assert [summaries(response) for response in seen] == [
        [],
        ["Not confirmed: Dialogue"],
        ["Dialogue"],
        ["Market dialogue"],
        ["Market dialogue"],
        [],
    ]
    assert ["Österreich" in response.content.decode() for response in seen] == [False, False, False, False, True, False]
    stamps = [parse_http_date(response["Last-Modified"]) for response in seen]
    assert stamps == sorted(set(stamps))
    assert Feed.objects.count() == 1


def test_a_change_that_is_not_ones_own_leaves_it_as_it_is(client, ana, mine):
    register(published(), ana, "confirmed")
    before = client.get(mine)
    published()
    after = client.get(mine)
    assert (after["ETag"], after["Last-Modified"]) == (before["ETag"], before["Last-Modified"])


def test_its_headers_keep_it_private(client, ana, mine):
    response = client.get(mine)
    names = ("Content-Type", "Content-Disposition", "Cache-Control", "Vary", "X-Robots-Tag", "Referrer-Policy")
    assert {name: response[name] for name in names} == {
        "Content-Type": "text/calendar; charset=utf-8",
        "Content-Disposition": 'inline; filename="outlook-at-work.ics"',
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding",
        "X-Robots-Tag": "noindex",
        "Referrer-Policy": "no-referrer",
    }
    assert not response.cookies
    lines = lines_of(response.content)
    assert "X-WR-CALNAME:Procure2Innovate calendar: Outlook at work" in lines
    assert [line for line in lines if mine.split("/")[2] in line or line.startswith("SOURCE")] == []


@pytest.mark.parametrize("registrations", [1, 3])
def test_a_304_costs_two_queries_however_many_registrations_there_are(client, ana, mine, registrations):
    for _number in range(registrations):
        register(published(), ana, "confirmed")
    etag = client.get(mine)["ETag"]
    with CaptureQueriesContext(connection) as unchanged:
        assert client.get(mine, headers={"if-none-match": etag}).status_code == 304
    assert len(unchanged) == 2


def test_the_last_use_is_noted_once_an_hour(client, ana, mine):
    assert ana.calendar_addresses.get().last_used_at is None
    client.get(mine)
    first = ana.calendar_addresses.get().last_used_at
    client.get(mine)
    assert ana.calendar_addresses.get().last_used_at == first
    long_ago = timezone.now() - timedelta(hours=2)
    ana.calendar_addresses.update(last_used_at=long_ago)
    client.get(mine)
    assert ana.calendar_addresses.get().last_used_at > first


def test_a_revoked_address_is_an_empty_calendar_for_thirty_days_and_then_gone(client, ana, mine):
    register(published(), ana, "confirmed")
    before = client.get(mine)
    address = actions.revoke_address(address=ana.calendar_addresses.get(), by=ana)
    revoked_at = address.revoked_at
    assert actions.revoke_address(address=address, by=ana).revoked_at == revoked_at
    empty = client.get(mine, headers={"if-none-match": before["ETag"]})
    assert (empty.status_code, entries_of(empty.content), len(entries_of(before.content))) == (200, [], 1)
    assert parse_http_date(empty["Last-Modified"]) > parse_http_date(before["Last-Modified"])
    ana.calendar_addresses.update(revoked_at=timezone.now() - timedelta(days=29, hours=23))
    assert client.get(mine).status_code == 200
    ana.calendar_addresses.update(revoked_at=timezone.now() - timedelta(days=30, hours=1))
    gone = client.get(mine)
    assert (gone.status_code, gone["Content-Type"], gone["X-Robots-Tag"], gone["Referrer-Policy"], gone.content) == (
        410,
        "text/plain; charset=utf-8",
        "noindex",
        "no-referrer",
        b"This calendar has been closed. Remove it from your program.\n",
    )


def test_the_calendar_of_a_closed_account_is_empty(client, ana, mine):
    register(published(), ana, "confirmed")
    client.get(mine)
    Person.objects.filter(pk=ana.pk).update(is_active=False)
    assert summaries(client.get(mine)) == []


def test_nobody_revokes_the_address_of_another(ana, ben, sara, mine):
    for person in (ben, sara):
        with pytest.raises(NotAllowed):
            actions.revoke_address(address=ana.calendar_addresses.get(), by=person)


# --- Pages -------------------------------------------------------------------------------------------------------------


def test_a_new_address_is_shown_this_once_with_the_programs(client, ana):
    client.force_login(ana)
    page = client.post("/my/calendars/", {"name": "Laptop"})
    (digest,) = PersonalAddress.objects.values_list("digest", flat=True)
    address = page.context["address"]
    assert tokens.digest(address.split("/")[-2]) == digest
    content = page.content.decode()
    assert f">{address}<" in content
    assert f'href="webcal:{address.removeprefix("https:")}"' in content
    assert page["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert address not in client.get("/my/calendars/").content.decode()


def test_a_name_that_is_missing_is_asked_for(client, ana):
    client.force_login(ana)
    page = client.post("/my/calendars/", {"name": " "})
    assert page.context["form"].errors == {"name": ["This field is required."]}
    assert not PersonalAddress.objects.exists()


def test_one_revokes_an_address_on_the_page(client, ana, ben, mine):
    address = ana.calendar_addresses.get()
    client.force_login(ben)
    assert client.post(f"/my/calendars/{address.pk}/revoke/").status_code == 404
    client.force_login(ana)
    assert client.get(f"/my/calendars/{address.pk}/revoke/").status_code == 405
    page = client.post(f"/my/calendars/{address.pk}/revoke/", follow=True)
    assert [str(message) for message in page.context["messages"]] == [
        "“Outlook at work” is revoked. Programs that still read it find an empty calendar."
    ]
    address.refresh_from_db()
    assert address.revoked_at is not None


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("", "https://calendar.example/calendars/network.ics"),
        ("?calendar=kind-visit", "https://calendar.example/calendars/kind-visit.ics"),
        ("?centre=at-test&entries=de", "https://calendar.example/calendars/centre-at-test.de.ics"),
    ],
)
def test_who_chooses_a_calendar_gets_its_address_and_a_button_for_each_program(client, centre, query, address):
    page = client.get(f"/calendars/{query}")
    assert page.context["address"] == address
    webcal = address.replace("https:", "webcal:")
    content = page.content.decode()
    assert f">{address}<" in content
    assert content.count(f'href="{webcal}"') == 3  # Apple, classic Outlook and Thunderbird
    assert "<svg" in content
    assert client.get(address.removeprefix("https://calendar.example")).status_code == 200


def test_the_page_of_calendars_offers_all_of_them(client, centre, other_centre):
    cache.clear()  # the choices are kept for a minute
    content = client.get("/calendars/").content.decode()
    offered = {name: re.findall(rf'<select id="f-{name}".*?</select>', content, re.DOTALL) for name in catalogue.groups()}
    for by, feeds in catalogue.groups().items():
        for feed in feeds if by != "network" else ():
            assert f'<option value="{feed.filters[by]}"' in offered[by][0]


# --- API ---------------------------------------------------------------------------------------------------------------


def test_a_program_makes_lists_and_revokes_addresses(api, ana, client):
    api.force_authenticate(ana)
    made = api.post("/api/v1/calendar-addresses/", {"name": "Sync"})
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    assert client.get(made.data["url"].removeprefix("https://calendar.example")).status_code == 200
    (listed,) = api.get("/api/v1/calendar-addresses/").data["results"]
    assert listed == {key: value for key, value in made.data.items() if key not in {"token", "url"}} | {
        "last_used_at": listed["last_used_at"]
    }
    assert api.delete(f"/api/v1/calendar-addresses/{listed['id']}/").status_code == 204
    (listed,) = api.get("/api/v1/calendar-addresses/").data["results"]
    assert listed["revoked_at"] is not None


def test_a_name_that_is_wrong_is_a_problem_at_its_field(api, ana):
    api.force_authenticate(ana)
    answer = api.post("/api/v1/calendar-addresses/", {"name": ""})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["name"])


def test_the_public_calendars_are_listed_with_their_addresses(api, centre):
    found = {feed["name"]: feed for feed in api.get("/api/v1/calendars/").json()}
    assert found["centre-at-test"] == {
        "name": "centre-at-test",
        "title": "Test AT",
        "by": "centre",
        "urls": {
            "en": "https://calendar.example/calendars/centre-at-test.ics",
            "de": "https://calendar.example/calendars/centre-at-test.de.ics",
        },
    }
    assert list(found) == [
        "network",
        "kind-training",
        "kind-visit",
        "kind-ceremony",
        "centre-at-test",
        "language-de",
        "language-en",
    ]


def test_an_entry_is_newer_once_its_reader_is_confirmed_though_its_text_is_older(client, ana, mine):
    """Google and others leave alone what has no later LAST-MODIFIED."""
    event = published(title="Training")
    registration = register(event, ana, "pending")
    written = event.entries.get().changed_at
    confirmed = written + timedelta(hours=3)
    stamps = []
    for state, moment in (("pending", written - timedelta(days=1)), ("confirmed", confirmed)):
        registration.state, registration.changed_at = state, moment
        registration.save()
        (entry,) = entries_of(client.get(mine).content)
        stamps.append((str(entry["STATUS"]), entry["DTSTAMP"].dt, entry["LAST-MODIFIED"].dt))
    assert stamps == [
        ("TENTATIVE", written, written),
        ("CONFIRMED", confirmed.replace(microsecond=0), confirmed.replace(microsecond=0)),
    ]


def test_nothing_of_a_revoked_address_stays_stored(client, ana, mine):
    register(published(title="Training", format="online", venue=None, join_link="https://meet.example/room"), ana, "confirmed")
    client.get(mine)
    client.get(mine.replace(".ics", ".json"))
    address = ana.calendar_addresses.get()
    actions.revoke_address(address=address, by=ana)
    stored = list(Feed.objects.exclude(key__contains="/en"))
    assert [(feed.key, entries_of(gzip.decompress(feed.zipped))) for feed in stored] == [(f"personal/{address.pk}", [])]
