"""The verbs of who takes part: register, change, answer an offer, give the place back, pass it on to a colleague.

Places are given under the lock of the event's row (law 2 of the house); the verbs of who decides are in ``decisions``.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.programme.models import Event
from events.registrations.admitting import Wish, arrive, require_registering
from events.registrations.asking import answering
from events.registrations.choices import checked_choice
from events.registrations.eligibility import closed, find_home, meant_for, new_registration, no_more_changes, profile_gap
from events.registrations.errors import NoRoom, OfferEnded, RegistrationClosed
from events.registrations.models import Registration
from events.registrations.places import Hall, held, is_over
from events.registrations.signals import choice_changed
from events.registrations.texts import short_enough
from network import journal
from network.actions import complete_profile, name_organisation, open_account
from network.errors import Invalid, NotAllowed, WrongState
from network.models import Organisation, Person
from network.rules import may, require

State = Registration.State

UNKNOWN_PERSON = gettext_lazy("Nobody has an account with this address. Invite them instead.")


def register(
    *,
    event: Event,
    person: Person,
    by: Person,
    note: str = "",
    sessions: Collection[int] = (),
    answers: Mapping[str, Any] | None = None,
) -> Registration:
    """Ask for a place at ``event`` for ``person`` and give one if there is one.

    Returns the registration: CONFIRMED, PENDING (somebody decides) or WAITING (no place left). Asking twice returns the
    registration that already lives; an INVITED one goes on to one of these states. ``sessions`` are the keys of those that the
    person chooses; ``answers`` maps the keys of the event's questions to values.

    Who runs the event may register others. Their word counts as invitation and approval, and outside the window, until
    the event ends: for the colleague who stands at the door. It conjures up no place, and need not answer the questions. An
    organiser of another centre may register colleagues, too: for them all is as if they asked themselves.

    Raises:
        NotAllowed: ``by`` may not register this person.
        RegistrationClosed: outside the registration window, or the event is not published.
        NotEligible: the event is not open to this person (ProfileIncomplete, WasDeclined).
        Invalid: the note is too long, the sessions cannot be chosen together, an answer is missing or wrong (``answers.diet``).
    """
    is_host = require_registering(by, person, event)
    note = short_enough("note", note)
    checked = answering.check_for(event, answers, by_organiser=is_host, by=by)
    who = new_registration(event, person)
    return arrive(event.pk, Wish(who, by, is_host=is_host, note=note, sessions=sessions, answers=checked))


def accept(*, registration: Registration, by: Person) -> Registration:
    """OFFERED to CONFIRMED: the place that was offered is taken. Accepting twice changes nothing.

    Raises NotAllowed, OfferEnded (the deadline has passed; the place has gone on), WrongState (nothing is offered),
    RegistrationClosed (the event is called off).
    """
    require(by, "events.answer_registration", registration)
    with held(registration.event_id) as hall:
        hall.catch_up(thoroughly=True)  # an offer may outlive the event's way of giving places on
        registration = hall.fresh(registration.pk)
        if registration.state == State.CONFIRMED:
            return registration
        if registration.state == State.OFFERED:
            _require_not_called_off(hall.event)
            return hall.move(registration, State.CONFIRMED, by=by)
    if registration.state == State.EXPIRED:
        raise OfferEnded(_("The time to answer has run out, and the place went to the next in line. You can register again."))
    raise WrongState(_("No place is offered to you at the moment."))


def cancel(*, registration: Registration, by: Person, reason: str = "") -> Registration:
    """Give the place back, refuse an offer or an invitation, or leave the waiting list. A freed place is given on at once.

    Cancelling twice changes nothing. Raises NotAllowed, RegistrationClosed (the event is over), ChangesClosed (participants
    can no longer give a place back themselves), WrongState (declined).
    """
    require(by, "events.cancel_registration", registration)
    reason = short_enough("reason", reason)
    with held(registration.event_id) as hall:
        registration = hall.fresh(registration.pk)
        if not registration.is_live and registration.state != State.DECLINED:
            return registration
        if is_over(hall.event):
            raise no_more_changes(hall.event) or WrongState
        if registration.state == State.CONFIRMED and not may(by, "events.manage_registrations", hall.event):
            _require_changes_open(hall.event)
        return hall.move(registration, State.CANCELLED, by=by, reason=reason)


def change(
    *,
    registration: Registration,
    by: Person,
    note: str | None = None,
    sessions: Collection[int] | None = None,
    answers: Mapping[str, Any] | None = None,
) -> Registration:
    """Change the note, the chosen sessions or the answers of a registration that lives; what is None stays.

    Sessions change all together or not at all. Raises NotAllowed, RegistrationClosed or ChangesClosed, WrongState (it does
    not live), NoRoom (naming the sessions that are full), Invalid.
    """
    is_host = may(by, "events.manage_registrations", registration.event)
    if not is_host:
        require(by, "events.answer_registration", registration)
    checked = answering.check_for(registration.event, answers, by_organiser=is_host, registration=registration, by=by)
    with journal.because(by=by), held(registration.event_id) as hall:
        registration = hall.fresh(registration.pk)
        if not registration.is_live:
            raise WrongState(_("This registration is “{state}”.").format(state=registration.get_state_display()))
        _require_not_called_off(hall.event)
        if not is_host:
            _require_changes_open(hall.event)
        if note is not None:
            registration.note = short_enough("note", note)
            registration.save(update_fields=["note"])
        if sessions is not None:
            before, after = registration.chosen, checked_choice(hall, sessions)
            if full := hall.choose(registration, after):
                raise NoRoom(_("No place is left in: {sessions}. Nothing was changed.").format(sessions=_names(full)))
            if before != after:
                changed = {"sessions": (_titles(hall, before), _titles(hall, after))}
                journal.write([journal.Note(registration, changed, by=by)])
                choice_changed.send(Registration, registration=registration, by=by)
        if checked is not None and answers is not None:
            answering.save(registration, checked, by=by)
    return registration


def pass_on(*, registration: Registration, to: Person, by: Person, reason: str = "") -> Registration:
    """Let a colleague take over a place, a turn in the waiting list or an offer. Nobody else moves.

    The first registration is CANCELLED, the colleague's new one is in its state, with its sessions and turn. Returns the new
    one. Answers are not passed on: they are the colleague's own to give.

    Raises NotAllowed, RegistrationClosed or ChangesClosed, WrongState, NotEligible (the colleague), NoRoom (their quota is
    full).
    """
    require(by, "events.substitute_registration", registration)
    reason = short_enough("reason", reason)
    if to.pk == registration.person_id:
        raise Invalid({"person": [_("This is the same person.")]})
    who = new_registration(registration.event, to)
    with held(registration.event_id) as hall:
        old = hall.fresh(registration.pk)
        is_host = may(by, "events.manage_registrations", hall.event)
        if old.state not in {State.CONFIRMED, State.OFFERED, State.WAITING, State.PENDING}:
            text = _("This registration is “{state}”: there is nothing to pass on.")
            raise WrongState(text.format(state=old.get_state_display()))
        _require_not_called_off(hall.event)
        if is_over(hall.event) or not is_host:
            _require_changes_open(hall.event)
        last = hall.last_of(to)
        if last is not None and last.is_live:
            raise WrongState(_("{person} is registered already: {state}.").format(person=to, state=last.get_state_display()))
        who.event = hall.event
        find_home(who)
        if gap := profile_gap(to, own=False):
            raise gap
        # The window is for who asks; this place is given already. Whom the event is for holds at any time.
        if not is_host and (refusal := meant_for(hall.event, who, last).refusal):
            raise refusal
        who.chosen, who.takes_over = old.chosen, old
        who.registered_by = None if by.pk == to.pk or is_host else by
        state, deadline, turn, extra = old.state, old.deadline, old.queued_at, old.is_extra
        hall.move(old, State.CANCELLED, by=by, reason=reason or _("A colleague takes over."))
        if state in Registration.HOLDING and not extra and not hall.has_room(who):
            raise NoRoom(_("No place is left for {person}: the quota of their group is full.").format(person=to))
        hall.move(who, state, by=by, deadline=deadline, is_extra=extra)
        who.queued_at, who.number_in_list = turn, None
    return who


def pass_on_to(
    *, registration: Registration, email: str, name: str, organisation: str, by: Person, reason: str = ""
) -> Registration:
    """``pass_on`` to whoever has this address. Somebody new gets an account with this name and organisation.

    What is known of somebody stays; only what their profile lacks is filled in. Where it fails, no account is left behind.
    Raises as ``pass_on``, and Invalid for the address, the name or the organisation.
    """
    require(by, "events.substitute_registration", registration)
    with transaction.atomic():
        colleague = account_for(registration.event, email, name=name)
        if not colleague.is_active:
            raise NotAllowed
        if not (colleague.name.strip() and colleague.organisation_id):
            found = _organisation_beside(registration, organisation, by)
            colleague = complete_profile(person=colleague, by=by, name=name, organisation=found)
        return pass_on(registration=registration, to=colleague, by=by, reason=reason)


def _organisation_beside(registration: Registration, name: str, by: Person) -> Organisation:
    """The colleague's organisation: that of the person whose place it was, or another one in the same country."""
    own, name = registration.person.organisation, " ".join(name.split())
    if own is not None and name.casefold() == own.name.casefold():
        return own
    country = own.country.code if own else registration.event.organising_centre.country.code
    return name_organisation(by=by, name=name, country=country, kind=own.kind if own else Organisation.Kind.OTHER)


