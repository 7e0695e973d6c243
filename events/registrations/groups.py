"""Several people at once: all or nobody, or as many as there are places."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from events.programme.models import Event
from events.registrations.admitting import Wish, let_in, require_registering
from events.registrations.asking import answering
from events.registrations.eligibility import new_registration
from events.registrations.errors import NoRoom
from events.registrations.models import Registration, RegistrationImport
from events.registrations.places import held
from events.registrations.texts import short_enough
from network.errors import Invalid, Problem, Refused
from network.models import Person
from network.rules import may

State = Registration.State
Mode = RegistrationImport.Mode


@dataclass(frozen=True)
class Colleague:
    """Somebody to register."""

    person: Person
    note: str = ""
    sessions: Collection[int] = ()
    answers: Mapping[str, Any] | None = None


@dataclass
class Result:
    """What became of one of them: their registration, or why there is none."""

    person: Person
    registration: Registration | None = None
    is_new: bool = False
    problem: Problem | None = None


@dataclass
class Results:
    """What became of a group, row by row in the order of the request. ``written`` is False where nothing was changed."""

    rows: list[Result] = field(default_factory=list)
    written: bool = True


class _Undo(Exception):
    """Takes back what the transaction has written."""


def register_many(*, event: Event, colleagues: Sequence[Colleague], by: Person, mode: str = Mode.FIT) -> Results:
    """Register several people at one event, in one transaction under its lock. Somebody named twice is registered once.

    ``all``: everybody gets a place (or, where the event asks for it, waits for approval), or nothing is written: then every
    row that stood in the way says why. ``fit``: who is first in the list gets what places there are, the others join the
    waiting list, and who cannot register is left out with the reason.

    Who brings no answers for a colleague leaves them to the colleague. Raises NotAllowed if ``by`` may not register one of
    them; all else is said in its row. The queries are few, but for rules and quotas, which ask for each person's home centre.
    """
    results = Results()
    wishes = []
    for colleague, is_host in zip(colleagues, _registering(by, colleagues, event), strict=True):
        result = Result(colleague.person)
        results.rows.append(result)
        try:
            wishes.append((result, _wish(event, colleague, by, is_host=is_host)))
        except (Refused, Invalid) as problem:
            result.problem = problem
    try:
        with held(event.pk) as hall:
            let_in(hall, [wish for _result, wish in wishes])
            for result, wish in wishes:
                result.registration, result.is_new, result.problem = wish.registration, wish.is_new, wish.problem
            if mode == Mode.ALL and not _everybody_comes(results):
                raise _Undo  # noqa: TRY301 - leaves the lock without a trace
    except _Undo:
        results.written = False
        for result in results.rows:
            result.registration, result.is_new = None, False
    return results


def _wish(event: Event, colleague: Colleague, by: Person, *, is_host: bool) -> Wish:
    note = short_enough("note", colleague.note)
    leaves_answers = is_host or (colleague.answers is None and colleague.person.pk != by.pk)
    checked = answering.check_for(event, colleague.answers, by_organiser=leaves_answers, by=by)
    who = new_registration(event, colleague.person)
    return Wish(who, by, is_host=is_host, note=note, sessions=colleague.sessions, answers=checked)


def _registering(by: Person, colleagues: Sequence[Colleague], event: Event) -> list[bool]:
    """For each of them, whether ``by`` registers them as one who runs the event. Raises NotAllowed."""
    if may(by, "events.manage_registrations", event):
        return [colleague.person.pk != by.pk for colleague in colleagues]
    return [require_registering(by, colleague.person, event) for colleague in colleagues]


def _everybody_comes(results: Results) -> bool:
    """Whether everybody has what they came for; who would have to wait is told that there was no room."""
    for result in results.rows:
        if result.problem is None and result.registration is not None and result.registration.state == State.WAITING:
            result.problem = NoRoom()
    return all(result.problem is None for result in results.rows)
