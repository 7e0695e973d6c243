"""The calendar of a centre's staff: all that it plans, drafts too, for as long as one organises for it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events.calendars.models import Feed, PersonalAddress
from events.calendars.subscribing import actions
from events.programme import actions as programme
from events.programme.models import Event, Speaker
from network.errors import NotAllowed
from network.models import Person, Role
from tests import factories
from tests.events.calendars.reading import entries_of, lines_of, published, summaries, tell

pytestmark = pytest.mark.django_db


def feed_for(person, centre, **wishes):
    """The path of a new address of the centre's calendar."""
    address, token = actions.add_address(person=person, name="Plans", centre=centre, wishes=wishes)
    return actions.url_of(address, token).removeprefix("https://calendar.example")


def event_on(day, **facts):
    event = factories.EventFactory(starts_at=factories.soon(day), **facts)
    tell(event)
    return event


def test_it_has_all_that_the_centre_organises_or_shares_whoever_may_see_it_and_drafts(client, olga, centre, other_centre):
    event_on(10, title="Public", organising_centre=centre)
    event_on(11, title="Internal", organising_centre=centre, visibility="network")
    event_on(12, title="Invited", organising_centre=centre, visibility="invited")
    event_on(13, title="Off", organising_centre=centre, state="cancelled")
    event_on(14, title="Plan", organising_centre=centre, state="draft", published_at=None)
    shared = [
        event_on(15, title="Shared", organising_centre=other_centre),
        event_on(16, title="Shared plan", organising_centre=other_centre, state="draft", published_at=None),
    ]
    for event in shared:
        event.co_organisers.add(centre)
    event_on(17, title="Of others", organising_centre=other_centre)
    response = client.get(feed_for(olga, centre))
    assert summaries(response) == [
        "Public",
        "Internal",
        "Invited",
        "CANCELLED: Off",
        "DRAFT: Plan",
        "Shared",
        "DRAFT: Shared plan",
    ]
    assert {str(entry["TRANSP"]) for entry in entries_of(response.content)} == {"TRANSPARENT"}
    assert "X-WR-CALDESC:All that Test AT plans\\, drafts too. For its staff." in lines_of(response.content)


def test_it_holds_no_registrations_and_no_links_to_join(client, olga, centre, other_centre):
    facts = {"format": "online", "venue": None, "join_link": "https://meet.example/secret"}
    ours = event_on(10, title="Ours", organising_centre=centre, **facts)
    theirs = event_on(11, title="Theirs", organising_centre=other_centre)
    for event in (ours, theirs):
        factories.RegistrationFactory(event=event, person=olga, state="confirmed")
        Speaker.objects.create(session=event.sessions.get(), name="Olga", person=olga)
        tell(event)
    response = client.get(feed_for(olga, centre))
    assert summaries(response) == ["Ours"]
    assert "meet.example" not in response.content.decode()


def test_it_follows_a_draft_from_its_first_line_to_its_publication_and_its_end(client, olga, centre):
    path = feed_for(olga, centre)
    seen = [summaries(client.get(path))]
    event = event_on(10, title="Plan", organising_centre=centre, state="draft", published_at=None)
    seen.append(summaries(client.get(path)))
    Event.objects.filter(pk=event.pk).update(title="Better plan")
    tell(Event.objects.get(pk=event.pk))
    seen.append(summaries(client.get(path)))
    other = event_on(11, title="Other plan", organising_centre=centre, state="draft", published_at=None)
    Event.objects.filter(pk=event.pk).update(state="published")
    tell(Event.objects.get(pk=event.pk), "published")
    seen.append(summaries(client.get(path)))
    programme.discard(event=other, by=olga)
    seen.append(summaries(client.get(path)))
    assert seen == [[], ["DRAFT: Plan"], ["DRAFT: Better plan"], ["Better plan", "DRAFT: Other plan"], ["Better plan"]]


def test_a_draft_leaves_public_feeds_as_they_are(client, olga, centre):
    event_on(10, organising_centre=centre)
    client.get("/calendars/network.ics")
    before = Feed.objects.get(key="network/en").revisions
    event_on(11, organising_centre=centre, state="draft", published_at=None)
    client.get("/calendars/network.ics")
    assert Feed.objects.get(key="network/en").revisions == before


