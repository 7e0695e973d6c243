"""What is in a feed, when it is built anew, and that it never goes back."""

import gzip
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import parse_http_date

from events.calendars.feeds import selections
from events.calendars.models import Entry, EntryText, Feed, Source
from events.programme.models import Event
from network.models import Sector
from tests import factories
from tests.events.calendars.reading import at, entries_of, lines_of, published, summaries, tell

pytestmark = pytest.mark.django_db


def in_days(days, **facts):
    event = at(timezone.now().replace(microsecond=0) + timedelta(days=days), **facts)
    tell(event)
    return event


def modified(response):
    return parse_http_date(response["Last-Modified"])


def test_the_head_of_a_feed_says_what_programs_ask_for(client, centre):
    body = client.get(f"/calendars/centre-{centre.slug}.ics").content
    (stamp,) = Feed.objects.values_list("modified_at", flat=True)
    lines = lines_of(body)
    assert lines[: lines.index("BEGIN:VTIMEZONE")] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Procure2Innovate//Calendar//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "NAME:Procure2Innovate calendar: Test AT",
        "X-WR-CALNAME:Procure2Innovate calendar: Test AT",
        "DESCRIPTION:Events of the European network of competence centres for innovation procurement.",
        "X-WR-CALDESC:Events of the European network of competence centres for innovation procurement.",
        "X-WR-TIMEZONE:Europe/Vienna",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "COLOR:teal",
        "X-APPLE-CALENDAR-COLOR:#006B52",
        "SOURCE;VALUE=URI:https://calendar.example/calendars/centre-at-test.ics",
        "URL:https://calendar.example/calendars/",
        f"LAST-MODIFIED:{stamp:%Y%m%dT%H%M%SZ}",
    ]


def test_an_empty_feed_still_has_a_component(client, centre):
    lines = lines_of(client.get(f"/calendars/centre-{centre.slug}.ics").content)
    assert [line for line in lines if line.startswith("TZID:")] == ["TZID:Europe/Vienna"]


def test_each_feed_of_the_address_plan_has_its_events(client, centre, other_centre):
    ict = Sector.objects.create(slug="ict", name="ICT")
    training = in_days(10, title="Training", organising_centre=centre, languages=["de"], interpretation=["fr"])
    visit = in_days(11, title="Visit", organising_centre=other_centre, kind="visit")
    visit.co_organisers.add(centre)
    ceremony = in_days(12, title="Ceremony", organising_centre=other_centre, kind="ceremony")
    ceremony.sectors.add(ict)
    for event in (training, visit, ceremony):
        tell(event)
    names = ["network", "centre-at-test", "centre-de-test", "kind-training", "kind-visit", "kind-ceremony", "sector-ict"]
    names += ["language-en", "language-de", "language-fr", "language-ga"]
    assert {name: summaries(client.get(f"/calendars/{name}.ics")) for name in names} == {
        "network": ["Training", "Visit", "Ceremony"],
        "centre-at-test": ["Training", "Visit"],
        "centre-de-test": ["Visit", "Ceremony"],
        "kind-training": ["Training"],
        "kind-visit": ["Visit"],
        "kind-ceremony": ["Ceremony"],
        "sector-ict": ["Ceremony"],
        "language-en": ["Visit", "Ceremony"],
        "language-de": ["Training"],
        "language-fr": ["Training"],
        "language-ga": [],
    }


def test_the_language_of_the_entries_is_in_the_address_whatever_the_browser_says(client):
    in_days(10)
    english = client.get("/calendars/network.ics", headers={"accept-language": "de"}).content
    german = client.get("/calendars/network.de.ics", headers={"accept-language": "en"}).content
    assert ("Austria" in english.decode(), "Österreich" in german.decode()) == (True, True)


def test_public_feeds_have_what_everybody_may_see_only(client):
    in_days(10, title="Public")
    in_days(11, title="Network", visibility=Event.Visibility.NETWORK)
    in_days(12, title="Invited", visibility=Event.Visibility.INVITED)
    in_days(13, title="Draft", state=Event.State.DRAFT)
    assert summaries(client.get("/calendars/network.ics")) == ["Public"]


def test_an_event_that_becomes_internal_leaves_the_public_feeds(client):
    event = in_days(10, title="Public")
    assert summaries(client.get("/calendars/network.ics")) == ["Public"]
    Event.objects.filter(pk=event.pk).update(visibility=Event.Visibility.NETWORK)
    tell(Event.objects.get(pk=event.pk))
    assert summaries(client.get("/calendars/network.ics")) == []


def test_the_window_is_three_months_back_and_eighteen_ahead(client):
    for days in (-100, -90, 540, 560):
        in_days(days, title=str(days))
    assert summaries(client.get("/calendars/network.ics")) == ["-90", "540"]


