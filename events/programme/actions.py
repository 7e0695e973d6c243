"""The verbs of the programme: create, edit, publish, move, postpone, cancel, clone, finish.

Each checks permission and facts, locks the event, writes, journals and tells the other wings, in one transaction.
``revision`` is the one that the caller saw; if the event has moved on since, ``Stale`` is raised and nothing is written.
What comes back is the event as it was written; the one that was passed in is not touched.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from events.programme import tasks
from events.programme.checks import CheckedEvent, check
from events.programme.checks_of_times import TIMES
from events.programme.facts import EventFacts, facts_of
from events.programme.models import Event, Venue
from events.programme.periods import Period, nearest_instant
from events.programme.signals import EventChange, event_changed
from events.programme.slugs import free_slug
from events.programme.states import FIXED, MOVES, Verb, allows
from events.programme.texts import check_venue, clean_text
from events.programme.writing import write
from network.errors import Invalid, Stale, WrongState
from network.journal import because
from network.models import Person
from network.rules import require
from network.vocabulary import zone_named

State = Event.State
LONGEST_REASON = 1000


def create(*, facts: EventFacts, by: Person) -> Event:
    """Write a new draft. Raises Invalid (``.errors`` by field path) and NotAllowed."""
    return _create(facts, by=by)


def edit(*, event: Event, facts: EventFacts, by: Person, revision: int | None = None, reason: str = "") -> Event:
    """Make the event what ``facts`` say. A published event whose times differ counts as moved.

    The times of its sessions are times of the event. A postponed event that gets other times is PUBLISHED again, as by
    ``move``. Facts that are true already change nothing, not even the revision.

    Raises Invalid, NotAllowed, Stale, WrongState (a cancelled or finished event's times and places are fixed).
    """
    require(by, "events.change_event", event)
    if facts.organising_centre.pk != event.organising_centre_id:
        require(by, "events.add_event", facts.organising_centre)
    reason = _clean_reason(reason)
    with _one_change(by=by, reason=reason):
        locked = _lock(event, revision, "edit")
        return _edit(locked, check(facts, event=locked), by=by, reason=reason)


def publish(*, event: Event, by: Person, revision: int | None = None) -> Event:
    """DRAFT or POSTPONED to PUBLISHED: visible, open for registration, in the calendars.

    Raises Invalid for what a draft may still lack (``checks.NEEDED_TO_PUBLISH``), NotAllowed, Stale, WrongState.
    """
    require(by, "events.change_event", event)
    with _one_change(by=by):
        locked = _lock(event, revision, "publish")
        check(facts_of(locked), event=locked, publishing=True)
        locked.published_at = locked.published_at or timezone.now()
        _go(locked, "publish")
        tasks.finish_at_its_end(locked)
        _tell(locked, "published", by=by, names=frozenset({"state"}))
    return locked


def move(*, event: Event, starts: datetime | date, by: Person, reason: str = "", revision: int | None = None) -> Event:
    """Let the event start at another time (a datetime, naive: wall clock of its zone; or a date, for whole days).

    A date for an event with times of day keeps its clock. Its end, all sessions and a stated end of registration and of
    changes move along by the same wall-clock distance. A postponed event that is moved is PUBLISHED again.

    Raises Invalid (at ``starts``, or at the session whose new time does not exist), NotAllowed, Stale, WrongState.
    """
    require(by, "events.change_event", event)
    reason = _clean_reason(reason)
    with _one_change(by=by, reason=reason):
        locked = _lock(event, revision, "move")
        before = facts_of(locked)
        distance = Period.of(locked, locked.timezone).distance_to(starts)
        if not distance and locked.state == State.POSTPONED:  # it takes place as first planned after all
            return _edit(locked, check(before, event=locked), by=by, reason=reason, republish=True)
        return _edit(locked, check(_shifted(before, distance), event=locked), by=by, reason=reason)


def postpone(*, event: Event, reason: str, by: Person, revision: int | None = None) -> Event:
    """PUBLISHED to POSTPONED: it will take place, at a time not yet known. Registrations stay.

    Raises Invalid (no reason), NotAllowed, Stale, WrongState.
    """
    return _call_off(event, "postpone", "postponed", reason=reason, by=by, revision=revision)


def cancel(*, event: Event, reason: str, by: Person, revision: int | None = None) -> Event:
    """Call the event off. It stays visible and in calendars, as cancelled; a reason is required.

    Raises Invalid (no reason), NotAllowed, Stale, WrongState.
    """
    return _call_off(event, "cancel", "cancelled", reason=reason, by=by, revision=revision)


def clone(*, event: Event, starts: datetime | date, by: Person, title: str = "") -> Event:
    """A new draft like ``event`` at another time: facts, sessions and speakers; no registrations, no reason, no revision.

    Both ends of the registration window and the end of changes move along. The other wings hear which event it was made
    from, and copy what is theirs. Raises Invalid, NotAllowed (one must run the event and organise
    for its centre).
    """
    require(by, "events.clone_event", event)
    facts = facts_of(event)
    distance = Period.of(event, event.timezone).distance_to(starts)
    opens = facts.registration_opens
    facts = replace(
        _shifted(facts, distance),
        title=title or facts.title,
        registration_opens=opens and _moved(opens, distance, facts.timezone),
    )
    facts = replace(facts, sessions=tuple(replace(session, id=None) for session in facts.sessions))
    return _create(facts, by=by, source=event)


def discard(*, event: Event, by: Person, revision: int | None = None) -> None:
    """Delete a draft. What was published is never deleted: it is cancelled. Raises NotAllowed, Stale, WrongState."""
    require(by, "events.change_event", event)
    with _one_change(by=by):
        locked = _lock(event, revision, "discard")
        if locked.published_at is not None:
            raise WrongState(
                gettext("This event was published once. Cancel it instead: people may have it in their calendars.")
            )
        locked.delete()


def add_venue(*, venue: Venue, by: Person) -> Venue:
    """Keep a new venue (not saved yet), for this event and others. Raises Invalid, NotAllowed."""
    require(by, "events.add_venue")
    venue = check_venue(venue)
    with _one_change(by=by):
        venue.save()
    return venue


def finish(*, event: Event) -> Event:
    """PUBLISHED to FINISHED once it has ended. Called by the worker; does nothing if it is too early or already done."""
    with _one_change(by=None):
        locked = Event.objects.select_for_update(no_key=True).get(pk=event.pk)
        if allows(locked, "finish") and locked.ends_at <= timezone.now():
            _go(locked, "finish")
            _tell(locked, "finished", by=None, names=frozenset({"state"}))
    return locked


# --- How they do it ------------------------------------------------------------------------------------------------


@contextmanager
def _one_change(*, by: Person | None, reason: str = "") -> Iterator[None]:
    """One transaction, journalled under one cause."""
    with transaction.atomic(), because(by=by, reason=reason):
        yield


def _lock(event: Event, revision: int | None, verb: Verb) -> Event:
    """Read the event anew under its lock, and make sure that it is as the caller believes. Raises Stale, WrongState."""
    locked = Event.objects.select_for_update(no_key=True).get(pk=event.pk)
    if revision is not None and locked.revision != revision:
        raise Stale(
            gettext("Somebody else changed this event after you opened it. Look at it anew, then make your change again.")
        )
    if not allows(locked, verb):
        raise WrongState(_why_not(locked, verb))
    return locked


def _why_not(event: Event, verb: Verb) -> str:
    states = ", ".join(f"“{state.label}”" for state in MOVES[verb][0])
    return gettext("This event’s state is “%(state)s”. What you want to do works for: %(states)s.") % {
        "state": event.get_state_display(),
        "states": states,
    }


def _go(event: Event, verb: Verb, reason: str = "") -> None:
    """Bring the event into the state that the verb leads to."""
    _verbs_states, after = MOVES[verb]
    event.state = after or event.state
    event.state_reason = reason
    event.revision += 1
    event.save()


def _call_off(event: Event, verb: Verb, kind: Any, *, reason: str, by: Person, revision: int | None) -> Event:
    require(by, "events.change_event", event)
    reason = _clean_reason(reason)
    if not reason:
        raise Invalid({"reason": [gettext("Say why: people who planned to come will read it.")]})
    with _one_change(by=by, reason=reason):
        locked = _lock(event, revision, verb)
        _go(locked, verb, reason)
        _tell(locked, kind, by=by, reason=reason, names=frozenset({"state"}))
    return locked


def _create(facts: EventFacts, *, by: Person, source: Event | None = None) -> Event:
    require(by, "events.add_event", facts.organising_centre)
    checked = check(facts, event=None)
    event = Event(created_by=by)
    with _one_change(by=by):
        _write(event, checked)
        _tell(event, "created", by=by, names=frozenset(field.name for field in fields(EventFacts)), source=source)
    return event


def _edit(event: Event, checked: CheckedEvent, *, by: Person, reason: str, republish: bool = False) -> Event:
    """Write what differs, with the state that follows from it."""
    before, after = facts_of(event), checked.facts
    names = frozenset(field.name for field in fields(EventFacts) if getattr(before, field.name) != getattr(after, field.name))
    if not names and not republish:
        return event
    if event.state in FIXED:
        _require_unfixed(names, _times_differ(before, after) or _choice_differs(before, after), event)
    moved = republish or _times_differ(before, after)
    kind = "moved" if moved and event.state in (State.PUBLISHED, State.POSTPONED) else "edited"
    if kind == "moved":
        if event.state == State.POSTPONED:
            names |= {"state"}
        event.state, event.state_reason = State.PUBLISHED, ""
    event.revision += 1
    _write(event, checked)
    if kind == "moved":
        tasks.finish_at_its_end(event)
    _tell(event, kind, by=by, reason=reason, names=names)
    return event


def _times_differ(before: EventFacts, after: EventFacts) -> bool:
    """Whether the event, or any of its sessions, is at other times; also when a session is added or removed."""

    def times(facts: EventFacts) -> Any:
        return [[getattr(thing, name) for name in TIMES] for thing in (facts, *facts.sessions)]

    return bool(times(before) != times(after))


def _choice_differs(before: EventFacts, after: EventFacts) -> bool:
    """Whether other sessions are chosen by participants, or with other places."""

    def choice(facts: EventFacts) -> Any:
        return {session.id: (session.is_chosen, session.places) for session in facts.sessions}

    return bool(choice(before) != choice(after))


def _require_unfixed(names: frozenset[str], sessions_differ: bool, event: Event) -> None:
    if sessions_differ or names & {"places", "timezone", "all_day"}:
        raise WrongState(
            gettext("This event’s state is “%(state)s”: its times and places are fixed. Texts can still be changed.")
            % {"state": event.get_state_display()}
        )


def _write(event: Event, checked: CheckedEvent) -> None:
    """Write the event and all that belongs to it. Its slug follows the title until it is first published."""
    if event.published_at is not None:
        write(event, checked)
        return
    for attempt in range(5):
        event.slug = free_slug(checked.facts.title, kind=checked.facts.kind, keep=event if event.pk else None)
        try:
            with transaction.atomic():
                write(event, checked)
        except IntegrityError:
            taken = Event.objects.filter(slug=event.slug).exclude(pk=event.pk).exists()
            if attempt == 4 or not taken:  # only when another writer took the slug in between does it help to ask again
                raise
        else:
            return


def _tell(
    event: Event, kind: Any, *, by: Person | None, names: frozenset[str], reason: str = "", source: Event | None = None
) -> None:
    change = EventChange(event=event, kind=kind, by=by, reason=reason, fields=names, source=source)
    event_changed.send(sender=Event, change=change)


def _clean_reason(reason: str) -> str:
    try:
        return clean_text(reason, most=LONGEST_REASON, lines=True)
    except Invalid as error:
        raise Invalid({"reason": error.errors[""]}) from None


# --- Moving along --------------------------------------------------------------------------------------------------


def _moved(moment: datetime, distance: timedelta, zone: str) -> datetime:
    """A moment further along by the wall clock of ``zone``. Where that clock is skipped, the next that exists."""
    try:
        return nearest_instant(moment.astimezone(zone_named(zone)).replace(tzinfo=None) + distance, zone_named(zone))
    except OverflowError:
        raise Invalid({"starts": [gettext("This is too far away.")]}) from None


def _shifted(facts: EventFacts, distance: timedelta) -> EventFacts:
    """The facts with the event, its sessions and the ends of registration and of changes moved along."""
    closes, changes = facts.registration_closes, facts.changes_close
    shifted: EventFacts = _with_shifted_times(facts, distance, facts.all_day, facts.timezone, "")
    return replace(
        shifted,
        registration_closes=closes and _moved(closes, distance, facts.timezone),
        changes_close=changes and _moved(changes, distance, facts.timezone),
        sessions=tuple(
            _with_shifted_times(session, distance, facts.all_day, facts.timezone, f"sessions.{index}.")
            for index, session in enumerate(facts.sessions)
        ),
    )


def _with_shifted_times(thing: Any, distance: timedelta, all_day: bool, zone: str, path: str) -> Any:
    try:
        if all_day:
            period = Period.whole_days(thing.first_day, thing.last_day, zone).shifted(distance)
            return replace(thing, first_day=period.first_day, last_day=period.last_day)
        period = Period.timed(thing.starts, thing.ends, zone).shifted(distance)
    except Invalid as error:
        raise Invalid({path + name: messages for name, messages in error.errors.items()}) from None
    return replace(thing, starts=period.starts, ends=period.ends)
