"""jCal: the calendar as JSON, as the reference reader writes it and as a reader of it expects."""

import json
from datetime import timedelta

import icalendar
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from events.calendars.entries import ical, keeping
from events.calendars.models import Feed
from events.calendars.shapes.jcal import jcal
from events.calendars.subscribing.actions import add_address, revoke_address
from network.models import Sector
from tests import factories
from tests.events.calendars.reading import published, tell

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def calendar(*lines):
    """A calendar of one event with these lines."""
    return ical.lines("BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR")


def properties(*lines):
    """What becomes of the lines of an event."""
    return json.loads(jcal(calendar(*lines)))[2][0][1]


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("UID:a", ["uid", {}, "text", "a"]),
        ("SUMMARY:One\\, two\\; three\\\\n\\nfour: five", ["summary", {}, "text", "One, two; three\\n\nfour: five"]),
        ("SUMMARY;LANGUAGE=de:Grüße", ["summary", {"language": "de"}, "text", "Grüße"]),
        ("DTSTAMP:20270115T080910Z", ["dtstamp", {}, "date-time", "2027-01-15T08:09:10Z"]),
        (
            "DTSTART;TZID=Europe/Vienna:20270115T090000",
            ["dtstart", {"tzid": "Europe/Vienna"}, "date-time", "2027-01-15T09:00:00"],
        ),
        ("DTEND;VALUE=DATE:20270116", ["dtend", {}, "date", "2027-01-16"]),
        ("SEQUENCE:12", ["sequence", {}, "integer", 12]),
        ("GEO:48.20000;-16.37000", ["geo", {}, "float", [48.2, -16.37]]),
        ("CATEGORIES:Training,Health\\, care,\\\\", ["categories", {}, "text", "Training", "Health, care", "\\"]),
        ("CATEGORIES:Training", ["categories", {}, "text", "Training"]),
        ("CATEGORIES:", ["categories", {}, "text", ""]),
        (
            "EXDATE:20270115T090000Z,20270116T090000Z",
            ["exdate", {}, "date-time", "2027-01-15T09:00:00Z", "2027-01-16T09:00:00Z"],
        ),
        ("EXDATE;VALUE=DATE:20270115,20270116", ["exdate", {}, "date", "2027-01-15", "2027-01-16"]),
        (
            "FREEBUSY:20270115T090000Z/PT1H,20270115T120000Z/20270115T130000Z",
            ["freebusy", {}, "period", ["2027-01-15T09:00:00Z", "PT1H"], ["2027-01-15T12:00:00Z", "2027-01-15T13:00:00Z"]],
        ),
        ("REFRESH-INTERVAL;VALUE=DURATION:PT1H", ["refresh-interval", {}, "duration", "PT1H"]),
        ("URL:https://x.example/?a=1;b=2,3", ["url", {}, "uri", "https://x.example/?a=1;b=2,3"]),
        (
            "CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL=\"Join, ^'now^'^n^^\":https://meet.example/:a",
            ["conference", {"feature": ["AUDIO", "VIDEO"], "label": 'Join, "now"\n^'}, "uri", "https://meet.example/:a"],
        ),
        ('ATTENDEE;CN="":mailto:a@x.example', ["attendee", {"cn": ""}, "cal-address", "mailto:a@x.example"]),
        ("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", ["rrule", {}, "recur", {"freq": "YEARLY", "bymonth": 3, "byday": "-1SU"}]),
        (
            "RRULE:FREQ=WEEKLY;UNTIL=20270301T000000Z;BYDAY=MO,WE",
            ["rrule", {}, "recur", {"freq": "WEEKLY", "until": "2027-03-01T00:00:00Z", "byday": ["MO", "WE"]}],
        ),
        ("TZOFFSETFROM:+0200", ["tzoffsetfrom", {}, "utc-offset", "+02:00"]),
        ("TZOFFSETTO:-013045", ["tzoffsetto", {}, "utc-offset", "-01:30:45"]),
        # RFC 7265 §5.1: what nobody has defined stays as it is written.
        ("X-WR-CALNAME:One\\, two", ["x-wr-calname", {}, "unknown", "One\\, two"]),
        ("X-FLAG;VALUE=BOOLEAN:TRUE", ["x-flag", {}, "boolean", True]),
        ("X-AT;VALUE=TIME:083000", ["x-at", {}, "time", "08:30:00"]),
        ("SUMMARY:" + "ü" * 100, ["summary", {}, "text", "ü" * 100]),
    ],
)
def test_a_line_becomes_a_property(line, written):
    assert properties(line) == [written]


