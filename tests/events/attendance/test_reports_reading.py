"""The attendance reports of four tools, in English and German: who was connected when. The people are invented."""

import io
import time
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.attendance.reports import spans
from events.attendance.reports.moments import Clock, duration, order_of
from events.attendance.reports.reading import read_report
from network import sheet_files
from network.errors import Invalid
from network.vocabulary import zone_named

SAMPLES = Path(__file__).parent / "report_samples"
DAY = date(2027, 4, 28)
VIENNA = "Europe/Vienna"

ANNA = [("06:58:10", "08:15:00"), ("08:20:30", "10:00:20")]
BEN = [("07:02:11", "10:03:00")]
CLEO = [("07:30:00", "09:00:00")]
OLGA = [("06:50:00", "10:05:00")]


def read(name, zone=VIENNA, day=DAY):
    return read_report((SAMPLES / name).read_bytes(), zone=zone, days={day})


def connections(person):
    return [(f"{start:%H:%M:%S}", f"{end:%H:%M:%S}") for start, end in person.spans]


def told(report):
    return {(person.name, person.email): (connections(person), person.minutes) for person in report.people}


def mail(name):
    return f"{name}@demo.example"


@pytest.mark.parametrize(
    ("sample", "tool", "anna", "ben", "ben_mail", "cleo", "cleo_mail"),
    [
        ("zoom_meeting_en.csv", "zoom", "Anna Müller", "Buyer, Ben", "", "C C (Cleo Contracts)", ""),
        ("zoom_meeting_de.csv", "zoom", "Anna Müller", "Ben Buyer", "", "Cleo Contracts", ""),
        ("zoom_webinar_en.csv", "zoom", "Anna Müller", "Ben Buyer", mail("ben.buyer"), "Cleo Contracts", ""),
        (
            "zoom_webinar_de.csv",
            "zoom",
            "Anna Müller",
            "Ben Buyer",
            mail("ben.buyer"),
            "Cleo Contracts",
            mail("cleo.contracts"),
        ),
        ("teams_en.csv", "teams", "Müller, Anna (Guest)", "Ben Buyer (Unverified)", "", "Cleo Contracts", ""),
        ("teams_de.csv", "teams", "Anna Müller (Extern)", "Ben Buyer (Gast)", "", "Cleo Contracts", ""),
        ("teams_2021_en.csv", "teams", "Anna Müller", "Ben Buyer", "", "Cleo Contracts", ""),
        ("webex_en.csv", "webex", "Anna Müller", "Ben Buyer", mail("ben.buyer"), "Cleo Contracts", ""),
        ("webex_de.csv", "webex", "Anna Müller", "Ben Buyer", mail("ben.buyer"), "Cleo Contracts", ""),
    ],
)
def test_every_connection_of_everybody_is_read(sample, tool, anna, ben, ben_mail, cleo, cleo_mail):
    report = read(sample)
    assert (report.tool, report.zone, report.is_zone_stated) == (tool, VIENNA, False)
    assert told(report) == {
        ("Olga Organiser", mail("olga.organiser")): (OLGA, None),
        (anna, mail("anna.mueller")): (ANNA, None),
        (ben, ben_mail): (BEN, None),
        (cleo, cleo_mail): (CLEO, None),
    }


@pytest.mark.parametrize("sample", ["teams_old_en.csv", "teams_old_de.csv"])
def test_the_old_list_of_teams_pairs_comings_and_goings(sample):
    assert told(read(sample)) == {
        ("Olga Organiser", ""): (OLGA, None),
        ("Müller, Anna", ""): (ANNA, None),
        ("Ben Buyer", ""): (BEN, None),
        ("Cleo Contracts", ""): (CLEO, None),
    }


@pytest.mark.parametrize("sample", ["bigbluebutton_en.csv", "bigbluebutton_de.csv"])
def test_bigbluebutton_says_from_and_until_and_how_long_in_between(sample):
    report = read(sample)
    assert report.tool == "bigbluebutton"
    assert told(report) == {
        ("Olga Organiser", ""): (OLGA, None),
        ("Anna Müller", ""): ([("06:58:10", "10:00:20")], 177),  # away for five minutes in between
        ("Ben Buyer", ""): (BEN, None),
        ("Cleo Contracts", ""): (CLEO, None),
    }


