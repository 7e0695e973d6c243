"""Hours, and whether they are enough: computed once, here."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _

from events.attendance.models import AttendanceRecord, AttendanceTerms, EvaluationTurn, HandedIn
from events.programme.models import Event, Session
from events.registrations.models import Registration

#: What can be missing for a certificate: enough of the hours, a session that must be attended, the evaluation, the report.
Lack = Literal["hours", "session", "evaluation", "report"]


@dataclass(frozen=True)
class Missing:
    """One thing that is still missing for a certificate. ``session`` and ``title`` say which session it is, if it is one."""

    code: Lack
    session: int | None = None
    title: str = ""


@dataclass(frozen=True)
class Attendance:
    """How much of an event somebody attended. Minutes are None for whole-day sessions without stated minutes."""

    sessions: int
    sessions_attended: int  # for the event's share of each, see Scale
    minutes: int | None
    minutes_attended: int | None
    share: float  # of the weights, 0 to 1
    earned: bool  # nothing is missing
    missing: tuple[Missing, ...] = ()
    attended: frozenset[int] = field(default=frozenset(), compare=False)  # ids of the sessions that were attended


@dataclass(frozen=True)
class Counted:
    """What presence at one session comes to."""

    attended: bool
    minutes: int | None


def attendance_of_event(event: Event) -> dict[int, Attendance]:
    """The attendance of every confirmed registration of ``event``, by registration id. Three queries.

    Of an event with sessions to choose from, those count that are for everybody and those that the registration chose.
    A session weighs its credited minutes, else its length by the clock; whole days without stated minutes weigh by days.
    Where the event's terms need the evaluation or a report there is one query more for each of the two.
    """
    return attendance_of_events([event])


def attendance_of_events(events: Sequence[Event]) -> dict[int, Attendance]:
    """As attendance_of_event, for several events together. As many queries, however many events."""
    return _attendance(events, Registration.objects.filter(event__in=events, state=Registration.State.CONFIRMED))


def attendance_of_registrations(registrations: Sequence[Registration]) -> dict[int, Attendance]:
    """The attendance of some registrations, whatever their state, by id. As many queries. They bring their event with them."""
    events = {registration.event_id: registration.event for registration in registrations}
    return _attendance([*events.values()], Registration.objects.filter(pk__in=[one.pk for one in registrations]))


def _attendance(events: Sequence[Event], registrations: QuerySet[Registration]) -> dict[int, Attendance]:
    sessions = _sessions_of(events)
    event_of: dict[int, int] = {}
    chosen: dict[int, set[int]] = {}
    for registration_id, event_id, session_id in registrations.order_by().values_list("pk", "event_id", "choices__session_id"):
        event_of[registration_id] = event_id
        chosen.setdefault(registration_id, set()).add(session_id)
    there: dict[int, dict[int, int | None]] = {pk: {} for pk in event_of}
    records = AttendanceRecord.objects.filter(session__event=F("registration__event"), registration__in=registrations)
    for registration_id, session_id, minutes in records.order_by().values_list("registration_id", "session_id", "minutes"):
        there[registration_id][session_id] = minutes
    done = done_by(registrations, _needs([session for own in sessions.values() for session in own]))
    by_key = {event.pk: event for event in events}
    scales: dict[tuple[int, frozenset[int]], Scale] = {}  # who chose the same shares one
    found = {}
    for registration_id, event_id in event_of.items():
        key = (event_id, frozenset(chosen[registration_id]))
        if key not in scales:
            scales[key] = Scale(by_key[event_id], sessions[event_id], key[1])
        found[registration_id] = scales[key](there[registration_id], done.get(registration_id, frozenset()))
    return found


def _sessions_of(events: Sequence[Event]) -> dict[int, list[Any]]:
    """The sessions of each event in their order, each with what the event's terms say. One query."""
    required = AttendanceTerms.required_sessions.through.objects.filter(session=OuterRef("pk"))
    found: dict[int, list[Any]] = {event.pk: [] for event in events}
    rows = Session.objects.filter(event__in=events).annotate(
        is_required=Exists(required),
        needs_evaluation=F("event__attendance_terms__needs_evaluation"),
        needs_report=F("event__attendance_terms__needs_report"),
    )
    for session in rows.order_by("starts_at", "pk"):
        found[session.event_id].append(session)
    return found


def done_by(registrations: QuerySet[Registration], needs: Collection[Lack]) -> dict[int, set[Lack]]:
    """Who has filled in the evaluation, or handed in a report, by id: asked only where it is needed."""
    done: dict[int, set[Lack]] = {}
    if "evaluation" in needs:
        turns = EvaluationTurn.objects.filter(registration__in=registrations, is_done=True)
        for pk in turns.values_list("registration_id", flat=True):
            done.setdefault(pk, set()).add("evaluation")
    if "report" in needs:
        for pk in HandedIn.objects.filter(registration__in=registrations).values_list("registration_id", flat=True):
            done.setdefault(pk, set()).add("report")
    return done


def _needs(sessions: Sequence[Any]) -> list[Lack]:
    """What the terms of the sessions' events need besides attendance."""
    needs: list[Lack] = []
    if any(session.needs_evaluation for session in sessions):
        needs.append("evaluation")
    if any(session.needs_report for session in sessions):
        needs.append("report")
    return needs


