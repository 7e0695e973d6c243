"""The verbs of who decides: approve, decline, invite, and the order of the waiting list."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.programme.models import Event
from events.programme.periods import require_sane_year
from events.registrations.actions import account_for, register
from events.registrations.eligibility import closed, find_home, new_registration
from events.registrations.errors import RegistrationClosed
from events.registrations.models import AnswerFile, Registration
from events.registrations.places import held, takes_place
from events.registrations.texts import short_enough
from network import journal
from network.errors import Invalid, Refused, WrongState
from network.models import Person
from network.rules import require

State = Registration.State


def approve(*, registration: Registration, by: Person) -> Registration:
    """PENDING to CONFIRMED, or to WAITING where no place is left. Approving twice changes nothing.

    Raises NotAllowed, WrongState, RegistrationClosed (the event is over or called off).
    """
    require(by, "events.decide_registration", registration)
    with held(registration.event_id) as hall:
        registration = hall.fresh(registration.pk)
        if registration.state in {State.CONFIRMED, State.WAITING, State.OFFERED}:
            return registration
        if registration.state != State.PENDING:
            raise WrongState(_("Only a registration that waits for approval can be approved."))
        if not takes_place(hall.event):
            raise closed(hall.event, at_any_time=True) or RegistrationClosed
        return hall.give_place(registration, by=by)


def decline(*, registration: Registration, by: Person, reason: str) -> Registration:
    """PENDING, WAITING, OFFERED or INVITED to DECLINED, with a reason for the person. Declining twice changes nothing.

    The person cannot register again by themself; an invitation, or a registration by the organiser, lets them in after all.
    Raises NotAllowed, WrongState, Invalid (no reason).
    """
    require(by, "events.decide_registration", registration)
    reason = needed_reason(reason)
    with held(registration.event_id) as hall:
        registration = hall.fresh(registration.pk)
        if registration.state == State.DECLINED:
            return registration
        return hall.move(registration, State.DECLINED, by=by, reason=reason)


@dataclass(frozen=True)
class Outcome:
    """What became of one of several: the registration as it is now, and why not where it was refused."""

    registration: Registration
    refusal: Refused | None = None


def decide_all(registrations: Iterable[Registration], act: Callable[[Registration], Registration]) -> list[Outcome]:
    """Do it for each by itself. What cannot be done for one does not keep back the others.

    ``act`` is one of the verbs of this wing with all but the registration given. Raises NotAllowed and Invalid, which concern
    all of them.
    """
    outcomes = []
    for registration in registrations:
        try:
            outcomes.append(Outcome(act(registration)))
        except Refused as error:
            outcomes.append(Outcome(registration, error))
    return outcomes


def invite(
    *,
    event: Event,
    person: Person,
    by: Person,
    when_closed: bool = False,
    when_full: bool = False,
    until: datetime | None = None,
) -> Registration:
    """Let a person see and register for an event that is not open to everybody. Inviting twice changes nothing.

    ``when_closed`` lets them register outside the window too, ``when_full`` beyond the places where none is left; ``until``
    ends the invitation. An invitation holds no place.

    Returns the registration that lives, INVITED or further. Raises NotAllowed, RegistrationClosed (not published,
    called off or over), Invalid (``until`` is past).
    """
    require(by, "events.manage_registrations", event)
    if until is not None:
        if until <= timezone.now():
            raise Invalid({"until": [_("Choose a time in the future.")]})
        require_sane_year("until", until)
    who = new_registration(event, person)
    who.when_closed, who.when_full = when_closed, when_full
    with held(event.pk) as hall:
        last = hall.last_of(person)
        if last is not None and last.is_live:
            return last
        if not takes_place(hall.event):
            raise closed(hall.event, at_any_time=True) or RegistrationClosed
        who.event = hall.event
        find_home(who)
        return hall.move(who, State.INVITED, by=by, deadline=until)


def invite_by_email(
    *,
    event: Event,
    email: str,
    by: Person,
    name: str = "",
    when_closed: bool = False,
    when_full: bool = False,
    until: datetime | None = None,
) -> Registration:
    """Invite whoever has this address. Somebody new gets an account, which a sign-in code opens.

    Raises as ``invite``, and Invalid for the address.
    """
    require(by, "events.manage_registrations", event)
    with transaction.atomic():
        person = account_for(event, email, name=name)
        return invite(event=event, person=person, by=by, when_closed=when_closed, when_full=when_full, until=until)


def put_back(*, registration: Registration, before: str, by: Person) -> Registration:
    """Take a decline or a cancellation back: a new registration in the place of the one that ended, with its ordinary answers.

    Who was PENDING before waits for approval again, who was INVITED is invited again, everybody else is registered by the
    organiser: with a place if there is one. Answers of special categories are gone. Raises NotAllowed, Refused (the person is
    registered again already, the event is over or called off).
    """
    require(by, "events.manage_registrations", registration.event)
    if registration.is_live:
        raise WrongState(_("This is “{now}” again already.").format(now=registration.get_state_display()))
    event, person = registration.event, registration.person
    if before == State.INVITED:
        return invite(
            event=event,
            person=person,
            by=by,
            when_closed=registration.when_closed,
            when_full=registration.when_full,
        )
    with transaction.atomic():
        if before == State.PENDING:
            again = _ask_again(registration, by)
        else:
            again = register(event=event, person=person, by=by, note=registration.note, sessions=registration.chosen)
        if not again.was_there:
            registration.answers.update(registration=again)
            AnswerFile.objects.filter(registration=registration).update(registration=again)
    return again


def _ask_again(registration: Registration, by: Person) -> Registration:
    """The same request once more, before anybody decided about it."""
    who = new_registration(registration.event, registration.person)
    who.chosen, who.note, who.registered_by = registration.chosen, registration.note, registration.registered_by
    with held(registration.event_id) as hall:
        last = hall.last_of(registration.person)
        if last is not None and last.is_live:
            last.was_there = True
            return last
        if not takes_place(hall.event):
            raise closed(hall.event, at_any_time=True) or RegistrationClosed
        who.event = hall.event
        find_home(who)
        return hall.move(who, State.PENDING, by=by)


def put_at(*, registration: Registration, turn: int, by: Person, reason: str) -> Registration:
    """Give somebody another turn in the waiting list, from 1; beyond its end: the last. The reason is journalled.

    Raises NotAllowed, WrongState (it is not waiting), Invalid (no reason, no turn).
    """
    require(by, "events.manage_registrations", registration.event)
    reason = needed_reason(reason, _("Say why: it stands in the event’s history."))
    if turn < 1:
        raise Invalid({"turn": [_("The first turn is 1.")]})
    with held(registration.event_id) as hall:
        queue = list(hall.queue())
        moving = next((one for one in queue if one.pk == registration.pk), None)
        if moving is None:
            raise WrongState(_("Only who is on the waiting list has a turn there."))
        before = queue.index(moving) + 1
        queue.remove(moving)
        queue.insert(min(turn - 1, len(queue)), moving)
        _write_turns(queue)
        after = queue.index(moving) + 1
        journal.write([journal.Note(moving, {"turn": (str(before), str(after))}, by=by, reason=reason)])
        hall.freed = True
    return registration


def _write_turns(queue: list[Registration]) -> None:
    """Give the turns that there are to the people in their new order. No two are the same afterwards."""
    turns, last = [], None
    for turn in sorted(one.queued_at for one in queue if one.queued_at is not None):
        last = turn if last is None or turn > last else last + timedelta(microseconds=1)
        turns.append(last)
    changed = []
    for one, turn in zip(queue, turns, strict=True):
        if one.queued_at != turn:
            one.queued_at = turn
            changed.append(one)
    Registration.objects.bulk_update(changed, ["queued_at"], batch_size=500)


def needed_reason(reason: str, why: str = "") -> str:
    """The reason, short enough. Raises Invalid where there is none."""
    reason = short_enough("reason", reason)
    if not reason:
        raise Invalid({"reason": [why or _("Say why: the person reads it.")]})
    return reason
