"""How full an event is, in numbers: its places, those of the sessions that people choose, those of its quotas."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Max
from django.utils.translation import gettext

from events.programme.models import Event, Session
from events.programme.periods import moment_in_words
from events.registrations.models import Quota, Registration
from network.vocabulary import zone_named

State = Registration.State


@dataclass(frozen=True)
class Numbers:
    """How many registrations an event has in each state, who of them takes part beyond the places, and the last change."""

    counts: dict[str, int]
    confirmed: int  # of the event's places
    offered: int
    extra: int  # beyond them
    last_change: datetime | None

    @property
    def total(self) -> int:
        """All registrations there ever were."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Line:
    """Places of something: ``limit`` of them (None: as many as come), and how many of these are taken."""

    name: str
    taken: int
    limit: int | None
    offered: int = 0  # of those taken
    extra: int = 0
    kept: int = 0  # of those free, for groups with a quota
    notes: list[str] = field(default_factory=list)

    @property
    def free(self) -> int | None:
        """Places left, or None without a limit."""
        return None if self.limit is None else max(self.limit - self.taken, 0)

    @property
    def confirmed(self) -> int:
        """Places taken by who said yes."""
        return self.taken - self.offered

    @property
    def whole(self) -> int:
        """The length of the bar: more than the limit where more are taken."""
        return max(self.limit or 0, self.taken, 1)


def numbers_of(event: Event) -> Numbers:
    """One query."""
    rows = (
        Registration.objects.filter(event=event)
        .order_by()
        .values_list("state", "is_extra")
        .annotate(number=Count("pk"), last=Max("changed_at"))
    )
    counts = dict.fromkeys(State.values, 0)
    within = {State.CONFIRMED: 0, State.OFFERED: 0}
    extra, last = 0, None
    for state, is_extra, number, changed in rows:
        counts[state] += number
        last = changed if last is None else max(last, changed)
        if state in within and is_extra:
            extra += number
        elif state in within:
            within[state] += number
    return Numbers(counts, within[State.CONFIRMED], within[State.OFFERED], extra, last)


def chosen_sessions(event: Event) -> list[Session]:
    """The sessions that participants choose, in their order. One query; none where there are none."""
    if not event.has_choices:
        return []
    return list(Session.objects.filter(event=event, is_chosen=True).order_by("starts_at", "pk"))


def quotas_of(event: Event) -> list[Quota]:
    """The event's quotas. One query; none where there are none."""
    return list(Quota.objects.filter(event=event).select_related("centre")) if event.has_quotas else []


def places_of(event: Event, numbers: Numbers, sessions: Sequence[Session], quotas: Sequence[Quota]) -> list[Line]:
    """The event first, then each session to choose, then each quota. Nothing is asked of the database."""
    kept = sum(max(quota.reserved - quota.taken, 0) for quota in quotas if not quota.has_lapsed)
    whole = Line(
        gettext("The event"),
        numbers.confirmed + numbers.offered,
        event.places,
        offered=numbers.offered,
        extra=numbers.extra,
        kept=kept if event.places is not None else 0,
    )
    for_sessions = [Line(str(session), session.places_taken, session.places) for session in sessions]
    return [whole, *for_sessions, *(_of_quota(event, quota) for quota in quotas)]


def _of_quota(event: Event, quota: Quota) -> Line:
    notes = []
    until = moment_in_words(quota.until.astimezone(zone_named(event.timezone))) if quota.until else ""
    if quota.reserved:
        notes.append(gettext("%(n)d reserved") % {"n": quota.reserved})
    if quota.at_most is not None:
        notes.append(gettext("at most %(n)d") % {"n": quota.at_most})
    if quota.has_lapsed:
        notes.append(gettext("ended %(when)s: binds nobody") % {"when": until})
    elif until:
        notes.append(gettext("until %(when)s") % {"when": until})
    limit = quota.reserved if quota.at_most is None else quota.at_most
    name = gettext("Quota: %(group)s") % {"group": quota.group_name}
    return Line(name, quota.taken, None if quota.has_lapsed else limit, notes=notes)
