"""Whatever the programme's actions do, in whatever order and by whatever clock: what programs rely on holds of every entry."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from events.calendars.entries import keeping
from events.calendars.models import Entry
from events.programme import actions
from events.programme.facts import EventFacts, SessionFacts, facts_of
from events.programme.models import Event
from network.models import Role
from tests import factories

FIRST_DAY = datetime(2027, 5, 6, 7, tzinfo=UTC)
State = Event.State


def said(component, name):
    return re.search(rf"\r\n{name}:([^\r]*)\r\n", component.replace("\r\n ", ""))[1]


class Programme(RuleBasedStateMachine):
    """An event and its entries. Every rule is one change, as one transaction makes it."""

    def __init__(self):
        super().__init__()
        self.now = datetime(2026, 11, 23, 9, tzinfo=UTC)
        self.clock = mock.patch("django.utils.timezone.now", self.tell_time)
        self.clock.start()
        self.seen = {}  # what was last read, by UID
        self.sessions = {}  # UIDs by session, for ever
        self.was_draft = True

    def tell_time(self):
        return self.now

    def teardown(self):
        self.clock.stop()

    @initialize(days=st.sampled_from([0, 1, 9]), form=st.sampled_from(Event.Format.values))
    def an_event_is_planned(self, days, form):
        self.centre = factories.CentreFactory()
        self.olga = factories.PersonFactory()
        factories.appoint(self.olga, Role.Kind.ORGANISER, self.centre)
        first = SessionFacts(starts=FIRST_DAY, ends=FIRST_DAY + timedelta(hours=1))
        second = SessionFacts(starts=first.starts + timedelta(days=days), ends=first.ends + timedelta(days=days))
        facts = EventFacts(
            kind="training",
            title="Dialogue",
            summary="How to talk to suppliers.",
            organising_centre=self.centre,
            format=form,
            timezone="Europe/Vienna",
            languages=("en",),
            starts=first.starts,
            ends=second.ends,
            venue=factories.VenueFactory() if form != "online" else None,
            join_link="https://meet.example/1" if form != "on-site" else "",
            changes_close=first.starts - timedelta(days=7),
            sessions=(first, second) if days else (first,),
        )
        self.pk = actions.create(facts=facts, by=self.olga).pk

    # --- What organisers do --------------------------------------------------------------------------------------

    @property
    def event(self):
        return Event.objects.get(pk=self.pk)

    def edit(self, **facts):
        event = self.event
        actions.edit(event=event, facts=replace(facts_of(event), **facts), by=self.olga)

    def is_in(self, *states):
        return self.event.state in states

    @rule(title=st.sampled_from(["Dialogue", "Another", "Größe; 🎓"]))
    def rename(self, title):
        self.edit(title=title)

    @rule(number=st.integers(1, 3))
    @precondition(lambda self: self.event.format != "on-site")
    def give_another_link(self, number):
        self.edit(join_link=f"https://meet.example/{number}")

    @rule(days=st.integers(-20, 20), hours=st.integers(-3, 3))
    @precondition(lambda self: self.is_in(State.DRAFT, State.PUBLISHED, State.POSTPONED))
    def move(self, days, hours):
        actions.move(event=self.event, starts=self.event.starts_at + timedelta(days=days, hours=hours), by=self.olga)

    @rule()
    @precondition(lambda self: self.is_in(State.DRAFT, State.POSTPONED))
    def publish(self):
        actions.publish(event=self.event, by=self.olga)

    @rule()
    @precondition(lambda self: self.is_in(State.PUBLISHED))
    def postpone(self):
        actions.postpone(event=self.event, reason="No hall.", by=self.olga)

    @rule(really=st.sampled_from([False, False, True]))
    @precondition(lambda self: self.is_in(State.PUBLISHED, State.POSTPONED))
    def cancel(self, really):
        if really:
            actions.cancel(event=self.event, reason="No trainer.", by=self.olga)

    @rule(days=st.sampled_from([0, 1, 9]))
    @precondition(lambda self: not self.is_in(State.CANCELLED) and self.event.sessions.count() < 6)
    def add_a_session(self, days):
        facts = facts_of(self.event)
        starts = facts.sessions[-1].starts + timedelta(days=days)
        another = SessionFacts(starts=starts, ends=starts + timedelta(hours=1))
        self.edit(sessions=(*facts.sessions, another), ends=max(facts.ends, another.ends))

    @rule(place=st.integers(0, 5))
    @precondition(lambda self: not self.is_in(State.CANCELLED) and self.event.sessions.count() > 1)
    def remove_a_session(self, place):
        sessions = facts_of(self.event).sessions
        place %= len(sessions)
        self.edit(sessions=(*sessions[:place], *sessions[place + 1 :]))

    @rule(place=st.integers(0, 5))
    @precondition(lambda self: not self.is_in(State.CANCELLED))
    def lengthen_a_session(self, place):
        facts = facts_of(self.event)
        sessions = list(facts.sessions)
        place %= len(sessions)
        sessions[place] = replace(sessions[place], ends=sessions[place].ends + timedelta(minutes=30))
        self.edit(sessions=tuple(sessions), ends=max(facts.ends, sessions[place].ends))

    @rule(days=st.sampled_from([None, 7, 8]))
    @precondition(lambda self: not self.is_in(State.CANCELLED))
    def set_a_deadline(self, days):
        self.edit(changes_close=days and self.event.starts_at - timedelta(days=days))

    @rule(name=st.sampled_from(["Procurement house", "Another house"]))
    @precondition(lambda self: self.event.venue is not None)
    def rename_the_venue(self, name):
        venue = self.event.venue
        venue.name = name
        venue.save()

    @rule(name=st.sampled_from(["Centre A", "Centre B"]))
    def rename_the_centre(self, name):
        self.centre.name = name
        self.centre.save()

    @rule(seconds=st.sampled_from([-86400, -1, 0, 1, 3600]))
    def set_the_clock(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule()
    def write_all_anew(self):
        with transaction.atomic():
            assert keeping.keep(self.pk) == 0

    # --- What holds ----------------------------------------------------------------------------------------------

    def truth(self, entry, event):
        """Time, place and status of an entry, by other means than its fingerprint."""
        status = "off" if entry.cancelled else "draft" if event.state == State.DRAFT else "on"
        why = event.state if entry.cancelled and event.state in {"cancelled", "postponed"} and not entry.is_removed else ""
        venue = event.venue
        on_site = (venue.name, venue.city) if venue and event.format != "online" else ()
        place = (event.format, *on_site, event.join_link) if entry.kind != "deadline" else ()
        return (entry.starts_at, entry.ends_at, entry.first_day, entry.last_day, entry.all_day, status, why, place)

    @invariant()
    def entries_are_what_programs_rely_on(self):
        if not hasattr(self, "pk"):
            return
        event, found = self.event, {}
        for entry in Entry.objects.filter(event=event).prefetch_related("texts"):
            texts = {(text.language, text.audience): text.component for text in entry.texts.all()}
            found[entry.uid] = (entry, self.truth(entry, event), texts)
            stamps = {key: self.stamp(entry, text) for key, text in texts.items()}
            assert max(stamps.values()) == entry.changed_at
            if entry.session_id:
                assert self.sessions.setdefault(entry.session_id, entry.uid) == entry.uid
            if entry.uid not in self.seen:
                continue
            before, truth, former = self.seen[entry.uid]
            assert (entry.kind, entry.session_id in {before.session_id, None}) == (before.kind, True)
            assert entry.sequence - before.sequence == (self.truth(entry, event) != truth)
            assert entry.changed_at >= before.changed_at
            assert entry.created_at == before.created_at
            for key, text in texts.items():
                if key in former:
                    assert (stamps[key] > self.stamp(before, former[key])) == (text != former[key])
                    assert (stamps[key] < self.stamp(before, former[key])) is False
                else:
                    assert stamps[key] > before.changed_at
        assert len(set(self.sessions.values())) == len(self.sessions)
        if not self.was_draft:
            assert set(self.seen) - set(found) == set()
        live = set(event.sessions.values_list("pk", flat=True))
        assert {entry.session_id for entry, *_rest in found.values() if entry.session_id} == live
        self.seen, self.was_draft = found, event.state == State.DRAFT

    def stamp(self, entry, text):
        """When the text was written, by itself; it says the same in all places."""
        assert (said(text, "UID"), said(text, "CREATED")) == (entry.uid, entry.created_at.strftime("%Y%m%dT%H%M%SZ"))
        assert said(text, "SEQUENCE") == str(entry.sequence)
        assert said(text, "DTSTAMP") == said(text, "LAST-MODIFIED")
        return datetime.strptime(said(text, "LAST-MODIFIED"), "%Y%m%dT%H%M%S%z")


@pytest.mark.django_db
def test_whatever_is_done_uids_stay_sequence_never_falls_and_last_modified_never_goes_back():
    run_state_machine_as_test(Programme, settings=settings(max_examples=15, stateful_step_count=15, deadline=None))
