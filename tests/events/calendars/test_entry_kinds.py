"""Entries that are no single session: a congress in one block, a deadline, a draft. What they say, and how they come and go."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.core.management import call_command
from django.utils import timezone

from events.calendars.entries import keeping
from events.calendars.models import Entry, EntryText, Revision
from events.programme import actions
from events.programme.models import Event, Session
from tests import factories
from tests.events.calendars.reading import add_session, at, lines_of, published, tell, utc

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("autumn")]

VIENNA = ZoneInfo("Europe/Vienna")


def component_of(entry, audience="participant", language="en"):
    return icalendar.Event.from_ical(entry.texts.get(audience=audience, language=language).component)


def lines(entry, *names, audience="participant"):
    found = lines_of(entry.texts.get(audience=audience, language="en").component.encode())
    return [line for line in found if line.split(":")[0].split(";")[0] in names]


def of_kind(event, kind):
    return event.entries.filter(kind=kind).first()


def change(event, **facts):
    Event.objects.filter(pk=event.pk).update(**facts)
    tell(Event.objects.get(pk=event.pk))


def said(component, *names):
    return tuple(str(component[name]) for name in names)


def congress(*, days=1, minutes=90, **facts):
    """An opening at 9:00 in Vienna on 6 May 2027, and a session in each of the following days, or later the same day."""
    event = at(utc(2027, 5, 6, 7), minutes=minutes, title="Congress", slug="congress", **facts)
    opening = event.sessions.get()
    Session.objects.filter(pk=opening.pk).update(title="Opening")
    add_session(event, days=days, title="Pricing, and more")
    last = event.sessions.last()
    Event.objects.filter(pk=event.pk).update(ends_at=last.ends_at, last_day=last.last_day)
    tell(Event.objects.get(pk=event.pk))
    return Event.objects.get(pk=event.pk)


# --- A congress ----------------------------------------------------------------------------------------------------


def test_sessions_on_days_that_follow_each_other_are_also_one_block_of_whole_days():
    event = congress(venue=None, organising_centre=factories.CentreFactory(name="Centre"))
    whole = of_kind(event, "whole")
    assert lines(whole, "DTSTART", "DTEND", "SUMMARY", "RELATED-TO", "TRANSP") == [
        "DTSTART;VALUE=DATE:20270506",
        "DTEND;VALUE=DATE:20270508",
        "SUMMARY:Congress",
        "TRANSP:OPAQUE",
    ]
    assert str(component_of(whole)["DESCRIPTION"]) == (
        "How to talk to suppliers before the call.\n\n"
        "Programme (times in Europe/Vienna):\n"
        "– Thursday 6 May 2027, 09:00–10:30: Opening\n"
        "– Friday 7 May 2027, 09:00–10:30: Pricing, and more\n\n"
        "Organised by: Centre\n"
        "Language: English\n\n"
        "Details and registration: https://calendar.example/events/congress/"
    )
    assert whole.uid not in event.entries.filter(kind="session").values_list("uid", flat=True)
    assert sorted(set(whole.texts.values_list("audience", flat=True))) == ["participant", "public", "tentative"]


def test_two_sessions_on_one_day_are_a_block_with_hours():
    event = at(utc(2027, 5, 6, 7), minutes=480)
    event.sessions.update(ends_at=utc(2027, 5, 6, 9))
    first = event.sessions.get()
    Session.objects.create(
        event=event,
        starts_at=utc(2027, 5, 6, 11),
        ends_at=utc(2027, 5, 6, 15),
        first_day=first.first_day,
        last_day=first.last_day,
    )
    tell(event)
    assert lines(of_kind(event, "whole"), "DTSTART", "DTEND") == [
        "DTSTART;TZID=Europe/Vienna:20270506T090000",
        "DTEND;TZID=Europe/Vienna:20270506T170000",
    ]


def test_whole_days_have_no_hours_in_their_programme():
    event = at(utc(2027, 5, 5, 22), minutes=2 * 24 * 60, all_day=True, title="Congress")
    event.sessions.update(first_day=date(2027, 5, 6), last_day=date(2027, 5, 6), title="Opening")
    add_session(event)
    change(event, first_day=date(2027, 5, 6), last_day=date(2027, 5, 7))
    description = str(component_of(of_kind(event, "whole"))["DESCRIPTION"])
    assert description.split("\n\n")[1] == "Programme:\n– Thursday 6 May 2027: Opening\n– Friday 7 May 2027"


@pytest.mark.parametrize(
    ("days", "kinds"), [(0, ["session"]), (1, ["session", "session", "whole"]), (2, ["session", "session"])]
)
def test_only_several_sessions_without_a_day_between_them_are_a_congress(days, kinds):
    event = at(utc(2027, 5, 6, 7))
    if days:
        add_session(event, days)
    tell(event)
    assert sorted(event.entries.values_list("kind", flat=True)) == kinds


def test_a_congress_that_becomes_a_course_ends_its_block_and_one_that_comes_back_has_the_same_uid():
    event = congress()
    uid = of_kind(event, "whole").uid
    second = event.sessions.last()
    third = add_session(event, days=9)
    tell(event)
    whole = of_kind(event, "whole")
    assert said(component_of(whole), "STATUS", "SUMMARY", "SEQUENCE") == ("CANCELLED", "NO LONGER VALID: Congress", "1")
    assert lines(whole, "TRANSP") == ["TRANSP:TRANSPARENT"]
    description = str(component_of(whole)["DESCRIPTION"])
    assert description.startswith("The event takes place, but no longer in one block: see its sessions.\n\nHow to talk")
    assert "Programme" not in description
    third.delete()
    tell(event)
    whole = of_kind(event, "whole")
    assert (*said(component_of(whole), "STATUS", "SUMMARY", "SEQUENCE"), whole.uid) == ("CONFIRMED", "Congress", "2", uid)
    second.delete()
    tell(event)
    assert said(component_of(of_kind(event, "whole")), "STATUS", "SEQUENCE") == ("CANCELLED", "3")


@pytest.mark.parametrize(("state", "word"), [("cancelled", "CANCELLED"), ("postponed", "POSTPONED")])
def test_a_congress_that_is_called_off_says_so_in_its_block_too(state, word):
    event = congress()
    change(event, state=state, state_reason="The hall burnt down.")
    component = component_of(of_kind(event, "whole"))
    assert said(component, "STATUS", "SUMMARY", "SEQUENCE") == ("CANCELLED", f"{word}: Congress", "1")
    opening = {"CANCELLED": "Cancelled. ", "POSTPONED": "Postponed. The new time is not known yet. "}[word]
    assert str(component["DESCRIPTION"]).startswith(f"{opening}The hall burnt down.\n\n")


def test_a_programme_that_is_too_long_is_cut_between_lines():
    event = congress()
    sessions = [
        Session(
            event=event,
            title=f"{number}: " + "x" * 150,
            **{name: getattr(event.sessions.first(), name) for name in ("starts_at", "ends_at", "first_day", "last_day")},
        )
        for number in range(20)
    ]
    Session.objects.bulk_create(sessions)
    tell(event)
    programme = str(component_of(of_kind(event, "whole"))["DESCRIPTION"]).split("\n\n")[1].split("\n")
    assert programme[-1] == "…"
    assert sum(map(len, programme[1:-1])) <= 2000
    assert all(line.startswith("– Thursday 6 May 2027, 09:00–10:30: ") for line in programme[1:-1])


# --- A deadline ----------------------------------------------------------------------------------------------------


def with_deadline(**facts):
    return published(
        starts_at=utc(2027, 5, 6, 7),
        ends_at=utc(2027, 5, 6, 14),
        title="Dialogue",
        slug="dialogue",
        changes_close_at=utc(2027, 4, 29, 10),
        join_link="https://meet.example/secret",
        format="hybrid",
        **facts,
    )


def test_the_moment_until_which_changes_are_possible_is_an_entry_for_participants_that_blocks_nobody():
    event = with_deadline(venue=factories.VenueFactory(latitude="48.2", longitude="16.3"))
    deadline = of_kind(event, "deadline")
    assert lines(deadline, "DTSTART", "DTEND", "SUMMARY", "STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS", "CATEGORIES") == [
        "DTSTART;TZID=Europe/Vienna:20270429T113000",
        "DTEND;TZID=Europe/Vienna:20270429T120000",
        "SUMMARY:Deadline for changes: Dialogue",
        "STATUS:CONFIRMED",
        "TRANSP:TRANSPARENT",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "CATEGORIES:Deadline,Training",
    ]
    assert str(component_of(deadline)["DESCRIPTION"]) == (
        "You can change your registration or give back your place until 29 April 2027, 12:00 (Europe/Vienna, CEST).\n\n"
        "When: Thursday 6 May 2027, 09:00–16:00 (Europe/Vienna, CEST)\n"
        "Where: Procurement house, Test street 1, Vienna, Austria, and online\n\n"
        "Details and registration: https://calendar.example/events/dialogue/"
    )
    assert lines(deadline, "LOCATION", "GEO", "CONFERENCE", "X-APPLE-STRUCTURED-LOCATION") == []
    assert lines(deadline, "RELATED-TO") == [f"RELATED-TO;RELTYPE=PARENT:{of_kind(event, 'session').uid}"]
    assert sorted(deadline.texts.values_list("language", "audience")) == [("de", "participant"), ("en", "participant")]


def test_a_deadline_that_is_moved_removed_and_set_again_keeps_its_uid():
    event = with_deadline()
    uid, session = of_kind(event, "deadline").uid, of_kind(event, "session")
    seen = []
    for moment in (utc(2027, 4, 30, 10), None, utc(2027, 4, 30, 10)):
        change(event, changes_close_at=moment)
        deadline = of_kind(event, "deadline")
        seen.append((*said(component_of(deadline), "STATUS", "SUMMARY", "SEQUENCE"), deadline.uid == uid))
    assert seen == [
        ("CONFIRMED", "Deadline for changes: Dialogue", "1", True),
        ("CANCELLED", "NO LONGER VALID: Deadline for changes: Dialogue", "2", True),
        ("CONFIRMED", "Deadline for changes: Dialogue", "3", True),
    ]
    after = of_kind(event, "session")
    assert (after.sequence, after.changed_at) == (session.sequence, session.changed_at)


def test_a_deadline_that_was_removed_says_so():
    event = with_deadline()
    change(event, changes_close_at=None)
    description = str(component_of(of_kind(event, "deadline"))["DESCRIPTION"])
    assert description.split("\n\n", maxsplit=1)[0] == "This deadline no longer applies."


def test_a_deadline_that_is_over_stays_as_it_was_when_it_is_removed():
    event = published(changes_close_at=timezone.now().replace(microsecond=0) - timedelta(days=1))
    before = of_kind(event, "deadline").texts.get(language="en").component
    change(event, changes_close_at=None)
    assert of_kind(event, "deadline").texts.get(language="en").component == before


@pytest.mark.parametrize("facts", [{"join_link": "https://meet.example/other"}, {"format": "online"}])
def test_the_sequence_of_a_deadline_does_not_move_with_the_place_of_the_event(facts):
    event = with_deadline()
    change(event, **facts)
    assert [of_kind(event, kind).sequence for kind in ("session", "deadline")] == [1, 0]


def test_the_deadline_of_an_event_that_is_called_off_is_off():
    event = with_deadline()
    change(event, state="cancelled", state_reason="The trainer is ill.")
    component = component_of(of_kind(event, "deadline"))
    assert said(component, "STATUS", "SUMMARY") == ("CANCELLED", "CANCELLED: Deadline for changes: Dialogue")
    assert str(component["DESCRIPTION"]).startswith("Cancelled. The trainer is ill.\n\n")


# --- A draft -------------------------------------------------------------------------------------------------------


def draft(**facts):
    event = at(utc(2027, 5, 6, 7), state=Event.State.DRAFT, title="Plan", slug="plan", published_at=None, **facts)
    tell(event, "created")
    return event


def test_a_draft_is_tentative_free_private_and_leads_to_the_desk():
    event = draft(
        organising_centre=factories.CentreFactory(name="Centre"), join_link="https://meet.example/secret", format="online"
    )
    entry = event.entries.get()
    names = ("SUMMARY", "STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS", "CLASS", "URL", "CONFERENCE")
    assert lines(entry, *names, audience="staff") == [
        "SUMMARY:DRAFT: Plan",
        "STATUS:TENTATIVE",
        "TRANSP:TRANSPARENT",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "CLASS:PRIVATE",
        "URL:https://calendar.example/desk/events/plan/",
    ]
    assert str(component_of(entry, "staff")["DESCRIPTION"]) == (
        "This event is a draft. Only the centres that organise it can see it.\n\n"
        "How to talk to suppliers before the call.\n\n"
        "Organised by: Centre\nLanguage: English\n\n"
        "Edit this event: https://calendar.example/desk/events/plan/"
    )


def test_once_published_the_text_for_staff_goes_others_come_and_the_uid_stays(olga, centre):
    event = draft(organising_centre=centre)
    before = event.entries.get()
    actions.publish(event=event, by=olga)
    after = event.entries.get()
    assert (after.uid, after.created_at, after.sequence) == (before.uid, before.created_at, before.sequence + 1)
    assert after.changed_at > before.changed_at
    assert {text.audience for text in after.texts.all()} == {"public", "participant", "tentative"}


def test_what_a_draft_no_longer_has_is_forgotten_and_never_told_to_the_public(olga, centre):
    event = draft(organising_centre=centre)
    gone, gap = add_session(event, days=1), add_session(event, days=9)
    change(event, changes_close_at=utc(2027, 4, 29, 10))
    assert sorted(event.entries.values_list("kind", flat=True)) == ["session"] * 3
    gone.delete()
    gap.delete()
    tell(event)
    assert event.entries.count() == 1
    actions.publish(event=event, by=olga)
    assert sorted(event.entries.values_list("kind", flat=True)) == ["deadline", "session"]
    assert not Entry.objects.filter(cancelled=True).exists()


def test_a_draft_that_is_discarded_is_in_no_calendar_and_moves_that_of_its_staff_only(olga, centre):
    event = draft(organising_centre=centre)
    actions.discard(event=event, by=olga)
    assert not Entry.objects.exists()
    assert list(Revision.objects.values_list("scope", "number")) == [("drafts", 2)]


def test_a_venue_that_is_mended_moves_the_feeds_of_its_events_states():
    event, plan = published(), draft()
    Event.objects.filter(pk=plan.pk).update(venue=event.venue)
    tell(Event.objects.get(pk=plan.pk))
    before = dict(Revision.objects.values_list("scope", "number"))
    event.venue.name = "Another house"
    event.venue.save()
    assert dict(Revision.objects.values_list("scope", "number")) == {scope: number + 1 for scope, number in before.items()}


# --- Called off, and back -------------------------------------------------------------------------------------------


def test_all_entries_of_a_postponed_event_come_back_under_their_uids_once_it_is_moved(olga, centre):
    event = congress(organising_centre=centre, changes_close_at=utc(2027, 4, 29, 10))
    before = {entry.kind: entry.uid for entry in event.entries.all()}
    event = actions.postpone(event=event, reason="No hall.", by=olga)
    assert {component_of(entry)["STATUS"] for entry in event.entries.all()} == {"CANCELLED"}
    actions.move(event=event, starts=datetime(2027, 6, 3, 9, tzinfo=VIENNA), by=olga)
    assert {component_of(entry)["STATUS"] for entry in event.entries.all()} == {"CONFIRMED"}
    assert {entry.kind: entry.uid for entry in event.entries.all()} == before
    assert set(event.entries.values_list("sequence", flat=True)) == {2}
    assert lines(of_kind(event, "whole"), "DTSTART") == ["DTSTART;VALUE=DATE:20270603"]
    assert lines(of_kind(event, "deadline"), "DTEND") == ["DTEND;TZID=Europe/Vienna:20270527T120000"]


def test_whole_days_in_another_zone_are_the_same_days_and_are_found_where_they_now_are():
    event = at(utc(2027, 5, 5, 22), minutes=24 * 60, all_day=True)
    event.sessions.update(first_day=date(2027, 5, 6), last_day=date(2027, 5, 6))
    tell(event)
    before = event.entries.get().texts.get(language="en", audience="public").component
    event.sessions.update(starts_at=utc(2027, 5, 5, 23), ends_at=utc(2027, 5, 6, 23))
    change(event, timezone="Europe/Lisbon")
    entry = event.entries.get()
    assert (entry.starts_at, entry.sequence) == (utc(2027, 5, 5, 23), 0)
    assert entry.texts.get(language="en", audience="public").component == before


# --- Nothing secret ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", Event.State.values)
@pytest.mark.parametrize("form", Event.Format.values)
def test_the_link_to_join_is_nowhere_but_with_participants_of_what_takes_place(state, form):
    event = congress(
        format=form,
        state=state,
        join_link="https://meet.example/secret",
        description="# Why\n\n- because",
        changes_close_at=utc(2027, 4, 29, 10),
    )
    add_session(event, days=1)
    tell(event)
    event.sessions.first().delete()
    tell(event)
    having = {
        (text.entry.kind, text.entry.cancelled, text.audience)
        for text in EntryText.objects.select_related("entry")
        if "meet.example" in text.component.replace("\r\n ", "")
    }
    on = state in {"published", "finished"}
    assert having == ({("session", False, "participant"), ("whole", False, "participant")} if on else set())


# --- Writing all anew ------------------------------------------------------------------------------------------------


def test_rebuild_calendars_looks_at_all_kinds_drafts_too_and_moves_every_feed_once(capsys):
    congress(changes_close_at=utc(2027, 4, 29, 10))
    draft()
    before = list(EntryText.objects.order_by("pk").values_list("pk", "component"))
    revisions = dict(Revision.objects.values_list("scope", "number"))
    call_command("rebuild_calendars")
    assert capsys.readouterr().out == "5 entries looked at, 0 changed.\n"
    assert list(EntryText.objects.order_by("pk").values_list("pk", "component")) == before
    EntryText.objects.filter(audience="staff").update(component="as an older version wrote it")
    call_command("rebuild_calendars")
    assert capsys.readouterr().out == "5 entries looked at, 1 changed.\n"
    assert {text.component.split("\r\n")[0] for text in EntryText.objects.all()} == {"BEGIN:VEVENT"}
    assert dict(Revision.objects.values_list("scope", "number")) == {scope: number + 2 for scope, number in revisions.items()}


def test_keeping_all_kinds_takes_the_same_number_of_queries_however_many_there_are(django_assert_num_queries):
    small, large = congress(changes_close_at=utc(2027, 4, 29, 10)), published()
    for days in range(1, 9):
        add_session(large, days)
    tell(large)
    for event in (small, large):
        event.organising_centre.name = "Renamed"
        type(event.organising_centre).objects.filter(pk=event.organising_centre_id).update(name="Renamed")
        with django_assert_num_queries(9):
            keeping.keep(event.pk)
