"""Places: who holds one, who is next. The only code that counts places or writes a registration's state.

Every change runs inside ``held``: it locks the event's row, reads it fresh, lets the action move registrations, gives the
places that became free to the waiting list and stores the counts, all in one transaction. What is counted is counted inside
the lock. The rule for a place is ``Hall.has_room``; it is the same for who registers, who waits and who is approved.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext_noop

from events.programme.models import Event, Session
from events.registrations.models import Quota, Registration, SessionChoice
from events.registrations.offers import answer_until
from events.registrations.signals import RegistrationChange, registration_changed
from events.registrations.states import HOLDS_PLACE, check_move
from network import journal
from network.models import Person
from network.statements import Lookup, insert

State = Registration.State

#: Places are given on while the event is to take place; a cancelled or finished one leaves registrations as they are.
_TAKES_PLACE = (Event.State.PUBLISHED, Event.State.POSTPONED)

#: Columns of a registration that a move may write, and of which the journal keeps before and after.
_MOVING = ("state", "reason", "deadline", "queued_at", "is_extra", "changed_at")
_JOURNALLED = ("state", "reason", "deadline", "is_extra")

#: Why the clock or the rule moved somebody: the journal keeps these as they are, its readers see them in their language.
FREED = gettext_noop("A place became free")
LAPSED = gettext_noop("The date of a quota has passed")
UNANSWERED = gettext_noop("Not answered in time")
TAKEN_OVER = gettext_noop("A colleague takes over.")


_lock = Lookup(
    lambda key: Event.objects.select_for_update(no_key=True).defer("description", "learning_outcomes").filter(pk=key).order_by()
)


def _end_of_queue(event_id: int) -> QuerySet[Registration]:
    """Who waits at the end of the list, with the number of those who wait."""
    waiting = Registration.objects.filter(event_id=event_id, state=State.WAITING)
    counted = Registration.objects.filter(event=OuterRef("event"), state=State.WAITING).order_by().values("event")
    number = Subquery(counted.annotate(number=Count("pk")).values("number"))
    return waiting.annotate(number=number).order_by("-queued_at", "-pk")


_last_in_queue = Lookup(_end_of_queue)
_last_of = Lookup(lambda event, person: Registration.objects.filter(event_id=event, person_id=person).order_by("-pk"))


@contextmanager
def held(event_id: int) -> Iterator["Hall"]:
    """Lock the event's row and yield its ``Hall``; on the way out give free places on and store the counts.

    The lock is FOR NO KEY UPDATE on PostgreSQL (two of them exclude each other, rows that merely refer to the event may
    still be inserted) and the write lock of the whole database on SQLite, which BEGIN IMMEDIATE takes.
    """
    with transaction.atomic():
        event = _lock(event_id)
        if event is None:
            raise Event.DoesNotExist
        hall = Hall(event)
        hall.catch_up()
        yield hall
        hall.close()


def is_over(event: Event) -> bool:
    """Whether nothing about taking part can change any more."""
    return event.state == Event.State.FINISHED or event.ends_at <= timezone.now()


def takes_place(event: Event) -> bool:
    """Whether the event is still to be held, so that its places mean something."""
    return event.state in _TAKES_PLACE and not is_over(event)


class Hall:
    """An event under its lock, with its quotas and chosen sessions, and the moves that are not written yet."""

    def __init__(self, event: Event) -> None:
        self.event = event
        self.freed = False  # whether somebody who waits may now have a place
        self._stored = event.places_taken
        self._quotas: list[Quota] | None = None
        self._sessions: dict[int, Session] | None = None
        self._counted: set[Quota | Session] = set()
        self._changes: list[RegistrationChange] = []
        self._before: dict[int, dict[str, Any]] = {}  # by identity of the registration
        self._end: tuple[datetime, int] | None = None  # of the waiting list: its last turn, and how many wait
        self._why = FREED  # for the journal: why who moves up does so

    # --- What is there -------------------------------------------------------------------------------------------

    @property
    def quotas(self) -> list[Quota]:
        """The event's quotas, those that lapsed too."""
        if self._quotas is None:
            found = Quota.objects.filter(event_id=self.event.pk).select_related("centre") if self.event.has_quotas else ()
            self._quotas = list(found)
        return self._quotas

    def reset_quotas(self, quotas: list[Quota]) -> None:
        """The quotas are these now, written and counted already."""
        self.event.has_quotas, self._quotas, self._counted = bool(quotas), quotas, set()

    @property
    def chosen_sessions(self) -> dict[int, Session]:
        """The sessions that participants choose, by key."""
        if self._sessions is None:
            found = Session.objects.filter(event_id=self.event.pk, is_chosen=True) if self.event.has_choices else ()
            self._sessions = {session.pk: session for session in found}
        return self._sessions

    def fresh(self, registration_id: int) -> Registration:
        """Read a registration inside the lock."""
        return self._mine(Registration.objects.select_related("person").get(pk=registration_id, event_id=self.event.pk))

    def last_of(self, person: Person) -> Registration | None:
        """The person's last registration at the event. If one lives, it is this one."""
        last = _last_of(self.event.pk, person.pk)
        if last is not None:
            last.person = person
        return last and self._mine(last)

    def lasts_of(self, people: Sequence[Person]) -> dict[int, Registration]:
        """The last registration of each of them at the event, by their keys, in few statements however many they are."""
        if len(people) == 1:
            last = self.last_of(people[0])
            return {} if last is None else {people[0].pk: last}
        known = {person.pk: person for person in people}
        found: dict[int, Registration] = {}
        for start in range(0, len(people), 500):
            keys = [person.pk for person in people[start : start + 500]]
            rows = Registration.objects.filter(event_id=self.event.pk, person__in=keys).order_by("pk")
            found |= {row.person_id: self._mine(row) for row in rows}  # the later row of a person is the last
        for key, row in found.items():
            row.person = known[key]
        return found

    def _mine(self, registration: Registration) -> Registration:
        registration.event = self.event
        return registration

    # --- The rule ------------------------------------------------------------------------------------------------

    @property
    def is_full(self) -> bool:
        """Whether every place of the event is taken."""
        return self.event.places is not None and self.event.places_taken >= self.event.places

    def has_room(self, who: Registration) -> bool:
        """Whether there is a place for this registration now: at the event, within quotas, and at all sessions it chose."""
        return not self.is_full and self._quotas_allow(who) and not self.full_sessions(who)

    def full_sessions(self, who: Registration) -> list[Session]:
        """Those of the sessions it chose in which no place is left."""
        return [one for one in self._chosen_by(who) if one.places is not None and one.places_taken >= one.places]

    def _chosen_by(self, who: Registration) -> list[Session]:
        if not self.event.has_choices:
            return []
        return [self.chosen_sessions[key] for key in who.chosen if key in self.chosen_sessions]

    def _quotas_allow(self, who: Registration) -> bool:
        """A group's limit keeps its people out; its reserve lets them in; others get what no reserve needs."""
        active = [quota for quota in self.quotas if not quota.has_lapsed]
        if not active:
            return True
        own = [quota for quota in active if quota.covers(who)]
        if any(quota.at_most is not None and quota.taken >= quota.at_most for quota in own):
            return False
        if self.event.places is None or any(quota.taken < quota.reserved for quota in own):
            return True
        kept = sum(max(quota.reserved - quota.taken, 0) for quota in active)
        return self.event.places_taken + kept < self.event.places

    # --- Moves ---------------------------------------------------------------------------------------------------

    def move(
        self,
        registration: Registration,
        to: str,
        *,
        by: Person | None,
        reason: str = "",
        deadline: datetime | None = None,
        is_extra: bool = False,
    ) -> Registration:
        """Bring a registration into its first state, or the next one. Written, journalled and told with all others at the end.

        ``reason`` is for the person; ``is_extra``: it takes part beyond the places. Raises WrongState.
        """
        if id(registration) in self._before:
            self.flush()
        before = None if registration._state.adding else registration.state  # noqa: SLF001 - Django's own name for it
        check_move(before, to)
        self._before[id(registration)] = {name: getattr(registration, name) for name in _MOVING}
        if to == State.WAITING:
            registration.queued_at, registration.number_in_list = self._next_turn()
        if not (is_extra or registration.is_extra):
            self._count(registration, (to in HOLDS_PLACE) - (before in HOLDS_PLACE))
        registration.state, registration.reason, registration.deadline, registration.is_extra = to, reason, deadline, is_extra
        registration.changed_at = timezone.now()
        self._changes.append(RegistrationChange(registration, before, by, reason))
        return registration

    def give_place(self, registration: Registration, *, by: Person | None) -> Registration:
        """CONFIRMED if there is room, else WAITING: what becomes of who registers, or is approved.

        Who is invited even when all is full takes part beyond the places.
        """
        if self.has_room(registration):
            return self.move(registration, State.CONFIRMED, by=by)
        if registration.when_full:
            return self.move(registration, State.CONFIRMED, by=by, is_extra=True)
        return self.move(registration, State.WAITING, by=by)

    def choose(self, registration: Registration, sessions: frozenset[int]) -> list[Session]:
        """Let a registration take part in these of the chosen sessions instead: in all of them, or nothing is changed.

        Returns those that are full, if it holds a place and so needs one in each; then it keeps what it had.
        """
        before, counts = registration.chosen, registration.holds_place and not registration.is_extra
        gone, come = before - sessions, sessions - before
        if counts:
            registration.chosen = come
            full = self.full_sessions(registration)
            registration.chosen = before
            if full:
                return full
            self._count_sessions(gone, -1)
            self._count_sessions(come, 1)
        SessionChoice.objects.filter(registration=registration, session__in=gone).delete()
        SessionChoice.objects.bulk_create(SessionChoice(registration=registration, session_id=key) for key in sorted(come))
        registration.chosen = sessions
        self.freed |= registration.state == State.WAITING  # what it waits for now may be free
        return []

    def _count(self, registration: Registration, number: int) -> None:
        """Count a place taken (1) or given back (-1): at the event, in the quotas that cover it, in the sessions it chose."""
        if not number:
            return
        self.event.places_taken += number
        for quota in self.quotas:
            if quota.covers(registration):
                quota.taken += number
                self._counted.add(quota)
        if self.event.has_choices:
            self._count_sessions(registration.chosen, number)
        self.freed |= number < 0

    def _count_sessions(self, keys: Iterable[int], number: int) -> None:
        for session in (self.chosen_sessions[key] for key in keys if key in self.chosen_sessions):
            session.places_taken += number
            self._counted.add(session)
            self.freed |= number < 0

    def _next_turn(self) -> tuple[datetime, int]:
        """Now, or just after the last in the list where a clock went back: who comes later stands behind. With its number."""
        end = self._end
        if end is None and (last := _last_in_queue(self.event.pk)) is not None and last.queued_at is not None:
            end = last.queued_at, last.number  # type: ignore[attr-defined]
        now = timezone.now()
        if end is None:
            self._end = now, 1
        else:
            self._end = max(now, end[0] + timedelta(microseconds=1)), end[1] + 1
        return self._end

    # --- The waiting list ----------------------------------------------------------------------------------------

    def queue(self) -> QuerySet[Registration]:
        """The waiting list in its order."""
        return Registration.objects.filter(event_id=self.event.pk, state=State.WAITING).order_by("queued_at", "pk")

    def catch_up(self, *, thoroughly: bool = False) -> None:
        """Do what time has brought: offers that ran out, quotas that lapsed. Nothing is read where there can be neither."""
        if thoroughly or self.event.promotion == Event.Promotion.OFFER:
            self._expire()
        for quota in self.quotas:
            if not quota.has_lapsed and quota.until is not None and quota.until <= timezone.now():
                quota.has_lapsed = self.freed = True
                self._counted.add(quota)
                self._why = LAPSED
                journal.write([journal.Note(quota, {"has_lapsed": ("False", "True")}, reason=LAPSED)])
        if self.freed or thoroughly:
            self.settle()
        self._why = FREED

    def _expire(self) -> None:
        if not takes_place(self.event):
            return  # what is called off leaves its registrations as they are
        late = Registration.objects.filter(
            event_id=self.event.pk, state__in=[State.OFFERED, State.INVITED], deadline__lte=timezone.now()
        )
        for registration in late.select_related("person").order_by("deadline", "pk"):
            self.move(self._mine(registration), State.EXPIRED, by=None)
        self.flush()

    def settle(self) -> None:
        """Give every free place to whoever waits longest of those who may have it."""
        self.flush()
        self.freed = False
        event = self.event
        if not takes_place(event) or self.is_full:
            return
        waiting = self.queue().select_related("person")
        if event.has_choices:
            waiting = waiting.prefetch_related("choices")
        elif not self.quotas and event.places is not None:
            waiting = waiting[: event.places - event.places_taken]
        for registration in waiting:
            if self.is_full:
                break
            if self.has_room(self._mine(registration)):
                self._hand_on(registration)
        self.flush()

    def _hand_on(self, registration: Registration) -> None:
        """A free place to who waits: at once, or as an offer that they answer."""
        if self.event.promotion == Event.Promotion.AUTOMATIC:
            self.move(registration, State.CONFIRMED, by=None)
        else:
            until = answer_until(self.event, registration.person)
            self.move(registration, State.OFFERED, by=None, deadline=until)

    # --- Writing -------------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write the moves so far, in a few statements however many there are; journal them; tell the floors above."""
        changes, self._changes = self._changes, []
        if not changes:
            return
        self._end = None  # whoever moved may have left the list
        before, self._before = self._before, {}
        new = [change.registration for change in changes if change.before is None]
        if new:
            insert(new)
            if self.event.has_choices:
                choices = [SessionChoice(registration=one, session_id=key) for one in new for key in sorted(one.chosen)]
                SessionChoice.objects.bulk_create(choices)
        alike = defaultdict(list)
        for change in changes:
            if change.before is not None:
                values = tuple(getattr(change.registration, name) for name in _MOVING)
                alike[values].append(change.registration.pk)
        for values, keys in alike.items():
            Registration.objects.filter(pk__in=keys).update(**dict(zip(_MOVING, values, strict=True)))
        journal.write(self._note(change, before[id(change.registration)]) for change in changes)
        registration_changed.send(Registration, changes=changes)

    def _note(self, change: RegistrationChange, before: dict[str, Any]) -> journal.Note:
        row, is_new = change.registration, change.before is None
        changes: dict[str, tuple[Any, Any]] = {
            name: (None if is_new else before[name], getattr(row, name))
            for name in _JOURNALLED
            if getattr(row, name) != before[name]
        }
        if is_new:
            changes |= {"event": (None, row.event_id), "person": (None, row.person_id)}
            if row.note:
                changes["note"] = (None, row.note)
            if chosen := self._chosen_by(row):
                changes["sessions"] = (None, ", ".join(map(str, chosen)))
            if row.takes_over_id is not None:
                changes["takes_over"] = (None, row.takes_over_id)
        return journal.Note(row, changes, is_new=is_new, by=change.by, reason=change.reason or self._reason(change))

    def _reason(self, change: RegistrationChange) -> str:
        """Why, where nobody said it."""
        row = change.registration
        if row.state == State.EXPIRED:
            return UNANSWERED
        if change.before is None and row.takes_over_id is not None:
            return TAKEN_OVER
        return self._why if change.by is None and row.holds_place else ""

    def close(self) -> None:
        """Write what is left, give freed places on, and store the counts, which the database judges."""
        self.flush()
        if self.freed:
            self.settle()
        if self.event.places_taken != self._stored:
            # Not save(): the count is no edit of the event, has no place in the journal and moves no revision.
            Event.objects.filter(pk=self.event.pk).update(places_taken=self.event.places_taken)
        for counted in self._counted:
            if isinstance(counted, Quota):
                Quota.objects.filter(pk=counted.pk).update(taken=counted.taken, has_lapsed=counted.has_lapsed)
            else:
                Session.objects.filter(pk=counted.pk).update(places_taken=counted.places_taken)
