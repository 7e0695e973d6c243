"""The verbs of replies: confirm, undo, settle, pass on; and what the clock does: give the place back."""

import logging
from contextlib import suppress

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from events.calendars.invitations import telling
from events.calendars.models import Invitation, Reply
from events.calendars.replies import applying
from events.calendars.replies.receiving import why_outdated
from events.programme.models import Event
from events.registrations import actions, decisions
from events.registrations.errors import RegistrationClosed
from events.registrations.models import Registration
from network.errors import Invalid, WrongState
from network.journal import because
from network.models import Person
from network.rules import require

logger = logging.getLogger(__name__)

Answer = Invitation.Answer
State = Reply.State

MANAGE = "events.manage_registrations"


def confirm(*, reply: Reply, by: Person) -> Reply:
    """“It was me”: do what a reply says that could not be authenticated. Confirming twice changes nothing.

    Returns the reply in the state that it comes to, IGNORED if something newer was answered meanwhile. Raises NotAllowed,
    WrongState (there is nothing to confirm).
    """
    registration = _registration(reply)
    require(by, "events.answer_registration", registration)
    with transaction.atomic(), because(by=by, reason=f"Confirmed: reply by mail {reply.pk}"):
        reply, invitations = _held(reply)
        invitation = next(one for one in invitations if one.pk == reply.invitation_id)
        if reply.state in {State.APPLIED, State.DUE, State.FOR_ORGANISER, State.GIVEN_BACK}:
            return reply
        if reply.state != State.TO_CONFIRM:
            raise WrongState(_("There is nothing to confirm any more."))
        if against := why_outdated(reply, invitation):
            applying.settle(reply, State.IGNORED, against)
        elif (reply.sequence or 0) < invitation.sequence or reply.registration_id != invitation.registration_id:
            applying.settle(reply, State.IGNORED, "It answers an older invitation.")
        else:
            applying.apply(reply, invitations)
    return reply


def deny(*, reply: Reply, by: Person) -> Reply:
    """“It was not me”: forget what a reply says that could not be authenticated. Raises NotAllowed, WrongState."""
    require(by, "events.answer_registration", _registration(reply))
    with transaction.atomic(), because(by=by, reason=f"Denied: reply by mail {reply.pk}"):
        reply, _invitations = _held(reply)
        if reply.state == State.TO_CONFIRM:
            applying.settle(reply, State.IGNORED, "The person says that it was not them.")
        elif reply.state != State.IGNORED:
            raise WrongState(_("There is nothing to confirm any more."))
    return reply


def undo(*, reply: Reply, by: Person) -> Reply:
    """Take an answer back, by the person or who runs the event: the invitation is as it was before, and is sent again.

    If the place has gone, only who runs the event can put the person back, with a place if there is one. Undoing twice
    changes nothing. Raises NotAllowed, WrongState (something newer was answered; there is nothing to take back), Refused.
    """
    registration = _registration(reply)
    require(by, "events.cancel_registration", registration)
    with transaction.atomic(), because(by=by, reason=f"Taken back: reply by mail {reply.pk}"):
        _lock_event(registration.event_id)
        reply, invitations = _held(reply)
        invitation = next(one for one in invitations if one.pk == reply.invitation_id)
        if reply.state == State.UNDONE:
            return reply
        if reply.state == State.GIVEN_BACK:
            require(by, MANAGE, registration.event)
            decisions.put_back(registration=registration, before=Registration.State.CONFIRMED, by=by)
            applying.settle(reply, State.UNDONE, "The person was put back.")
            return reply
        if not can_undo(reply, invitation):
            raise WrongState(_("There is nothing to take back any more."))
        invitation.answer = reply.before or Answer.NEEDS_ACTION
        invitation.save(update_fields=["answer"])
        reply.told_again = True
        applying.settle(reply, State.UNDONE, "It was taken back.")
        telling.resend(invitation)  # their calendar shows what they had answered
    return reply


def can_undo(reply: Reply, invitation: Invitation) -> bool:
    """Whether an answer can be taken back: it is the one that holds, and nothing irrevocable has followed from it."""
    if reply.state == State.DUE:
        return True
    holds = reply.state in {State.APPLIED, State.FOR_ORGANISER} and reply.method == "REPLY"
    return holds and invitation.answer == reply.answer and invitation.answered_at == reply.stamp


def keep(*, reply: Reply, by: Person) -> Reply:
    """“I come” after all: a TENTATIVE becomes ACCEPTED. Keeping twice changes nothing.

    Raises NotAllowed, WrongState (something newer was answered, or the place is gone).
    """
    require(by, "events.answer_registration", _registration(reply))
    with transaction.atomic(), because(by=by, reason=f"Decided after reply by mail {reply.pk}"):
        reply, invitations = _held(reply)
        invitation = next(one for one in invitations if one.pk == reply.invitation_id)
        if reply.state == State.SETTLED and reply.answer == Answer.TENTATIVE:
            return reply
        if not can_keep(reply, invitation) or applying.is_gone(invitation):
            raise WrongState(_("There is nothing to confirm any more."))
        invitation.answer, invitation.answered_at = Answer.ACCEPTED, timezone.now()
        invitation.save(update_fields=["answer", "answered_at"])
        applying.settle(reply, State.SETTLED, "The person comes.")
    return reply


