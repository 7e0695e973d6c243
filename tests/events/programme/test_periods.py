"""Two instants or whole days, in every zone of the network, summer and winter."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from events.programme.periods import Period, instant, nearest_instant
from network.errors import Invalid

# The zones of the network's centres, its islands, and some whose midnight or summer time is unusual.
ZONES = [
    "Atlantic/Azores", "Atlantic/Canary", "Europe/Amsterdam", "Europe/Athens", "Europe/Berlin", "Europe/Dublin",
    "Europe/Helsinki", "Europe/Lisbon", "Europe/Madrid", "Europe/Rome", "Europe/Stockholm", "Europe/Tallinn",
    "Europe/Vienna", "Europe/Vilnius", "Asia/Beirut", "Africa/Casablanca", "America/Havana", "Australia/Lord_Howe", "UTC",
]  # fmt: skip
zones = st.sampled_from(ZONES)
walls = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2037, 12, 30)).map(lambda at: at.replace(microsecond=0))
days = st.dates(min_value=date(2020, 1, 1), max_value=date(2037, 11, 1))


def errors_of(call, *args, **kwargs):
    with pytest.raises(Invalid) as caught:
        call(*args, **kwargs)
    return caught.value.errors


def test_an_hour_that_summer_time_skips_is_named():
    assert errors_of(Period.timed, datetime(2027, 3, 28, 2, 30), datetime(2027, 3, 28, 4), "Europe/Vienna") == {
        "starts": ["02:30 does not exist on 28 March 2027 in Europe/Vienna: the clock goes from 02:00 to 03:00."]
    }


def test_a_half_hour_gap_is_named_too():
    assert errors_of(Period.timed, datetime(2027, 10, 3, 1), datetime(2027, 10, 3, 2, 15), "Australia/Lord_Howe") == {
        "ends": ["02:15 does not exist on 3 October 2027 in Australia/Lord_Howe: the clock goes from 02:00 to 02:30."]
    }


def test_an_hour_that_happens_twice_is_the_first_one_unless_the_offset_is_stated():
    zone = ZoneInfo("Europe/Vienna")
    assert instant(datetime(2027, 10, 31, 2, 30), zone) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert instant(datetime.fromisoformat("2027-10-31T02:30+01:00"), zone) == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_an_end_at_midnight_belongs_to_the_day_before():
    period = Period.timed(datetime(2027, 5, 6, 19), datetime(2027, 5, 7, 0), "Europe/Vienna")
    assert (period.first_day, period.last_day, period.days) == (date(2027, 5, 6), date(2027, 5, 6), 1)


def test_whole_days_over_the_change_to_summer_time_are_an_hour_short():
    period = Period.whole_days(date(2027, 3, 27), date(2027, 3, 28), "Europe/Vienna")
    assert period.starts_at == datetime(2027, 3, 26, 23, tzinfo=UTC)
    assert period.ends_at == datetime(2027, 3, 28, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts", "ends", "timezone", "errors"),
    [
        (datetime(2027, 5, 6, 16), datetime(2027, 5, 6, 9), "Europe/Vienna", {"ends": ["The end must be later than the start."]}),
        (datetime(2027, 5, 6, 9), datetime(2027, 5, 6, 9), "Europe/Vienna", {"ends": ["The end must be later than the start."]}),
        (
            datetime(2027, 5, 6, 9), datetime(2027, 5, 6, 16), "Europe/Wien",
            {"timezone": ["“Europe/Wien” is not a time zone. Use an IANA name such as Europe/Vienna."]},
        ),
        (
            datetime(1, 1, 1, 0, tzinfo=ZoneInfo("Asia/Tokyo")), datetime(9999, 12, 31, 23), "UTC",
            {"starts": ["The year must be between 2000 and 2100."], "ends": ["The year must be between 2000 and 2100."]},
        ),
    ],
)  # fmt: skip
def test_wrong_times(starts, ends, timezone, errors):
    assert errors_of(Period.timed, starts, ends, timezone) == errors


def test_wrong_days():
    assert errors_of(Period.whole_days, date(2027, 5, 7), date(2027, 5, 6), "UTC") == {
        "last_day": ["The last day must not be before the first."]
    }
    assert errors_of(Period.whole_days, date(2011, 12, 30), date(2011, 12, 30), "Pacific/Apia") == {
        "first_day": ["This day does not exist in Pacific/Apia."]
    }
    assert errors_of(Period.whole_days, date(1999, 12, 31), date(9999, 12, 31), "UTC") == {
        "first_day": ["The year must be between 2000 and 2100."],
        "last_day": ["The year must be between 2000 and 2100."],
    }


@given(wall=walls, zone=zones)
def test_a_wall_clock_is_what_the_zone_shows_at_the_instant_or_does_not_exist(wall, zone):
    zone = ZoneInfo(zone)
    try:
        found = instant(wall, zone)
    except Invalid:
        shown = nearest_instant(wall, zone).astimezone(zone).replace(tzinfo=None)
        assert timedelta(0) < shown - wall <= timedelta(hours=1)
    else:
        assert found.astimezone(zone).replace(tzinfo=None) == wall
        # No earlier instant shows the same clock.
        assert (found - timedelta(hours=1)).astimezone(zone).replace(tzinfo=None) != wall


@given(first=days, length=st.integers(0, 20), zone=zones)
def test_whole_days_begin_and_end_with_their_days(first, length, zone):
    period = Period.whole_days(first, first + timedelta(days=length), zone)
    a_second = timedelta(seconds=1)
    assert period.starts.date() == first
    assert (period.starts_at - a_second).astimezone(period.zone).date() < first
    assert (period.ends_at - a_second).astimezone(period.zone).date() == period.last_day
    assert period.ends.date() > period.last_day


@given(first=days, length=st.integers(0, 5), days_on=st.integers(-400, 400), zone=zones)
def test_whole_days_move_there_and_back(first, length, days_on, zone):
    period = Period.whole_days(first, first + timedelta(days=length), zone)
    moved = period.shifted(period.distance_to(first + timedelta(days=days_on)))
    assert (moved.first_day, moved.days) == (first + timedelta(days=days_on), length + 1)
    assert moved.shifted(timedelta(days=-days_on)) == period


@given(wall=walls, minutes=st.integers(1, 3000), target=walls, zone=zones)
def test_what_moves_starts_where_it_should_and_keeps_its_clock(wall, minutes, target, zone):
    try:
        period = Period.timed(wall, wall + timedelta(minutes=minutes), zone)
        moved = period.shifted(period.distance_to(target))
    except Invalid:
        assume(False)
    assert moved.starts.replace(tzinfo=None) == target
    assert moved.ends.replace(tzinfo=None) - target == timedelta(minutes=minutes)


@given(start=walls, minutes=st.integers(1, 180), distance=st.integers(-10000, 10000), zone=zones)
def test_what_is_moved_never_ends_before_it_starts(start, minutes, distance, zone):
    zone_info = ZoneInfo(zone)
    starts = nearest_instant(start, zone_info)  # any instant, the second of two equal hours too
    period = Period.timed(starts, starts + timedelta(minutes=minutes), zone)
    try:
        moved = period.shifted(timedelta(minutes=distance))
    except Invalid:
        assume(False)
    assert moved.starts_at < moved.ends_at


def test_a_date_means_the_same_clock_on_that_day_and_a_clock_means_nothing_to_whole_days():
    timed = Period.timed(datetime(2027, 1, 4, 9), datetime(2027, 1, 4, 12), "Europe/Vienna")
    assert timed.shifted(timed.distance_to(date(2027, 7, 5))).starts.isoformat() == "2027-07-05T09:00:00+02:00"
    whole = Period.whole_days(date(2027, 1, 4), date(2027, 1, 4), "Europe/Vienna")
    assert errors_of(whole.distance_to, datetime(2027, 7, 5, 9)) == {
        "starts": ["This is about whole days: give a date, without a time of day."]
    }
