"""The reads of certificates: the register of an event, a person's own, one by its number."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from events.attendance.hours import Attendance, attendance_of_event, attendance_of_events
from events.certificates.content.earning import first_unprintable, ground_of_recognition, is_over, why_not_earned
from events.certificates.content.facts import event_facts, is_outdated, own_texts
from events.certificates.content.ground import Ground
from events.certificates.models import Assessment, Certificate, IssueRun, Recognition
from events.certificates.numbers import parse
from events.paper import fonts
from events.programme.models import Event
from events.programme.queries import organised_by
from events.registrations.models import Registration
from network.models import Person

Kind = Certificate.Kind

#: A run that gave no sign for this long has lost its worker.
SILENCE = timedelta(minutes=2)

State = Literal["valid", "revoked", "due", "not-earned", "cannot-print", "not-over"]


@dataclass(frozen=True)
class Line:
    """One certificate in the register of an event, issued or possible: who, on which ground."""

    ground: Ground
    certificate: Certificate | None  # the valid one, else the last that was revoked
    state: State
    why_not: str  # in the reader's language, where there is no valid certificate and none is due, or none can take its place
    outdated: bool  # name, attendance or assessment changed after the certificate was issued

    @property
    def is_renewable(self) -> bool:
        """Out of date, and what is known now is enough for a new one. Else it is no longer earned, or cannot be printed."""
        return self.outdated and not self.why_not

    @property
    def registration(self) -> Registration | None:
        """Whose attendance or assessment it is about."""
        return self.ground.registration

    @property
    def attendance(self) -> Attendance | None:
        """Of the registration; None: no longer registered, or a recognition."""
        return self.ground.attendance


@dataclass(frozen=True)
class Progress:
    """How far an event's certificates are. ``running`` says that the worker is at it, or is about to be."""

    valid: int
    revoked: int
    due: int
    impossible: int
    running: bool
    run: IssueRun | None


def register_of(event: Event) -> list[Line]:
    """Everybody with a confirmed registration, a recognition or a certificate, by name. A constant number of queries.

    Who passed an assessment is due a certificate of achievement, anybody else one of attendance.
    """
    certificates: dict[tuple[int | None, int | None, str], Certificate] = {}
    for certificate in Certificate.objects.filter(event=event).select_related("centre", "replaced_by").order_by("pk"):
        key = (certificate.registration_id, certificate.recognition_id, certificate.kind)
        known = certificates.get(key)
        if known is None or known.revoked_at is not None:
            certificates[key] = certificate
    grounds = _grounds(event, certificates.values())
    unprintable = first_unprintable(event_facts(event, settings.LANGUAGE_CODE))
    lines = [_line(ground, certificates.get(_key(ground)), unprintable=unprintable) for ground in grounds]
    return sorted(
        lines, key=lambda line: (line.ground.recognition is not None, line.ground.holder.casefold(), *_key(line.ground))
    )


def _key(ground: Ground) -> tuple[Any, Any, str]:
    registration, recognition = ground.registration, ground.recognition
    return (registration.pk if registration else None, recognition.pk if recognition else None, str(ground.kind))


def _grounds(event: Event, certificates: Iterable[Certificate]) -> Iterator[Ground]:
    """Of everybody who has or may have a certificate, as many as kinds."""
    kinds: dict[int, set[Kind]] = {}
    for certificate in certificates:
        if certificate.registration_id is not None:
            kinds.setdefault(certificate.registration_id, set()).add(Kind(certificate.kind))
    assessments = {one.registration_id: one for one in Assessment.objects.filter(registration__event=event)}
    attendance = attendance_of_event(event)
    registrations = (
        Registration.objects.filter(event=event)
        .filter(Q(state=Registration.State.CONFIRMED) | Q(pk__in=kinds))
        .select_related("person", "person__organisation")
        .order_by("pk")
    )
    for one in registrations:
        one.event = event
        passed = assessments.get(one.pk)
        due = Kind.ACHIEVEMENT if passed is not None and passed.passed else Kind.ATTENDANCE
        for kind in kinds.get(one.pk, set()) | {due}:
            yield Ground(
                kind=kind,
                event=event,
                registration=one,
                attendance=attendance.get(one.pk),
                assessment=passed if kind == Kind.ACHIEVEMENT else None,
            )
    for recognition in Recognition.objects.filter(event=event).select_related("person"):
        recognition.event = event
        yield ground_of_recognition(recognition)


