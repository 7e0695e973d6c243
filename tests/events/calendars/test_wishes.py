"""What one can wish of a calendar of one's own: language, reminders, without what is cancelled, a congress as one block."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import parse_http_date

from events.calendars.models import CalendarWishes, Feed, PersonalAddress
from events.calendars.subscribing import actions, queries
from events.programme.models import Event, Session, Speaker
from network.errors import Invalid, NotAllowed
from tests import factories
from tests.events.calendars.reading import entries_of, lines_of, published, summaries, tell

pytestmark = pytest.mark.django_db

HOST = "https://calendar.example"


@pytest.fixture
def address(ana):
    return actions.add_address(person=ana, name="Laptop")


@pytest.fixture
def mine(address):
    """Ana's address, as a path."""
    return actions.url_of(*address).removeprefix(HOST)


def wish(address, **changes):
    return actions.change_address(address=address[0], by=address[0].person, changes=changes)


def register(event, person, state="confirmed"):
    now = timezone.now()
    return factories.RegistrationFactory(event=event, person=person, state=state, queued_at=now, deadline=now)


def congress(title="Congress", state="published", days=(30, 31), **facts):
    """An event of one session a day."""
    starts = [factories.soon(day) for day in days]
    event = factories.EventFactory(
        title=title,
        state=state,
        with_session=False,
        starts_at=starts[0],
        ends_at=starts[-1] + timedelta(hours=7),
        first_day=starts[0].date(),
        last_day=starts[-1].date(),
        **facts,
    )
    for start in starts:
        add_session(event, start)
    tell(event, "published")
    return event


def add_session(event, start, **facts):
    ends = start + timedelta(hours=7)
    days = {"first_day": start.date(), "last_day": start.date()}
    return Session.objects.create(event=event, starts_at=start, ends_at=ends, **days, **facts)


def alarms(body):
    """Of each entry, its alarms: what they trigger on."""
    return [
        (str(entry["SUMMARY"]), [alarm["TRIGGER"].to_ical().decode() for alarm in entry.walk("VALARM")])
        for entry in entries_of(body)
    ]


def test_with_no_wish_there_is_no_alarm_no_block_and_all_that_is_cancelled(client, ana, mine):
    register(congress(), ana)
    register(congress("Off", state="cancelled", days=(40, 41)), ana)
    assert alarms(client.get(mine).content) == [
        ("Congress (1/2)", []),
        ("Congress (2/2)", []),
        ("CANCELLED: Off (1/2)", []),
        ("CANCELLED: Off (2/2)", []),
    ]


@pytest.mark.parametrize(
    ("minutes", "timed", "whole_days"),
    [
        (0, "PT0M", "-PT15H"),
        (30, "-PT30M", "-PT15H"),
        (90, "-PT1H30M", "-PT15H"),
        (1440, "-P1D", "-PT15H"),
        (2 * 1440, "-P2D", "-P1DT15H"),
        (28 * 1440, "-P28D", "-P27DT15H"),
    ],
)
def test_who_wishes_is_reminded_before_the_start_and_of_whole_days_in_the_morning_of_the_day_before(
    client, ana, address, mine, minutes, timed, whole_days
):
    start = factories.soon(40)
    register(published(title="Timed"), ana)
    days = published(title="Days", starts_at=start, all_day=True)
    days.sessions.update(all_day=True)
    tell(days)
    register(days, ana)
    wish(address, alarm_minutes=minutes)
    triggers = [line for line in lines_of(client.get(mine).content) if line.startswith("TRIGGER")]
    assert triggers == [f"TRIGGER:{timed}", f"TRIGGER:{whole_days}"]


def test_an_alarm_is_whole_and_always_the_same(client, ana, ben, address, mine):
    event = published(title="Prices; and, more")
    register(event, ana)
    wish(address, alarm_minutes=30)
    (entry,) = entries_of(client.get(mine).content)
    (alarm,) = entry.walk("VALARM")
    assert (str(alarm["ACTION"]), str(alarm["DESCRIPTION"])) == ("DISPLAY", "Prices; and, more")
    wish(address, alarm_minutes=60)
    (later,) = entries_of(client.get(mine).content)[0].walk("VALARM")
    assert later["UID"] == alarm["UID"] != entry["UID"]
    other, token = actions.add_address(person=ana, name="Phone", wishes={"alarm_minutes": 30})
    (elsewhere,) = entries_of(client.get(actions.url_of(other, token).removeprefix(HOST)).content)[0].walk("VALARM")
    assert elsewhere["UID"] != alarm["UID"]
    stored = event.entries.get(kind="session").texts.values_list("component", flat=True)
    assert [text for text in stored if "VALARM" in text] == []


