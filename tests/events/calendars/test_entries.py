"""What a calendar program reads about a session, and how its revision moves."""

from datetime import date, timedelta

import icalendar
import pytest
from django.db.models import Value
from django.db.models.functions import Replace
from django.utils import timezone

from events.calendars.entries import keeping
from events.calendars.models import Entry, EntryText, Revision
from events.programme.models import Event, Session, Speaker
from network.models import Sector
from tests import factories
from tests.events.calendars.reading import add_session, at, lines_of, published, tell, utc

pytestmark = pytest.mark.django_db

OPEN = ("public", "participant", "tentative")  # whom a published event's entries are written for


def text(entry, audience="public", language="en"):
    return EntryText.objects.get(entry=entry, audience=audience, language=language).component


def read(entry, audience="public", language="en"):
    return icalendar.Event.from_ical(text(entry, audience, language))


def raw(entry, name, audience="public"):
    """The content lines of a property, unfolded."""
    lines = lines_of(text(entry, audience).encode())
    return [line for line in lines if line.split(":")[0].split(";")[0] == name]


def test_a_published_event_has_an_entry_for_each_session_language_and_audience():
    event = published()
    (entry,) = event.entries.all()
    assert entry.session == event.sessions.get()
    assert sorted(entry.texts.values_list("language", "audience")) == [
        (language, audience) for language in ("de", "en") for audience in ("participant", "public", "tentative")
    ]


def test_a_draft_has_an_entry_for_its_centres_staff_alone_and_moves_no_public_feed():
    event = factories.EventFactory(state=Event.State.DRAFT)
    tell(event, "created")
    assert sorted(event.entries.get().texts.values_list("language", "audience")) == [("de", "staff"), ("en", "staff")]
    assert list(Revision.objects.values_list("scope", "number")) == [("drafts", 1)]


ALTREP = (
    "data:text/html,%3Cp%3EHow%20to%20talk%20to%20suppliers%3B%20before%20the%20call.%3C/p%3E%3Ch4%3EWhy%3C/h4%3E%0A"
    "%3Cp%3EBecause%20%3Cem%3Eit%20pays%3C/em%3E.%3C/p%3E%0A"
    "%3Cp%3EOrganised%20by:%20Centre%20%C3%96st%3Cbr%3ELanguage:%20English%3C/p%3E"
    "%3Cp%3EDetails%20and%20registration:%20%3Ca%20href=%22https://calendar.example/events/market-dialogue/%22%3E"
    "https://calendar.example/events/market-dialogue/%3C/a%3E%3C/p%3E"
)


def test_the_whole_entry_of_an_event_in_a_room():
    event = at(
        utc(2027, 5, 6, 7),
        minutes=420,
        title="Market dialogue, in practice",
        summary="How to talk to suppliers; before the call.",
        description="## Why\n\nBecause *it pays*.",
        slug="market-dialogue",
        venue=factories.VenueFactory(latitude="48.20849", longitude="16.37208"),
        organising_centre=factories.CentreFactory(name="Centre Öst", website="https://centre.example/"),
    )
    event.sectors.add(Sector.objects.create(slug="ict", name="ICT"))
    tell(event)
    entry = event.entries.get()
    stamp = entry.changed_at.strftime("%Y%m%dT%H%M%SZ")
    assert lines_of(text(entry).encode()) == [
        "BEGIN:VEVENT",
        f"UID:{entry.uid}",
        f"DTSTAMP:{stamp}",
        f"CREATED:{stamp}",
        f"LAST-MODIFIED:{stamp}",
        "SEQUENCE:0",
        "DTSTART;TZID=Europe/Vienna:20270506T090000",
        "DTEND;TZID=Europe/Vienna:20270506T160000",
        "SUMMARY:Market dialogue\\, in practice",
        "STATUS:CONFIRMED",
        "TRANSP:TRANSPARENT",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "CLASS:PUBLIC",
        (
            f'DESCRIPTION;ALTREP="{ALTREP}":'
            "How to talk to suppliers\\; before the call.\\n\\nWhy\\n\\nBecause it pays.\\n\\n"
            "Organised by: Centre Öst\\nLanguage: English\\n\\n"
            "Details and registration: https://calendar.example/events/market-dialogue/"
        ),
        "LOCATION:Procurement house\\nTest street 1\\, Vienna\\, Austria",
        "GEO:48.20849;16.37208",
        (
            'X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-ADDRESS="Test street 1, Vienna, Austria";X-APPLE-RADIUS=72;'
            'X-TITLE="Procurement house":geo:48.20849,16.37208'
        ),
        "URL:https://calendar.example/events/market-dialogue/",
        "CATEGORIES:Training,ICT",
        "COLOR:seagreen",
        "IMAGE;VALUE=URI;DISPLAY=BADGE;FMTTYPE=image/png:https://calendar.example/static/calendar/training.png",
        "CONTACT:Centre Öst\\, https://centre.example/",
        "END:VEVENT",
    ]


