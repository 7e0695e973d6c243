"""What is in a foreign calendar: the dates that its author meant, and nothing that its author did not want to tell."""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from events.calendars.sources import apart
from events.calendars.sources.lines import Unreadable, kept
from events.calendars.sources.plain import one_line, plain
from events.calendars.sources.reading import Window, read
from tests.events.calendars.sources_server import calendar, event

pytestmark = pytest.mark.once

WINDOW = Window(first=date(2027, 1, 1), last=date(2028, 6, 30), zone="Europe/Vienna", own_host="calendar.example")

# As Outlook writes it: an own name, years long ago, the rules of today.
OWN_ZONE = "\r\n".join(
    [
        *("BEGIN:VTIMEZONE", "TZID:Our own time"),
        *("BEGIN:STANDARD", "DTSTART:16011028T030000", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"),
        *("TZOFFSETFROM:+0300", "TZOFFSETTO:+0200", "END:STANDARD"),
        *("BEGIN:DAYLIGHT", "DTSTART:16010325T020000", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"),
        *("TZOFFSETFROM:+0200", "TZOFFSETTO:+0300", "END:DAYLIGHT", "END:VTIMEZONE", ""),
    ]
)


def reading(*components, head=(), window=WINDOW):
    return read(kept(calendar(*components, head=head)), window)


def starts(*components, head=(), window=WINDOW):
    return [one.starts for one in reading(*components, head=head, window=window).dates]


def only(*lines, **facts):
    """The one date of a calendar of one event."""
    (one,) = reading(event(*lines, **facts)).dates
    return one


def left_out(*lines, **facts):
    """Why an event is left out; another one is shown."""
    found = reading(event(*lines, **facts), event(uid="sound@partner.example", title="Sound"))
    assert [one.title for one in found.dates] == ["Sound"]
    assert found.left_out == 1
    return found.remarks[0][1]


def unreadable(body):
    with pytest.raises(Unreadable) as error:
        kept(body)
    return error.value.code


# --- The file ----------------------------------------------------------------------------------------------------


def test_only_what_is_used_is_kept():
    body = calendar(
        event(
            *("ATTENDEE;CN=Ana:mailto:ana@partner.example", "ORGANIZER:mailto:boss@partner.example"),
            *("ATTACH:https://partner.example/secret.pdf", "X-SECRET:1", "COMMENT:Ask Ana"),
            *("BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Ana is late", "TRIGGER:-PT1H", "END:VALARM"),
        ),
        "BEGIN:VTODO\r\nSUMMARY:Call Ana\r\nEND:VTODO\r\n",
        head=["METHOD:REQUEST", "X-WR-CALNAME:Ana", "X-WR-TIMEZONE:Europe/Vienna"],
    )
    assert kept(body) == (
        "BEGIN:VCALENDAR\nX-WR-TIMEZONE:Europe/Vienna\nBEGIN:VEVENT\nUID:one@partner.example\nSUMMARY:Open day\n"
        "DTSTART:20270610T080000Z\nEND:VEVENT\nEND:VCALENDAR\n"
    )


def test_what_is_kept_is_kept_the_same_when_it_is_read_anew():
    text = kept(calendar(OWN_ZONE, event("DESCRIPTION:a\\nb", starts="DTSTART;TZID=Our own time:20270610T080000")))
    assert kept(text.encode()) == text


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.replace(b"\r\n", b"\n"),
        lambda body: body.replace(b"\r\n", b"\r"),
        lambda body: b"\xef\xbb\xbf" + body,
        lambda body: body.decode().encode("utf-16"),
        lambda body: body.decode().encode("latin-1"),
        lambda body: body.replace("ö".encode(), b"\xc3\r\n \xb6"),
        lambda body: body.replace("ö".encode(), "ö\r\n\t".encode()),
        lambda body: body + b"\r\n\r\n",
        lambda body: body.replace(b"VEVENT", b"vevent").replace(b"SUMMARY", b"summary"),
        lambda body: body.replace(b"SUMMARY:", b"SUMMARY:\x00\x07"),
    ],
    ids=["LF", "CR", "BOM", "UTF-16", "latin-1", "fold in a letter", "fold by tab", "blank end", "small letters", "controls"],
)
def test_a_file_may_be_written_in_many_ways(change):
    body = change(calendar(event(title="Größte Öffnung")))
    assert [one.title for one in read(kept(body), WINDOW).dates] == ["Größte Öffnung"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "nothing"),
        (b" \r\n\r\n", "nothing"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "html"),
        (b"PK\x03\x04", "no-calendar"),
        (calendar(event())[:-20], "half"),
        (calendar(event()).replace(b"END:VEVENT\r\n", b""), "structure"),
        (calendar("END:VEVENT\r\n"), "structure"),
        (calendar("BEGIN:A\r\n" * 2000 + "END:A\r\n" * 2000), "structure"),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\nSUMMARY:x\r\nEND:VCALENDAR\r\n", "structure"),
        (calendar(event() * 5001), "too-many-events"),
        (calendar("BEGIN:VTIMEZONE\r\nEND:VTIMEZONE\r\n" * 201), "too-many-zones"),
        (calendar("X:1\r\n" * 200_001), "too-many-lines"),
        (calendar("X:" + "y" * 5 * 2**20 + "\r\n"), "too-large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_calendar_is_said_to_be_none(body, code):
    assert unreadable(body) == code


def test_a_calendar_without_events_has_none():
    assert (reading().dates, reading().events) == ([], 0)


def test_several_calendars_in_one_file_are_one():
    body = calendar(event()) + calendar(event(uid="two@partner.example", title="Two"))
    assert [one.title for one in read(kept(body), WINDOW).dates] == ["Open day", "Two"]


# --- What an event says ------------------------------------------------------------------------------------------


def test_a_date_says_what_its_event_says():
    one = only(
        *("DTEND:20270610T093000Z", "LOCATION:Hall 1\\, Vienna", "DESCRIPTION:Line one\\nline two\\; end"),
        *("URL:https://partner.example/open", "CATEGORIES:Innovation,Buying", "CATEGORIES:Open\\, free", "STATUS:TENTATIVE"),
    )
    assert (one.starts, one.ends, one.all_day) == ("2027-06-10T08:00:00+00:00", "2027-06-10T09:30:00+00:00", False)
    assert (one.title, one.place, one.description) == ("Open day", "Hall 1, Vienna", "Line one\nline two; end")
    assert (one.link, one.categories) == ("https://partner.example/open", ["Innovation", "Buying", "Open, free"])
    assert (one.status, one.zone, one.key) == ("TENTATIVE", "Europe/Vienna", "")


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:a@b.example",
        "https://me:pw@partner.example/",
        "https:///x",
        "https://a b/",
        "//partner.example",
        f"https://partner.example/{'x' * 500}",
    ],
)
def test_only_pages_are_linked(link):
    assert only(f"URL:{link}").link == ""


