"""What an answer does: the table of the wing. Each function runs inside the transaction and under the locks of its caller.

==============  ======================================================================================================
ACCEPTED        Noted. If the person no longer has the place, their calendar is told so, and nothing else happens: a reply
                never skips approval, capacity or the waiting list. It takes a DECLINED back whose time has not come.
TENTATIVE       Noted, and it takes such a DECLINED back, too. Before the deadline they are asked to decide.
DECLINED        Noted. Of a course, one date that is declined gives nothing back: the person still comes to the others. Once
                every date is declined (a congress has one invitation for all), the place is given back after half an hour.
                When it is too late to give a place back, the organiser is told instead, and the person.
DELEGATED       For the organiser, who passes the place on if the rules allow it.
COUNTER         For the organiser, in place of an older one. What it says besides about coming is not applied: it depends on
                another time.
==============  ======================================================================================================
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import Q, QuerySet
from django.utils import timezone

from events.calendars.invitations import telling
from events.calendars.models import Entry, Invitation, Reply
from events.calendars.replies.signals import ReplyReceived, reply_received
from events.registrations.eligibility import no_more_changes
from events.registrations.models import Registration

Answer = Invitation.Answer
Method = Invitation.Method
State = Reply.State

#: So long somebody who declined can take it back with one click, before the place goes to the next in line.
UNDO_WINDOW = timedelta(minutes=30)

#: A place that is declined shortly before the deadline is given back so long before it.
MARGIN = timedelta(minutes=2)

#: So often within a day, for whatever reason, an invitation is sent once more because of what a mail client wrote, and a
#: proposal is answered. Each is a question with a new SEQUENCE: a robot that answers everything would never come to an end.
MOST_AGAIN, PERIOD = 3, timedelta(days=1)

#: The answers that are noted.
NOTED = frozenset({Answer.ACCEPTED, Answer.TENTATIVE, Answer.DECLINED, Answer.DELEGATED})


def lock(invitation: Invitation) -> tuple[Invitation, list[Invitation]]:
    """Lock the invitations that the person has to this event. Returns this one, read fresh, and all of them."""
    all_of_them = list(
        Invitation.objects.select_for_update(of=("self",))
        .select_related("entry", "registration__person", "registration__event")
        .filter(person=invitation.person_id, entry__event=invitation.entry.event_id)
        .order_by("pk")
    )
    return next(one for one in all_of_them if one.pk == invitation.pk), all_of_them


def apply(reply: Reply, invitations: Sequence[Invitation]) -> None:
    """Do what the reply says. It is from the person, newer than the last answer, and about the present invitation.

    The reply is saved in the state that it comes to. ``invitations`` are locked; see ``lock``.
    """
    invitation = next(one for one in invitations if one.pk == reply.invitation_id)
    reply.invitation = invitation
    if reply.method == "COUNTER":
        _counter(reply, invitation)
        return
    if is_gone(invitation):
        _apply_to_what_is_gone(reply, invitation)
        return
    _note(reply, invitation)
    match reply.answer:
        case Answer.ACCEPTED | Answer.TENTATIVE:
            _take_back_declined(reply, invitations)
            settle(reply, State.APPLIED)
        case Answer.DECLINED:
            _decline(reply, invitations)
        case _:
            leave_to_organiser(reply, "It is delegated.")


def is_gone(invitation: Invitation) -> bool:
    """Whether the person no longer has the place that they were invited to."""
    return invitation.method == Method.CANCEL or invitation.registration.state != Registration.State.CONFIRMED


def declines_all(invitations: Sequence[Invitation]) -> bool:
    """Whether every date that the person takes part in is declined."""
    standing = [one for one in invitations if one.method == Method.REQUEST and not one.entry.cancelled]
    if not standing or any(one.answer != Answer.DECLINED for one in standing):
        return False
    if any(one.entry.kind == Entry.Kind.WHOLE for one in standing):
        return True
    registration = standing[0].registration
    dates = Entry.objects.filter(event=registration.event_id, kind=Entry.Kind.SESSION, cancelled=False)
    theirs = dates.filter(Q(is_chosen=False) | Q(session__in=registration.chosen))
    return not theirs.exclude(pk__in=[one.entry_id for one in standing]).exists()


def is_too_late(registration: Registration) -> bool:
    """Whether a reply can no longer give the place back: after the event's deadline for changes, or once it has begun."""
    event = registration.event
    return event.starts_at <= timezone.now() or no_more_changes(event) is not None