def test_the_data_of_bigbluebuttons_dashboard_is_exact_and_needs_no_zone():
    report = read("bigbluebutton.json", zone="America/New_York")
    assert (report.tool, report.zone, report.is_zone_stated) == ("bigbluebutton", "UTC", True)
    assert told(report) == {
        ("Olga Organiser", ""): (OLGA, None),  # had not left when it ended
        ("Anna Müller", ""): (ANNA, None),
        ("Ben Buyer", ""): (BEN, None),
        ("Cleo Contracts", ""): (CLEO, None),
    }


def test_zoom_of_unique_users_says_how_long_but_not_when():
    assert told(read("zoom_unique_en.csv")) == {
        ("Olga Organiser", mail("olga.organiser")): ([], 195),
        ("Anna Müller", mail("anna.mueller")): ([], 177),
        ("Ben Buyer", ""): ([], 181),
        ("Cleo Contracts", ""): ([], 90),
    }


def test_the_older_detail_of_webex_names_its_zone_and_that_counts():
    report = read("webex_detail_en.csv", zone="Asia/Tokyo")
    assert (report.tool, report.zone, report.is_zone_stated) == ("webex", VIENNA, True)
    assert told(report)["Anna Müller", mail("anna.mueller")] == ([("06:58:00", "08:15:00"), ("08:20:00", "10:00:00")], None)


def test_a_heading_can_name_the_zone():
    csv = (
        "Name,First Join (UTC),Last Leave (UTC),In-Meeting Duration,Email\nAnna,4/28/2027 7:00:00 AM,4/28/2027 8:00:00 AM,1h,\n"
    )
    report = read_report(csv.encode(), zone=VIENNA, days={DAY})
    assert (report.zone, report.is_zone_stated) == ("UTC", True)
    assert told(report) == {("Anna", ""): ([("07:00:00", "08:00:00")], None)}


def test_without_a_word_in_the_file_the_clock_is_the_one_that_was_chosen():
    assert told(read("zoom_meeting_de.csv", zone="Europe/Lisbon"))["Ben Buyer", ""] == ([("08:02:11", "11:03:00")], None)


def test_a_workbook_reads_like_the_file_it_was_made_of():
    book = openpyxl.Workbook()
    sheet = book.active
    for line in (SAMPLES / "teams_en.csv").read_text(encoding="utf-16").splitlines():
        sheet.append(line.split("\t"))
    sheet.append(["Dora Dates", datetime(2027, 4, 28, 9, 0, 5), datetime(2027, 4, 28, 10, 0, 5), "1h", "", "Attendee"])
    file = io.BytesIO()
    book.save(file)
    report = read_report(file.getvalue(), zone=VIENNA, days={DAY})
    found = told(report)
    assert found.pop(("Dora Dates", "")) == ([("07:00:05", "08:00:05")], None)
    assert found == told(read("teams_en.csv"))


def test_a_file_saved_by_a_german_excel_reads_the_same():
    text = (SAMPLES / "zoom_meeting_en.csv").read_text(encoding="utf-8-sig")
    csv = text.replace('"Buyer, Ben"', "Ben Buyer").replace("Market dialogue, day 1", "Market").replace(",", ";")
    assert told(read_report(csv.encode("cp1252"), zone=VIENNA, days={DAY}))["Ben Buyer", ""] == (BEN, None)


