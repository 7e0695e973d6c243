"""Whatever Unicode allows in a title, a description, a place or a name comes back equal from icalendar and from ical.js."""

import re
from urllib.parse import unquote

import icalendar
import pytest
from django.utils import translation
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from events.calendars.entries import ical, texts, wording
from network.models import Centre
from tests.events.calendars.composing import calendar_of, made, venue

pytestmark = pytest.mark.node

# Controls and halves of surrogate pairs too, which no form lets in and iCalendar cannot hold.
ANY = st.text(st.characters(exclude_categories=[]), min_size=1, max_size=120)
NAMED = st.fixed_dictionaries({"name": ANY, "address": ANY | st.just(""), "city": ANY})
FACTS = st.fixed_dictionaries(
    {
        "title": ANY,
        "summary": ANY,
        "description": ANY | ANY.map("# {}".format) | ANY.map("- *{}*".format),
        "venue": NAMED,
        "centre": ANY,
        "speakers": st.lists(ANY, max_size=2),
        "sectors": st.lists(ANY, max_size=3),
        "kind": st.sampled_from(["session", "whole"]),
        "format": st.sampled_from(["on-site", "hybrid"]),
    }
)


def composed(uid, *, centre, venue: dict, **facts):
    """A VEVENT of these facts, and what a reader should see of them."""
    where = {name: value or "" for name, value in venue.items()}
    point = {"latitude": 48.2, "longitude": 16.37}
    entry, event, session = made(
        uid=uid,
        organising_centre=Centre(pk=1, name=centre),
        venue=venue_of(where, point),
        join_link="https://meet.example/",
        **facts,
    )
    clean = {name: ical.clean(value) for name, value in where.items()}
    address = f"{clean['address']}, {clean['city']}, Austria"
    online = ", and online" if facts["format"] == "hybrid" else ""
    title = clean["name"] + online if where["address"] else f"{clean['name']}, {clean['city']}, Austria{online}"
    with translation.override("en"):
        component = texts.vevent(entry=entry, event=event, session=session, audience="participant")
        page = texts.event_address(event)
        words = wording.describe(entry, event, session, "participant", address=page, where="")
    return component, {
        "summary": ical.clean(facts["title"]),
        "description": ical.clean(words.plain),
        "html": ical.clean(words.html) if words.altrep else None,
        "contact": ical.clean(centre),
        "location": f"{title}\n{address}" if where["address"] else title,
        # A backslash is a slash in a parameter and in a list; see ``ical.parameter`` and ``ical.texts``.
        "categories": ["Training", *(ical.clean(name).replace("\\", "/") for name in facts["sectors"])],
        "apple": [title.replace("\\", "/"), address.replace("\\", "/") if where["address"] else None],
    }


def venue_of(where, point):
    return venue(**where, **point)


def as_icalendar_reads(event):
    apple = event["X-APPLE-STRUCTURED-LOCATION"].params
    altrep = event["DESCRIPTION"].params.get("ALTREP")
    return {
        "summary": str(event["SUMMARY"]),
        "description": str(event["DESCRIPTION"]),
        "html": altrep and unquote(altrep.removeprefix("data:text/html,"), errors="strict"),
        "contact": str(event["CONTACT"]),
        "categories": [str(category) for category in event["CATEGORIES"].cats],
        "location": str(event["LOCATION"]),
        "apple": [apple["X-TITLE"], apple.get("X-ADDRESS")],
    }


# Not made smaller when one fails: each step would be another process of Node.
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(several=st.lists(FACTS, min_size=1, max_size=15))
def test_any_text_comes_back_equal_through_ical_js_and_icalendar(ical_js, several):
    made = [composed(f"{number}@calendar.example", **facts) for number, facts in enumerate(several)]
    body = calendar_of(*(component for component, _expected in made))
    expected = [told for _component, told in made]
    read = ical_js(body)
    assert read["findings"] == []
    assert [{name: event[name] for name in told} for event, told in zip(read["events"], expected, strict=True)] == expected
    assert [as_icalendar_reads(event) for event in icalendar.Calendar.from_ical(body).walk("VEVENT")] == expected


def test_a_place_with_backslashes_is_read_alike_by_both(ical_js):
    facts = {"title": "t\\", "summary": "s\\", "description": "d", "centre": "c\\", "speakers": [], "sectors": ["x\\", "y"]}
    where = {"name": "C:\\new;\\", "address": "\\\\host\\", "city": "Vienna\\"}
    component, told = composed("1@calendar.example", venue=where, kind="session", format="on-site", **facts)
    read = ical_js(calendar_of(component, component.replace("1@", "2@")))
    assert read["findings"] == []
    assert [{name: event[name] for name in told} for event in read["events"]] == [told, told]


@given(st.text(st.characters(exclude_categories=[])))
def test_only_controls_and_lone_surrogates_are_taken_out(value):
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(
        character for character in lines if character in "\n\t" or not re.match(r"[\x00-\x1f\x7f\ud800-\udfff]", character)
    )
    assert ical.clean(value) == kept
    assert ical.clean(ical.clean(value)) == ical.clean(value)
    assert ical.clean(value).encode().decode() == kept


def test_what_hypothesis_is_given_can_fail():
    """The facts above hold what breaks a careless writer."""
    component, told = composed(
        "1@calendar.example",
        title='a;b,c\\n "d"\r\ne\x00\ud800🎓',
        summary="x",
        description="- *^n*",
        venue={"name": 'The "house"^', "address": "1; Street, “x”", "city": "Ö"},
        centre="C",
        speakers=[],
        sectors=["A, b", "c;d"],
        kind="session",
        format="hybrid",
    )
    assert told["summary"] == 'a;b,c\\n "d"\ne🎓'
    assert as_icalendar_reads(icalendar.Event.from_ical(component)) == told
    assert told["html"] == (
        "<p>x</p><ul>\n<li><em>^n</em></li>\n</ul>\n<p>Organised by: C<br>Language: English<br>"
        'Link to join: <a href="https://meet.example/">https://meet.example/</a></p><p>Details and registration: '
        '<a href="https://calendar.example/events/dialogue/">https://calendar.example/events/dialogue/</a></p>'
    )
