"""Single properties of an entry: descriptions in two forms, places, the link to join, what an invitation adds."""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import icalendar
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from events.calendars.entries import texts
from tests.events.calendars.composing import STAMP, composed, made, venue
from tests.events.calendars.reading import lines_of

MARKED = "# Why\n\n- it *pays*\n- see [the guide](https://guide.example/?a=1&b=2)"


def properties(component, *names):
    return [line for line in lines_of(component.encode()) if re.split("[;:]", line)[0] in names]


def html_of(component):
    """The HTML in ALTREP, as Thunderbird takes it: behind this prefix, percent-decoded. None if there is none."""
    value = icalendar.Event.from_ical(component)["DESCRIPTION"].params.get("ALTREP")
    prefix = "data:text/html,"
    assert value is None or value.startswith(prefix)
    return value and unquote(value.removeprefix(prefix), errors="strict")


# --- The description as HTML ----------------------------------------------------------------------------------------


def test_a_description_with_marks_comes_as_html_too_from_the_same_facts():
    component = composed(
        "participant", description=MARKED, join_link="https://meet.example/a?b=1&c=2", speakers=["Ann & <Bob>"]
    )
    assert html_of(component) == (
        "<p>How to talk to suppliers.</p><h3>Why</h3>\n<ul>\n<li>it <em>pays</em></li>\n"
        '<li>see <a href="https://guide.example/?a=1&amp;b=2" rel="noopener noreferrer">the guide</a></li>\n</ul>\n'
        "<p>Speakers: Ann &amp; &lt;Bob&gt; (City)<br>Organised by: Centre<br>Language: English<br>"
        'Link to join: <a href="https://meet.example/a?b=1&amp;c=2">https://meet.example/a?b=1&amp;c=2</a></p>'
        "<p>Details and registration: "
        '<a href="https://calendar.example/events/dialogue/">https://calendar.example/events/dialogue/</a></p>'
    )
    assert str(icalendar.Event.from_ical(component)["DESCRIPTION"]) == (
        "How to talk to suppliers.\n\nWhy\n\n– it pays\n– see the guide (https://guide.example/?a=1&b=2)\n\n"
        "Speakers: Ann & <Bob> (City)\nOrganised by: Centre\nLanguage: English\n"
        "Link to join: https://meet.example/a?b=1&c=2\n\n"
        "Details and registration: https://calendar.example/events/dialogue/"
    )


@pytest.mark.parametrize("audience", ["public", "tentative", "staff"])
def test_the_html_keeps_the_link_to_join_from_whom_the_text_does(audience):
    html = html_of(composed(audience, description=MARKED, join_link="https://meet.example/secret"))
    assert "<li>it <em>pays</em></li>" in html
    assert "meet.example" not in html


@pytest.mark.parametrize("description", ["", "One paragraph.", "One.\n\nTwo."])
def test_plain_paragraphs_have_no_html_because_it_would_say_nothing_more(description):
    assert html_of(composed(description=description)) is None


def test_html_of_a_kilobyte_or_more_is_left_out():
    def size(words):
        component = composed(description="*x* " + "word " * words)
        found = re.search('ALTREP="([^"]*)"', component.replace("\r\n ", ""))
        return found and len(found[1])

    longest = max(words for words in range(150) if size(words))
    assert 990 <= size(longest) < 1000
    assert size(longest + 1) is None


def test_html_of_other_scripts_is_percent_encoded_utf_8():
    component = composed(description="*Δημόσιες* ^\"'", summary="Größe; 🎓, \\n")
    value = re.search('ALTREP="([^"]*)"', component.replace("\r\n ", ""))[1]
    assert re.fullmatch(r"data:text/html,[A-Za-z0-9%_.~/:=!'()-]+", value)
    assert html_of(component).startswith("<p>Größe; 🎓, \\n</p><p><em>Δημόσιες</em> ^\"'</p>")


# --- The place -----------------------------------------------------------------------------------------------------

POINT = {"latitude": 48.2, "longitude": -16.37208}


@pytest.mark.parametrize(
    ("form", "where", "expected"),
    [
        (
            "on-site",
            venue(**POINT),
            [
                "LOCATION:Procurement house\\nTest street 1\\, Vienna\\, Austria",
                "GEO:48.20000;-16.37208",
                (
                    'X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-ADDRESS="Test street 1, Vienna, Austria";X-APPLE-RADIUS=72;'
                    'X-TITLE="Procurement house":geo:48.20000,-16.37208'
                ),
            ],
        ),
        (
            "on-site",
            venue(address="", **POINT),
            [
                "LOCATION:Procurement house\\, Vienna\\, Austria",
                "GEO:48.20000;-16.37208",
                (
                    "X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-APPLE-RADIUS=72;"
                    'X-TITLE="Procurement house, Vienna, Austria":geo:48.20000,-16.37208'
                ),
            ],
        ),
        (
            "hybrid",
            venue(**POINT),
            [
                "LOCATION:Procurement house\\, and online\\nTest street 1\\, Vienna\\, Austria",
                "GEO:48.20000;-16.37208",
                (
                    'X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-ADDRESS="Test street 1, Vienna, Austria";X-APPLE-RADIUS=72;'
                    'X-TITLE="Procurement house, and online":geo:48.20000,-16.37208'
                ),
            ],
        ),
        ("on-site", venue(), ["LOCATION:Procurement house\\, Test street 1\\, Vienna\\, Austria"]),
        ("hybrid", venue(), ["LOCATION:Procurement house\\, Test street 1\\, Vienna\\, Austria\\, and online"]),
        ("hybrid", None, ["LOCATION:Online"]),
        ("online", venue(**POINT), ["LOCATION:Online"]),
        ("on-site", None, []),
    ],
)
def test_what_apple_is_told_of_a_place_are_the_lines_of_the_location(form, where, expected):
    component = composed(format=form, venue=where)
    assert properties(component, "LOCATION", "GEO", "X-APPLE-STRUCTURED-LOCATION") == expected
    if apple := icalendar.Event.from_ical(component).get("X-APPLE-STRUCTURED-LOCATION"):
        lines = [apple.params["X-TITLE"], *filter(None, [apple.params.get("X-ADDRESS")])]
        assert "\n".join(lines) == str(icalendar.Event.from_ical(component)["LOCATION"])


