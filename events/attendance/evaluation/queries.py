"""What one asks about an evaluation: whether it is open, how many have answered, and whether its summary is shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from events.attendance.models import AttendanceRecord, AttendanceTerms, Evaluation, EvaluationQuestion, EvaluationTurn
from events.programme.models import Event
from events.programme.states import HELD
from events.registrations.models import Registration

#: From so many answers up there is a summary, and a question is in it.
LEAST = 5
#: How long people can answer, unless the organiser says otherwise.
USUAL_TIME = timedelta(days=30)

State = Literal["scheduled", "open", "closed", "off"]


@dataclass(frozen=True)
class Standing:
    """How an evaluation stands. ``off``: its event does not take place, or not yet for certain."""

    evaluation: Evaluation
    opens_at: datetime
    closes_at: datetime
    state: State
    answered: int  # sheets
    asked: int  # people who can answer, or have

    @property
    def is_shown(self) -> bool:
        """Whether the summary is shown: for good, since nobody can answer any more."""
        return self.state == "closed" and self.answered >= LEAST

    @property
    def is_fixed(self) -> bool:
        """Whether the questions stay as they are, because somebody has answered them."""
        return self.answered > 0

    @property
    def waiting(self) -> int:
        """How many have not answered."""
        return max(self.asked - self.answered, 0)


def opens_at(evaluation: Evaluation) -> datetime:
    """From when one can answer."""
    return evaluation.opens_at or evaluation.event.ends_at


def closes_at(evaluation: Evaluation) -> datetime:
    """Until when one can answer."""
    return evaluation.closes_at or max(opens_at(evaluation), evaluation.event.ends_at) + USUAL_TIME


def state_of(evaluation: Evaluation) -> State:
    """How it stands now. An end that has passed is an end whatever becomes of the event."""
    now = timezone.now()
    if closes_at(evaluation) <= now:
        return "closed"
    if evaluation.event.state not in HELD:
        return "off"
    return "open" if opens_at(evaluation) <= now else "scheduled"


def evaluation_of(event: Event) -> Evaluation | None:
    """The event's questionnaire, which knows its event."""
    evaluation = Evaluation.objects.filter(event=event).first()
    if evaluation is not None:
        evaluation.event = event
    return evaluation


def standing_of(event: Event) -> Standing | None:
    """How the event's evaluation stands; None: it has none. Three queries."""
    evaluation = evaluation_of(event)
    return standings([evaluation])[event.pk] if evaluation is not None else None


def standings(evaluations: Sequence[Evaluation]) -> dict[int, Standing]:
    """How evaluations stand, by event id. Two queries, however many. They bring their events with them."""
    keys = [one.pk for one in evaluations]
    answered = dict(Evaluation.objects.filter(pk__in=keys).annotate(n=Count("sheets")).values_list("pk", "n"))
    events = [one.event_id for one in evaluations]
    could = Registration.objects.filter(event__in=events).filter(
        Q(state=Registration.State.CONFIRMED) | Q(evaluation_turn__is_done=True)
    )
    asked = dict(could.order_by().values_list("event_id").annotate(n=Count("pk")))
    return {
        one.event_id: Standing(
            evaluation=one,
            opens_at=opens_at(one),
            closes_at=closes_at(one),
            state=state_of(one),
            answered=answered[one.pk],
            asked=asked.get(one.event_id, 0),
        )
        for one in evaluations
    }


def has_answered(registration: Registration) -> bool:
    """Whether the participant has answered: for themself."""
    return EvaluationTurn.objects.filter(registration=registration, is_done=True).exists()


def to_answer(registrations: Iterable[Registration]) -> set[int]:
    """Which of one's own registrations have an evaluation that is open and not answered yet. Two queries at most."""
    by_event = {one.event_id: one for one in registrations if one.state == Registration.State.CONFIRMED}
    if not by_event:
        return set()
    done = EvaluationTurn.objects.filter(registration__event=OuterRef("event"), is_done=True)
    done = done.filter(registration__in=[one.pk for one in by_event.values()])
    waiting = Evaluation.objects.filter(event__in=by_event, questions__isnull=False).filter(~Exists(done)).distinct()
    found = set()
    for evaluation in waiting:
        registration = by_event[evaluation.event_id]
        evaluation.event = registration.event
        if state_of(evaluation) == "open":
            found.add(registration.pk)
    return found


def open_now() -> list[Evaluation]:
    """All evaluations that can be answered now, with their events. One query, which leaves out most of the others."""
    now = timezone.now()
    has_begun = Q(opens_at__lte=now) | Q(opens_at=None, event__ends_at__lte=now)
    by_usage = Q(event__ends_at__gt=now - USUAL_TIME) | Q(opens_at__gt=now - USUAL_TIME)
    goes_on = Q(closes_at__gt=now) | (Q(closes_at=None) & by_usage)
    asks = Exists(EvaluationQuestion.objects.filter(evaluation=OuterRef("pk")))
    found = Evaluation.objects.filter(has_begun, goes_on, asks, event__state__in=HELD).select_related("event")
    return [evaluation for evaluation in found.order_by("pk") if state_of(evaluation) == "open"]


def to_be_asked(evaluations: Iterable[Evaluation]) -> QuerySet[Registration]:
    """Who is asked to answer these: has a place and, as far as anybody recorded who came, was there.

    Others with a place can answer, too; but nobody asks them how it was. Whether somebody has answered plays no part here.
    """
    events = [one.event_id for one in evaluations]
    records = AttendanceRecord.objects.filter(session__event__in=events)  # or all that there ever were would be looked through
    was_there = records.filter(registration=OuterRef("pk"))
    anybody = records.filter(session__event=OuterRef("event"))
    return Registration.objects.filter(
        Exists(was_there) | ~Exists(anybody),
        event__in=events,
        state=Registration.State.CONFIRMED,
        person__is_active=True,
    )


def is_needed(event: Event) -> bool:
    """Whether the certificate depends on it: then the organiser sees who has answered."""
    return AttendanceTerms.objects.filter(event=event, needs_evaluation=True).exists()