def test_a_uid_is_unique_for_ever_and_names_the_host():
    first, second = published().entries.get(), published().entries.get()
    assert first.uid != second.uid
    for uid in (first.uid, second.uid):
        name, host = uid.split("@")
        assert (len(name), host) == (32, "calendar.example")


@pytest.mark.parametrize(
    ("audience", "transparency", "busy", "status"),
    [
        ("public", "TRANSPARENT", "FREE", "CONFIRMED"),
        ("participant", "OPAQUE", "BUSY", "CONFIRMED"),
        ("tentative", "OPAQUE", "TENTATIVE", "TENTATIVE"),
    ],
)
def test_only_those_who_have_a_place_are_busy(audience, transparency, busy, status):
    entry = read(published().entries.get(), audience)
    assert (entry["TRANSP"], entry["X-MICROSOFT-CDO-BUSYSTATUS"], entry["STATUS"]) == (transparency, busy, status)


def test_the_link_to_join_is_for_participants_only():
    event = published(format=Event.Format.ONLINE, venue=None, join_link="https://meet.example/secret?x=1,2")
    entry = event.entries.get()
    assert {one.audience for one in entry.texts.all() if "meet.example" in one.component} == {"participant"}
    assert raw(entry, "CONFERENCE", "participant") == [
        'CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL="Join online":https://meet.example/secret?x=1,2'
    ]
    assert "Link to join: https://meet.example/secret?x=1,2" in str(read(entry, "participant")["DESCRIPTION"])
    assert str(read(entry)["LOCATION"]) == "Online"


def test_a_cancelled_event_gives_no_link_and_blocks_nobody():
    event = published(format=Event.Format.HYBRID, join_link="https://meet.example/secret", title="Dialogue")
    Event.objects.filter(pk=event.pk).update(state=Event.State.CANCELLED, state_reason="The trainer is ill.")
    tell(Event.objects.get(pk=event.pk), "cancelled")
    entry = event.entries.get()
    for audience in OPEN:
        component = read(entry, audience)
        assert (component["STATUS"], component["TRANSP"], component["SUMMARY"], component["SEQUENCE"]) == (
            "CANCELLED",
            "TRANSPARENT",
            "CANCELLED: Dialogue",
            1,
        )
        assert str(component["DESCRIPTION"]).startswith("Cancelled. The trainer is ill.\n\n")
        assert "meet.example" not in text(entry, audience)


def test_a_postponed_event_frees_its_old_time_and_comes_back_under_the_same_uid():
    event = published(title="Dialogue")
    uid = event.entries.get().uid
    Event.objects.filter(pk=event.pk).update(state=Event.State.POSTPONED)
    tell(Event.objects.get(pk=event.pk), "postponed")
    component = read(event.entries.get())
    assert (component["STATUS"], component["SUMMARY"], component["SEQUENCE"]) == ("CANCELLED", "POSTPONED: Dialogue", 1)
    Event.objects.filter(pk=event.pk).update(state=Event.State.PUBLISHED)
    event.sessions.update(starts_at=event.starts_at + timedelta(days=7), ends_at=event.ends_at + timedelta(days=7))
    tell(Event.objects.get(pk=event.pk), "moved")
    component = read(event.entries.get())
    assert (component["STATUS"], component["SUMMARY"], component["SEQUENCE"], component["UID"]) == (
        "CONFIRMED",
        "Dialogue",
        2,
        uid,
    )