def test_days_stay_days():
    one = only("DTEND;VALUE=DATE:20270612", starts="DTSTART;VALUE=DATE:20270610")
    assert (one.all_day, one.starts, one.ends) == (True, "2027-06-10", "2027-06-11")
    one = only(starts="DTSTART;VALUE=DATE;TZID=Europe/Vienna:20270610")
    assert (one.all_day, one.starts, one.ends) == (True, "2027-06-10", "2027-06-10")


def test_a_duration_is_an_end():
    assert only("DURATION:PT90M").ends == "2027-06-10T09:30:00+00:00"
    assert only("DURATION:P2D", starts="DTSTART;VALUE=DATE:20270610").ends == "2027-06-11"


def test_what_has_no_end_ends_when_it_starts():
    assert only().ends == only().starts


def test_long_texts_are_cut_between_words():
    one = only(f"DESCRIPTION:{'word ' * 9000}", f"LOCATION:{'place ' * 100}", title="title " * 100)
    assert (one.description, one.place, one.title) == ("word " * 99 + "…", "place " * 49 + "…", "title " * 49 + "…")


def test_cancelled_events_are_kept_as_cancelled():
    assert only("STATUS:CANCELLED").status == "CANCELLED"


def test_html_becomes_text():
    assert plain("<p>Dear all,</p><p>come &amp; see<br>our <b>labs</b>:</p><ul><li>one<li>two</ul>") == (
        "Dear all,\n\ncome & see\nour labs:\n\n– one\n– two"
    )
    assert plain('See <a href="https://partner.example/x">the page</a>.') == "See the page (https://partner.example/x)."
    assert plain('<a href="https://partner.example">https://partner.example</a>') == "https://partner.example"
    assert plain('<a href="javascript:alert(1)">x</a><script>alert(1)</script><style>p{}</style> y') == "x y"
    assert plain("3 < 4 &amp; 5 > 4") == "3 < 4 & 5 > 4"
    assert plain("a\u00a0b  c\n\n\n\nd") == "a b c\n\nd"
    assert plain("R&D for <all>") == "R&D for <all>"
    assert one_line("<b>Open</b>\nday") == "Open day"


