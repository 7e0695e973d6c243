"""One mail: is it ours, was it seen before, is it from the person, is it news? Then what it says is done; see ``applying``.

All of it is one transaction with one row for each Message-ID. Whoever reads a mailbox moves the mail afterwards: if that fails,
the mail comes again, and its row is there. So nothing is lost, and nothing happens twice.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from enum import Enum

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone

from events.calendars.invitations.addresses import token_in
from events.calendars.models import Invitation, Reply
from events.calendars.replies import answers, applying, authentic, mails
from events.calendars.replies.answers import Attendee, Said
from network.journal import because
from network.vocabulary import zone_named

logger = logging.getLogger(__name__)

State = Reply.State

#: Clocks go wrong. So far ahead a DTSTAMP is taken for now; if it is further ahead, the person is asked.
CLOCKS_DIFFER = timedelta(hours=1)

#: So often within a day a person is asked “was it you?” about one invitation. Whoever forges more mails makes no more noise.
MOST_QUESTIONS, PERIOD = 3, timedelta(days=1)

METHODS = frozenset({"REPLY", "COUNTER"})


class Outcome(Enum):
    """What became of a mail, for whoever keeps the mailbox."""

    NOT_OURS = "not ours"
    TAKEN = "taken"
    SET_ASIDE = "set aside"


@dataclass(frozen=True)
class _Mail:
    raw: bytes
    header: Message
    tokens: tuple[str, ...]
    said: Said | None
    trouble: str  # why it cannot be read

    @property
    def message_id(self) -> str:
        return mails.message_id(self.raw, self.header)


def is_addressed_to_us(header: Message, recipient: str = "") -> bool:
    """Whether the header alone tells that a mail came to the address of an invitation."""
    return next(_tokens([*mails.addresses(header), recipient]), None) is not None


def receive(raw: bytes, *, recipient: str = "") -> Outcome:
    """Take a mail in, and do what it says. ``recipient`` is the address that it was delivered to, where that is known.

    Whatever is wrong with the mail is noted, not raised. Raises OperationalError and InterfaceError while the database is away:
    the mail is to be tried again.
    """
    mail = None
    try:
        mail = _open(raw, recipient)
        return Outcome.NOT_OURS if not mail.tokens else _take(mail)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("A mail about an invitation could not be taken in; it is set aside.")
        if mail is None:  # not even its header can be read, so nobody knows whose it is
            return Outcome.NOT_OURS
        return _set_aside(mail, f"Our own mistake ({type(error).__name__}).")


def _open(raw: bytes, recipient: str) -> _Mail:
    header = mails.header_of(raw)
    said, trouble = None, ""
    try:
        said = answers.read(mails.calendar_of(raw))
    except mails.Unreadable as error:
        trouble = str(error)
    found = _tokens([*mails.addresses(header), recipient, said.organiser if said else ""])
    return _Mail(raw, header, tuple(dict.fromkeys(found)), said, trouble)


def _tokens(addresses: Iterable[str]) -> Iterator[str]:
    for address in addresses:
        if token := token_in(address):
            yield token


def _take(mail: _Mail) -> Outcome:
    """A mail of ours."""
    automatic = mails.why_automatic(mail.raw, mail.header)
    if mail.trouble and not automatic:
        return _set_aside(mail, mail.trouble)
    with transaction.atomic(), because(by=None, reason=f"Reply by mail {mail.message_id}"[:200]):
        reply = _new_row(mail)
        if reply is not None:
            _judge(reply, mail, automatic)
    return Outcome.TAKEN


def _judge(reply: Reply, mail: _Mail, automatic: str) -> None:
    """Find the invitation, and what stands against the reply; with nothing against it, apply it."""
    said = mail.said
    if automatic or said is None:
        return applying.settle(reply, State.IGNORED, automatic or mail.trouble)
    found = _match(mail.tokens, said)
    if isinstance(found, str):
        return applying.settle(reply, State.IGNORED, found)
    invitation, attendee = found
    # Also for the person themself: who is locked out of the house does not act by mail.
    if not invitation.registration.person.is_active:
        return applying.settle(reply, State.IGNORED, "The person’s account is closed.")
    invitation, invitations = applying.lock(invitation)
    _fill(reply, invitation, said, attendee)
    if against := _why_no_answer(reply, said):
        return applying.settle(reply, State.IGNORED, against)
    doubt = authentic.why_not(mail.header, invitation.attendee)
    stamp, clock = _stamp(said, mails.sent_at(mail.header), reply.received_at)
    reply.stamp, reply.is_authentic = stamp, not (doubt or clock)
    if against := why_outdated(reply, invitation):
        return applying.settle(reply, State.IGNORED, against)
    if said.sequence < invitation.sequence:
        again = not doubt and applying.tell_calendar_again(reply, invitation)
        about = "It answers an older invitation"
        return applying.settle(reply, State.IGNORED, f"{about}; the present one is sent again." if again else f"{about}.")
    if doubt or clock:
        return _ask(reply, invitation, doubt or clock)
    with because(by=invitation.registration.person, reason=f"Reply by mail {reply.message_id}"[:200]):
        applying.apply(reply, invitations)
    return None


def why_outdated(reply: Reply, invitation: Invitation) -> str:
    """Whether something newer was answered already; empty if not. Equal is not newer: the same answer on two ways."""
    if invitation.answered_at is not None and reply.stamp is not None and reply.stamp <= invitation.answered_at:
        return "A newer answer is noted already."
    return ""


def _match(tokens: Iterable[str], said: Said) -> tuple[Invitation, Attendee] | str:
    """The invitation that is answered, and the attendee; or why there is none. Then the mail is forged, or astray."""
    known = list(Invitation.objects.filter(token__in=tokens).select_related("entry", "registration__person")[:10])
    if not known:
        return "Its invitation is not known."
    known = [one for one in known if one.entry.uid == said.uid]
    if not known:
        return "Its UID is not that of the invitation."
    for invitation in known:
        if attendee := said.of(invitation.attendee):
            return invitation, attendee
    return "Its attendee is not who was invited."


def _fill(reply: Reply, invitation: Invitation, said: Said, attendee: Attendee) -> None:
    reply.invitation, reply.registration = invitation, invitation.registration
    reply.method, reply.answer = said.method[:16], attendee.answer[:12]
    reply.sequence, reply.comment, reply.delegate = said.sequence, said.comment, attendee.delegate
    if said.method == "COUNTER":
        zone = zone_named(invitation.registration.event.timezone)
        reply.proposed_start, reply.proposed_end = (
            moment and (moment if moment.tzinfo else moment.replace(tzinfo=zone)) for moment in (said.starts, said.ends)
        )


def _why_no_answer(reply: Reply, said: Said) -> str:
    if said.method not in METHODS:
        return f"METHOD:{said.method or 'none'} is no answer."
    if said.is_of_one_date:
        return "It has a RECURRENCE-ID, and nothing of ours recurs."
    if said.method == "REPLY" and reply.answer not in applying.NOTED:
        return f"PARTSTAT={reply.answer} is no answer."
    return ""


def _stamp(said: Said, sent: datetime | None, now: datetime) -> tuple[datetime, str]:
    """When it was answered, and whether its clock is too far ahead. Without a DTSTAMP, when the mail was sent."""
    stamp = said.stamp or sent or now
    if stamp <= now:
        return stamp, ""
    if stamp <= now + CLOCKS_DIFFER:
        return now, ""
    return now, f"Its DTSTAMP is in the future ({stamp.astimezone(UTC):%Y-%m-%d %H:%M}Z)."


def _ask(reply: Reply, invitation: Invitation, doubt: str) -> None:
    """Nothing happens; the person is asked whether it was them, a few times a day at most."""
    lately = invitation.replies.filter(is_authentic=False, received_at__gt=timezone.now() - PERIOD)
    if lately.filter(~Q(state=State.IGNORED) | Q(acted_at__isnull=False)).exclude(pk=reply.pk).count() >= MOST_QUESTIONS:
        return applying.settle(reply, State.IGNORED, f"{doubt} The person was asked often enough.")
    applying.settle(reply, State.TO_CONFIRM, doubt)
    applying.tell(reply, "asked")
    return None


def _set_aside(mail: _Mail, why: str) -> Outcome:
    """Note a mail that cannot be read. It is not lost: the mail stays where it is kept, and can be put back."""
    with transaction.atomic(), because(by=None, reason=f"Reply by mail {mail.message_id}"[:200]):
        reply = _new_row(mail)
        if reply is not None:
            invitations = Invitation.objects.filter(token__in=mail.tokens[:10])
            reply.invitation = invitations.first() if len(mail.tokens) == 1 else None
            applying.settle(reply, State.SET_ASIDE, why)
    if reply is not None:
        logger.warning("A mail about an invitation is set aside: %s", why)
        return Outcome.SET_ASIDE
    return Outcome.TAKEN


def _new_row(mail: _Mail) -> Reply | None:
    """A row for this Message-ID, reserved in this transaction; None if there is one. What was set aside is tried again."""
    reply = Reply(
        message_id=mail.message_id,
        state="",  # it gets its first one before the transaction ends
        sender=mails.sender(mail.header)[:254],
        method=(mail.said.method if mail.said else "")[:16],
    )
    try:
        with transaction.atomic():
            reply.save()
    except IntegrityError:
        before = Reply.objects.select_for_update().filter(message_id=reply.message_id, state=State.SET_ASIDE)
        return before.first()
    return reply