def test_a_course_is_separate_entries_that_are_numbered_and_related():
    event = factories.EventFactory(title="Course")
    add_session(event, days=7, title="Pricing", summary="What it costs.")
    add_session(event, days=14)
    tell(event)
    first, second, third = event.entries.all()
    titles = ["Course (1/3)", "Course (2/3): Pricing", "Course (3/3)"]
    assert [str(read(entry)["SUMMARY"]) for entry in (first, second, third)] == titles
    related = [raw(entry, "RELATED-TO") for entry in (first, second, third)]
    assert related == [[f"RELATED-TO;RELTYPE=SIBLING:{entry.uid}"] for entry in (second, first, first)]
    assert str(read(second)["DESCRIPTION"]).startswith("What it costs.\n\nHow to talk")


def test_a_session_that_is_removed_stays_as_cancelled():
    event = factories.EventFactory(title="Course")
    second = add_session(event, days=7, title="Pricing")
    tell(event)
    uid = event.entries.get(session=second).uid
    second.delete()
    tell(event)
    removed = Entry.objects.get(uid=uid)
    component = read(removed, "participant")
    assert (component["STATUS"], component["SUMMARY"], component["SEQUENCE"]) == (
        "CANCELLED",
        "CANCELLED: Course (2/2): Pricing",
        1,
    )
    assert [str(read(entry)["SUMMARY"]) for entry in event.entries.exclude(pk=removed.pk)] == ["Course"]


def test_a_session_that_is_removed_after_its_end_is_left_as_it_was():
    event = at(timezone.now().replace(microsecond=0) - timedelta(days=2))
    tell(event)
    entry = event.entries.get()
    event.sessions.all().delete()
    tell(event)
    assert text(entry) == text(event.entries.get())


def test_whole_days_are_dates_with_an_exclusive_end():
    event = at(utc(2027, 5, 5, 22), minutes=3 * 24 * 60, all_day=True)
    event.sessions.update(first_day=date(2027, 5, 6), last_day=date(2027, 5, 8))
    tell(event)
    entry = event.entries.get()
    assert raw(entry, "DTSTART") + raw(entry, "DTEND") == ["DTSTART;VALUE=DATE:20270506", "DTEND;VALUE=DATE:20270509"]


@pytest.mark.parametrize(
    ("zone", "starts", "line"),
    [
        ("Europe/Vienna", utc(2027, 1, 15, 9), "DTSTART;TZID=Europe/Vienna:20270115T100000"),
        ("Europe/Vienna", utc(2027, 7, 15, 9), "DTSTART;TZID=Europe/Vienna:20270715T110000"),
        ("Europe/Vienna", utc(2027, 10, 31, 0, 30), "DTSTART:20271031T003000Z"),  # 2:30, the first time
        ("Europe/Vienna", utc(2027, 10, 31, 1, 30), "DTSTART:20271031T013000Z"),  # 2:30 again
        ("UTC", utc(2027, 7, 15, 9), "DTSTART:20270715T090000Z"),
        ("Africa/Casablanca", utc(2027, 7, 15, 9), "DTSTART:20270715T090000Z"),
    ],
)
def test_a_time_is_on_the_clock_of_the_zone_unless_the_clock_cannot_tell_it(zone, starts, line):
    event = at(starts, zone=zone)
    tell(event)
    assert raw(event.entries.get(), "DTSTART") == [line]


def test_labels_are_in_the_language_of_the_entry_and_speakers_are_named():
    event = factories.EventFactory()
    Speaker.objects.create(session=event.sessions.get(), name="Ada Speaker", affiliation="City of Testing")
    tell(event)
    assert "Speakers: Ada Speaker (City of Testing)\n" in str(read(event.entries.get())["DESCRIPTION"])
    assert "Österreich" in str(read(event.entries.get(), language="de")["LOCATION"])


def test_a_long_description_is_cut_between_words():
    event = published(description="word " * 1000)
    description = str(read(event.entries.get())["DESCRIPTION"])
    assert description.count("word") == 399
    assert "word …\n\n" in description


def test_telling_again_writes_nothing():
    event = published()
    before = list(Entry.objects.order_by("pk").values()), list(EntryText.objects.order_by("pk").values())
    assert keeping.keep(event.pk) == 0
    assert (list(Entry.objects.order_by("pk").values()), list(EntryText.objects.order_by("pk").values())) == before