def can_keep(reply: Reply, invitation: Invitation) -> bool:
    """Whether a “maybe” is still the answer that holds."""
    return reply.answer == Answer.TENTATIVE and reply.state == State.APPLIED and can_undo(reply, invitation)


def settle(*, reply: Reply, by: Person) -> Reply:
    """The organiser has seen to what waited for them. Settling twice changes nothing. Raises NotAllowed, WrongState."""
    require(by, MANAGE, _registration(reply).event)
    with transaction.atomic(), because(by=by, reason=f"Settled: reply by mail {reply.pk}"):
        reply, _invitations = _held(reply)
        if reply.state == State.FOR_ORGANISER:
            applying.settle(reply, State.SETTLED)
        elif reply.state != State.SETTLED:
            raise WrongState(_("This reply does not wait for you any more."))
    return reply


def pass_on(*, reply: Reply, by: Person) -> Registration:
    """Give the place to whom the person delegated it, by the rules of passing on. Returns the colleague's registration.

    Raises NotAllowed, WrongState (it is no delegation that waits), Invalid (nobody has this address; see
    ``registrations.actions.pass_on`` for the rest).
    """
    registration = _registration(reply)
    require(by, MANAGE, registration.event)
    with transaction.atomic(), because(by=by, reason=f"Delegated: reply by mail {reply.pk}"):
        _lock_event(registration.event_id)
        reply, _invitations = _held(reply)
        if reply.state != State.FOR_ORGANISER or reply.answer != Answer.DELEGATED or not reply.delegate:
            raise WrongState(_("This reply does not wait for you any more."))
        try:
            colleague = actions.person_for(reply.delegate)
        except Person.DoesNotExist:
            raise Invalid({"": [actions.UNKNOWN_PERSON]}) from None
        new = actions.pass_on(registration=registration, to=colleague, by=by)
        applying.settle(reply, State.SETTLED, f"Passed on to registration {new.pk}.")
    return new


def give_back(*, reply_id: int) -> None:
    """Give back the place of a reply whose half hour is over, if all still stands as it did. By the house's rule it goes on."""
    found = Reply.objects.select_related("registration", "invitation__entry").filter(pk=reply_id, state=State.DUE).first()
    if found is None:
        return
    with transaction.atomic():
        _lock_event(_registration(found).event_id)
        reply, invitations = _held(found)
        if reply.state != State.DUE or reply.due_at is None or reply.due_at > timezone.now():
            return
        invitation = next(one for one in invitations if one.pk == reply.invitation_id)
        person = invitation.registration.person
        with because(by=person, reason=f"Reply by mail {reply.pk}"):
            has_place = invitation.registration.state == Registration.State.CONFIRMED
            if reply.registration_id != invitation.registration_id or not has_place:
                applying.settle(reply, State.APPLIED, "The place was given back already.")
            elif applying.is_gone(invitation):
                applying.settle(reply, State.UNDONE, "The date was called off meanwhile.")
            elif not applying.declines_all(invitations):
                applying.settle(reply, State.UNDONE, "Not every date is declined any more.")
            else:
                _cancel(reply, invitation, person)


def _cancel(reply: Reply, invitation: Invitation, person: Person) -> None:
    with translation.override(person.language):
        reason = _("You declined the invitation in your calendar.")
    if not applying.is_too_late(invitation.registration):
        with suppress(RegistrationClosed):
            actions.cancel(registration=invitation.registration, by=person, reason=reason)
            applying.settle(reply, State.GIVEN_BACK)
            return
    if not applying.leave_to_organiser(reply, "It is too late to give the place back."):
        applying.tell(reply, "too-late")


def give_back_due() -> int:
    """Give back every place that is due. Returns how many were looked at. One that fails keeps no other back."""
    due = Reply.objects.filter(state=State.DUE, due_at__lte=timezone.now()).order_by("due_at", "pk")
    keys = list(due.values_list("pk", flat=True)[:200])
    for key in keys:
        try:
            give_back(reply_id=key)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("The place of reply %d cannot be given back; others are.", key)
    return len(keys)


def _registration(reply: Reply) -> Registration:
    """The registration that a reply is about. Raises WrongState for a mail that is about none."""
    if reply.registration is None:
        raise WrongState
    return reply.registration


def _lock_event(event_id: int) -> None:
    """The lock under which places are given, before those of invitations: whoever takes both takes them in this order."""
    Event.objects.select_for_update(no_key=True).only("pk").get(pk=event_id)


def _held(reply: Reply) -> tuple[Reply, list[Invitation]]:
    """The person's invitations to the event and the reply, locked and read fresh."""
    if reply.invitation is None:
        raise WrongState
    invitation, invitations = applying.lock(reply.invitation)
    fresh = Reply.objects.select_for_update().get(pk=reply.pk)
    fresh.invitation = invitation
    return fresh, invitations
