"""Mails about what people answered in their calendars: what they are told of it, and the reminder of a “maybe”."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.dispatch import receiver
from django.utils import timezone

from events.calendars.models import Invitation, Reply
from events.calendars.replies.links import reply_url
from events.calendars.replies.signals import ReplyReceived, reply_received
from events.calendars.replies.words import answer_in_words, proposed_in_words
from events.mail.notices import Notice, queue_all
from events.programme.models import Event
from events.programme.wording import moment_and_zone
from events.registrations.models import Registration
from network.chores import Chore, chores

Answer = Invitation.Answer
State = Registration.State

#: The mail with which a proposal of another time is answered; it carries a DECLINECOUNTER.
COUNTERED = "reply-countered"
MAYBE = "tentative-reminder"

KINDS = {
    "asked": "reply-asked",
    "declined": "reply-declined",
    "too-late": "reply-too-late",
    "countered": COUNTERED,
}

#: So long before the last moment to give a place back, else so long before the start, who said “maybe” is asked to decide:
#: early enough that somebody else can still come.
BEFORE_DEADLINE, BEFORE_START = timedelta(days=3), timedelta(days=7)
SETTLES = timedelta(days=1)  # who has just answered is left alone

#: How many people one transaction reminds.
CHUNK = 500


@receiver(reply_received, dispatch_uid="mail_about_reply")
def tell_about_reply(received: ReplyReceived, **_kwargs: Any) -> None:
    """Tell the person of the registration, never the address in From, what became of a reply in their name."""
    reply = received.reply
    if reply.registration is not None:
        queue_all([_notice(KINDS[received.kind], reply, reply.registration, f"reply:{reply.pk}:{received.kind}")])


def _notice(kind: str, reply: Reply, registration: Registration, cause: str) -> Notice:
    return Notice(kind, registration.person, {"registration": registration.pk, "reply": reply.pk}, cause)


def is_true(kind: str, facts: Mapping[str, Any], registration: Registration) -> bool:
    """Whether what such a message tells still holds: see ``letters.is_true``."""
    reply = Reply.objects.filter(pk=facts["reply"]).select_related("invitation").first()
    if reply is None or reply.invitation is None:
        return False
    match kind:
        case "reply-asked":
            return reply.state == Reply.State.TO_CONFIRM
        case "reply-declined":
            return reply.state in {Reply.State.DUE, Reply.State.GIVEN_BACK}
        case "tentative-reminder":
            until = decide_until(registration.event)
            holds = registration.state == State.CONFIRMED and registration.event.state == Event.State.PUBLISHED
            return holds and reply.invitation.answer == Answer.TENTATIVE and until > timezone.now()
        case _:
            return True


def context_of(facts: Mapping[str, Any], registration: Registration) -> dict[str, Any]:
    """What the templates about replies may say besides, in the active language."""
    reply = Reply.objects.select_related("invitation__entry").get(pk=facts["reply"])
    zone = registration.person.timezone
    moment = reply.due_at if reply.state == Reply.State.DUE else reply.acted_at
    return {
        "answer": answer_in_words(reply),
        "proposed": proposed_in_words(reply, registration.event),
        "sender": reply.sender,
        "received": moment_and_zone(reply.received_at, zone),
        "moment": moment_and_zone(moment, zone) if moment else "",
        "was_given_back": reply.state == Reply.State.GIVEN_BACK,
        "decide_until": moment_and_zone(decide_until(registration.event), zone),
        "reply_link": reply_url(reply),
    }


def decide_until(event: Event) -> datetime:
    """The last moment to give a place back."""
    return event.changes_close_at or event.starts_at


def maybes_to_remind_of() -> QuerySet[Reply]:
    """“Maybe” that still holds, a few days before it has to be decided."""
    now = timezone.now()
    with_deadline = Q(
        invitation__registration__event__changes_close_at__gt=now,
        invitation__registration__event__changes_close_at__lte=now + BEFORE_DEADLINE,
    )
    without = Q(
        invitation__registration__event__changes_close_at=None,
        invitation__registration__event__starts_at__gt=now,
        invitation__registration__event__starts_at__lte=now + BEFORE_START,
    )
    return Reply.objects.filter(
        with_deadline | without,
        state=Reply.State.APPLIED,
        answer=Answer.TENTATIVE,
        reminded_at=None,
        received_at__lte=now - SETTLES,
        invitation__answer=Answer.TENTATIVE,
        invitation__method=Invitation.Method.REQUEST,
        invitation__registration__state=State.CONFIRMED,
        invitation__registration__event__state=Event.State.PUBLISHED,
    )


def remind_of_maybes() -> int:
    """Queue the reminders that are due, one for each registration, however many of its dates are “maybe”. Returns how many."""
    total = 0
    while True:
        with transaction.atomic():
            joined = maybes_to_remind_of().select_related("invitation__registration__person", "invitation__registration__event")
            chunk = list(joined.order_by("pk")[:CHUNK])
            queue_all(_of_maybe(reply, reply.invitation.registration) for reply in chunk if reply.invitation is not None)
            Reply.objects.filter(pk__in=[reply.pk for reply in chunk]).update(reminded_at=timezone.now())
        total += len(chunk)
        if len(chunk) < CHUNK:
            return total


def _of_maybe(reply: Reply, registration: Registration) -> Notice:
    until = decide_until(registration.event).isoformat()
    return _notice(MAYBE, reply, registration, f"registration:{registration.pk}:maybe:{until}")


chores.append(Chore("reminders of those who said maybe", 60.0, remind_of_maybes))