def test_nobody_is_reminded_of_what_is_cancelled_or_not_theirs_yet(client, ana, address, mine):
    for number, state in enumerate(["confirmed", "waiting", "pending", "invited", "offered"]):
        event = published(title=state)
        Event.objects.filter(pk=event.pk).update(starts_at=event.starts_at + timedelta(minutes=number))
        register(event, ana, state)
    register(published(title="off", state="cancelled"), ana)
    wish(address, alarm_minutes=10)
    assert [title for title, found in alarms(client.get(mine).content) if found] == ["confirmed"]


def test_what_is_cancelled_can_be_left_out(client, ana, address, mine):
    register(published(title="On"), ana)
    register(published(title="Off", state="cancelled"), ana)
    assert sorted(summaries(client.get(mine))) == ["CANCELLED: Off", "On"]
    wish(address, hides_cancelled=True)
    assert summaries(client.get(mine)) == ["On"]


def test_a_congress_can_be_one_block_and_a_course_stays_sessions(client, ana, address, mine):
    register(congress(), ana)
    register(congress("Course", days=(50, 60)), ana)
    register(published(title="Single", starts_at=factories.soon(70)), ana)
    wish(address, in_blocks=True)
    found = summaries(client.get(mine))
    assert found == ["Congress", "Course (1/2)", "Course (2/2)", "Single"]
    wish(address, in_blocks=False)
    assert summaries(client.get(mine))[:2] == ["Congress (1/2)", "Congress (2/2)"]


def test_a_block_is_as_sure_as_the_registration(client, ana, address, mine):
    register(congress(), ana, "waiting")
    wish(address, in_blocks=True)
    (entry,) = entries_of(client.get(mine).content)
    assert (str(entry["SUMMARY"]), entry["STATUS"]) == ("Not confirmed: Congress", "TENTATIVE")


def test_a_cancelled_congress_is_a_cancelled_block(client, ana, address, mine):
    event = congress()
    register(event, ana)
    wish(address, in_blocks=True)
    Event.objects.filter(pk=event.pk).update(state="cancelled")
    tell(Event.objects.get(pk=event.pk))
    assert summaries(client.get(mine)) == ["CANCELLED: Congress"]


def test_a_congress_that_became_a_course_is_its_sessions_again(client, ana, address, mine):
    event = congress()
    register(event, ana)
    wish(address, in_blocks=True)
    assert summaries(client.get(mine)) == ["Congress"]
    last, start = event.sessions.last(), factories.soon(40)
    Session.objects.filter(pk=last.pk).update(
        starts_at=start, ends_at=start + timedelta(hours=7), first_day=start.date(), last_day=start.date()
    )
    tell(event)
    assert summaries(client.get(mine)) == ["Congress (1/2)", "Congress (2/2)"]


def test_a_session_taken_out_of_a_congress_is_not_shown_beside_the_block(client, ana, address, mine):
    event = congress(days=(30, 31, 32))
    register(event, ana)
    wish(address, in_blocks=True)
    event.sessions.last().delete()
    tell(event)
    assert summaries(client.get(mine)) == ["Congress"]


def test_the_language_of_an_address_goes_before_that_of_the_profile(client, ana, address, mine):
    register(published(), ana)
    assert "Österreich" not in client.get(mine).content.decode()
    wish(address, language="de")
    assert "Österreich" in client.get(mine).content.decode()


