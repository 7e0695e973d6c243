"""How the tests invite people and answer for them."""

import pytest
from django.utils import timezone

from events.calendars.invitations import telling
from events.calendars.models import Entry, Invitation, Reply
from events.calendars.replies import receiving
from events.mail.models import Message
from events.registrations import actions
from events.registrations.models import Registration
from tests.events.calendars import reply_samples as samples
from tests.events.calendars.reading import tell


@pytest.fixture(autouse=True)
def replies_come_here(settings):
    """There is a mailbox for replies, and our mail server signs what it finds."""
    settings.REPLIES_DOMAIN = "replies.example"
    settings.REPLIES_AUTHSERV_ID = "mx.calendar.example"


def invited(event, person):
    """Register a person, and send what they are to be told. Returns the invitation to the first date."""
    tell(event, "published")
    actions.register(event=event, person=person, by=person)
    return told(event, person)[0]


def told(event, person):
    """Tell a person's calendar all that it is to be told, as the mails would. Returns the invitations, by date."""
    registration = Registration.objects.filter(event=event, person=person).latest("pk")
    first = telling.tell(registration=registration, language="en")
    for news in first.others if first else ():
        telling.tell(registration=registration, language="en", entry=news.entry.pk)
    return list(Invitation.objects.filter(person=person, entry__event=event).order_by("entry__starts_at", "pk"))


def a_reply(registration, **facts):
    """A reply that waits to be confirmed, to an invitation that was sent; made without any mail."""
    entry = registration.event.entries.first() or Entry.objects.create(
        event=registration.event,
        uid="1@calendar.example",
        created_at=timezone.now(),
        changed_at=timezone.now(),
        title=registration.event.title,
        starts_at=registration.event.starts_at,
        ends_at=registration.event.ends_at,
        first_day=registration.event.first_day,
        last_day=registration.event.last_day,
        fingerprint="f",
    )
    invitation = Invitation.objects.create(
        registration=registration,
        entry=entry,
        token="a" * 26,
        attendee=registration.person.email,
        method="REQUEST",
        sequence=0,
        stamp=timezone.now(),
    )
    given = {"state": "to-confirm", "answer": "DECLINED", "method": "REPLY", "stamp": timezone.now()}
    return Reply.objects.create(
        message_id="<1@demo.example>", invitation=invitation, registration=registration, **{**given, **facts}
    )


def answer(invitation, answer="ACCEPTED", *, client=samples.plain, number=1, **facts):
    """A mail with this answer comes in; returns its row, or None if it was not ours."""
    invitation.refresh_from_db()
    given = {"message_id": f"<{answer.lower()}-{number}@client.demo.example>", **facts}
    mail = client(samples.reply_to(invitation, answer=answer, **given))
    receiving.receive(mail)
    return (
        Reply.objects.filter(invitation=invitation, message_id=given["message_id"]).first()
        or Reply.objects.filter(message_id=given["message_id"]).first()
    )


def answer_of(invitation):
    """What is noted as the answer."""
    return Invitation.objects.values_list("answer", flat=True).get(pk=invitation.pk)


def state(registration):
    """The state of a registration as it is stored."""
    return Registration.objects.values_list("state", flat=True).get(pk=registration.pk)


def queued(*kinds):
    """The messages about replies (or of these kinds) that were queued, oldest first, as (kind, address)."""
    found = Message.objects.order_by("pk").values_list("kind", "recipient")
    return [row for row in found if (row[0] in kinds if kinds else row[0].startswith(("reply", "tentative", "calendar-date")))]
