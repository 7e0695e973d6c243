"""A worker's turn at an event's run: one has it at a time, says that it lives and how far it is, and ends it."""

from datetime import datetime
from time import monotonic

from django.db.models import Q, QuerySet
from django.utils import timezone

from events.certificates import queries
from events.certificates.models import IssueRun
from events.programme.models import Event

BEAT_EVERY = 10.0  # seconds


class LostTurn(Exception):
    """This worker was silent for so long that another one has the run now, or it was asked for anew."""


class Turn:
    """The run is this worker's as long as its last sign of life is this worker's own: all that it writes depends on that.

    So one that was given up and lives nevertheless (it was suspended, or waited long for a service) counts nothing, ends
    nothing, and stops at its next sign.
    """

    def __init__(self, event: Event, taken_at: datetime) -> None:
        self._run = IssueRun.objects.filter(event=event, ended_at=None)
        # Several, since the last that count: a sign inside of a transaction may be undone with it.
        self._signs = [taken_at]
        self._signed = monotonic()
        self.total = self.left = 0

    @classmethod
    def take(cls, event: Event) -> "Turn | None":
        """Take the event's run, unless it has ended or a living worker has it."""
        now = timezone.now()
        free = Q(beat_at=None) | Q(beat_at__lt=now - queries.SILENCE)
        taken = IssueRun.objects.filter(free, event=event, ended_at=None).update(beat_at=now)
        return cls(event, now) if taken else None

    def begin(self, left: int) -> None:
        """So many are left to try. Raises LostTurn.

        Of those that were asked for, the others are done: also what a killed worker had issued and not counted yet. What could
        not be issued then, or was earned since, is left: the total grows if these are more than were asked for.
        """
        self.left = left
        self.total = max(left, self._run.values_list("total", flat=True).first() or 0)
        self._count()

    def tried(self, count: int) -> None:
        """So many more were tried. Raises LostTurn."""
        self.left -= count
        self._count()

    def _count(self) -> None:
        self._sign(total=self.total, done=self.total - self.left)
        del self._signs[:-1]

    def beat(self) -> None:
        """A sign of life, now and then: a chunk whose files all wait for a time stamp may take longer than silence."""
        if monotonic() - self._signed >= BEAT_EVERY:
            self._sign()

    def _sign(self, **counted: int) -> None:
        now = timezone.now()
        if not self._mine().update(beat_at=now, **counted):
            raise LostTurn
        self._signs.append(now)
        self._signed = monotonic()

    def end(self, problem: str = "") -> None:
        """End the run; with a problem, it says why it ended early. Only a killed worker leaves it open."""
        self._mine().update(ended_at=timezone.now(), problem=problem[:500])

    def _mine(self) -> QuerySet[IssueRun]:
        return self._run.filter(beat_at__in=self._signs)
