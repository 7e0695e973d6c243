"""One mail: is it ours, was it seen before, is it from the person, is it news? Then what it says is done; see ``applying``.

All of it is one transaction with one row for each Message-ID. Whoever reads a mailbox moves the mail afterwards: if that fails,
the mail comes again, and its row is there. So nothing is lost, and nothing happens twice.

Anybody can write any address and any Message-ID. A mail is ours only if there is the invitation that its address names; each
invitation has so many rows a day; and the row of a mail that may be forged gives way to an authentic mail with its Message-ID.
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
MOST_QUESTIONS = 3

#: So many rows an invitation has within a day, and as many of mails that are not authentic. Further mails leave no trace.
MOST_ROWS = 30

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
    known: tuple[Invitation, ...]  # whose addresses it names
    said: Said | None
    trouble: str  # why it cannot be read

    @property
    def message_id(self) -> str:
        return mails.message_id(self.raw, self.header)


@dataclass(frozen=True)
class _Match:
    """The invitation that is answered, as it is while the person's invitations to the event are locked, and by whom."""

    invitation: Invitation
    invitations: list[Invitation]
    attendee: Attendee
    said: Said
    doubt: str  # why it is not certain that it is from the attendee


def is_addressed_to_us(header: Message, recipient: str = "") -> bool:
    """Whether the header alone tells that a mail came to the address of an invitation."""
    return next(_tokens([*mails.addresses(header), recipient]), None) is not None


def names_an_invitation(raw: bytes) -> bool:
    """Whether a mail names the address of an invitation, though this may be gone: what may be removed from a mailbox."""
    try:
        return bool(_read(raw, "")[1])
    except Exception:  # noqa: BLE001 - whatever it is, it may be somebody else's
        return False


def receive(raw: bytes, *, recipient: str = "") -> Outcome:
    """Take a mail in, and do what it says. ``recipient`` is the address that it was delivered to, where that is known.

    Whatever is wrong with the mail is noted, not raised. Raises OperationalError and InterfaceError while the database is away:
    the mail is to be tried again.
    """
    mail = None
    try:
        mail = _open(raw, recipient)
        return Outcome.NOT_OURS if not mail.known else _take(mail)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("A mail about an invitation could not be taken in; it is set aside.")
        if mail is None:  # not even its header can be read, so nobody knows whose it is
            return Outcome.NOT_OURS
        return _set_aside(mail, f"Our own mistake ({type(error).__name__}).")


def _open(raw: bytes, recipient: str) -> _Mail:
    header, tokens, said, trouble = _read(raw, recipient)
    found = Invitation.objects.filter(token__in=tokens).select_related("entry", "registration__person").order_by("pk")
    return _Mail(raw, header, tuple(found[:10]) if tokens else (), said, trouble)


def _read(raw: bytes, recipient: str) -> tuple[Message, list[str], Said | None, str]:
    """The header, the tokens of addresses that are like ours, what the calendar says, or why it cannot be read."""
    header = mails.header_of(raw)
    said, trouble = None, ""
    try:
        said = answers.read(mails.calendar_of(raw))
    except mails.Unreadable as error:
        trouble = str(error)
    found = _tokens([*mails.addresses(header), recipient, said.organiser if said else ""])
    return header, list(dict.fromkeys(found)), said, trouble


def _tokens(addresses: Iterable[str]) -> Iterator[str]:
    for address in addresses:
        if token := token_in(address):
            yield token


def _take(mail: _Mail) -> Outcome:
    """A mail of ours."""
    automatic = mails.why_automatic(mail.raw, mail.header)
    if mail.trouble and not automatic:
        return _set_aside(mail, mail.trouble)
    with transaction.atomic(), because(by=None, reason="Reply by mail"):
        match = _match(mail)
        if isinstance(match, str):
            reply = _new_row(mail, mail.known[0])
        else:
            reply = _new_row(mail, match.invitation, is_authentic=not match.doubt)
        if reply is None:
            return Outcome.TAKEN
        with because(by=None, reason=f"Reply by mail {reply.pk}"):
            if automatic or isinstance(match, str):
                applying.settle(reply, State.IGNORED, automatic or str(match))
            else:
                _judge(reply, match, mail)
    return Outcome.TAKEN


