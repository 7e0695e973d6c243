"""The reads of certificates: the register of an event, a person's own, one by its number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from events.attendance.hours import Attendance, attendance_of_event, attendance_of_events
from events.certificates import fonts
from events.certificates.facts import event_facts, is_outdated
from events.certificates.models import Certificate, IssueRun
from events.certificates.numbers import parse
from events.programme.models import Event
from events.programme.queries import organised_by
from events.programme.states import HELD
from events.registrations.models import Registration
from network.models import Person

#: A run that gave no sign for this long has lost its worker.
SILENCE = timedelta(minutes=2)

State = Literal["valid", "revoked", "due", "not-earned", "cannot-print", "not-over"]


@dataclass(frozen=True)
class Line:
    """One person in the register of an event."""

    registration: Registration
    attendance: Attendance | None  # None: no longer registered
    certificate: Certificate | None  # the valid one, else the last that was revoked
    state: State
    why_not: str  # in the reader's language, where there is no valid certificate and none is due
    outdated: bool  # name or attendance changed after the certificate was issued: issue it anew


@dataclass(frozen=True)
class Progress:
    """How far an event's certificates are. ``running`` says that the worker is at it, or is about to be."""

    valid: int
    revoked: int
    due: int
    impossible: int
    running: bool
    run: IssueRun | None


def is_over(event: Event) -> bool:
    """Whether the event was held and has ended."""
    return event.state in HELD and event.ends_at <= timezone.now()


def register_of(event: Event) -> list[Line]:
    """Everybody with a confirmed registration or a certificate, by name. A constant number of queries."""
    certificates: dict[int, Certificate] = {}
    for certificate in Certificate.objects.filter(event=event).select_related("centre", "replaced_by").order_by("pk"):
        known = certificates.get(certificate.registration_id)
        if known is None or known.revoked_at is not None:
            certificates[certificate.registration_id] = certificate
    registrations = (
        Registration.objects.filter(event=event)
        .filter(Q(state=Registration.State.CONFIRMED) | Q(pk__in=certificates))
        .select_related("person", "person__organisation", "event", "event__organising_centre")
        .order_by("person__name", "person__email", "pk")
    )
    attendance = attendance_of_event(event)
    over = is_over(event)
    unprintable = first_unprintable(event_facts(event))
    return [
        _line(one, attendance.get(one.pk), certificates.get(one.pk), over=over, unprintable=unprintable)
        for one in registrations
    ]


def _line(
    registration: Registration,
    attendance: Attendance | None,
    certificate: Certificate | None,
    over: bool,
    unprintable: str,
) -> Line:
    state: State
    why_not = ""
    if certificate is not None and certificate.revoked_at is None:
        state = "valid"
    elif certificate is not None:
        # Revoked on purpose: whoever wants a new one issues it by name, not with all others.
        state, why_not = "revoked", _("Its certificate was revoked.")
    elif not over:
        state, why_not = "not-over", _("The event is not over yet.")
    elif attendance is None or not attendance.earned:
        state, why_not = "not-earned", not_enough(attendance, registration.event)
    elif problem := unprintable or first_unprintable(fonts.clean(str(registration.person))):
        state, why_not = "cannot-print", problem
    else:
        state = "due"
    return Line(
        registration=registration,
        attendance=attendance,
        certificate=certificate,
        state=state,
        why_not=why_not,
        outdated=certificate is not None and state == "valid" and is_outdated(certificate.facts, registration, attendance),
    )


def not_enough(attendance: Attendance | None, event: Event) -> str:
    """Why attendance does not suffice."""
    share = int(attendance.share * 100) if attendance else 0
    return _("Attended %(share)s %% of the hours; a certificate needs %(needed)s %%.") % {
        "share": share,
        "needed": event.attendance_share,
    }


def first_unprintable(facts: Any) -> str:
    """What is wrong with the first text among ``facts`` that no font can print, or nothing."""
    try:
        for text in _texts(facts):
            fonts.require_printable(text)
    except fonts.CannotPrint as problem:
        return str(problem.message)
    return ""


def _texts(facts: Any) -> Iterator[str]:
    if isinstance(facts, str):
        yield facts
    elif isinstance(facts, dict):
        for value in facts.values():
            yield from _texts(value)
    elif isinstance(facts, list):
        for value in facts:
            yield from _texts(value)


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
    """The ids of those ``events`` whose registers have a line that is due. At most four queries, however many events.

    Unlike a register it does not judge the event's own texts: if no font can print them, the register is where that is said.
    """
    held = [event for event in events if event.places_taken and is_over(event)]
    if not held:
        return set()
    certified = Certificate.objects.filter(event__in=held).values("registration_id")
    without = list(
        Registration.objects.filter(event__in=held, state=Registration.State.CONFIRMED)
        .exclude(pk__in=certified)
        .select_related("person")
    )
    if not without:
        return set()
    attendance = attendance_of_events(held)
    return {
        one.event_id
        for one in without
        if one.pk in attendance and attendance[one.pk].earned and not first_unprintable(fonts.clean(str(one.person)))
    }


def is_alive(run: IssueRun) -> bool:
    """Whether a run is under way: not ended, and heard of lately."""
    return run.ended_at is None and (run.beat_at or run.asked_at) > timezone.now() - SILENCE


def of_person(person: Person) -> QuerySet[Certificate]:
    """A person's certificates of all centres, newest first; replaced ones are left out, revoked ones are marked."""
    return Certificate.objects.filter(person=person, replaced_by=None).select_related("event", "centre", "replaced_by")


def visible_to(person: Any) -> QuerySet[Certificate]:
    """One's own, and those of the events that one runs; the secretariat has all."""
    every = Certificate.objects.select_related(
        "event", "event__organising_centre", "centre", "person", "replaced_by", "replaces"
    )
    if not isinstance(person, Person):
        return every.none()
    return every.filter(Q(person=person) | Q(event__in=organised_by(person)))


def by_number(text: str) -> Certificate | None:
    """The certificate with the number that somebody typed. What cannot be a number is looked up too, to take as long."""
    number = parse(text) or "0000-0000-0000-0000-Z"  # no valid number: its check character would be 0
    return Certificate.objects.select_related("centre", "replaced_by").filter(number=number).first()