@pytest.mark.parametrize(
    ("lines", "facts", "code"),
    [
        (["CLASS:PRIVATE"], {}, "private"),
        (["CLASS:confidential"], {}, "private"),
        ([], {"uid": "x@calendar.example"}, "ours"),
        ([], {"uid": "x@Calendar.Example"}, "ours"),
        ([], {"title": ""}, "no-title"),
        ([], {"starts": "X-NOTHING:1"}, "no-start"),
        ([], {"starts": "DTSTART:yesterday"}, "format"),
        ([], {"starts": "DTSTART:20270230T080000Z"}, "format"),
        ([], {"starts": "DTSTART:02270610T080000Z"}, "year"),
        (["DTSTART:20270611T080000Z"], {}, "format"),
        ([], {"starts": "DTSTART;TZID=Wien:20270610T080000"}, "zone"),
        (["DTEND:20290610T080000Z"], {}, "too-long"),
        (["EXRULE:FREQ=DAILY"], {}, "rule"),
        (["RRULE:FREQ=SECONDLY"], {}, "rule"),
        (["RRULE:FREQ=MINUTELY;COUNT=2"], {}, "rule"),
        (["RRULE:FREQ=HOURLY"], {}, "rule"),
        (["RRULE:FREQ=DAILY;INTERVAL=0"], {}, "rule"),
        (["RRULE:FREQ=DAILY;INTERVAL=-1"], {}, "rule"),
        (["RRULE:FREQ=DAILY;COUNT=99999999"], {}, "rule"),
        (["RRULE:FREQ=DAILY;COUNT=2;UNTIL=20280101"], {}, "rule"),
        (["RRULE:FREQ=DAILY;UNTIL=never"], {}, "rule"),
        (["RRULE:FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5"], {}, "rule"),
        (["RRULE:FREQ=YEARLY;BYSECOND=" + ",".join(map(str, range(60)))], {}, "rule"),
        (["RRULE:FREQ=DAILY;BYDAY=" + "MO," * 200 + "MO"], {}, "rule"),
        (["RRULE:FREQ=DAILY;FREQ=WEEKLY"], {}, "rule"),
        (["RRULE:FREQ=MONTHLY;RSCALE=CHINESE"], {}, "rule"),
        (["RRULE:nonsense"], {}, "rule"),
        (["RRULE:FREQ=DAILY;BYDAY=XX"], {}, "format"),
    ],
)
def test_an_event_that_cannot_be_shown_is_left_out_and_counted(lines, facts, code):
    assert left_out(*lines, **facts) == code