@pytest.mark.parametrize(
    ("nonsense", "reason"),
    [
        ("", "not one calendar"),
        ("A:b", "not one calendar"),
        ("BEGIN:A", "not one calendar"),
        ("BEGIN:A\r\nEND:A\r\nBEGIN:A\r\nEND:A", "not one calendar"),
        ("END:A", "END:A ends what has not begun"),
        ("BEGIN:A\r\nEND:B", "END:B ends what has not begun"),
        ("BEGIN:A\r\nnonsense\r\nEND:A", "not a content line: nonsense"),
    ],
)
def test_what_is_no_calendar_is_an_error(nonsense, reason):
    with pytest.raises(ValueError, match=f"^{reason}$"):
        jcal(nonsense)


@given(summary=ANY_TEXT, categories=st.lists(ANY_TEXT, min_size=1, max_size=4), title=ANY_TEXT)
def test_any_text_comes_back_as_it_was(summary, categories, title):
    written = properties(
        f"SUMMARY:{ical.text(summary)}",
        f"CATEGORIES:{ical.texts(categories)}",
        f"X-PLACE;VALUE=URI;X-TITLE={ical.parameter(title)}:geo:1,2",
    )
    assert written == [
        ["summary", {}, "text", ical.clean(summary)],
        # In lists and parameters a backslash is written as a slash: readers disagree on it there.
        ["categories", {}, "text", *(ical.clean(value).replace("\\", "/") for value in categories)],
        ["x-place", {"x-title": ical.clean(title).replace("\\", "/")}, "uri", "geo:1,2"],
    ]


def plain(value, name=""):
    """icalendar's jCal in JSON's own types, with RFC 7265's form where icalendar's differs: one value of a rule is no list,
    NAME and COLOR are text (RFC 7986 §5.1, §5.9)."""
    if isinstance(value, dict):
        return {key: one[0] if isinstance(one, list) and len(one) == 1 else one for key, one in value.items()}
    if isinstance(value, list):
        if value[:1] in (["color"], ["name"]):
            return [value[0], value[1], "text", *value[3:]]
        return [plain(one) for one in value]
    return value


@pytest.mark.django_db
def test_a_feed_says_what_icalendar_reads_in_it(client, other_centre):
    sector = Sector.objects.create(slug="health", name="Health, and care")
    event = factories.EventFactory(
        title='Q&A; "dialogue", \\ Σ', format="hybrid", join_link="https://meet.example/x",
        venue=factories.VenueFactory(latitude="48.20000", longitude="16.37000", name="House; of, trade"),
    )  # fmt: skip
    event.sectors.add(sector)
    event.co_organisers.add(other_centre)
    tell(event, "published")
    published(all_day=True, kind="visit", format="online", venue=None, timezone="Europe/Athens")
    read = icalendar.Calendar.from_ical(client.get("/calendars/network.ics").content)
    expected = plain(json.loads(json.dumps(read.to_jcal(), default=int)))
    assert client.get("/calendars/network.json").json() == expected


