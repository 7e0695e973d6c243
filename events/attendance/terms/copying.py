"""A cloned event has the terms of its source: what a certificate needs, with its own sessions in the place of the others."""

from events.attendance.models import AttendanceTerms
from events.programme.models import Event


def copy_terms(*, source: Event, to: Event) -> None:
    """Give a clone the terms of its source, if there are any. Constant queries. Reports stay where they were handed in.

    A clone has its source's sessions, moved together: so they are in the same order.
    """
    original = AttendanceTerms.objects.filter(event=source).first()
    if original is None:
        return
    copied = AttendanceTerms.objects.create(
        event=to, needs_evaluation=original.needs_evaluation, needs_report=original.needs_report
    )
    required = set(original.required_sessions.values_list("pk", flat=True))
    pairs = zip(source.sessions.all(), to.sessions.all(), strict=True)
    copied.required_sessions.set(session for before, session in pairs if before.pk in required)