def zoom(*rows):
    lines = ["Name (original name),Email,Join time,Leave time,Duration (minutes)", *rows]
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    ("join", "leave", "day", "order", "how", "start"),
    [
        ("03/04/2027 09:00", "03/04/2027 10:00", date(2027, 4, 3), "day", "session", "2027-04-03T07:00"),
        ("03/04/2027 09:00", "03/04/2027 10:00", date(2027, 3, 4), "month", "session", "2027-03-04T08:00"),
        ("28/04/2027 09:00", "28/04/2027 10:00", date(2027, 1, 1), "day", "", "2027-04-28T07:00"),
        ("04/28/2027 09:00", "04/28/2027 10:00", date(2027, 1, 1), "month", "", "2027-04-28T07:00"),
        ("03/04/2027 09:00", "03/04/2027 10:00", date(2027, 9, 9), "day", "guess", "2027-04-03T07:00"),
        ("03/04/2027 9:00 AM", "03/04/2027 10:00 AM", date(2027, 9, 9), "month", "guess", "2027-03-04T08:00"),
        ("04/04/2027 09:00", "04/04/2027 10:00", date(2027, 9, 9), "", "", "2027-04-04T07:00"),
    ],
)
def test_whether_day_or_month_comes_first_is_decided_and_said(join, leave, day, order, how, start):
    report = read_report(zoom(f"Anna,,{join},{leave},60"), zone=VIENNA, days={day})
    assert (report.order, report.how) == (order, how)
    assert f"{report.people[0].spans[0][0]:%Y-%m-%dT%H:%M}" == start


def test_dates_that_contradict_each_other_are_refused():
    content = zoom("Anna,,28/04/2027 09:00,28/04/2027 10:00,60", "Ben,,04/28/2027 09:00,04/28/2027 10:00,60")
    with pytest.raises(Invalid) as error:
        read_report(content, zone=VIENNA, days={DAY})
    assert error.value.errors == {
        "file": ["In some dates of this file the day comes first, in others the month. Export it again."]
    }


def test_what_is_no_time_is_named_with_its_line():
    with pytest.raises(Invalid) as error:
        read_report(zoom("Anna,,soon,28.04.2027 10:00,60"), zone=VIENNA, days={DAY})
    assert error.value.errors == {
        "file": ["Line 2: “soon” is no date and time that we can read. Export the report again, as it comes."]
    }


def test_another_table_is_refused_and_it_is_said_what_was_found():
    with pytest.raises(Invalid) as error:
        read_report(b"Name,Shoe size\nAnna,38\n", zone=VIENNA, days={DAY})
    assert error.value.errors["file"][0].endswith("for the duration. Found is: “Name”, “Shoe size”.")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 900,
        b"PK\x03\x04nonsense",
        b"{}",
        b'{"users": 3}',
        b'{"users": {"a": {"name": "x", "intIds": 4}}}',
        b"\xff\xfe",
    ],
    ids=repr,
)
def test_what_is_broken_is_refused_in_words(content):
    with pytest.raises(Invalid) as error:
        read_report(content, zone=VIENNA, days={DAY})
    assert set(error.value.errors) == {"file"}


def test_a_report_of_nobody_says_so():
    with pytest.raises(Invalid) as error:
        read_report(zoom("Anna,,--,--,--"), zone=VIENNA, days={DAY})
    assert error.value.errors == {"file": ["This is a report of Zoom, but it names nobody who came."]}


def test_formulas_are_text_and_nothing_more():
    report = read_report(
        zoom('"=HYPERLINK(""http://x.example"")",,28.04.2027 09:00,28.04.2027 10:00,60'), zone=VIENNA, days={DAY}
    )
    assert [person.name for person in report.people] == ['=HYPERLINK("http://x.example")']


def faults(content):
    """The fields that are wrong; none if it was read."""
    try:
        read_report(content, zone=VIENNA, days={DAY})
    except Invalid as error:
        return set(error.errors)
    return set()


