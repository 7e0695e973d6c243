"""How somebody's hours came about: one line for each session, with who recorded it, when, and what it comes to.

And what a certificate needs, in words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.attendance.hours import Attendance, Counted, Missing, clock_minutes, done_by, scale_for
from events.attendance.models import AttendanceRecord, AttendanceTerms
from events.programme.models import Event, Session
from events.registrations.models import Registration


@dataclass(frozen=True)
class Line:
    """One session in which somebody takes part, and what is recorded of them there."""

    session: Session
    record: AttendanceRecord | None
    counted: Counted | None  # what the record comes to
    whole: int | None  # minutes that the session counts
    share_needed: int
    is_required: bool
    is_recorded: bool  # somebody's presence at the session is recorded: then who has no record was not there

    @property
    def present(self) -> bool:
        """Whether there is a record."""
        return self.record is not None

    @property
    def attended(self) -> bool:
        """Whether the session counts as attended."""
        return self.counted is not None and self.counted.attended

    @property
    def minutes(self) -> int | None:
        """The minutes that count; None where the session counts none."""
        return self.counted.minutes if self.counted is not None else None if self.whole is None else 0

    @property
    def spans(self) -> list[tuple[datetime, datetime]]:
        """When they were connected."""
        read = [[parse_datetime(moment) for moment in span] for span in (self.record.spans if self.record else [])]
        return [(span[0], span[1]) for span in read if len(span) == 2 and span[0] and span[1]]

    @property
    def why(self) -> str:
        """How the line came about, in the reader's language."""
        if self.record is None:
            return _("Not present.") if self.is_recorded else _("Nobody’s presence is recorded for this session yet.")
        if self.record.minutes is None or self.counted is None:
            return _("Present: the whole session counts.")
        clock = self.whole if self.session.all_day else clock_minutes(self.session)
        if not clock:
            return _("Present: the whole session counts.")
        facts = {
            "minutes": min(self.record.minutes, clock),
            "clock": clock,
            "counted": self.counted.minutes,
            "whole": self.whole,
            "share": self.share_needed,
        }
        parts = [_("Connected for %(minutes)d of %(clock)d minutes.") % facts]
        if self.whole != clock and self.whole is not None:
            parts.append(_("The session counts %(whole)d minutes, so this counts %(counted)d.") % facts)
        if not self.counted.attended:
            parts.append(_("That is less than %(share)d %%: the session does not count as attended.") % facts)
        return " ".join(parts)


@dataclass(frozen=True)
class Explanation:
    """Somebody's attendance, and the lines from which it follows: their minutes add up to its minutes."""

    registration: Registration
    attendance: Attendance
    lines: Sequence[Line]

    @property
    def percent(self) -> int:
        """The share in whole per cent, rounded down as everywhere."""
        return int(self.attendance.share * 100)

    @property
    def is_recorded(self) -> bool:
        """Whether it is recorded for every session who was there: until then, absence says nothing."""
        return all(line.is_recorded for line in self.lines)

    @property
    def surely_missing(self) -> list[Missing]:
        """What is missing for a certificate whatever is still to be recorded."""
        recorded = {line.session.pk for line in self.lines if line.is_recorded}
        return [
            one
            for one in self.attendance.missing
            if (one.code != "hours" or self.is_recorded) and (one.session is None or one.session in recorded)
        ]


def explain(registration: Registration) -> Explanation:
    """How the hours of ``registration`` came about, session by session in their order. A constant number of queries."""
    scale = scale_for(registration)
    records = {
        record.session_id: record
        for record in AttendanceRecord.objects.filter(registration=registration, session__in=scale.sessions).select_related(
            "recorded_by", "evidence"
        )
    }
    recorded = set(
        AttendanceRecord.objects.filter(session__in=scale.sessions).order_by().values_list("session_id", flat=True).distinct()
    )
    lines = []
    for pk, session in scale.sessions.items():
        session.event = registration.event
        record = records.get(pk)
        lines.append(
            Line(
                session=session,
                record=record,
                counted=scale.count(pk, record.minutes) if record else None,
                whole=scale.minutes[pk],
                share_needed=scale.share_needed,
                is_required=pk in scale.required,
                is_recorded=pk in recorded,
            )
        )
    done = done_by(Registration.objects.filter(pk=registration.pk), scale.needs).get(registration.pk, ())
    attendance = scale({pk: record.minutes for pk, record in records.items()}, done)
    return Explanation(registration, attendance, lines)


def terms_in_words(event: Event) -> list[str]:
    """What a certificate of attendance needs, one sentence each. Two queries."""
    share = _("Presence for %(share)d %% of the hours or more.") % {"share": event.attendance_share}
    if event.attendance_share == 100:
        share = _("Presence for all of the hours.")
    found = [share]
    terms = AttendanceTerms.objects.filter(event=event).first()
    if terms is None:
        return found
    titles = [session.title or event.title for session in terms.required_sessions.order_by("starts_at", "pk")]
    if titles:
        text = ngettext("Presence at the session %(titles)s.", "Presence at each of the sessions %(titles)s.", len(titles))
        quoted = [_("“%(title)s”") % {"title": title} for title in titles]
        found.append(text % {"titles": ", ".join(quoted)})
    if terms.needs_evaluation:
        found.append(_("The evaluation filled in."))
    if terms.needs_report:
        found.append(_("A report handed in."))
    return found
