"""The verbs of assessments: what participants showed to be able to. A certificate of achievement needs one that was passed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.certificates.models import Assessment
from events.programme.models import Event
from events.programme.states import HELD
from events.registrations.models import Registration
from network.errors import Invalid, Refused
from network.journal import because
from network.models import Person
from network.rules import require
from network.vocabulary import zone_named

GRADE_LENGTH, ASSESSOR_LENGTH = 60, 160


class CannotAssess(Refused):
    """The event has not begun, or does not take place."""

    code = "cannot_assess"


@dataclass(frozen=True)
class Result:
    """What came of the assessment of one participant. ``registration`` is an id."""

    registration: int
    method: str
    passed: bool
    assessed_on: date
    assessor: str
    grade: str = ""
    supervised: bool = False


def record_assessments(
    *, event: Event, results: Sequence[Result], by: Person, taken_back: Collection[int] = ()
) -> tuple[int, int]:
    """Record the results of one participant or many, and take others back: all or none. Returns how many of each changed.

    A result that is there already is replaced, one that says the same stays untouched. A certificate that was issued stays
    as it is; the register then calls it out of date.

    Raises NotAllowed, CannotAssess, and Invalid with paths such as ``results.0.assessor``.
    """
    require(by, "events.issue_certificates", event)
    if event.state not in HELD or event.starts_at > timezone.now():
        raise CannotAssess(_("Results can be recorded once the event has begun."))
    cleaned = _checked(event, results)
    wanted = {one.registration for one in cleaned}
    with transaction.atomic(), because(by=by):
        locked = Registration.objects.select_for_update(of=("self",), no_key=True).filter(event=event)
        states = dict(locked.filter(pk__in={*wanted, *taken_back}).order_by("pk").values_list("pk", "state"))
        _require_confirmed(cleaned, states)
        known = {one.registration_id: one for one in Assessment.objects.filter(registration__in=states)}
        changed = sum(_record(one, known.get(one.registration), by) for one in cleaned)
        gone = [known[pk] for pk in taken_back if pk in known and pk not in wanted]
        for assessment in gone:
            assessment.delete()
    return changed, len(gone)


def _checked(event: Event, results: Sequence[Result]) -> list[Result]:
    """The results as they are stored. Raises Invalid."""
    errors: dict[str, list[Any]] = {}
    cleaned: list[Result] = []
    today = timezone.now().astimezone(zone_named(event.timezone)).date()
    seen: set[int] = set()
    for number, one in enumerate(results):
        found: dict[str, str] = {}
        grade, assessor = " ".join(one.grade.split()), " ".join(one.assessor.split())
        if one.method not in Assessment.Method.values:
            found["method"] = _("Choose how it was assessed.")
        if len(grade) > GRADE_LENGTH:
            found["grade"] = _("Use at most %(count)d characters.") % {"count": GRADE_LENGTH}
        if not assessor:
            found["assessor"] = _("Name who assessed it. It stands on the certificate.")
        elif len(assessor) > ASSESSOR_LENGTH:
            found["assessor"] = _("Use at most %(count)d characters.") % {"count": ASSESSOR_LENGTH}
        if one.assessed_on > today:
            found["assessed_on"] = _("This day is still to come.")
        elif one.assessed_on < event.first_day:
            found["assessed_on"] = _("This is before the event began.")
        if one.registration in seen:
            found["registration"] = _("This person stands here twice.")
        seen.add(one.registration)
        errors |= {f"results.{number}.{name}": [message] for name, message in found.items()}
        cleaned.append(
            Result(one.registration, one.method, one.passed, one.assessed_on, assessor, grade=grade, supervised=one.supervised)
        )
    if errors:
        raise Invalid(errors)
    return cleaned


def _require_confirmed(results: Sequence[Result], states: dict[int, str]) -> None:
    errors = {
        f"results.{number}.registration": [_("Only participants of this event with a confirmed place can be assessed.")]
        for number, one in enumerate(results)
        if states.get(one.registration) != Registration.State.CONFIRMED
    }
    if errors:
        raise Invalid(errors)


def _record(result: Result, assessment: Assessment | None, by: Person) -> bool:
    """Whether there was something to write."""
    names = ("method", "passed", "grade", "assessed_on", "assessor", "supervised")
    if assessment is not None and all(getattr(assessment, name) == getattr(result, name) for name in names):
        return False
    assessment = assessment or Assessment(registration_id=result.registration)
    for name in names:
        setattr(assessment, name, getattr(result, name))
    assessment.recorded_by = by
    assessment.save()
    return True