def _line(ground: Ground, certificate: Certificate | None, *, unprintable: str) -> Line:
    state: State
    why_not = ""
    if certificate is not None and certificate.revoked_at is None:
        state = "valid"
    elif certificate is not None:
        # Revoked on purpose: whoever wants a new one issues it by name, not with all others.
        state, why_not = "revoked", _("Its certificate was revoked.")
    elif not is_over(ground.event):
        state, why_not = "not-over", _("The event is not over yet.")
    elif why_not := why_not_earned(ground):
        state = "not-earned"
    elif why_not := unprintable or first_unprintable(own_texts(ground)):
        state = "cannot-print"
    else:
        state = "due"
    outdated = certificate is not None and state == "valid" and is_outdated(certificate.facts, ground)
    if outdated:
        why_not = why_not_earned(ground) or unprintable or first_unprintable(own_texts(ground))
    return Line(ground=ground, certificate=certificate, state=state, why_not=why_not, outdated=outdated)


def progress_of(event: Event) -> Progress:
    """Counts over the register, and whether somebody is at work on it."""
    return summed_up(event, register_of(event))


def summed_up(event: Event, lines: list[Line]) -> Progress:
    """As progress_of, for a caller that has the register already."""
    run = IssueRun.objects.filter(event=event).first()
    states = [line.state for line in lines]
    return Progress(
        valid=states.count("valid"),
        revoked=states.count("revoked"),
        due=states.count("due"),
        impossible=states.count("cannot-print"),
        running=run is not None and is_alive(run),
        run=run,
    )


def with_certificates_due(events: Sequence[Event]) -> set[int]:
    """The ids of those ``events`` whose registers have a line that is due. A handful of queries, however many events.

    Unlike a register it does not judge the event's own texts: if no font can print them, the register is where that is said.
    """
    over = [event for event in events if is_over(event)]
    if not over:
        return set()
    issued = Certificate.objects.filter(event__in=over)
    recognitions = Recognition.objects.filter(event__in=over).exclude(
        pk__in=issued.filter(recognition__isnull=False).values("recognition")
    )
    due = {one.event_id for one in recognitions if not first_unprintable(own_texts(ground_of_recognition(one)))}
    left = [event for event in over if event.pk not in due]
    confirmed = Registration.objects.filter(event__in=left, state=Registration.State.CONFIRMED)
    any_kind = issued.filter(registration__isnull=False)
    achieved = any_kind.filter(kind=Kind.ACHIEVEMENT).values("registration")
    passed = Q(assessment__passed=True) & ~Q(pk__in=achieved)
    without = list(confirmed.filter(~Q(pk__in=any_kind.values("registration")) | passed).select_related("person"))
    if not without:
        return due
    attendance = attendance_of_events(left)
    return due | {
        one.event_id
        for one in without
        if one.pk in attendance
        and attendance[one.pk].earned
        and (name := fonts.clean(one.person.name))
        and not first_unprintable(name)
    }


def is_alive(run: IssueRun) -> bool:
    """Whether a run is under way: not ended, and heard of lately."""
    return run.ended_at is None and (run.beat_at or run.asked_at) > timezone.now() - SILENCE


def of_person(person: Person) -> QuerySet[Certificate]:
    """A person's certificates of all centres, newest first; replaced ones are left out, revoked ones are marked."""
    return (
        Certificate.objects.filter(person=person, replaced_by=None)
        .select_related("event", "centre", "replaced_by", "credential")
        .defer("credential__document", "credential__token")
    )


def visible_to(person: Any) -> QuerySet[Certificate]:
    """One's own, and those of the events that one runs; the secretariat has all."""
    every = Certificate.objects.select_related(
        "event", "event__organising_centre", "centre", "person", "replaced_by", "replaces"
    )
    if not isinstance(person, Person):
        return every.none()
    return every.filter(Q(person=person) | Q(event__in=organised_by(person)))


def run_by(person: Any) -> QuerySet[Certificate]:
    """Those of the events that the person runs; the secretariat has all."""
    if not isinstance(person, Person):
        return Certificate.objects.none()
    return Certificate.objects.filter(event__in=organised_by(person))


def by_number(text: str) -> Certificate | None:
    """The certificate with the number that somebody typed. What cannot be a number is looked up too, to take as long."""
    number = parse(text) or "0000-0000-0000-0000-Z"  # no valid number: its check character would be 0
    return Certificate.objects.select_related("centre", "replaced_by").filter(number=number).first()


def by_hash(sha256: str) -> Certificate | None:
    """The certificate whose file has this SHA-256."""
    return Certificate.objects.select_related("centre", "replaced_by").filter(sha256=sha256).order_by("pk").first()
