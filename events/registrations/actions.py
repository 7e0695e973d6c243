"""The verbs of registration. Places are given under the lock of the event's row (law 2 of the house)."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from events.programme.models import Event
from events.registrations import places
from events.registrations.errors import (
    NotEligible,
    NotYetOpen,
    ProfileIncomplete,
    RegistrationClosed,
    WasDeclined,
)
from events.registrations.models import Registration
from events.registrations.queries import closed, live, profile_gap, why_not
from network.actions import open_account
from network.errors import Invalid, WrongState
from network.journal import because
from network.models import Person
from network.rules import require

__all__ = [
    "UNKNOWN_PERSON",
    "NotEligible",
    "NotYetOpen",
    "ProfileIncomplete",
    "RegistrationClosed",
    "WasDeclined",
    "WrongState",
    "approve",
    "cancel",
    "decline",
    "invite",
    "invite_by_email",
    "person_for",
    "register",
]

State = Registration.State

UNKNOWN_PERSON = _lazy("Nobody has an account with this address. Invite them instead.")


def register(*, event: Event, person: Person, by: Person, note: str = "") -> Registration:
    """Ask for a place at ``event`` for ``person`` and give one if there is one.

    Returns the registration: CONFIRMED, PENDING (the organiser decides) or WAITING (no place left).
    Asking twice returns the registration that already lives; an INVITED one goes on to one of these states.

    Who runs the event may register others. Their word counts as invitation and approval, and outside the window, until
    the event ends: for the colleague who stands at the door. It conjures up no place.

    Raises:
        NotAllowed: ``by`` is neither the person nor runs the event.
        RegistrationClosed: outside the registration window, or the event is not published.
        NotEligible: the event is not open to this person (ProfileIncomplete, WasDeclined).
        Invalid: the note is too long.
    """
    for_oneself = by.pk == person.pk
    require(by, "events.register" if for_oneself else "events.manage_registrations", None if for_oneself else event)
    note = _short_enough("note", note)
    with because(by=by), places.held(event.pk) as locked:
        registration = live(person, locked)
        if registration is not None and registration.state != State.INVITED:
            return registration
        refusal = (
            why_not(locked, person) if for_oneself else closed(locked, for_organiser=True) or profile_gap(person, own=False)
        )
        if refusal is not None:
            raise refusal
        decided = registration is not None or not for_oneself
        registration = registration or Registration(person=person)
        registration.event, registration.person, registration.note = locked, person, note or registration.note
        if locked.needs_approval and not decided:
            return places.move(registration, State.PENDING, by=by)
        return places.move(registration, State.CONFIRMED if places.has_room(locked) else State.WAITING, by=by)


def cancel(*, registration: Registration, by: Person, reason: str = "") -> Registration:
    """Give the place back, or leave the waiting list. The first in the waiting list gets a freed place at once.

    Cancelling twice changes nothing. Raises NotAllowed, RegistrationClosed (the event is over), WrongState (declined).
    """
    require(by, "events.cancel_registration", registration)
    reason = _short_enough("reason", reason)
    with because(by=by, reason=reason), places.held(registration.event_id) as event:
        registration = places.fresh(event, registration.pk)
        if registration.state == State.CANCELLED:
            return registration
        if places.is_over(event):
            raise RegistrationClosed(_("This event is over. Its registrations stay as they are."))
        return places.move(registration, State.CANCELLED, by=by, reason=reason)


def approve(*, registration: Registration, by: Person) -> Registration:
    """PENDING to CONFIRMED, or to WAITING where no place is left. Approving twice changes nothing.

    Raises NotAllowed, WrongState, RegistrationClosed (the event is over or called off).
    """
    require(by, "events.decide_registration", registration)
    with because(by=by), places.held(registration.event_id) as event:
        registration = places.fresh(event, registration.pk)
        if registration.state in {State.CONFIRMED, State.WAITING}:
            return registration
        if registration.state != State.PENDING:
            raise WrongState(_("Only a registration that waits for approval can be approved."))
        if not places.takes_place(event):
            raise closed(event, for_organiser=True) or RegistrationClosed
        return places.move(registration, State.CONFIRMED if places.has_room(event) else State.WAITING, by=by)


def decline(*, registration: Registration, by: Person, reason: str) -> Registration:
    """PENDING, WAITING or INVITED to DECLINED, with a reason for the person. Declining twice changes nothing.

    The person cannot register again by themself; an invitation, or a registration by the organiser, lets them in after all.
    Raises NotAllowed, WrongState, Invalid (no reason).
    """
    require(by, "events.decide_registration", registration)
    reason = _short_enough("reason", reason)
    if not reason:
        raise Invalid({"reason": [_("Say why: the person reads it.")]})
    with because(by=by, reason=reason), places.held(registration.event_id) as event:
        registration = places.fresh(event, registration.pk)
        if registration.state == State.DECLINED:
            return registration
        return places.move(registration, State.DECLINED, by=by, reason=reason)


def invite(*, event: Event, person: Person, by: Person) -> Registration:
    """Let a person see and register for an event that is not open to everybody. Inviting twice changes nothing.

    Returns the registration that lives, INVITED or further. Raises NotAllowed, RegistrationClosed (not published,
    called off or over).
    """
    require(by, "events.manage_registrations", event)
    with because(by=by), places.held(event.pk) as locked:
        if (registration := live(person, locked)) is not None:
            return registration
        if not places.takes_place(locked):
            raise closed(locked, for_organiser=True) or RegistrationClosed
        return places.move(Registration(event=locked, person=person), State.INVITED, by=by)


def invite_by_email(*, event: Event, email: str, by: Person, name: str = "") -> Registration:
    """Invite whoever has this address. Somebody new gets an account, which a sign-in code opens.

    Raises NotAllowed, Invalid (the address), RegistrationClosed.
    """
    require(by, "events.manage_registrations", event)
    with transaction.atomic():
        try:
            person = person_for(email)
        except Person.DoesNotExist:
            name = _short_enough("name", name, limit=160)
            language = next((code for code in event.languages if code in dict(settings.LANGUAGES)), "en")
            person = open_account(email=email, name=name, language=language, timezone=event.timezone)
        return invite(event=event, person=person, by=by)


def person_for(email: str) -> Person:
    """The person with this address. Raises Invalid (it is no address), Person.DoesNotExist."""
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid({"email": error.messages}) from error
    return Person.objects.get_by_natural_key(email)


def _short_enough(field: str, text: str, *, limit: int = 500) -> str:
    """The text without surrounding blanks. Raises Invalid if it is longer than its column."""
    text = text.strip()
    if len(text) > limit:
        raise Invalid({field: [_("Keep it to {limit} characters; these are {length}.").format(limit=limit, length=len(text))]})
    return text
