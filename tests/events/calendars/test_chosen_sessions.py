"""Parallel sessions in calendars: all of them for everybody, in one's own calendar those that one chose."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import parse_http_date

from events.calendars.entries import keeping
from events.calendars.models import Entry
from events.calendars.subscribing import actions
from events.programme.models import Event, Session
from events.registrations.models import SessionChoice
from tests import factories
from tests.events.calendars.reading import entries_of, summaries, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def day():
    """A lecture for all, then two workshops to choose from."""
    event = factories.EventFactory(title="Day", slug="day", with_session=False, has_choices=True)
    for title, after, is_chosen in (("Lecture", 0, False), ("Dialogue", 3, True), ("Contract", 3, True)):
        start = event.starts_at + timedelta(hours=after)
        Session.objects.create(
            event=event,
            title=title,
            starts_at=start,
            ends_at=start + timedelta(hours=2),
            first_day=event.first_day,
            last_day=event.last_day,
            is_chosen=is_chosen,
        )
    tell(event, "published")
    return event


@pytest.fixture
def mine(ana):
    """Ana's address, as a path."""
    address, token = actions.add_address(person=ana, name="Outlook at work")
    return actions.url_of(address, token).removeprefix("https://calendar.example")


def registered(event, person, *titles, state="confirmed"):
    now = timezone.now()
    registration = factories.RegistrationFactory(event=event, person=person, state=state, queued_at=now, deadline=now)
    choose(registration, *titles)
    return registration


def choose(registration, *titles):
    registration.choices.all().delete()
    for session in registration.event.sessions.filter(title__in=titles):
        SessionChoice.objects.create(registration=registration, session=session)


def workshops(body):
    """Which sessions are in a calendar, in their order, and how sure they are."""
    return [(str(entry["SUMMARY"]).split(": ")[-1], str(entry["STATUS"])) for entry in entries_of(body)]


def test_everybody_sees_all_sessions(client, day):
    assert sorted(summaries(client.get("/calendars/network.ics"))) == [
        "Day (1/3): Lecture",
        "Day (2/3): Dialogue",
        "Day (3/3): Contract",
    ]


@pytest.mark.parametrize(
    ("state", "status"),
    [("confirmed", "CONFIRMED"), ("offered", "TENTATIVE"), ("waiting", "TENTATIVE"), ("pending", "TENTATIVE")],
)
def test_ones_own_calendar_has_the_sessions_that_one_takes_part_in(client, day, ana, ben, mine, state, status):
    registered(day, ana, "Contract", state=state)
    registered(day, ben, "Dialogue")
    assert workshops(client.get(mine).content) == [("Lecture", status), ("Contract", status)]
    client.force_login(ana)
    assert workshops(client.get("/events/day/event.ics").content) == [("Lecture", status), ("Contract", status)]


def test_whoever_is_invited_has_not_chosen_yet_and_sees_what_there_is(client, day, ana, mine):
    registered(day, ana, state="invited")
    all_three = [("Contract", "TENTATIVE"), ("Dialogue", "TENTATIVE"), ("Lecture", "TENTATIVE")]
    assert sorted(workshops(client.get(mine).content)) == all_three
    client.force_login(ana)
    assert sorted(workshops(client.get("/events/day/event.ics").content)) == all_three


def test_a_choice_at_one_event_opens_nothing_at_another(client, day, ana, mine):
    other = factories.EventFactory(title="Other")
    other.sessions.update(title="Elsewhere", is_chosen=True)
    tell(other, "published")
    registered(day, ana, "Dialogue")
    registered(other, ana)
    assert workshops(client.get(mine).content) == [("Lecture", "CONFIRMED"), ("Dialogue", "CONFIRMED")]


def test_another_choice_is_another_calendar_at_once_and_the_same_choice_the_same_bytes(client, day, ana, mine):
    registration = registered(day, ana, "Dialogue")
    seen = [client.get(mine)]
    choose(registration, "Contract")
    seen.append(client.get(mine))
    again = client.get(mine, headers={"If-None-Match": seen[-1]["ETag"]})
    choose(registration, "Contract")  # by rows that are new
    same = client.get(mine)
    choose(registration)
    seen.append(client.get(mine))
    assert [[title for title, _status in workshops(response.content)] for response in seen] == [
        ["Lecture", "Dialogue"],
        ["Lecture", "Contract"],
        ["Lecture"],
    ]
    assert (again.status_code, same["ETag"], same.content) == (304, seen[1]["ETag"], seen[1].content)
    assert len({response["ETag"] for response in seen}) == 3
    stamps = [parse_http_date(response["Last-Modified"]) for response in seen]
    assert stamps == sorted(set(stamps))


def test_the_entries_themselves_know_nothing_of_choices(client, day, ana, mine):
    """One entry has one UID and one text for all: nobody's choice moves what others have."""
    before = list(Entry.objects.values_list("uid", "sequence", "changed_at"))
    registered(day, ana, "Dialogue")
    tell(day)
    assert list(Entry.objects.values_list("uid", "sequence", "changed_at")) == before


def test_a_session_that_turns_is_in_other_calendars_without_being_a_new_revision(client, day, ana, mine):
    registered(day, ana)
    assert [title for title, _status in workshops(client.get(mine).content)] == ["Lecture"]
    before = list(Entry.objects.values_list("uid", "sequence", "changed_at"))
    day.sessions.filter(title="Dialogue").update(is_chosen=False)
    tell(day)
    assert [title for title, _status in workshops(client.get(mine).content)] == ["Lecture", "Dialogue"]
    assert list(Entry.objects.values_list("uid", "sequence", "changed_at")) == before
    assert keeping.keep(day.pk) == 0


def test_a_removed_session_is_cancelled_only_where_it_was(client, day, ana, mine):
    registered(day, ana, "Contract")
    day.sessions.filter(title="Dialogue").delete()
    tell(day)
    removed = ("CANCELLED: Day (2/3): Dialogue", "CANCELLED")
    everybody = [(str(e["SUMMARY"]), str(e["STATUS"])) for e in entries_of(client.get("/calendars/network.ics").content)]
    assert removed in everybody
    assert [status for _title, status in workshops(client.get(mine).content)] == ["CONFIRMED", "CONFIRMED"]
    day.sessions.filter(title="Lecture").delete()
    tell(day)
    assert sorted(workshops(client.get(mine).content)) == [("Contract", "CONFIRMED"), ("Lecture", "CANCELLED")]


def test_choices_cost_no_query(client, ana, mine):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(mine).status_code == 200
        return len(captured)

    def another_day():
        event = factories.EventFactory(with_session=False, has_choices=True)
        for title in "ABC":
            times = {name: getattr(event, name) for name in ("starts_at", "ends_at", "first_day", "last_day")}
            Session.objects.create(event=event, title=title, is_chosen=True, **times)
        tell(event, "published")
        registered(event, ana, "A", "B")

    queries()  # notes that the address is used
    another_day()
    built = queries()
    valid = queries()
    another_day()
    another_day()
    assert (queries(), queries()) == (built, valid)
    assert Event.objects.count() == 3
    assert valid <= 4