# --- Taking part ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["online", "hybrid"])
def test_participants_join_by_a_link_with_two_features_that_are_two_values(form):
    component = composed("participant", format=form, join_link="https://meet.example/a,b;c?d=ü x")
    assert properties(component, "CONFERENCE") == [
        'CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL="Join online":https://meet.example/a,b;c?d=ü%20x'
    ]
    assert icalendar.Event.from_ical(component)["CONFERENCE"].params["FEATURE"] == ["AUDIO", "VIDEO"]


@pytest.mark.parametrize(("language", "label"), [("en", "Join online"), ("de", "Online teilnehmen")])
def test_the_label_of_the_link_is_in_the_readers_language(language, label):
    component = composed("participant", language, format="online", join_link="https://meet.example/")
    assert icalendar.Event.from_ical(component)["CONFERENCE"].params["LABEL"] == label


@pytest.mark.parametrize(
    ("visibility", "state", "expected"),
    [
        ("public", "published", "PUBLIC"),
        ("network", "published", "PRIVATE"),
        ("invited", "published", "PRIVATE"),
        ("public", "draft", "PRIVATE"),
    ],
)
def test_the_class_is_who_may_know_of_the_event(visibility, state, expected):
    assert properties(composed(visibility=visibility, state=state), "CLASS") == [f"CLASS:{expected}"]


@pytest.mark.parametrize(("kind", "colour"), [("training", "seagreen"), ("visit", "steelblue"), ("ceremony", "goldenrod")])
def test_each_kind_of_event_has_a_colour_and_a_badge_at_an_address_that_stays(kind, colour):
    entry, event, session = made()
    event.kind = kind
    component = texts.vevent(entry=entry, event=event, session=session, audience="public")
    assert properties(component, "COLOR", "IMAGE") == [
        f"COLOR:{colour}",
        f"IMAGE;VALUE=URI;DISPLAY=BADGE;FMTTYPE=image/png:https://calendar.example/static/calendar/{kind}.png",
    ]
    assert Path(finders.find(f"calendar/{kind}.png")).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    # The file of that very name is served beside the one that carries its hash.
    assert not getattr(settings, "WHITENOISE_KEEP_ONLY_HASHED_FILES", False)


def test_the_address_of_the_badge_follows_static_files_to_another_host(settings):
    settings.STATIC_URL = "https://files.example/static/"
    _entry, event, _session = made()
    assert texts.image_address(event) == "https://files.example/static/calendar/training.png"


# --- What an invitation adds -----------------------------------------------------------------------------------------


def test_an_invitation_has_its_own_stamp_and_sequence_and_lines_that_are_folded_as_all_are():
    entry, event, session = made()
    attendee = f'ATTENDEE;CN="{"Ü" * 60}";PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:ana@demo.example'
    component = texts.vevent(
        entry=entry,
        event=event,
        session=session,
        audience="participant",
        stamp=STAMP + timedelta(hours=1),
        sequence=7,
        extra=("ORGANIZER:mailto:rsvp@calendar.example", attendee),
    )
    assert properties(component, "DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE") == [
        "DTSTAMP:20261123T103000Z",
        "CREATED:20261123T093000Z",
        "LAST-MODIFIED:20261123T103000Z",
        "SEQUENCE:7",
    ]
    assert lines_of(component.encode())[-3:] == ["ORGANIZER:mailto:rsvp@calendar.example", attendee, "END:VEVENT"]
    assert max(len(line) for line in component.encode().split(b"\r\n")) == 75


@pytest.mark.parametrize("kind", ["session", "whole"])
def test_an_entry_is_called_off_for_one_reader_alone(kind):
    component = composed("participant", withdrawn=True, kind=kind, format="online", join_link="https://meet.example/secret")
    assert properties(component, "SUMMARY", "STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS", "CONFERENCE") == [
        "SUMMARY:CANCELLED: Dialogue",
        "STATUS:CANCELLED",
        "TRANSP:TRANSPARENT",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
    ]
    assert "meet.example" not in component
    assert str(icalendar.Event.from_ical(component)["DESCRIPTION"]).startswith("You do not take part in this.\n\n")