def test_what_is_cancelled_stays_to_its_end_and_then_leaves(client):
    for days in (-2, 2):
        event = in_days(days, title=str(days))
        Event.objects.filter(pk=event.pk).update(state=Event.State.CANCELLED)
        tell(Event.objects.get(pk=event.pk))
    assert summaries(client.get("/calendars/network.ics")) == ["CANCELLED: 2"]


def test_a_feed_changes_with_the_event_and_says_so(client):
    event = in_days(10, title="Before")
    before = client.get("/calendars/network.ics")
    Event.objects.filter(pk=event.pk).update(title="After")
    tell(Event.objects.get(pk=event.pk))
    after = client.get("/calendars/network.ics")
    assert summaries(after) == ["After"]
    assert after["ETag"] != before["ETag"]
    assert modified(after) > modified(before)


def test_a_feed_that_the_change_does_not_concern_stays_what_it_is(client, centre, other_centre):
    in_days(10, organising_centre=centre)
    before = client.get("/calendars/centre-at-test.ics")
    in_days(11, organising_centre=other_centre)
    after = client.get("/calendars/centre-at-test.ics")
    assert (after["ETag"], after["Last-Modified"], after.content) == (before["ETag"], before["Last-Modified"], before.content)
    assert Feed.objects.get().revisions == "2 "


def test_last_modified_goes_forward_when_an_entry_only_leaves_the_window(client):
    event = in_days(-91, title="Old")
    before = client.get("/calendars/network.ics")
    Entry.objects.filter(event=event).update(ends_at=timezone.now() - timedelta(days=200))
    Feed.objects.update(day=timezone.now().date() - timedelta(days=1))  # it was built yesterday
    after = client.get("/calendars/network.ics")
    assert (summaries(before), summaries(after)) == (["Old"], [])
    assert modified(after) > modified(before)


def test_last_modified_never_goes_back_even_if_the_clock_of_the_machine_does(client):
    event = in_days(10)
    client.get("/calendars/network.ics")
    tomorrow = timezone.now().replace(microsecond=0) + timedelta(days=1)
    Feed.objects.update(modified_at=tomorrow)
    Event.objects.filter(pk=event.pk).update(title="After")
    tell(Event.objects.get(pk=event.pk))
    assert modified(client.get("/calendars/network.ics")) == int(tomorrow.timestamp()) + 1


def test_a_feed_is_built_anew_each_day_and_stays_the_same_if_nothing_left_the_window(client):
    in_days(10)
    before = client.get("/calendars/network.ics")
    Feed.objects.update(day=timezone.now().date() - timedelta(days=1))
    after = client.get("/calendars/network.ics")
    assert (after["ETag"], after["Last-Modified"]) == (before["ETag"], before["Last-Modified"])
    assert Feed.objects.get().day == timezone.now().date()


def test_the_zipped_form_is_the_same_body(client):
    in_days(10)
    plain = client.get("/calendars/network.ics")
    zipped = client.get("/calendars/network.ics", headers={"accept-encoding": "gzip"})
    assert gzip.decompress(zipped.content) == plain.content


@pytest.mark.parametrize("events", [1, 3])
def test_a_warm_feed_costs_one_query_and_its_body_another(client, events):
    for days in range(events):
        in_days(10 + days)
    etag = client.get("/calendars/network.ics")["ETag"]
    with CaptureQueriesContext(connection) as unchanged:
        assert client.get("/calendars/network.ics", headers={"if-none-match": etag}).status_code == 304
    with CaptureQueriesContext(connection) as full:
        assert client.get("/calendars/network.ics").status_code == 200
    assert (len(unchanged), len(full)) == (1, 2)


@pytest.mark.parametrize("events", [1, 3])
def test_a_cold_feed_costs_the_same_number_of_queries_however_many_entries_it_has(client, events):
    for days in range(events):
        in_days(10 + days)
    client.get("/calendars/network.ics")
    Feed.objects.update(revisions="")
    with CaptureQueriesContext(connection) as cold:
        client.get("/calendars/network.ics")
    assert len(cold) == 10


def test_the_same_facts_are_the_same_bytes(client, monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)  # a second that passes in between is another fact
    in_days(10)
    in_days(11)
    before = client.get("/calendars/network.ics").content
    stamp = Feed.objects.get().modified_at
    texts = sorted(EntryText.objects.values_list("component", flat=True))
    EntryText.objects.all().delete()
    Entry.objects.update(changed_at=Entry.objects.first().changed_at - timedelta(seconds=1))
    for event in Event.objects.all():
        tell(event)
    Feed.objects.all().delete()
    client.get("/calendars/network.ics")
    Feed.objects.update(modified_at=stamp)
    assert sorted(EntryText.objects.values_list("component", flat=True)) == texts
    assert [entry["UID"] for entry in entries_of(before)] == list(Entry.objects.values_list("uid", flat=True))


