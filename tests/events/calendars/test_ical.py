"""What we write by hand is read back equal by icalendar, which knows nothing of us."""

import re
from datetime import timedelta

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.calendars.entries import ical

# Any text of Unicode that a database and a calendar can hold. Controls are taken out, line ends become newlines.
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300)
PRINTABLE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200)


@given(ANY_TEXT)
def test_no_line_is_longer_than_75_octets_and_no_character_is_cut(value):
    folded = ical.fold(f"SUMMARY:{ical.text(value)}").encode()
    assert folded.endswith(b"\r\n")
    pieces = folded[:-2].split(b"\r\n ")
    assert all(len(piece) + (1 if number else 0) <= 75 for number, piece in enumerate(pieces))
    assert "".join(piece.decode() for piece in pieces) == f"SUMMARY:{ical.text(value)}"


def test_a_line_of_75_octets_stays_whole_and_one_of_76_is_folded():
    assert ical.fold("x" * 75) == "x" * 75 + "\r\n"
    assert ical.fold("x" * 76) == "x" * 75 + "\r\n x\r\n"
    assert ical.fold("x" * 74 + "é") == "x" * 74 + "\r\n é\r\n"


@given(ANY_TEXT)
def test_a_text_comes_back_as_icalendar_reads_it(value):
    component = ical.lines("BEGIN:VEVENT", f"SUMMARY:{ical.text(value)}", f"COMMENT:{ical.text(value)}", "END:VEVENT")
    read = icalendar.Event.from_ical(component)
    assert str(read["SUMMARY"]) == ical.clean(value)


@given(st.lists(PRINTABLE.filter(lambda text: text.strip()), min_size=1, max_size=4))
def test_categories_come_back_one_by_one(values):
    component = ical.lines("BEGIN:VEVENT", f"CATEGORIES:{ical.texts(values)}", "END:VEVENT")
    assert [str(value) for value in icalendar.Event.from_ical(component)["CATEGORIES"].cats] == [
        value.replace("\\", "/") for value in values
    ]


def test_a_backslash_in_a_parameter_is_a_slash_because_readers_disagree_on_what_it_means():
    assert ical.parameter("C:\\;\\") == '"C:/;/"'


def test_a_parameter_is_quoted_and_what_quotes_cannot_hold_is_written_with_carets():
    assert ical.parameter('Say "hello", or ^not\nhere: ok') == "\"Say ^'hello^', or ^^not^nhere: ok\""


@pytest.mark.parametrize(
    ("value", "text"), [("a\r\nb\rc\nd", "a\\nb\\nc\\nd"), ("a\0b\x07c\x7f\td", "abc\td"), ("\\;,", "\\\\\\;\\,")]
)
def test_line_ends_are_newlines_and_controls_are_dropped(value, text):
    assert ical.text(value) == text


@pytest.mark.parametrize(
    ("offset", "text"), [(timedelta(hours=2), "+0200"), (timedelta(hours=-3, minutes=-30), "-0330"), (timedelta(0), "+0000")]
)
def test_offsets(offset, text):
    assert ical.offset(offset) == text


def test_an_address_is_one_word():
    assert not re.search(r"\s", ical.uri("https://calendar.example/a b\nc"))