def account_for(event: Event, email: str, *, name: str = "") -> Person:
    """The person with this address; a new account, in the event's language and zone, if nobody has it. Raises Invalid."""
    try:
        return person_for(email)
    except Person.DoesNotExist:
        name = short_enough("name", name, limit=160)
        return open_account(email=email, name=name, language=language_for(event), timezone=event.timezone)


def language_for(event: Event) -> str:
    """In which language somebody new is written to."""
    return next((code for code in event.languages if code in dict(settings.LANGUAGES)), "en")


def person_for(email: str) -> Person:
    """The person with this address. Raises Invalid (it is no address), Person.DoesNotExist."""
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid({"email": error.messages}) from error
    return Person.objects.select_related("organisation").get(email__iexact=email)


def _require_not_called_off(event: Event) -> None:
    """Nobody needs a meal, or a colleague in their place, where nothing takes place."""
    if event.state == Event.State.CANCELLED:
        raise closed(event, at_any_time=True) or RegistrationClosed


def _require_changes_open(event: Event) -> None:
    refusal = no_more_changes(event)
    if refusal is not None:
        raise refusal


def _names(sessions: Collection[Any]) -> str:
    return ", ".join(f"“{session}”" for session in sessions)


def _titles(hall: Hall, keys: Collection[int]) -> str:
    return ", ".join(str(hall.chosen_sessions[key]) for key in sorted(keys) if key in hall.chosen_sessions)