@given(st.binary(max_size=400))
def test_no_bytes_do_more_than_be_refused(content):
    assert faults(content) <= {"file"}


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=20))
def test_no_cell_does_more_than_be_refused(name, join, minutes):
    cells = [text.replace('"', "").replace("\r", " ").replace("\n", " ") for text in (name, join, minutes)]
    assert faults(zoom(f'"{cells[0]}",,"{cells[1]}","28.04.2027 10:00","{cells[2]}"')) <= {"file"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1h 30m 51s", 5451), ("59 Min. 3 Sek.", 3543), ("204 mins", 12240), ("01:02:03", 3723), ("62", 3720), ("3h 49s", 10849),
        ("2 Std. 5 Min.", 7500), ("1,5", 90), ("45s", 45), ("-", None), ("", None), ("long", None),
    ],
)  # fmt: skip
def test_lengths_of_time_are_read(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2027-04-28T09:00:05Z", "09:00:05"),
        ("2027-04-28 09:00:05+02:00", "07:00:05"),
        ("2027-04-28 09:00:05.123", "07:00:05"),
        ("28.4.27, 9:00", "07:00:00"),
        ("28. 4. 2027 um 09:00 Uhr", "07:00:00"),
        ("Apr 28, 2027 9:00 pm", "19:00:00"),
        ("28 April 2027 12:00:00 a.m.", "22:00:00"),
        ("28. Apr. 2027, 12:00 PM", "10:00:00"),
        ("04/28/2027 02:05:10 PM", "12:05:10"),
        ("4/28/2027, 12:15 AM", "22:15:00"),
        ("4/28/2027, 9:00:00 AM CEST", "07:00:00"),
        ("28.04.2027 09:00 MEZ", "08:00:00"),
        ("28.04.2027 09:00 GMT-3", "12:00:00"),
    ],
)
def test_moments_are_read(text, utc):
    assert f"{Clock('month', zone_named(VIENNA)).read(text):%H:%M:%S}" == utc


def test_the_hour_that_summer_time_skips_does_not_stop_a_report():
    assert Clock("", zone_named(VIENNA)).read("28.03.2027 02:30") == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


def test_dates_with_dots_need_no_order():
    assert order_of(["28.04.2027 09:00", "03.04.2027"], {DAY}) == ("", "")


moments = st.datetimes(datetime(2027, 4, 28), datetime(2027, 4, 29)).map(lambda moment: moment.replace(microsecond=0))
some_spans = st.lists(st.tuples(moments, moments), max_size=8)


@given(some_spans)
def test_united_connections_count_every_second_once(found):
    """Told by the second: a set of all seconds that any of them covers is as large as the union is long."""
    small = [(start.replace(hour=9), end.replace(hour=9)) for start, end in found]
    covered = set()
    for start, end in small:
        first, last = (int((one - datetime(2027, 4, 28)).total_seconds()) for one in (start, end))
        covered.update(range(first, last))
    union = spans.joined(small)
    assert sum((end - start).total_seconds() for start, end in union) == len(covered)
    assert spans.joined(reversed(union)) == union


def test_what_is_outside_of_the_session_is_cut_off():
    start, end = datetime(2027, 4, 28, 9), datetime(2027, 4, 28, 12)
    early, late = datetime(2027, 4, 28, 8), datetime(2027, 4, 28, 13)
    assert spans.clipped([(early, start), (early, late), (end, late)], start, end) == [(start, end)]
    assert spans.minutes([(datetime(2027, 4, 28, 9), datetime(2027, 4, 28, 9, 1, 30))]) == 2


def test_a_large_report_is_read_whole():
    rows = [f"Person {n},p{n}@demo.example,28.04.2027 09:{n % 60:02}:00,28.04.2027 11:{n % 60:02}:00,120" for n in range(5000)]
    report = read_report(zoom(*rows), zone=VIENNA, days={DAY})
    assert len(report.people) == 5000


def test_endless_words_do_not_hold_up_the_reader():
    row = b"Anna,,28.04.2027 09:00,28.04.2027 10:00,60"
    began = time.process_time()
    report = read_report(b"Time zone: " + b"a" * 80_000 + b"\n" + zoom(row.decode()), zone=VIENNA, days={DAY})
    assert (time.process_time() - began < 5, len(report.people)) == (True, 1)


def test_too_many_rows_are_refused():
    rows = ["A,,28.04.2027 09:00,28.04.2027 10:00,60"] * 20_001
    with pytest.raises(Invalid) as error:
        read_report(zoom(*rows), zone=VIENNA, days={DAY})
    assert error.value.errors == {"file": ["This file has more than 20,000 rows. Divide it."]}


def test_what_divides_the_cells_is_found_among_several_tables():
    lines = sheet_files.read(io.BytesIO(b"Title\nA;B\n1;2,5\n"), size=9, most_rows=9, in_parts=True).lines
    assert [list(line.cells) for line in lines] == [["Title"], ["A", "B"], ["1", "2,5"]]