def in_words(missing: Missing, attendance: Attendance | None, event: Event) -> str:
    """What is missing, as a sentence in the reader's language."""
    match missing.code:
        case "session":
            return _("“%(session)s” was not attended.") % {"session": missing.title}
        case "evaluation":
            return _("The evaluation is not filled in.")
        case "report":
            return _("The report is not handed in.")
        case _:
            return _("Attended %(share)s %% of the hours; a certificate needs %(needed)s %%.") % {
                "share": int(attendance.share * 100) if attendance else 0,
                "needed": event.attendance_share,
            }


def why_not(attendance: Attendance | None, event: Event) -> str:
    """Why the attendance does not earn a certificate, in the reader's language; empty if it does."""
    if attendance is not None and attendance.earned:
        return ""
    missing = attendance.missing if attendance is not None else ()
    return " ".join(in_words(one, attendance, event) for one in missing or (Missing("hours"),))


def scale_for(registration: Registration) -> "Scale":
    """The scale on which this registration's attendance is weighed: its own sessions and what its event asks. Two queries."""
    chosen = registration.choices.order_by().values_list("session_id", flat=True)
    return Scale(registration.event, _sessions_of([registration.event])[registration.event_id], frozenset(chosen))


def scales_of(event: Event) -> "Callable[[Collection[int]], Scale]":
    """The scale on which those who chose certain sessions of ``event`` are weighed, for each such choice. One query."""
    sessions = _sessions_of([event])[event.pk]

    @cache
    def scale(chosen: frozenset[int]) -> Scale:
        return Scale(event, sessions, chosen)

    return lambda chosen: scale(frozenset(chosen))


class Scale:
    """Weighs presence against all the sessions in which somebody takes part.

    A record without minutes (checked in at the door, signed on paper) counts the whole session. One with minutes (from a
    webinar's report) counts those: no more than the session lasted, and in proportion where the session counts other
    minutes than the clock's; then a minute that was begun counts, so that exactly the share that is needed is never missed.

    A session is *attended* by who was there for the event's share of it, by the clock. This decides how many sessions were
    attended, and whether one was that the terms require; the hours add up all minutes, those of shorter stays too. Where
    days weigh, or sessions count no minutes at all, an attended session counts whole and any other not.

    Of sessions to choose from, only who chose it must attend a required one.
    """

    def __init__(self, event: Event, sessions: Sequence[Any], chosen: Collection[int | None]) -> None:
        own = [session for session in sessions if not session.is_chosen or session.pk in chosen]
        self.sessions: dict[int, Session] = {session.pk: session for session in own}
        self.required = {session.pk: session.title or event.title for session in own if session.is_required}
        self.needs = _needs(sessions)
        self.minutes = {session.pk: minutes_of(session) for session in own}
        # One whole day without minutes cannot be compared with minutes, so then every session weighs its days.
        known = all(minutes is not None for minutes in self.minutes.values())
        self.weights = {
            session.pk: (self.minutes[session.pk] or 0) if known else (session.last_day - session.first_day).days + 1
            for session in own
        }
        self.by_minutes = known and any(self.weights.values())
        if not any(self.weights.values()):
            self.weights = dict.fromkeys(self.weights, 1)
        self.total_minutes = sum(minutes or 0 for minutes in self.minutes.values()) if known else None
        self.share_needed = event.attendance_share

    def count(self, session: int, recorded: int | None) -> Counted:
        """What a record of this session comes to. ``recorded``: its minutes; None: the whole session."""
        whole = self.minutes[session]
        if recorded is None:
            return Counted(attended=True, minutes=whole)
        # Of a whole day the clock says nothing: there the minutes that it counts are its length, if it has any.
        clock = whole if self.sessions[session].all_day else clock_minutes(self.sessions[session])
        if not clock:
            return Counted(attended=True, minutes=whole)
        part = min(recorded, clock)
        return Counted(
            attended=part * 100 >= self.share_needed * clock,
            minutes=None if whole is None else -(-whole * part // clock),  # rounded up
        )

    def __call__(self, there: Mapping[int, int | None], done: Collection[Lack] = ()) -> Attendance:
        """The attendance of whoever was at these sessions, for so many minutes; ``done``: what else they have done."""
        counted = {pk: self.count(pk, minutes) for pk, minutes in there.items() if pk in self.sessions}
        attended = {pk for pk, one in counted.items() if one.attended}
        total = sum(self.weights.values())
        if self.by_minutes:
            present = sum(one.minutes or 0 for one in counted.values())
        else:
            present = sum(self.weights[pk] for pk in attended)
        missing: list[Missing] = []
        # In whole numbers: a share of exactly 80 % must not fail by a rounded fraction.
        if not total or present * 100 < self.share_needed * total:
            missing.append(Missing("hours"))
        missing += [Missing("session", pk, title) for pk, title in self.required.items() if pk not in attended]
        missing += [Missing(need) for need in self.needs if need not in done]
        return Attendance(
            sessions=len(self.weights),
            sessions_attended=len(attended),
            minutes=self.total_minutes,
            minutes_attended=None if self.total_minutes is None else sum(one.minutes or 0 for one in counted.values()),
            share=present / total if total else 0.0,
            earned=not missing,
            missing=tuple(missing),
            attended=frozenset(attended),
        )


def minutes_of(session: Session) -> int | None:
    """The minutes that a session counts: as stated, else by the clock, else (whole days) unknown."""
    if session.credited_minutes is not None:
        return session.credited_minutes
    return None if session.all_day else clock_minutes(session)


def clock_minutes(session: Session) -> int:
    """How long a session is, from its start to its end."""
    return int((session.ends_at - session.starts_at).total_seconds() // 60)
