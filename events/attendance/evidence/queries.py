"""What one asks about evidence: the files of an event, and how complete its proof is."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from events.attendance.models import EvidenceFile, ReportImport
from events.attendance.queries import present_by_session
from events.programme.models import Event, Session
from events.registrations.models import Registration, SessionChoice

Kind = EvidenceFile.Kind


def files_of(event: Event) -> QuerySet[EvidenceFile]:
    """All files, withdrawn ones too, by session and time. A webinar's report counts once it is recorded."""
    recorded = Q(imports__state=ReportImport.State.RECORDED) | Q(records__isnull=False)
    return (
        EvidenceFile.objects.filter(event=event)
        .filter(~Q(kind=Kind.REPORT) | recorded)
        .select_related("session", "uploaded_by")
        .distinct()
        .order_by("session__starts_at", "session_id", "uploaded_at", "pk")
    )


@dataclass(frozen=True)
class Proof:
    """What there is of a session: who was expected, who came, and the files that prove it."""

    session: Session
    number: int
    expected: int
    came: int
    sheets: int
    reports: int

    @property
    def has_begun(self) -> bool:
        """Before it has, nothing can be proven."""
        return self.session.starts_at <= timezone.now()

    @property
    def is_proven(self) -> bool:
        """Somebody came, and there is a paper or a report of it."""
        return bool(self.came and (self.sheets or self.reports))


def proofs_of(event: Event) -> list[Proof]:
    """How complete the proof of each session is. Five queries, however many sessions."""
    sessions = list(event.sessions.order_by("starts_at", "pk"))
    confirmed = Registration.objects.filter(event=event, state=Registration.State.CONFIRMED)
    everybody = confirmed.count()
    choices = SessionChoice.objects.filter(session__event=event, registration__in=confirmed).order_by()
    chosen = dict(choices.values_list("session").annotate(number=Count("pk")))
    came = present_by_session(event)
    files: dict[tuple[int | None, str], int] = {}
    for key, kind in files_of(event).filter(withdrawn_at=None).values_list("session_id", "kind"):
        files[key, kind] = files.get((key, kind), 0) + 1
    proofs = []
    for number, session in enumerate(sessions, start=1):
        session.event = event
        # A sheet of the whole event is one of each session.
        sheets = files.get((session.pk, Kind.SHEET), 0) + files.get((None, Kind.SHEET), 0)
        expected = chosen.get(session.pk, 0) if session.is_chosen else everybody
        reports = files.get((session.pk, Kind.REPORT), 0)
        proofs.append(Proof(session, number, expected, came.get(session.pk, 0), sheets, reports))
    return proofs
