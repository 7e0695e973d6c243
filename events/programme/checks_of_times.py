"""What must be true of an event's times: its own, those of its registration, and those of its sessions within it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

from django.utils.translation import gettext as _

from events.programme.facts import EventFacts, SessionFacts
from events.programme.models import Session
from events.programme.periods import Period, day_in_words, instant, moment_in_words
from events.programme.texts import Errors
from network.errors import Invalid

MOST_SESSIONS = 200
MINUTES_OF_A_DAY = 24 * 60
TIMES = ("starts", "ends", "first_day", "last_day")


@dataclass(frozen=True)
class CheckedSession:
    """A session that may be written."""

    facts: SessionFacts
    period: Period


# --- Times ---------------------------------------------------------------------------------------------------------


def period_of_event(facts: EventFacts, errors: Errors) -> Period | None:
    """The event's own period, or None where it is not stated well; the problems are noted."""
    try:
        return _period_of(facts, all_day=facts.all_day, timezone=facts.timezone)
    except Invalid as error:
        errors.take(error)
        return None


def _period_of(thing: EventFacts | SessionFacts, *, all_day: bool, timezone: str) -> Period:
    """The period that is stated. Raises Invalid for missing times, for those of the other kind, and as Period does."""
    stated, other = (TIMES[2:], TIMES[:2]) if all_day else (TIMES[:2], TIMES[2:])
    problems = {name: [_("This is needed.")] for name in stated if getattr(thing, name) is None}
    for name in other:
        if getattr(thing, name) is not None:
            problems[name] = [
                _("The event is of whole days: give days, without a time of day.")
                if all_day
                else _("The event has times of day: give the start and the end with their time.")
            ]
    if problems:
        raise Invalid(problems)
    if all_day:
        assert thing.first_day is not None  # noqa: S101 - for the type checker; checked above
        assert thing.last_day is not None  # noqa: S101
        return Period.whole_days(thing.first_day, thing.last_day, timezone)
    assert thing.starts is not None  # noqa: S101
    assert thing.ends is not None  # noqa: S101
    return Period.timed(thing.starts, thing.ends, timezone)


def with_times(thing: Any, period: Period) -> Any:
    """The facts with their times as the period has them, and none of the other kind."""
    if period.all_day:
        return replace(thing, starts=None, ends=None, first_day=period.first_day, last_day=period.last_day)
    return replace(thing, starts=period.starts, ends=period.ends, first_day=None, last_day=None)


def registration_times(facts: EventFacts, period: Period, errors: Errors) -> EventFacts:
    """The facts with the times of registration on the event's clock: open before the end, closed after it opened."""
    window: dict[str, Any] = {}
    for name in ("registration_opens", "registration_closes", "changes_close"):
        moment = getattr(facts, name)
        try:
            window[name] = None if moment is None else instant(moment, period.zone).astimezone(period.zone)
        except Invalid as error:
            errors.take(error, instead=name)
            window[name] = None
    opens, closes, changes = window["registration_opens"], window["registration_closes"], window["changes_close"]
    if opens and opens.astimezone(UTC) >= period.ends_at:
        errors.add("registration_opens", _("Registration must open before the event ends."))
    if closes and closes.astimezone(UTC) > period.ends_at:
        errors.add("registration_closes", _("Registration must close before the event ends."))
    if opens and closes and closes <= opens:
        errors.add("registration_closes", _("Registration must close after it opens."))
    if changes and changes.astimezone(UTC) > period.ends_at:
        errors.add("changes_close", _("Participants can change or cancel until the event ends at the latest."))
    return replace(facts, **window)


# --- Sessions ------------------------------------------------------------------------------------------------------


def with_a_session(facts: EventFacts, own: Mapping[int, Session]) -> EventFacts:
    """The facts; where no session is stated, with one as long as the event.

    The only session of an event keeps its identity: calendars and attendance know it by that.
    """
    return facts if facts.sessions else replace(facts, sessions=(SessionFacts(id=next(iter(own), None)),))


def sessions_known(facts: EventFacts, own: Mapping[int, Session], errors: Errors) -> None:
    """Sessions that are named by id must be this event's (``own``), each once."""
    if len(facts.sessions) > MOST_SESSIONS:
        errors.add("sessions", _("At most %(most)s sessions.") % {"most": MOST_SESSIONS})
    seen: set[int] = set()
    for index, session in enumerate(facts.sessions):
        if session.id is None:
            continue
        if session.id not in own:
            errors.add(f"sessions.{index}.id", _("The event has no session of this number. Leave it out for a new session."))
        elif session.id in seen:
            errors.add(f"sessions.{index}.id", _("This session is named twice."))
        seen.add(session.id)


def sessions_within(facts: EventFacts, period: Period, errors: Errors) -> tuple[CheckedSession, ...]:
    """Each session with its period: it lies within the event, or, stated without times, lasts as long as the event."""
    checked = []
    for index, session in enumerate(facts.sessions):
        path = f"sessions.{index}."
        if all(getattr(session, name) is None for name in TIMES):
            own = period
        else:
            try:
                own = _period_of(session, all_day=period.all_day, timezone=period.timezone)
            except Invalid as error:
                errors.take(error, prefix=path)
                continue
            _within(own, period, path, errors)
        if session.credited_minutes is not None and not 0 <= session.credited_minutes <= own.days * MINUTES_OF_A_DAY:
            errors.add(
                f"{path}credited_minutes",
                _("This must be from 0 to the length of the session, %(most)s minutes.")
                % {"most": own.days * MINUTES_OF_A_DAY},
            )
        checked.append(CheckedSession(with_times(session, own), own))
    checked.sort(key=lambda one: (one.period.starts_at, one.facts.id is None, one.facts.id or 0))
    return tuple(checked)


def _within(own: Period, whole: Period, path: str, errors: Errors) -> None:
    if whole.contains(own):
        return
    start, end = ("first_day", "last_day") if whole.all_day else ("starts", "ends")
    if own.starts_at < whole.starts_at or own.starts_at >= whole.ends_at:
        errors.add(
            path + start, _("The session must lie within the event, which starts %(start)s and ends %(end)s.") % _shown(whole)
        )
    if own.ends_at > whole.ends_at or own.ends_at <= whole.starts_at:
        errors.add(
            path + end, _("The session must lie within the event, which starts %(start)s and ends %(end)s.") % _shown(whole)
        )


def _shown(period: Period) -> dict[str, str]:
    if period.all_day:
        return {"start": day_in_words(period.first_day), "end": day_in_words(period.last_day)}
    return {"start": moment_in_words(period.starts), "end": moment_in_words(period.ends)}