def settle(reply: Reply, state: str, why: str = "") -> None:
    """Bring a reply into a state and save it."""
    if reply.state not in {"", state}:
        reply.acted_at = timezone.now()
    reply.state, reply.why = state, why[:300]
    reply.save()


def leave_to_organiser(reply: Reply, why: str) -> bool:
    """Let it wait for the organiser, in place of an older answer or proposal about the same invitation.

    Whether one that said the same waited: then the person knows what becomes of it.
    """
    like = Reply.objects.filter(invitation=reply.invitation_id, method=reply.method, state=State.FOR_ORGANISER)
    older = list(like.select_for_update().exclude(pk=reply.pk).order_by("pk"))
    for one in older:
        settle(one, State.IGNORED, "A newer one waits in its place.")
    settle(reply, State.FOR_ORGANISER, why)
    return any(one.answer == reply.answer for one in older)


def tell(reply: Reply, kind: Literal["asked", "declined", "too-late", "countered"]) -> None:
    """Let the floor above tell the person."""
    reply_received.send(Reply, received=ReplyReceived(reply, kind))


def tell_calendar_again(reply: Reply, invitation: Invitation) -> bool:
    """Let the person's calendar be told how things are, once for each SEQUENCE that is answered, and a few times a day.

    Returns whether it is.
    """
    answered = min(reply.sequence or 0, invitation.sequence)
    told = invitation.replies.filter(told_again=True)
    if told.filter(sequence=answered).exists() or _are_many(told):
        return False
    reply.told_again, reply.sequence = True, answered
    telling.resend(invitation)
    return True


def _are_many(replies: QuerySet[Reply]) -> bool:
    return replies.filter(received_at__gt=timezone.now() - PERIOD).count() >= MOST_AGAIN


def _counter(reply: Reply, invitation: Invitation) -> None:
    """Say no to a proposal, let it wait for the organiser, and after that send the present REQUEST."""
    others = invitation.replies.filter(method="COUNTER").exclude(pk=reply.pk)
    if reply.stamp is not None and others.filter(state=State.FOR_ORGANISER, stamp__gt=reply.stamp).exists():
        settle(reply, State.IGNORED, "A newer proposal waits already.")
        return
    leave_to_organiser(reply, "Another time is proposed.")
    if not _are_many(others.filter(is_authentic=True)):
        tell(reply, "countered")
    if tell_calendar_again(reply, invitation):
        reply.save(update_fields=["told_again", "sequence"])


def _apply_to_what_is_gone(reply: Reply, invitation: Invitation) -> None:
    if reply.answer in {Answer.ACCEPTED, Answer.TENTATIVE} and tell_calendar_again(reply, invitation):
        settle(reply, State.IGNORED, "The place is gone; the calendar is told so.")
    else:
        settle(reply, State.IGNORED, "The place is gone.")


def _note(reply: Reply, invitation: Invitation) -> None:
    reply.before = invitation.answer
    invitation.answer, invitation.answered_at = reply.answer, reply.stamp
    invitation.save(update_fields=["answer", "answered_at"])


def _take_back_declined(reply: Reply, invitations: Sequence[Invitation]) -> None:
    """Who says that they come, to whichever date, does not give the place back."""
    due = Reply.objects.select_for_update().filter(invitation__in=invitations, state=State.DUE).exclude(pk=reply.pk)
    for one in due.order_by("pk"):
        settle(one, State.UNDONE, "The person answered again.")


def _decline(reply: Reply, invitations: Sequence[Invitation]) -> None:
    invitation = next(one for one in invitations if one.pk == reply.invitation_id)
    if not declines_all(invitations):
        settle(reply, State.APPLIED, "One date of several.")
    elif is_too_late(invitation.registration):
        if not leave_to_organiser(reply, "It is too late to give the place back."):
            tell(reply, "too-late")
    elif due := Reply.objects.filter(invitation__in=invitations, state=State.DUE).exclude(pk=reply.pk).first():
        settle(reply, State.APPLIED, f"The place is given back by reply {due.pk} already.")
    else:
        reply.due_at = _when_due(invitation.registration)
        settle(reply, State.DUE)
        tell(reply, "declined")


def _when_due(registration: Registration) -> datetime:
    """In half an hour, but in any case before it is too late."""
    now, event = timezone.now(), registration.event
    ends = [event.starts_at, *([event.changes_close_at] if event.changes_close_at else [])]
    return max(now, min(now + UNDO_WINDOW, min(ends) - MARGIN))