def _judge(reply: Reply, match: _Match, mail: _Mail) -> None:
    """Find what stands against the reply; with nothing against it, apply it."""
    said, invitation, doubt = match.said, match.invitation, match.doubt
    # Also for the person themself: who is locked out of the house does not act by mail.
    if not invitation.registration.person.is_active:
        return applying.settle(reply, State.IGNORED, "The person’s account is closed.")
    _fill(reply, invitation, said, match.attendee)
    if against := _why_no_answer(reply, said):
        return applying.settle(reply, State.IGNORED, against)
    reply.stamp, clock = _stamp(said, mails.sent_at(mail.header), reply.received_at)
    if against := why_outdated(reply, invitation):
        return applying.settle(reply, State.IGNORED, against)
    if said.sequence < invitation.sequence:
        again = not doubt and applying.tell_calendar_again(reply, invitation)
        about = "It answers an older invitation"
        return applying.settle(reply, State.IGNORED, f"{about}; the present one is sent again." if again else f"{about}.")
    if doubt or clock:
        return _ask(reply, invitation, doubt or clock)
    with because(by=invitation.registration.person, reason=f"Reply by mail {reply.pk}"):
        applying.apply(reply, match.invitations)
    return None


def why_outdated(reply: Reply, invitation: Invitation) -> str:
    """Whether something newer was answered already; empty if not. Equal is not newer: the same answer on two ways."""
    if invitation.answered_at is not None and reply.stamp is not None and reply.stamp <= invitation.answered_at:
        return "A newer answer is noted already."
    return ""


def _match(mail: _Mail) -> _Match | str:
    """The invitation that is answered, now locked; or why there is none. Then the mail is forged, or astray."""
    said = mail.said
    if said is None:
        return mail.trouble
    known = [one for one in mail.known if one.entry.uid == said.uid]
    if not known:
        return "Its UID is not that of the invitation."
    for invitation in known:
        if attendee := said.of(invitation.attendee):
            locked, invitations = applying.lock(invitation)
            return _Match(locked, invitations, attendee, said, authentic.why_not(mail.header, locked.attendee))
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
    lately = invitation.replies.filter(received_at__gt=timezone.now() - applying.PERIOD).exclude(pk=reply.pk)
    asked = Q(state=State.TO_CONFIRM) | Q(is_authentic=False, acted_at__isnull=False)
    if lately.filter(asked).count() >= MOST_QUESTIONS:
        return applying.settle(reply, State.IGNORED, f"{doubt} The person was asked often enough.")
    applying.settle(reply, State.TO_CONFIRM, doubt)
    applying.tell(reply, "asked")
    return None


def _set_aside(mail: _Mail, why: str) -> Outcome:
    """Note a mail that cannot be read. It is not lost: the mail stays where it is kept, and can be put back."""
    with transaction.atomic(), because(by=None, reason="Reply by mail"):
        invitation = Invitation.objects.select_for_update().filter(pk=mail.known[0].pk).first()
        if invitation is None:  # it went meanwhile
            return Outcome.NOT_OURS
        reply = _new_row(mail, invitation)
        if reply is None:
            return Outcome.TAKEN
        is_new = not reply.state
        applying.settle(reply, State.SET_ASIDE, why)
    if is_new:
        logger.warning("A mail about an invitation is set aside: %s", why)
    return Outcome.SET_ASIDE


def _new_row(mail: _Mail, invitation: Invitation, *, is_authentic: bool = False) -> Reply | None:
    """A row for this Message-ID, reserved in this transaction; None if it was seen, or the invitation has had enough.

    What was set aside is tried again. An authentic mail takes the place of one that was not: whoever knows or guesses a
    Message-ID could else keep the true mail out.
    """
    seen = Reply.objects.filter(message_id=mail.message_id)
    lately = invitation.replies.filter(is_authentic=is_authentic, received_at__gt=timezone.now() - applying.PERIOD).count()
    if lately >= MOST_ROWS and not seen.exists():
        return None
    reply = Reply(
        message_id=mail.message_id,
        invitation=invitation,
        is_authentic=is_authentic,
        state="",  # it gets its first one before the transaction ends
        sender=mails.sender(mail.header)[:254],
        method=(mail.said.method if mail.said else "")[:16],
    )
    try:
        with transaction.atomic():
            reply.save()
    except IntegrityError:
        before = seen.select_for_update().first()
        if before is None:
            return None
        if before.state == State.SET_ASIDE:
            before.invitation, before.is_authentic = invitation, is_authentic
            return before
        if before.is_authentic or not is_authentic or before.state not in {State.IGNORED, State.TO_CONFIRM}:
            return None
        before.delete()
        reply.save()
    if lately + 1 == MOST_ROWS:
        logger.warning("Invitation %d has had %d mails within a day; further ones are not noted.", invitation.pk, MOST_ROWS)
    return reply
