"""Our VTIMEZONEs give the offsets of the zone database, for every European zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import icalendar
import pytest

from events.calendars.entries import timezones

EUROPE = sorted(
    zone
    for zone in available_timezones()
    if zone.startswith("Europe/")
    or zone
    in {"Asia/Nicosia", "Asia/Famagusta", "Atlantic/Azores", "Atlantic/Madeira", "Atlantic/Canary", "Atlantic/Reykjavik"}
)


@pytest.mark.parametrize("zone", EUROPE)
def test_the_rule_gives_the_true_offset_on_every_half_day_of_2026_to_2032(zone):
    rule, info = timezones.rule(zone), ZoneInfo(zone)
    assert rule is not None
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    while moment.year < 2033:
        assert rule.offset(moment) == moment.astimezone(info).utcoffset(), moment
        moment += timedelta(hours=12)


@pytest.mark.parametrize("zone", EUROPE)
def test_the_component_has_one_standard_and_at_most_one_daylight_with_one_byday(zone):
    component = icalendar.Timezone.from_ical(timezones.vtimezone(zone))
    assert str(component["TZID"]) == zone
    assert len(component.walk("STANDARD")) == 1
    changing = component.walk("DAYLIGHT")
    assert len(changing) <= 1
    for half in [*component.walk("STANDARD"), *changing]:
        assert "RDATE" not in half
        assert ("RRULE" in half) == bool(changing)
        if changing:
            assert set(half["RRULE"]) == {"FREQ", "BYMONTH", "BYDAY"}
            assert len(half["RRULE"]["BYDAY"]) == 1


def test_a_zone_with_two_clocks():
    assert timezones.vtimezone("Europe/Vienna").split("\r\n")[:-1] == [
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Vienna",
        "BEGIN:DAYLIGHT",
        "DTSTART:19700329T020000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "TZNAME:CEST",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:19701025T030000",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        "TZNAME:CET",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]


def test_a_zone_with_one_clock():
    assert timezones.vtimezone("Atlantic/Reykjavik").split("\r\n")[:-1] == [
        "BEGIN:VTIMEZONE",
        "TZID:Atlantic/Reykjavik",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0000",
        "TZOFFSETTO:+0000",
        "TZNAME:GMT",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]


def test_dublin_is_in_summer_time_in_summer_whatever_the_zone_database_calls_it():
    dublin = timezones.rule("Europe/Dublin")
    assert (dublin.winter, dublin.winter_name) == (timedelta(0), "GMT")
    assert (dublin.summer, dublin.summer_name) == (timedelta(hours=1), "IST")


def test_the_southern_half_of_the_world_has_its_summer_over_the_new_year():
    sydney, info = timezones.rule("Australia/Sydney"), ZoneInfo("Australia/Sydney")
    for month in range(1, 13):
        moment = datetime(2027, month, 15, tzinfo=UTC)
        assert sydney.offset(moment) == moment.astimezone(info).utcoffset()


@pytest.mark.parametrize("zone", ["Africa/Casablanca", "America/Santiago", "America/Nuuk", "Africa/Cairo"])
def test_a_clock_that_no_yearly_weekday_tells_has_no_rule(zone):
    assert timezones.rule(zone) is None
    assert not timezones.tells(zone, datetime(2027, 6, 1, tzinfo=UTC))


def test_the_hour_that_comes_twice_is_not_told_by_the_clock():
    told = [timezones.tells("Europe/Vienna", datetime(2027, 10, 31, hour, 30, tzinfo=UTC)) for hour in range(4)]
    assert told == [False, False, True, True]  # 2:30 and 2:30 again, 3:30, 4:30


def test_a_time_before_the_rule_of_today_is_not_told_by_it():
    # Until 1996 the EU's summer time ended in September in most member states.
    assert not timezones.tells("Europe/Vienna", datetime(1995, 10, 10, 12, tzinfo=UTC))
