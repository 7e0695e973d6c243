"""What was earned: the grounds on which certificates can be issued, and why not."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from events.attendance.hours import attendance_of_registrations, why_not
from events.certificates.content.ground import Ground
from events.certificates.models import Assessment, Certificate, Recognition
from events.paper import fonts
from events.programme.models import Event
from events.programme.states import HELD
from events.registrations.models import Registration

Kind = Certificate.Kind


def is_over(event: Event) -> bool:
    """Whether the event was held and has ended."""
    return event.state in HELD and event.ends_at <= timezone.now()


def grounds_of_registrations(registrations: Sequence[Registration], kinds: Mapping[int, Kind]) -> list[Ground]:
    """Grounds by registration, of the kind named for each (attendance or achievement). Four queries, however many."""
    attendance = attendance_of_registrations(registrations)
    wanted = [pk for pk, kind in kinds.items() if kind == Kind.ACHIEVEMENT]
    assessments = {one.registration_id: one for one in Assessment.objects.filter(registration__in=wanted)} if wanted else {}
    return [
        Ground(
            kind=kinds[one.pk],
            event=one.event,
            registration=one,
            attendance=attendance[one.pk],
            assessment=assessments.get(one.pk),
        )
        for one in registrations
    ]


def ground_of_recognition(recognition: Recognition) -> Ground:
    """The ground that a recognition is."""
    return Ground(kind=Kind(recognition.kind), event=recognition.event, recognition=recognition)


def why_not_earned(ground: Ground) -> str:
    """Why no certificate can be issued on this ground, in the reader's language; empty if it can."""
    if not is_over(ground.event):
        return _("The event is not over yet, or did not take place.")
    if not ground.is_named:
        return _("No name is known that could stand on it.")
    if ground.registration is None:
        return ""
    if ground.registration.state != Registration.State.CONFIRMED:
        return _("The registration is not confirmed.")
    if ground.kind == Kind.ACHIEVEMENT and (ground.assessment is None or not ground.assessment.passed):
        return _("No assessment was passed: a certificate of achievement needs one.")
    return why_not(ground.attendance, ground.event)


def first_unprintable(facts: Any) -> str:
    """What is wrong with the first text among ``facts`` that no font can print, or nothing."""
    try:
        require_printable_facts(facts)
    except fonts.CannotPrint as problem:
        return str(problem.message)
    return ""


def require_printable_facts(facts: Any) -> None:
    """Raise CannotPrint for the first text among ``facts`` that no font can print."""
    for text in _texts(facts):
        fonts.require_printable(text)


def _texts(facts: Any) -> Iterator[str]:
    if isinstance(facts, str):
        yield facts
    elif isinstance(facts, dict):
        for value in facts.values():
            yield from _texts(value)
    elif isinstance(facts, list):
        for value in facts:
            yield from _texts(value)