def test_a_calendar_of_nothing_but_faults_is_a_fault():
    with pytest.raises(Unreadable) as error:
        reading(event(starts="DTSTART;TZID=Wien:20270610T080000"), event(starts="DTSTART:no", uid="two"))
    assert (error.value.code, error.value.detail) == ("nothing-readable", "zone")


def test_a_calendar_of_nothing_but_ours_is_refused():
    with pytest.raises(Unreadable) as error:
        reading(event(uid="x@calendar.example"))
    assert error.value.code == "ours"


def test_a_calendar_of_nothing_but_private_events_is_empty():
    assert reading(event("CLASS:PRIVATE")).dates == []


def test_two_events_of_one_uid_are_one():
    found = reading(event("SEQUENCE:1", title="Old"), event("SEQUENCE:2", title="New"))
    assert ([one.title for one in found.dates], found.remarks) == (["New"], [["Old", "same-uid"]])


def test_an_event_without_uid_is_known_by_what_it_says():
    without = event().replace("UID:one@partner.example\r\n", "")
    assert len(reading(without).dates[0].uid) == 64
    assert reading(without).dates == reading(without, event("CLASS:PRIVATE")).dates


# --- When: zones -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "head", "components", "zone"),
    [
        ("DTSTART;TZID=Europe/Athens:", [], [], "Europe/Athens"),
        ('DTSTART;TZID="Europe/Athens":', [], [], "Europe/Athens"),
        ("DTSTART;TZID=europe/athens:", [], [], "Europe/Athens"),
        ("DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Athens:", [], [], "Europe/Athens"),
        ("DTSTART;TZID=/citadel.org/20270101_1/Europe/Athens:", [], [], "Europe/Athens"),
        ("DTSTART;TZID=GTB Standard Time:", [], [], "Europe/Bucharest"),
        ("DTSTART;TZID=W. Europe Standard Time:", [], [], "Europe/Berlin"),
        ("DTSTART;VALUE=DATE-TIME;TZID=GMT Standard Time:", [], [], "Europe/London"),
        ("DTSTART:", ["X-WR-TIMEZONE:Europe/Athens"], [], "Europe/Athens"),
        ("DTSTART:", ["X-WR-TIMEZONE:E. Europe Standard Time"], [], "Europe/Chisinau"),
        ("DTSTART:", [], [], "Europe/Vienna"),
        ("DTSTART:", ["X-WR-TIMEZONE:Nowhere/Land"], [], "Europe/Vienna"),
        (
            "DTSTART;TZID=mine:",
            [],
            ["BEGIN:VTIMEZONE\r\nTZID:mine\r\nX-LIC-LOCATION:Europe/Lisbon\r\nEND:VTIMEZONE\r\n"],
            "Europe/Lisbon",
        ),
    ],
)
def test_a_zone_is_found_by_whatever_name(line, head, components, zone):
    for day in ("20270115", "20270715"):
        (one,) = reading(*components, event(starts=f"{line}{day}T090000"), head=head).dates
        meant = datetime.strptime(day, "%Y%m%d").replace(hour=9, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        assert (one.starts, one.zone) == (meant.isoformat(), zone)


def test_a_zone_of_its_own_is_what_the_file_says():
    own = (
        event(starts="DTSTART;TZID=Our own time:20270115T090000"),
        event(starts="DTSTART;TZID=Our own time:20270715T090000", uid="2"),
    )
    found = reading(OWN_ZONE, *own).dates
    assert [one.starts for one in found] == ["2027-01-15T07:00:00+00:00", "2027-07-15T06:00:00+00:00"]
    assert {one.zone for one in found} == {"Europe/Vienna"}  # it has no name that others know


def test_another_file_may_mean_another_zone_by_the_same_name():
    """icalendar keeps zones by name for as long as the process lives."""
    own = event(starts="DTSTART;TZID=Our own time:20270115T090000")
    assert starts(OWN_ZONE, own) == ["2027-01-15T07:00:00+00:00"]
    assert starts(OWN_ZONE.replace("+0200", "+0500").replace("+0300", "+0600"), own) == ["2027-01-15T04:00:00+00:00"]


def test_a_known_name_means_what_everybody_means_by_it():
    lie = OWN_ZONE.replace("Our own time", "Europe/London")
    assert starts(lie, event(starts="DTSTART;TZID=Europe/London:20270115T090000")) == ["2027-01-15T09:00:00+00:00"]


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=YEARLY;INTERVAL=0", "FREQ=YEARLY;" + "BYMONTH=1;" * 30, "x"])
def test_a_zone_whose_clock_is_changed_every_second_is_none(rule):
    zone = OWN_ZONE.replace("FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", rule)
    found = reading(zone, event(starts="DTSTART;TZID=Our own time:20270115T090000"), event(uid="two", title="Sound"))
    assert ([one.title for one in found.dates], found.remarks) == (["Sound"], [["Open day", "zone"]])


def test_utc_is_utc_whatever_zone_stands_beside_it():
    assert starts(event(starts="DTSTART;TZID=Europe/Athens:20270610T080000Z")) == ["2027-06-10T08:00:00+00:00"]


# --- When: repetitions -------------------------------------------------------------------------------------------


def around(zone, change, **facts):
    """The instants of 9:30 on each Monday around a day on which clocks are changed."""
    local = [
        datetime(change.year, change.month, change.day, 9, 30, tzinfo=ZoneInfo(zone)) + timedelta(days=7 * n - 13)
        for n in range(5)
    ]
    return [moment.astimezone(UTC).isoformat() for moment in local]


@pytest.mark.parametrize("change", [date(2027, 3, 28), date(2027, 10, 31)])
@pytest.mark.parametrize(
    ("tzid", "zone"),
    [
        ("Europe/Vienna", "Europe/Vienna"),
        ("Europe/Dublin", "Europe/Dublin"),
        ("FLE Standard Time", "Europe/Kiev"),
        ("Our own time", "Europe/Athens"),
        ("", "Europe/Lisbon"),
    ],
)
def test_a_weekly_hour_stays_when_clocks_change(tzid, zone, change):
    first = f"{change - timedelta(days=13):%Y%m%d}T093000"
    name = f";TZID={tzid}" if tzid else ""
    one = event("RRULE:FREQ=WEEKLY;COUNT=5", "DURATION:PT1H", starts=f"DTSTART{name}:{first}")
    assert starts(OWN_ZONE, one, head=[f"X-WR-TIMEZONE:{zone}"]) == around(zone, change)


def test_a_rule_in_utc_is_meant_in_utc():
    one = event("RRULE:FREQ=WEEKLY;COUNT=5", starts="DTSTART:20270315T083000Z")
    assert starts(one, head=["X-WR-TIMEZONE:Europe/Vienna"]) == [
        (datetime(2027, 3, 15, 8, 30, tzinfo=UTC) + timedelta(days=7 * n)).isoformat() for n in range(5)
    ]


def test_an_hour_that_is_skipped_comes_an_hour_later_and_one_that_comes_twice_is_the_first():
    """RFC 5545 §3.3.5: counted with the offset before the gap; the first of two."""
    rule = event("RRULE:FREQ=DAILY;COUNT=3", starts="DTSTART;TZID=Europe/Vienna:20270327T023000")
    assert starts(rule) == ["2027-03-27T01:30:00+00:00", "2027-03-28T01:30:00+00:00", "2027-03-29T00:30:00+00:00"]
    rule = event("RRULE:FREQ=DAILY;COUNT=3", starts="DTSTART;TZID=Europe/Vienna:20271030T023000")
    assert starts(rule) == ["2027-10-30T00:30:00+00:00", "2027-10-31T00:30:00+00:00", "2027-11-01T01:30:00+00:00"]


def test_an_hour_that_a_zone_of_its_own_skips_comes_an_hour_later_too():
    rule = event("RRULE:FREQ=DAILY;COUNT=3", starts="DTSTART;TZID=Our own time:20270327T023000")
    assert starts(OWN_ZONE, rule) == [
        "2027-03-27T00:30:00+00:00",
        "2027-03-28T00:30:00+00:00",
        "2027-03-28T23:30:00+00:00",
    ]


@pytest.mark.parametrize(
    ("length", "ends"),
    [
        ("DURATION:PT30M", "2027-03-28T01:00:00+00:00"),
        ("DURATION:PT2H", "2027-03-28T02:30:00+00:00"),
        ("DTEND;TZID=Europe/Vienna:20270327T033000", "2027-03-28T02:30:00+00:00"),  # two hours, as on the first day
        ("DURATION:P1D", "2027-03-28T23:30:00+00:00"),  # a day is a day, also one of 23 hours
    ],
)
def test_what_lasts_over_a_change_of_the_clock_lasts_as_long_as_ever(length, ends):
    found = reading(event("RRULE:FREQ=DAILY;COUNT=2", length, starts="DTSTART;TZID=Europe/Vienna:20270327T013000"))
    assert (found.dates[1].starts, found.dates[1].ends) == ("2027-03-28T00:30:00+00:00", ends)


SERIES = ["RRULE:FREQ=WEEKLY;COUNT=4", "DURATION:PT1H"]
BEGINS = "DTSTART;TZID=Europe/Vienna:20270315T093000"


def test_single_dates_are_left_out_moved_and_cancelled():
    found = reading(
        event(*SERIES, "EXDATE;TZID=Europe/Vienna:20270322T093000", starts=BEGINS),
        event(
            "RECURRENCE-ID;TZID=Europe/Vienna:20270329T093000",
            "DURATION:PT2H",
            title="Later",
            starts="DTSTART;TZID=Europe/Vienna:20270330T140000",
        ),
        event("RECURRENCE-ID:20270405T073000Z", "STATUS:CANCELLED", starts="DTSTART;TZID=Europe/Vienna:20270405T093000"),
    )
    assert [(one.key, one.starts, one.ends, one.title, one.status) for one in found.dates] == [
        ("2027-03-15T08:30:00+00:00", "2027-03-15T08:30:00+00:00", "2027-03-15T09:30:00+00:00", "Open day", "CONFIRMED"),
        ("2027-03-29T07:30:00+00:00", "2027-03-30T12:00:00+00:00", "2027-03-30T14:00:00+00:00", "Later", "CONFIRMED"),
        ("2027-04-05T07:30:00+00:00", "2027-04-05T07:30:00+00:00", "2027-04-05T07:30:00+00:00", "Open day", "CANCELLED"),
    ]


def test_a_moved_date_keeps_the_name_of_the_one_it_replaces():
    before = reading(event(*SERIES, starts=BEGINS)).dates
    after = reading(
        event(*SERIES, starts=BEGINS),
        event("RECURRENCE-ID;TZID=Europe/Vienna:20270329T093000", starts="DTSTART;TZID=Europe/Vienna:20270330T140000"),
    ).dates
    assert [one.key for one in before] == [one.key for one in after]


def test_this_and_all_that_follow_are_moved():
    found = starts(
        event(*SERIES, starts=BEGINS),
        event(
            "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Vienna:20270329T093000",
            starts="DTSTART;TZID=Europe/Vienna:20270329T110000",
        ),
    )
    assert found == [f"2027-{day}+00:00" for day in ("03-15T08:30:00", "03-22T08:30:00", "03-29T09:00:00", "04-05T09:00:00")]


def test_dates_may_be_listed():
    assert starts(event("RDATE;TZID=Europe/Vienna:20270322T100000,20270329T100000", starts=BEGINS)) == [
        "2027-03-15T08:30:00+00:00",
        "2027-03-22T09:00:00+00:00",
        "2027-03-29T08:00:00+00:00",
    ]


@pytest.mark.parametrize(
    ("until", "count"),
    [
        ("20270329", 3),  # a day: to its end
        ("20270329T093000", 3),  # on the clock of the start
        ("20270329T073000Z", 3),
        ("20270329T072959Z", 2),
        ("20270329T092959", 2),
        ("20270101", 0),
    ],
)
def test_the_last_date_of_a_rule_is_in_it(until, count):
    assert len(starts(event(f"RRULE:FREQ=WEEKLY;UNTIL={until}", starts=BEGINS))) == count
    floating = event(f"RRULE:FREQ=WEEKLY;UNTIL={until}", starts="DTSTART:20270315T093000")
    assert len(starts(floating)) == count


def test_the_last_day_of_a_rule_of_days_is_in_it():
    for until in ("20270329", "20270329T000000Z"):
        assert starts(event(f"RRULE:FREQ=WEEKLY;UNTIL={until}", starts="DTSTART;VALUE=DATE:20270315")) == [
            "2027-03-15",
            "2027-03-22",
            "2027-03-29",
        ]


def test_a_rule_without_end_ends_with_the_window():
    found = starts(event("RRULE:FREQ=MONTHLY;BYDAY=2TU", starts="DTSTART;TZID=Europe/Vienna:20190108T180000"))
    assert (len(found), found[0], found[-1]) == (18, "2027-01-12T17:00:00+00:00", "2028-06-13T16:00:00+00:00")


def test_a_calendar_of_too_many_dates_is_refused():
    daily = [event("RRULE:FREQ=DAILY", uid=str(number)) for number in range(3)]
    assert len(reading(*daily[:2]).dates) == 2 * 387
    with pytest.raises(Unreadable) as error:
        reading(*daily)
    assert error.value.code == "too-many-dates"


# --- In a process of its own -------------------------------------------------------------------------------------


def test_the_process_apart_reads_the_same():
    body = calendar(OWN_ZONE, event(*SERIES, starts="DTSTART;TZID=Our own time:20270315T093000"), event(starts="x", uid="2"))
    text = kept(body)
    assert apart.read_apart(text, WINDOW) == read(text, WINDOW)


def test_it_says_what_it_cannot_read():
    text = kept(calendar(event(uid="x@calendar.example")))
    with pytest.raises(Unreadable) as error:
        apart.read_apart(text, WINDOW)
    assert error.value.code == "ours"


def test_work_without_end_ends(monkeypatch):
    """The 30th of February: dateutil looks for it in every day until the year 9999."""
    monkeypatch.setattr(apart, "MOST_SECONDS", 2.0)
    never = [event("RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", uid=str(number)) for number in range(40)]
    began = time.monotonic()
    with pytest.raises(Unreadable) as error:
        apart.read_apart(kept(calendar(*never)), WINDOW)
    assert error.value.code == "too-much-work"
    assert time.monotonic() - began < 15  # its own limit, of twenty seconds of the processor, would end it later


def test_nothing_of_our_secrets_is_told_to_it(monkeypatch, tmp_path):
    """What is run in its place writes down its environment."""
    told = tmp_path / "told"
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\nenv > {told}\nexit 1\n")
    fake.chmod(0o700)
    monkeypatch.setattr(apart.sys, "executable", str(fake))
    monkeypatch.setenv("SECRET_KEY", "do not tell")
    with pytest.raises(Unreadable):
        apart.read_apart(kept(calendar(event())), WINDOW)
    names = {line.partition("=")[0] for line in told.read_text().splitlines()}
    assert names - {"PWD", "SHLVL", "_", "OLDPWD"} == {"PYTHONPATH", "PATH", "PYTHONIOENCODING"}
