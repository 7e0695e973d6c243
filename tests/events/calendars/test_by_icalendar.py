"""icalendar builds the same entry from the same facts, equal in meaning to ours; and where its output is wrong, ours is not."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest

from events.calendars.entries import ical, texts, timezones
from events.calendars.feeds import bodies
from tests.events.calendars.by_icalendar import built, meaning
from tests.events.calendars.composing import STARTS, calendar_of, composed, made, venue
from tests.events.calendars.reading import lines_of

POINT = {"latitude": 48.2, "longitude": -16.37208}
NASTY = "Größe; “a\\b”, Ευρώπη 🎓\n^ and : too"


@pytest.mark.parametrize("audience", ["public", "participant", "tentative"])
@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"title": NASTY, "summary": NASTY, "description": f"# {NASTY}", "sectors": ["ICT, and more", "Öl; Gas"]},
        {"format": "hybrid", "venue": venue(**POINT), "join_link": "https://meet.example/a;b,c?d=1&e=2"},
        {"venue": venue(name='The "big" house^', **POINT)},
        {"venue": venue(address="", **POINT), "visibility": "network"},
        {"format": "online", "venue": None, "kind": "whole", "join_link": "https://meet.example/"},
        {"starts": datetime(2027, 10, 31, 0, 30, tzinfo=UTC)},  # 2:30, the first time
        {"timezone": "Europe/Lisbon", "kind": "deadline", "join_link": "https://meet.example/"},
        {"speakers": ["Ann", "Bob; Cid"], "session": {"summary": "What it costs."}},
    ],
)
def test_the_same_facts_built_by_icalendar_mean_the_same(facts, audience):
    entry, event, session = made(**facts)
    ours = texts.vevent(entry=entry, event=event, session=session, audience=audience, related="0@calendar.example")
    theirs = built(entry, event, session, audience, related="0@calendar.example").to_ical().decode()
    assert meaning(ours) == meaning(theirs)


def test_whole_days_built_by_icalendar_mean_the_same():
    entry, event, session = made()
    entry.all_day, entry.first_day, entry.last_day, entry.zone = True, date(2027, 5, 6), date(2027, 5, 8), ""
    ours = texts.vevent(entry=entry, event=event, session=session, audience="public")
    assert meaning(ours) == meaning(built(entry, event, session, "public").to_ical().decode())


def test_the_comparison_sees_a_difference():
    entry, event, session = made()
    ours = texts.vevent(entry=entry, event=event, session=session, audience="public")
    theirs = built(entry, event, session, "public")
    theirs["IMAGE"].params["DISPLAY"] = "THUMBNAIL"
    assert meaning(ours) != meaning(theirs.to_ical().decode())


# --- Faults of icalendar, each beside what we write. A fault that is gone is a test that fails: then think anew. -----------


def test_its_time_zones_are_lists_of_dates_and_ours_are_rules():
    theirs = icalendar.Calendar.from_ical(calendar_of(composed()).replace(timezones.vtimezone("Europe/Vienna").encode(), b""))
    theirs.add_missing_timezones()
    assert any("RDATE" in half for zone in theirs.timezones for half in zone.subcomponents)
    ours = icalendar.Calendar.from_ical(calendar_of(composed()))
    halves = [half for zone in ours.timezones for half in zone.subcomponents]
    assert [(half.name, "RDATE" in half, "RRULE" in half) for half in halves] == [
        ("DAYLIGHT", False, True),
        ("STANDARD", False, True),
    ]
    assert ours.get_missing_tzids() == set()


def test_it_quotes_two_features_as_one_value_and_we_do_not():
    theirs = icalendar.Conference("https://meet.example/", feature=["AUDIO", "VIDEO"], label="Join online").to_uri()
    assert theirs.params.to_ical().decode().count('FEATURE="AUDIO,VIDEO"') == 1
    component = composed("participant", format="online", join_link="https://meet.example/")
    (line,) = [line for line in lines_of(component.encode()) if line.startswith("CONFERENCE")]
    assert line == 'CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL="Join online":https://meet.example/'


def test_it_leaves_out_the_value_parameters_that_refresh_interval_and_source_need_and_we_write_them():
    theirs = icalendar.Calendar()
    theirs.refresh_interval = timedelta(hours=1)
    theirs.source = "https://calendar.example/calendars/network.ics"
    assert {line.split(":")[0] for line in lines_of(theirs.to_ical())} >= {"REFRESH-INTERVAL", "SOURCE"}
    shape = bodies.Shape("Name", "Words", "https://calendar.example/", "https://calendar.example/calendars/network.ics")
    ours = lines_of(bodies.calendar(shape, STARTS, b"END:VCALENDAR\r\n"))
    assert [line for line in ours if line.startswith(("REFRESH-INTERVAL", "SOURCE"))] == [
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "SOURCE;VALUE=URI:https://calendar.example/calendars/network.ics",
    ]


def test_it_makes_up_uids_and_stamps_and_we_write_those_that_are_stored():
    calendars = [icalendar.Calendar.new(), icalendar.Calendar.new()]
    assert calendars[0]["UID"] != calendars[1]["UID"]
    events = [icalendar.Event.new(), icalendar.Event.new()]
    assert events[0]["UID"] != events[1]["UID"]
    assert abs(events[0]["DTSTAMP"].dt - datetime.now(UTC)) < timedelta(minutes=1)
    shape = bodies.Shape("Name", "Words", "https://calendar.example/")
    head = bodies.calendar(shape, STARTS, f"{composed()}END:VCALENDAR\r\n".encode())
    assert "UID" not in icalendar.Calendar.from_ical(head)
    assert composed() == composed()
    assert str(icalendar.Event.from_ical(composed())["UID"]) == "1@calendar.example"


def test_a_moment_that_happens_twice_is_ambiguous_as_it_writes_it_and_we_write_utc():
    first, again = datetime(2027, 10, 31, 0, 30, tzinfo=UTC), datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    theirs = []
    for moment in (first, again):
        event = icalendar.Event()
        event.add("DTSTART", moment.astimezone(ZoneInfo("Europe/Vienna")))
        theirs.append(event.to_ical())
    assert theirs[0] == theirs[1]
    ours = [lines_of(composed(starts=moment).encode())[6] for moment in (first, again)]
    assert ours == ["DTSTART:20271031T003000Z", "DTSTART:20271031T013000Z"]


def test_a_value_of_a_parameter_holds_whatever_a_name_holds():
    for value in ('a "b" ^c^', "a;b:c,d", "a\nb", "^n ^^ ^'"):
        line = ical.lines("BEGIN:VEVENT", f"CONTACT;LABEL={ical.parameter(value)}:x", "END:VEVENT")
        assert icalendar.Event.from_ical(line)["CONTACT"].params["LABEL"] == value