def test_who_no_longer_organises_finds_it_empty_and_full_again_after_that(client, olga, centre):
    event_on(10, title="Plan", organising_centre=centre, state="draft", published_at=None)
    path = feed_for(olga, centre)
    assert summaries(client.get(path)) == ["DRAFT: Plan"]
    role = Role.objects.get(person=olga)
    Role.objects.filter(pk=role.pk).update(kind=Role.Kind.MEMBER)
    gone = client.get(path)
    assert (gone.status_code, summaries(gone)) == (200, [])
    Role.objects.filter(pk=role.pk).update(kind=Role.Kind.COORDINATOR)
    assert summaries(client.get(path)) == ["DRAFT: Plan"]
    Person.objects.filter(pk=olga.pk).update(is_active=False)
    assert summaries(client.get(path)) == []


def test_the_secretariat_may_have_that_of_any_centre(client, sara, centre, other_centre):
    event_on(10, title="Here", organising_centre=centre)
    event_on(11, title="There", organising_centre=other_centre)
    assert [summaries(client.get(feed_for(sara, one))) for one in (centre, other_centre)] == [["Here"], ["There"]]


def test_nobody_else_may(ana, mia, otto, olga, centre, other_centre):
    for person, one in ((ana, centre), (mia, centre), (otto, centre), (olga, other_centre)):
        with pytest.raises(NotAllowed):
            actions.add_address(person=person, name="Plans", centre=one)
    assert not PersonalAddress.objects.exists()


def test_wishes_hold_for_it_too(client, olga, centre):
    event_on(10, title="On", organising_centre=centre)
    event_on(11, title="Off", organising_centre=centre, state="cancelled")
    response = client.get(feed_for(olga, centre, hides_cancelled=True, alarm_minutes=60, language="de"))
    (entry,) = entries_of(response.content)
    assert [alarm["TRIGGER"].to_ical() for alarm in entry.walk("VALARM")] == [b"-PT1H"]
    assert "Österreich" in response.content.decode()


@pytest.mark.parametrize("events", [1, 3])
def test_a_304_costs_three_queries_however_much_is_planned(client, olga, centre, events):
    for _number in range(events):
        published(organising_centre=centre)
        event_on(11, organising_centre=centre, state="draft", published_at=None)
    path = feed_for(olga, centre)
    etag = client.get(path)["ETag"]
    with CaptureQueriesContext(connection) as unchanged:
        assert client.get(path, headers={"if-none-match": etag}).status_code == 304
    Feed.objects.update(revisions="")
    with CaptureQueriesContext(connection) as cold:
        client.get(path)
    assert (len(unchanged), len(cold)) == (3, 14)


# --- Pages and API -----------------------------------------------------------------------------------------------------


def test_who_organises_is_asked_which_calendar_and_others_are_not(client, ana, olga, sara, centre, other_centre):
    offered = {}
    for person in (ana, olga, sara):
        client.force_login(person)
        form = client.get("/my/calendars/").context["form"]
        field = form.fields.get("centre")
        offered[person] = field and [str(value) for value, _label in field.choices]
    assert offered == {ana: None, olga: ["", "at-test"], sara: ["", "at-test", "de-test"]}


def test_one_makes_it_on_the_page(client, olga, otto, centre):
    client.force_login(olga)
    page = client.post("/my/calendars/", {"name": "Plans", "centre": "at-test"})
    assert page.context["new"].centre == centre
    assert "All that Test AT plans" in page.content.decode()
    client.force_login(otto)
    page = client.post("/my/calendars/", {"name": "Plans", "centre": "at-test"})
    assert list(page.context["form"].errors) == ["centre"]
    assert PersonalAddress.objects.count() == 1


def test_a_program_makes_it(api, client, olga, otto, centre):
    event_on(10, title="Plan", organising_centre=centre, state="draft", published_at=None)
    api.force_authenticate(olga)
    made = api.post("/api/v1/calendar-addresses/", {"name": "Plans", "centre": "at-test"}).json()
    assert made["centre"] == "at-test"
    assert summaries(client.get(made["url"].removeprefix("https://calendar.example"))) == ["DRAFT: Plan"]
    assert api.post("/api/v1/calendar-addresses/", {"name": "Plans", "centre": "nowhere"}).status_code == 400
    api.force_authenticate(otto)
    assert api.post("/api/v1/calendar-addresses/", {"name": "Plans", "centre": "at-test"}).status_code == 403


def test_it_reminds_of_what_is_published_and_not_of_drafts(client, olga, centre):
    event_on(10, title="Public", organising_centre=centre)
    event_on(14, title="Plan", organising_centre=centre, state="draft", published_at=None)
    entries = entries_of(client.get(feed_for(olga, centre, alarm_minutes=30)).content)
    assert [(str(entry["SUMMARY"]), len(entry.walk("VALARM"))) for entry in entries] == [("Public", 1), ("DRAFT: Plan", 0)]