def test_a_wish_changes_the_feed_at_once_and_the_address_not_at_all(client, ana, address, mine):
    register(published(), ana)
    before = client.get(mine)
    changed = wish(address, alarm_minutes=10, name="Desk")
    after = client.get(mine)
    assert changed.digest == address[0].digest
    assert after["ETag"] != before["ETag"]
    assert parse_http_date(after["Last-Modified"]) > parse_http_date(before["Last-Modified"])
    assert b"X-WR-CALNAME:Procure2Innovate calendar: Desk" in after.content
    entries = LogEntry.objects.get_for_object(changed).filter(action=LogEntry.Action.UPDATE)
    assert [(entry.actor, sorted(entry.changes)) for entry in entries] == [(ana, ["alarm_minutes", "name"])]
    wish(address, alarm_minutes=10, name="Desk")
    assert entries.count() == 1
    assert Feed.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"language": "xx"}, "language"),
        ({"alarm_minutes": -1}, "alarm_minutes"),
        ({"alarm_minutes": 28 * 1440 + 1}, "alarm_minutes"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_at_its_field(ana, address, changes, field):
    with pytest.raises(Invalid) as refused:
        wish(address, **changes)
    assert list(refused.value.errors) == [field]
    with pytest.raises(Invalid) as refused:
        actions.add_address(person=ana, name=changes.pop("name", "A"), wishes=changes)
    assert list(refused.value.errors) == [field]
    assert PersonalAddress.objects.count() == 1


def test_only_its_owner_changes_an_address_and_no_longer_once_it_is_revoked(ben, sara, address):
    for person in (ben, sara):
        with pytest.raises(NotAllowed):
            actions.change_address(address=address[0], by=person, changes={"name": "Mine"})
    actions.revoke_address(address=address[0], by=address[0].person)
    with pytest.raises(actions.AddressRevoked):
        wish(address, name="Late")


# --- What is in it besides ---------------------------------------------------------------------------------------------


def test_who_speaks_has_the_session_with_the_link_to_join_whatever_their_registration(client, ana, address, mine):
    event = congress(format="online", venue=None, join_link="https://meet.example/1")
    first, _second = event.sessions.all()
    Speaker.objects.create(session=first, name="Ana", person=ana)
    tell(event)
    sure = ("Congress (1/2)", "CONFIRMED", True)
    assert told(client.get(mine)) == [sure]
    registration = register(event, ana, "waiting")
    assert told(client.get(mine)) == [sure, ("Not confirmed: Congress (2/2)", "TENTATIVE", False)]
    registration.state = "invited"
    registration.save()
    assert told(client.get(mine)) == [sure, ("Not confirmed: Congress (2/2)", "TENTATIVE", False)]
    registration.state = "confirmed"
    registration.save()
    assert told(client.get(mine)) == [sure, ("Congress (2/2)", "CONFIRMED", True)]
    wish(address, in_blocks=True)
    assert sorted(told(client.get(mine))) == [("Congress", "CONFIRMED", True), sure]


def told(response):
    return [(str(entry["SUMMARY"]), str(entry["STATUS"]), "CONFERENCE" in entry) for entry in entries_of(response.content)]


def test_a_speaker_of_a_draft_has_nothing_yet_and_sees_it_once_it_is_published(client, ana, mine):
    event = factories.EventFactory(title="Soon", state="draft", published_at=None)
    Speaker.objects.create(session=event.sessions.get(), name="Ana", person=ana)
    tell(event, "created")
    assert summaries(client.get(mine)) == []
    Event.objects.filter(pk=event.pk).update(state="published")
    tell(Event.objects.get(pk=event.pk), "published")
    assert summaries(client.get(mine)) == ["Soon"]


def test_a_removed_session_stays_cancelled_beside_those_one_speaks_at(client, ana, mine):
    event = congress()
    first, second = event.sessions.all()
    Speaker.objects.create(session=first, name="Ana", person=ana)
    register(event, ana)
    tell(event)
    second.delete()
    tell(event)
    assert sorted(summaries(client.get(mine))) == ["CANCELLED: Congress (2/2)", "Congress"]


@pytest.mark.parametrize("state", ["invited", "pending", "waiting", "offered", "confirmed", "cancelled"])
def test_until_when_a_place_can_be_given_back_is_told_to_who_is_live(client, ana, mine, state):
    event = factories.EventFactory(title="Dialogue")
    Event.objects.filter(pk=event.pk).update(changes_close_at=event.starts_at - timedelta(days=3))
    tell(event, "published")
    register(event, ana, state)
    deadlines = [title for title in summaries(client.get(mine)) if title.startswith("Deadline")]
    expected = [] if state == "cancelled" else ["Deadline for changes: Dialogue"]
    assert deadlines == expected
    assert [title for title in summaries(client.get("/calendars/network.ics")) if title.startswith("Deadline")] == []


@pytest.mark.parametrize("number", [1, 3])
def test_all_wishes_together_cost_the_same_however_much_there_is(client, ana, address, mine, number):
    for _event in range(number):
        event = congress()
        Speaker.objects.create(session=event.sessions.first(), name="Ana", person=ana)
        register(event, ana)
        tell(event)
    wish(address, alarm_minutes=10, in_blocks=True, hides_cancelled=True)
    etag = client.get(mine)["ETag"]
    with CaptureQueriesContext(connection) as unchanged:
        assert client.get(mine, headers={"if-none-match": etag}).status_code == 304
    Feed.objects.update(revisions="")
    with CaptureQueriesContext(connection) as cold:
        client.get(mine)
    assert (len(unchanged), len(cold)) == (2, 12)


# --- Invitations by mail -----------------------------------------------------------------------------------------------


def test_who_never_said_anything_gets_invitations(ana):
    assert queries.wants_invitations(ana)
    actions.wish(person=ana, invitations=False)
    assert not queries.wants_invitations(ana)
    actions.wish(person=ana, invitations=True)
    assert queries.wants_invitations(ana)
    journal = LogEntry.objects.get_for_model(CalendarWishes).order_by("pk")
    assert [entry.actor for entry in journal] == [ana] * 2
    actions.wish(person=ana, invitations=True)
    assert journal.count() == 2


def test_one_turns_invitations_off_and_on_at_ones_calendars(client, ana):
    client.force_login(ana)
    assert b"Turn invitations off" in client.get("/my/calendars/").content
    client.post("/my/calendars/wishes/", {"invitations": "off"})
    assert not queries.wants_invitations(ana)
    assert b"Turn invitations on" in client.get("/my/calendars/").content
    client.post("/my/calendars/wishes/", {"invitations": "on"})
    assert queries.wants_invitations(ana)


def test_ones_calendars_name_the_address_that_invitations_come_from(client, ana, settings):
    settings.DEFAULT_FROM_EMAIL = "Calendar <post@calendar.example>"
    client.force_login(ana)
    assert b"add our address to your contacts: <strong>post@calendar.example</strong>" in client.get("/my/calendars/").content


def test_a_program_turns_invitations_off_and_on(api, ana):
    api.force_authenticate(ana)
    seen = [api.get("/api/v1/calendar-wishes/").json()]
    seen.append(api.put("/api/v1/calendar-wishes/", {"invitations": False}).json())
    seen.append(api.get("/api/v1/calendar-wishes/").json())
    assert [answer["invitations"] for answer in seen] == [True, False, False]
    assert api.put("/api/v1/calendar-wishes/", {}).status_code == 400


# --- Pages and API -----------------------------------------------------------------------------------------------------


def test_one_makes_and_changes_an_address_with_wishes_on_the_page(client, ana):
    client.force_login(ana)
    made = {"name": "Phone", "language": "de", "alarm_minutes": "30", "in_blocks": "on"}
    client.post("/my/calendars/", made)
    address = ana.calendar_addresses.get()
    assert wishes_of(address) == ("Phone", "de", 30, False, True)
    page = client.get("/my/calendars/").content.decode()
    assert "Deutsch, reminder: 30 minutes before, congresses as one block" in page
    form = client.get(f"/my/calendars/{address.pk}/").context["form"]
    assert {name: form[name].value() for name in form.fields} == {
        "name": "Phone",
        "language": "de",
        "alarm_minutes": 30,
        "hides_cancelled": False,
        "in_blocks": True,
    }
    answer = client.post(f"/my/calendars/{address.pk}/", {"name": "Phone", "alarm_minutes": "", "hides_cancelled": "on"})
    assert answer["Location"] == "/my/calendars/"
    address.refresh_from_db()
    assert wishes_of(address) == ("Phone", "", None, True, False)


def wishes_of(address):
    return (address.name, address.language, address.alarm_minutes, address.hides_cancelled, address.in_blocks)


def test_a_reminder_that_a_program_chose_is_kept_by_the_form(client, ana, address):
    wish(address, alarm_minutes=45)
    client.force_login(ana)
    form = client.get(f"/my/calendars/{address[0].pk}/").context["form"]
    assert (45, "45 minutes before") in form.fields["alarm_minutes"].choices


def test_what_is_wrong_is_told_and_what_was_typed_is_kept(client, ana, address):
    client.force_login(ana)
    page = client.post(f"/my/calendars/{address[0].pk}/", {"name": "", "alarm_minutes": "30"})
    assert (page.status_code, list(page.context["form"].errors)) == (400, ["name"])
    assert page.context["form"]["alarm_minutes"].value() == "30"


def test_a_program_changes_the_wishes_of_an_address(api, ana, ben):
    api.force_authenticate(ana)
    made = api.post("/api/v1/calendar-addresses/", {"name": "Sync", "alarm_minutes": 15}).json()
    url = f"/api/v1/calendar-addresses/{made['id']}/"
    wishes = {"language": "", "alarm_minutes": 15, "hides_cancelled": False, "in_blocks": False, "centre": None}
    assert {name: made[name] for name in wishes} == wishes
    changed = api.patch(url, {"alarm_minutes": None, "in_blocks": True}).json()
    assert {name: changed[name] for name in wishes} == wishes | {"alarm_minutes": None, "in_blocks": True}
    assert [api.patch(url, body).status_code for body in ({"alarm_minutes": 99_999}, {"language": "xx"}, {"name": ""})] == [
        400,
        400,
        400,
    ]
    api.force_authenticate(ben)
    assert api.patch(url, {"name": "Mine"}).status_code == 404
    api.force_authenticate(ana)
    api.delete(url)
    assert api.patch(url, {"name": "Late"}).json()["code"] == "address_revoked"