# --- From other calendars of a centre ----------------------------------------------------------------------------------


def foreign(source, title, days=10, language="en"):
    """An entry from a centre's other calendar, as their wing writes it."""
    start = timezone.now().replace(microsecond=0) + timedelta(days=days)
    entry = Entry.objects.create(
        kind=Entry.Kind.FOREIGN,
        source=source,
        uid=f"{title}@elsewhere.example",
        title=title,
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        first_day=start.date(),
        last_day=start.date(),
        created_at=start,
        changed_at=start,
        fingerprint="",
    )
    component = f"BEGIN:VEVENT\r\nUID:{entry.uid}\r\nDTSTART:{start:%Y%m%dT%H%M%SZ}\r\nSUMMARY:{title}\r\nEND:VEVENT\r\n"
    EntryText.objects.create(entry=entry, language=language, audience="public", component=component)


def test_the_network_and_a_centre_show_what_the_centre_publishes_elsewhere_others_do_not(client, centre, other_centre):
    in_days(11, title="Ours", organising_centre=centre)
    foreign(Source.objects.create(centre=centre, name="Site", url="https://a.example/x.ics", is_shown=True), "Before", days=10)
    foreign(Source.objects.create(centre=centre, name="File", url="https://a.example/y.ics", is_shown=True), "After", days=12)
    foreign(
        Source.objects.create(centre=other_centre, name="Site", url="https://b.example/x.ics", is_shown=True), "Theirs", days=13
    )
    hidden = Source.objects.create(centre=centre, name="Hidden", url="https://a.example/z.ics", is_shown=False)
    foreign(hidden, "Not shown")
    named = selections.make("All in English", {"language": "en"})
    names = ["network", "centre-at-test", "centre-de-test", "kind-training", "language-en", named.code]
    assert {name: summaries(client.get(f"/calendars/{name}.ics")) for name in names} == {
        "network": ["Before", "Ours", "After", "Theirs"],
        "centre-at-test": ["Before", "Ours", "After"],
        "centre-de-test": ["Theirs"],
        "kind-training": ["Ours"],
        "language-en": ["Ours"],
        named.code: ["Ours"],
    }


@pytest.mark.parametrize("entries", [1, 3])
def test_sources_cost_one_query_however_many_there_are(client, centre, entries):
    for number in range(entries):
        source = Source.objects.create(centre=centre, name=str(number), url="https://a.example/x.ics", is_shown=True)
        foreign(source, str(number))
    client.get("/calendars/network.ics")
    Feed.objects.update(revisions="")
    with CaptureQueriesContext(connection) as cold:
        client.get("/calendars/network.ics")
    assert len(cold) == 10


# --- One event to download -------------------------------------------------------------------------------------------


def test_an_event_is_a_file_of_its_own_without_a_calendars_name(client):
    event = published(title="Dialogue", slug="dialogue")
    response = client.get("/events/dialogue/event.ics")
    assert response["Content-Disposition"] == 'attachment; filename="dialogue.ics"'
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert summaries(response) == ["Dialogue"]
    assert [line for line in lines_of(response.content) if "CALNAME" in line or line.startswith("NAME")] == []
    (in_feed,) = entries_of(client.get("/calendars/network.ics").content)
    (in_file,) = entries_of(response.content)
    assert in_file.to_ical() == in_feed.to_ical()
    assert "Österreich" in client.get("/events/dialogue/event.de.ics").content.decode()
    assert str(in_file["UID"]) == event.entries.get().uid


@pytest.mark.parametrize(
    ("state", "link", "status"), [("confirmed", True, "CONFIRMED"), ("waiting", False, "TENTATIVE"), (None, False, "CONFIRMED")]
)
def test_who_has_a_place_finds_the_link_to_join_in_the_file(client, ana, state, link, status):
    event = published(format="online", venue=None, join_link="https://meet.example/secret", slug="dialogue")
    if state:
        factories.RegistrationFactory(event=event, person=ana, state=state, queued_at=timezone.now())
    client.force_login(ana)
    response = client.get("/events/dialogue/event.ics")
    assert ("meet.example" in response.content.decode(), entries_of(response.content)[0]["STATUS"]) == (link, status)
    assert response["Cache-Control"] == "private, no-cache"


def test_an_event_that_one_may_not_see_has_no_file(client, ana, mia):
    published(visibility=Event.Visibility.NETWORK, slug="internal")
    factories.EventFactory(state=Event.State.DRAFT, slug="draft")
    found = {}
    for person in (None, ana, mia):
        client.logout()
        if person:
            client.force_login(person)
        found[person] = [client.get(f"/events/{slug}/event.ics").status_code for slug in ("internal", "draft", "none")]
    assert found == {None: [404, 404, 404], ana: [404, 404, 404], mia: [200, 404, 404]}
    assert client.get("/events/none/event.ics").content == b"There is no calendar at this address.\n"
