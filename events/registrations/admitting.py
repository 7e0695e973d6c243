"""The door of an event: the one way in, for one person, for a group, and for many who come at the same moment.

In a rush each registration would lock the event's row, write and commit by itself, one after the other. So the people who
arrive in one process while another is being let in go in together: in one transaction under one lock, in the order in which
they came, each with a decision of their own. What goes wrong for one concerns nobody else. (The technique is known as flat
combining.) Without a rush a group is of one, and nothing is different.
"""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.utils import translation

from events.programme.models import Event
from events.registrations.asking import answering
from events.registrations.asking.answers import CheckedAnswers
from events.registrations.choices import checked_choice
from events.registrations.eligibility import closed, find_home, is_invited, profile_gap, verdict
from events.registrations.models import Registration
from events.registrations.places import Hall, held
from network.errors import Invalid, Problem, Refused
from network.models import Person
from network.rules import may, require

State = Registration.State


@dataclass(eq=False)
class Wish:
    """Somebody who wants to take part, and what became of it.

    ``who`` is their registration, not written yet (see ``new_registration``); ``is_host``: who runs the event says so.
    Afterwards ``registration`` is the one that lives, or ``problem`` says why there is none.
    """

    who: Registration
    by: Person
    is_host: bool = False
    note: str = ""
    sessions: Collection[int] = ()
    answers: CheckedAnswers | None = None
    language: str = field(default_factory=lambda: translation.get_language() or "")

    registration: Registration | None = None
    is_new: bool = False
    problem: Problem | None = None
    is_served: bool = False
    goes_alone: bool = False
    turn: threading.Event = field(default_factory=threading.Event)

    def take_back(self) -> None:
        """Forget what was decided in a transaction that was taken back: nothing of it was written."""
        self.registration, self.is_new, self.problem = None, False, None
        self.who.pk, self.who.state, self.who.queued_at = None, "", None
        self.who._state.adding = True  # noqa: SLF001 - Django's own name for it


def require_registering(by: Person, person: Person, event: Event) -> bool:
    """Whether ``by`` registers ``person`` as one who runs the event. Raises NotAllowed where they may not at all."""
    if by.pk == person.pk:
        require(by, "events.register")
        return False
    if may(by, "events.manage_registrations", event):
        return True
    require(by, "events.register_colleagues", person)
    return False


def let_in(hall: Hall, wishes: Sequence[Wish]) -> None:
    """Decide about each wish in their order, inside the lock. Refusals are noted at the wish; anything else is raised."""
    lasts = hall.lasts_of([wish.who.person for wish in wishes])
    for wish in wishes:
        person = wish.who.person
        last = lasts.get(person.pk)
        if last is not None and last.is_live and last.state != State.INVITED:
            wish.registration, last.was_there = last, True
            continue
        try:
            with translation.override(wish.language):
                wish.registration = _admit(hall, wish, last)
        except (Refused, Invalid) as problem:
            wish.problem = problem
            continue
        wish.is_new, lasts[person.pk] = True, wish.registration
        if wish.answers is not None:
            hall.flush()
            answering.save(wish.registration, wish.answers, by=wish.by)


def _admit(hall: Hall, wish: Wish, last: Registration | None) -> Registration:
    """The rule for one. ``last`` is the person's last registration: none that lives, but for an invitation."""
    event, who, by, invited = hall.event, wish.who, wish.by, is_invited(last)
    if last is not None and last.state == State.INVITED and not invited:
        hall.move(last, State.EXPIRED, by=None)
        hall.flush()
    who.event = event
    find_home(who)  # the event may have got its first quota since it was read
    decision = verdict(event, who, last)
    host_says = closed(event, at_any_time=True) or profile_gap(who.person, own=False) if wish.is_host else decision.refusal
    if host_says is not None:
        raise host_says
    chosen = checked_choice(hall, wish.sessions)
    registration = who
    if invited and last is not None:
        registration = last
        hall.choose(registration, chosen)
        registration.country, registration.organisation_kind = who.country, who.organisation_kind
        registration.home_centre = who.home_centre
    registration.chosen, registration.note = chosen, wish.note or registration.note
    if by.pk != who.person_id and not wish.is_host:
        registration.registered_by = by
    if registration is last:
        fields = ("note", "country", "organisation_kind", "home_centre", "registered_by")
        Registration.objects.filter(pk=registration.pk).update(**{name: getattr(registration, name) for name in fields})
    if decision.needs_approval and not wish.is_host:
        return hall.move(registration, State.PENDING, by=by)
    return hall.give_place(registration, by=by)


# --- Many at the same moment ---------------------------------------------------------------------------------------

#: So many are let in together at most: whoever comes first shall not wait for all.
_MOST = 50

#: Who stands in line, by event. The first who came leads; when they are in, the first of those who remain does.
_lines: dict[int, list[Wish]] = {}
_lines_change = threading.Lock()


def arrive(event_id: int, wish: Wish) -> Registration:
    """Stand in line at the event, and go in with all who are there when it is one's turn. Raises what became of this wish."""
    if connection.in_atomic_block:  # part of somebody's transaction: it must not be mixed with those of others
        _alone(event_id, wish)
    else:
        with _lines_change:
            leads = event_id not in _lines
            _lines.setdefault(event_id, []).append(wish)
        if not leads:
            wish.turn.wait()
        if not wish.is_served:
            try:
                _lead(event_id)
            finally:
                _pass_the_lead_on(event_id)
        if wish.goes_alone:
            _alone(event_id, wish)
    if wish.problem is not None:
        raise wish.problem
    assert wish.registration is not None  # noqa: S101 - for the type checker: one of the two is there
    return wish.registration


def _alone(event_id: int, wish: Wish) -> None:
    with held(event_id) as hall:
        let_in(hall, [wish])


def _lead(event_id: int) -> None:
    """Let in all who stand in line once the event is ours: who came while another process held it is among them.

    If that fails as a whole, nothing of it was written, and each goes alone.
    """
    wishes: list[Wish] = []
    try:
        with held(event_id) as hall:
            wishes = _first_in_line(event_id)
            let_in(hall, wishes)
    except BaseException as error:  # whoever it concerns meets it again, alone
        wishes = wishes or _first_in_line(event_id)
        for wish in wishes:
            wish.take_back()
            wish.goes_alone = True
        if not isinstance(error, Exception):
            raise  # this thread is told to end; the others go on
    finally:
        for wish in wishes:
            wish.is_served = True
            wish.turn.set()


def _first_in_line(event_id: int) -> list[Wish]:
    with _lines_change:
        line = _lines[event_id]
        those, line[:_MOST] = line[:_MOST], []
        return those


def _pass_the_lead_on(event_id: int) -> None:
    with _lines_change:
        if line := _lines[event_id]:
            line[0].turn.set()
        else:
            del _lines[event_id]