@pytest.mark.django_db
def test_the_contract_over_http_is_that_of_a_feed(client):
    published()
    calendar, response = client.get("/calendars/network.ics"), client.get("/calendars/network.json")
    headers = dict(response.headers)
    changing = {name: headers.pop(name) for name in ("ETag", "Last-Modified", "Content-Length")}
    assert headers == {
        "Content-Type": "application/calendar+json",
        "Content-Disposition": 'inline; filename="network.json"',
        "Access-Control-Allow-Origin": "*",
        **{name: calendar[name] for name in ("Cache-Control", "Vary", "X-Content-Type-Options", "Referrer-Policy")},
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    assert changing["ETag"] != calendar["ETag"]
    assert client.get("/calendars/network.json", headers={"if-none-match": changing["ETag"]}).status_code == 304
    assert client.get("/calendars/network.json", headers={"if-modified-since": changing["Last-Modified"]}).status_code == 304
    assert client.get("/calendars/network.json", headers={"accept-encoding": "gzip"})["Content-Encoding"] == "gzip"
    head = client.head("/calendars/network.json")
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", changing["Content-Length"])
    assert client.put("/calendars/network.json").status_code == 405
    assert not response.cookies


@pytest.mark.django_db
def test_it_is_stored_and_follows_the_calendar(client):
    event = published(title="Before")
    first = client.get("/calendars/network.json")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/calendars/network.json").content == first.content
    assert len(queries) == 3  # whether the calendar holds, whether its jCal does, and the body
    assert Feed.objects.filter(key__startswith="jcal/").count() == 1
    event.title = "After"
    event.save()
    tell(event)
    second = client.get("/calendars/network.json", headers={"if-none-match": first["ETag"]})
    (entry,) = (component for component in second.json()[2] if component[0] == "vevent")
    assert (second.status_code, {name: value for name, _p, _t, value, *_more in entry[1]}["summary"]) == (200, "After")
    assert second["Last-Modified"] != first["Last-Modified"]


@pytest.mark.django_db
def test_a_change_that_no_byte_tells_of_is_a_304(client):
    published()
    first = client.get("/calendars/network.json")
    keeping.bump()
    assert client.get("/calendars/network.json", headers={"if-none-match": first["ETag"]}).status_code == 304


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("/calendars/kind-training.json", "Training"),
        ("/calendars/network.de.json", "Ganzes Netzwerk"),
        ("/calendars/network.json", "Whole network"),
    ],
)
def test_every_public_feed_has_it_in_every_language(client, address, title):
    name = next(value for name, _p, _t, value in client.get(address).json()[1] if name == "name")
    assert name == f"Procure2Innovate calendar: {title}"


@pytest.mark.django_db
def test_ones_own_calendar_has_it_under_the_same_secret(client, ana):
    event = published(format="online", venue=None, join_link="https://meet.example/room")
    factories.RegistrationFactory(event=event, person=ana, state="confirmed")
    address, token = add_address(person=ana, name="Script")
    response = client.get(f"/calendars/{token}/mine.json")
    (entry,) = (component for component in response.json()[2] if component[0] == "vevent")
    assert [(name, value) for name, _p, _t, value, *_m in entry[1] if name in {"conference", "status"}] == [
        ("status", "CONFIRMED"),
        ("conference", "https://meet.example/room"),
    ]
    assert (response["Cache-Control"], response["X-Robots-Tag"], response["Referrer-Policy"]) == (
        "private, no-cache", "noindex", "no-referrer",
    )  # fmt: skip
    assert "Access-Control-Allow-Origin" not in response.headers
    type(event).objects.get().registrations.update(state="pending")
    (entry,) = (component for component in client.get(f"/calendars/{token}/mine.json").json()[2] if component[0] == "vevent")
    assert [value for name, _p, _t, value, *_m in entry[1] if name in {"conference", "status"}] == ["TENTATIVE"]
    revoke_address(address=address, by=ana)
    assert [component[0] for component in client.get(f"/calendars/{token}/mine.json").json()[2]] == ["vtimezone"]
    type(address).objects.update(revoked_at=timezone.now() - timedelta(days=31))
    assert client.get(f"/calendars/{token}/mine.json").status_code == 410


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    ["/calendars/none.json", "/calendars/network.fr.json", "/calendars/a/b/c.json", f"/calendars/{'x' * 22}/mine.json"],
)
def test_what_is_not_there_is_a_line_of_text(client, address):
    response = client.get(address)
    assert (response.status_code, response["Content-Type"], response.content) == (
        404,
        "text/plain; charset=utf-8",
        b"There is no calendar at this address.\n",
    )
