"""Hours: computed once, here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from events.attendance.models import AttendanceRecord
from events.programme.models import Event, Session
from events.registrations.models import Registration


@dataclass(frozen=True)
class Attendance:
    """How much of an event somebody attended. Minutes are None for whole-day sessions without stated minutes."""

    sessions: int
    sessions_attended: int
    minutes: int | None
    minutes_attended: int | None
    share: float  # of the weights, 0 to 1
    earned: bool  # share is at least the event's attendance_share


def attendance_of_event(event: Event) -> dict[int, Attendance]:
    """The attendance of every confirmed registration of ``event``, by registration id. Three queries.

    Of an event with sessions to choose from, those count that are for everybody and those that the registration chose.
    A session weighs its credited minutes, else its length by the clock; whole days without stated minutes weigh by days.
    """
    return attendance_of_events([event])


def attendance_of_events(events: Sequence[Event]) -> dict[int, Attendance]:
    """As attendance_of_event, for several events together. Three queries, however many events."""
    return _attendance(events, Registration.objects.filter(event__in=events, state=Registration.State.CONFIRMED))


def attendance_of_registrations(registrations: Sequence[Registration]) -> dict[int, Attendance]:
    """The attendance of some registrations, whatever their state, by id. Three queries. They bring their event with them."""
    events = {registration.event_id: registration.event for registration in registrations}
    return _attendance([*events.values()], Registration.objects.filter(pk__in=[one.pk for one in registrations]))


def attendance_of(registration: Registration) -> Attendance:
    """The attendance of one registration, whatever its state."""
    return _attendance([registration.event], Registration.objects.filter(pk=registration.pk))[registration.pk]


def _attendance(events: Sequence[Event], registrations: QuerySet[Registration]) -> dict[int, Attendance]:
    sessions: dict[int, list[Session]] = {event.pk: [] for event in events}
    for session in Session.objects.filter(event__in=events).order_by("starts_at", "pk"):
        sessions[session.event_id].append(session)
    event_of: dict[int, int] = {}
    chosen: dict[int, set[int]] = {}
    for registration_id, event_id, session_id in registrations.order_by().values_list("pk", "event_id", "choices__session_id"):
        event_of[registration_id] = event_id
        chosen.setdefault(registration_id, set()).add(session_id)
    attended: dict[int, set[int]] = {pk: set() for pk in event_of}
    records = AttendanceRecord.objects.filter(session__event=F("registration__event"), registration__in=registrations)
    for registration_id, session_id in records.order_by().values_list("registration_id", "session_id"):
        attended[registration_id].add(session_id)
    share = {event.pk: event.attendance_share for event in events}
    scales: dict[tuple[int, frozenset[int]], Scale] = {}  # who chose the same shares one
    found = {}
    for registration_id, event_id in event_of.items():
        key = (event_id, frozenset(chosen[registration_id]))
        if key not in scales:
            own = [session for session in sessions[event_id] if not session.is_chosen or session.pk in key[1]]
            scales[key] = Scale(own, share[event_id])
        found[registration_id] = scales[key](attended[registration_id] & scales[key].weights.keys())
    return found


def why_not(attendance: Attendance | None, event: Event) -> str:
    """Why the attendance does not earn a certificate, in the reader's language; empty if it does."""
    if attendance is not None and attendance.earned:
        return ""
    return _("Attended %(share)s %% of the hours; a certificate needs %(needed)s %%.") % {
        "share": int(attendance.share * 100) if attendance else 0,
        "needed": event.attendance_share,
    }


class Scale:
    """Weighs attended sessions against all those in which somebody takes part."""

    def __init__(self, sessions: Sequence[Session], share_needed: int) -> None:
        self.minutes = {session.pk: minutes_of(session) for session in sessions}
        # One whole day without minutes cannot be compared with minutes, so then every session weighs its days.
        known = all(minutes is not None for minutes in self.minutes.values())
        self.weights = {
            session.pk: (self.minutes[session.pk] or 0) if known else (session.last_day - session.first_day).days + 1
            for session in sessions
        }
        if not any(self.weights.values()):
            self.weights = dict.fromkeys(self.weights, 1)
        self.total_minutes = sum(minutes or 0 for minutes in self.minutes.values()) if known else None
        self.share_needed = share_needed

    def __call__(self, attended: Collection[int]) -> Attendance:
        """The attendance of whoever was at the sessions with these ids."""
        total, present = sum(self.weights.values()), sum(self.weights[pk] for pk in attended)
        return Attendance(
            sessions=len(self.weights),
            sessions_attended=len(attended),
            minutes=self.total_minutes,
            minutes_attended=None if self.total_minutes is None else sum(self.minutes[pk] or 0 for pk in attended),
            share=present / total if total else 0.0,
            # In whole numbers: a share of exactly 80 % must not fail by a rounded fraction.
            earned=total > 0 and present * 100 >= self.share_needed * total,
        )


def minutes_of(session: Session) -> int | None:
    """The minutes that a session counts: as stated, else by the clock, else (whole days) unknown."""
    if session.credited_minutes is not None:
        return session.credited_minutes
    return None if session.all_day else int((session.ends_at - session.starts_at).total_seconds() // 60)