@pytest.mark.parametrize("sessions", [1, 3])
def test_only_the_entry_that_differs_is_written_anew(sessions, django_assert_num_queries):
    event, other = factories.EventFactory(), published()
    for number in range(sessions):
        add_session(event, 7 * (number + 1))
    tell(event)
    last = event.sessions.last()
    Session.objects.filter(pk=last.pk).update(summary="New.")
    before = dict(Entry.objects.values_list("pk", "changed_at"))
    with django_assert_num_queries(9) as seen:
        assert keeping.keep(event.pk) == 1
    changed = {pk for pk, at in Entry.objects.values_list("pk", "changed_at") if before[pk] != at}
    assert changed == {event.entries.get(session=last).pk}
    assert [query["sql"] for query in seen.captured_queries if other.title in query["sql"]] == []


@pytest.mark.parametrize(
    "outdated", [{"language": "de"}, {"audience": "participant"}, {"audience": "public", "language": "en"}]
)
def test_only_the_texts_that_differ_are_written_anew(outdated):
    event = published()
    EntryText.objects.filter(**outdated).update(component=Replace("component", Value("CONTACT"), Value("X-FORMER")))
    before = dict(EntryText.objects.values_list("pk", "component"))
    assert keeping.keep(event.pk) == 1
    after = dict(EntryText.objects.values_list("pk", "component"))
    changed = {pk for pk, component in after.items() if component != before[pk]}
    assert changed == {text.pk for text in EntryText.objects.filter(**outdated)}
    # What is written anew is later than all that was written before.
    stamps = {pk: icalendar.Event.from_ical(component)["LAST-MODIFIED"].dt for pk, component in after.items()}
    entry = event.entries.get()
    assert {stamps[pk] for pk in changed} == {entry.changed_at}
    assert max(stamps[pk] for pk in after if pk not in changed) < entry.changed_at
    assert entry.sequence == 0


@pytest.mark.parametrize(
    ("field", "value", "steps"),
    [
        ("title", "Another title", 0),
        ("description", "Another text", 0),
        ("timezone", "Europe/Lisbon", 1),
        ("join_link", "https://meet.example/new", 1),
        ("format", "online", 1),
        ("state", "cancelled", 1),
    ],
)
def test_the_sequence_moves_with_time_place_and_status_only(field, value, steps):
    event = published()
    before = event.entries.get()
    Event.objects.filter(pk=event.pk).update(**{field: value})
    tell(Event.objects.get(pk=event.pk))
    after = event.entries.get()
    assert (after.sequence, after.uid, after.created_at) == (steps, before.uid, before.created_at)
    assert after.changed_at > before.changed_at


def test_a_venue_that_is_mended_changes_the_entries_of_its_events():
    event = published()
    event.venue.name = "Another house"
    event.venue.save()
    entry = event.entries.get()
    assert (str(read(entry)["LOCATION"]), entry.sequence) == ("Another house, Test street 1, Vienna, Austria", 1)


def test_a_centre_that_is_renamed_changes_the_entries_of_its_events(other_centre):
    own, shared, foreign = published(), factories.EventFactory(), published()
    shared.co_organisers.add(own.organising_centre)
    tell(shared)
    own.organising_centre.name = "New name"
    own.organising_centre.save()
    assert ["New name" in str(read(event.entries.get())["DESCRIPTION"]) for event in (own, shared, foreign)] == [
        True,
        True,
        False,
    ]


def test_rebuilding_moves_only_what_differs():
    event, other = published(), published()
    EntryText.objects.filter(entry__event=event).update(component="as an older version wrote it")
    before = {entry.event_id: entry.changed_at for entry in Entry.objects.all()}
    assert keeping.rewrite_all() == (2, 1)
    after = {entry.event_id: entry.changed_at for entry in Entry.objects.all()}
    assert after[event.pk] > before[event.pk]
    assert after[other.pk] == before[other.pk]


def test_a_sector_that_is_renamed_or_removed_is_so_in_the_entries(db):
    event, other = published(), published()
    sector = Sector.objects.create(slug="ict", name="ICT")
    event.sectors.add(sector)
    tell(event)
    stamp = other.entries.get().changed_at
    seen = []
    for name in ("ICT", "Digital", ""):
        if name:
            sector.name = name
            sector.save()
        else:
            sector.delete()
        seen.append(lines_of(public_text(event))[0])
    assert seen == ["CATEGORIES:Training,ICT", "CATEGORIES:Training,Digital", "CATEGORIES:Training"]
    assert other.entries.get().changed_at == stamp


def public_text(event):
    component = EntryText.objects.get(entry__event=event, language="en", audience="public").component
    return "".join(line for line in component.splitlines(keepends=True) if line.startswith("CATEGORIES")).encode()
