"""What is known about a choice of certificates that are to be revoked: what will follow, how far it is, what became of it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When
from django.utils import timezone

from events.certificates.models import Revocation, RevocationRun
from events.certificates.queries import SILENCE
from events.programme.queries import organised_by
from network.models import Person

Outcome = Revocation.Outcome
State = Literal["chosen", "running", "ended"]

#: The outcomes of those that are revoked, or still to be.
MEANT = (Outcome.WAITING, Outcome.DONE)


@dataclass(frozen=True)
class OfEvent:
    """How many certificates of an event are meant."""

    title: str
    slug: str
    count: int


class Choice:
    """A run with all that is to be said about it. Each part asks the database once, however many were chosen."""

    def __init__(self, run: RevocationRun) -> None:
        self.run = run

    @property
    def state(self) -> State:
        """Only chosen; confirmed and under way; ended."""
        if self.run.confirmed_at is None:
            return "chosen"
        return "running" if self.run.ended_at is None else "ended"

    @property
    def is_silent(self) -> bool:
        """Whether its worker has not been heard of for long; it is taken up again by itself."""
        beat = self.run.beat_at
        return self.state == "running" and beat is not None and beat < timezone.now() - SILENCE

    @property
    def revocations(self) -> QuerySet[Any]:
        """Each with what became of it, or would as things are now, in ``now``."""
        rows = self.run.revocations.all()
        if self.state != "chosen":
            return rows.annotate(now=F("outcome"))
        revoked = Q(certificate__revoked_at__isnull=False)
        would = Case(
            When(revoked & Q(certificate__replaced_by__isnull=False), then=Value(Outcome.ALREADY_REPLACED.value)),
            When(revoked, then=Value(Outcome.ALREADY_REVOKED.value)),
            When(~Q(certificate__event__in=organised_by(self.run.chosen_by)), then=Value(Outcome.NOT_ALLOWED.value)),
            default=Value(Outcome.WAITING.value),
            output_field=CharField(),
        )
        return rows.annotate(now=would)

    @property
    def meant(self) -> QuerySet[Any]:
        """Those that are revoked, or will be, event by event."""
        rows = self.revocations.filter(now__in=MEANT).select_related("certificate__centre")
        return rows.order_by("certificate__event", "certificate__serial", "pk")

    @property
    def refused(self) -> QuerySet[Any]:
        """Those that are left as they are; ``now`` says why."""
        return self.revocations.exclude(now__in=MEANT).select_related("certificate__centre").order_by("now", "pk")

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many of each outcome."""
        return dict(self.revocations.order_by().values_list("now").annotate(n=Count("pk")))

    @property
    def total(self) -> int:
        """How many were chosen."""
        return sum(self.counts.values())

    @property
    def waiting(self) -> int:
        """How many are still to be revoked."""
        return self.counts.get(Outcome.WAITING, 0)

    @property
    def revoked(self) -> int:
        """How many were revoked in this run."""
        return self.counts.get(Outcome.DONE, 0)

    @property
    def left_alone(self) -> int:
        """How many are left as they are."""
        return self.total - self.waiting - self.revoked

    @property
    def tried(self) -> int:
        """Of how many it is known what became of them."""
        return self.total - self.waiting

    @cached_property
    def _told(self) -> dict[str, int]:
        return self.meant.order_by().aggregate(
            people=Count("certificate__person", distinct=True), unknown=Count("pk", filter=Q(certificate__person=None))
        )

    @property
    def people(self) -> int:
        """How many people are told, or were."""
        return self._told["people"]

    @property
    def untold(self) -> int:
        """Of how many certificates the holder has no account here, so that nobody is told."""
        return self._told["unknown"]

    def of_events(self) -> list[OfEvent]:
        """The events whose certificates are meant, the most first."""
        rows = self.meant.order_by().values_list("certificate__event__title", "certificate__event__slug")
        return [OfEvent(*row) for row in rows.annotate(n=Count("pk")).order_by("-n", "certificate__event__title")]


def choices_of(person: Person) -> QuerySet[RevocationRun]:
    """The choices that somebody made."""
    return RevocationRun.objects.filter(chosen_by=person).select_related("chosen_by")


def why(outcome: str) -> str:
    """Why a certificate was left as it is, in the reader's language."""
    return str(Outcome(outcome).label)
