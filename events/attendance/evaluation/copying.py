"""A cloned event asks what its source asked: the questions and the times, and nobody's answers."""

from datetime import datetime, timedelta

from django.utils import timezone

from events.attendance.evaluation import queries
from events.attendance.models import Evaluation, EvaluationQuestion
from events.programme.models import Event
from events.programme.periods import nearest_instant
from network.journal import Note, write
from network.models import Person
from network.vocabulary import zone_named


def copy_evaluation(*, source: Event, to: Event, by: Person | None) -> None:
    """Give a clone the evaluation of its source, if that has one. Constant queries.

    Times that were stated move along with the end of the event. What would have passed by now is left to usage.
    """
    original = queries.evaluation_of(source)
    if original is None:
        return
    opens_at, closes_at = _times(original, to)
    evaluation = Evaluation.objects.create(event=to, opens_at=opens_at, closes_at=closes_at)
    copies = [
        EvaluationQuestion(
            evaluation=evaluation,
            order=question.order,
            key=question.key,
            kind=question.kind,
            text=question.text,
            options=list(question.options),
            is_required=question.is_required,
        )
        for question in original.questions.all()
    ]
    EvaluationQuestion.objects.bulk_create(copies)
    write(Note(one, {"key": (None, one.key), "text": (None, one.text)}, is_new=True, by=by) for one in copies)


def _times(original: Evaluation, to: Event) -> tuple[datetime | None, datetime | None]:
    """When the clone's evaluation opens and closes; None: as usual."""
    opens_at = _moved(original, original.opens_at, to, usual=original.event.ends_at)
    if opens_at is not None and opens_at <= timezone.now():
        opens_at = None
    # Who closes an evaluation by hand does so at some second, and says nothing of the next one by it. A stated end is a whole
    # minute. One that fell back into the usual (from the first answer on the times are kept) stays the usual.
    usual = queries.closes_at(Evaluation(event=original.event, opens_at=original.opens_at))
    stated = original.closes_at is not None and not (original.closes_at.second or original.closes_at.microsecond)
    closes_at = _moved(original, original.closes_at if stated else None, to, usual=usual)
    copied = Evaluation(event=to, opens_at=opens_at, closes_at=closes_at)
    if closes_at is not None and (closes_at <= timezone.now() or closes_at <= queries.opens_at(copied)):
        closes_at = None
    return opens_at, closes_at


def _moved(original: Evaluation, moment: datetime | None, to: Event, *, usual: datetime) -> datetime | None:
    """As far from the end of the clone, by the wall clock, as ``moment`` is from the end of its source."""
    if moment is None or moment == usual:
        return None
    zone = zone_named(to.timezone)

    def wall(instant: datetime) -> datetime:
        return instant.astimezone(zone).replace(tzinfo=None)

    distance: timedelta = wall(to.ends_at) - wall(original.event.ends_at)
    try:
        return nearest_instant(wall(moment) + distance, zone)
    except OverflowError:
        return None
