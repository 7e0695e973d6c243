"""What a message carries for its reader's calendar, decided when it leaves; see ``calendars.invitations.telling``.

A message carries one thing, and always the same: which entry it was is kept with its facts, so that trying it again tells of
the same. What else there is to tell goes into messages of its own, queued in the same transaction.
"""

from django.db import transaction

from events.calendars.invitations import telling
from events.calendars.invitations.telling import News, Told
from events.calendars.models import Reply
from events.calendars.replies import counters
from events.mail.letters import ABOUT_A_DATE
from events.mail.models import Message
from events.mail.notices import Notice, queue_all
from events.mail.replies import COUNTERED
from events.registrations.models import Registration

#: Messages that tell of a place or a date that came, changed or went. Reminders and circulars carry nothing.
CARRIERS = frozenset(
    {
        ABOUT_A_DATE,
        "event-cancelled",
        "event-moved",
        "event-place",
        "event-postponed",
        "registration-cancelled",
        "registration-confirmed",
        "registration-declined",
        "registration-expired",
        "registration-promoted",
        "registration-sessions",
        "registration-taken-over",
    }
)


def enclose(message: Message) -> Told | None:
    """What the message carries, noted as told. None for a message that carries nothing."""
    facts = message.facts
    if message.kind == COUNTERED:
        return Told(part=counters.part_of(Reply.objects.get(pk=facts["reply"]), language=message.language))
    if message.kind not in CARRIERS:
        return None
    with transaction.atomic():
        registration = Registration.objects.select_related("person").get(pk=facts["registration"])
        told = telling.tell(
            registration=registration, language=message.language, entry=facts.get("entry"), again=facts.get("again", False)
        )
        if told is not None and told.entry is not None:
            message.facts = {**facts, "entry": told.entry.pk, "again": True}
            Message.objects.filter(pk=message.pk).update(facts=message.facts)
            queue_all(notice_of(registration, news) for news in told.others)
    return told


def notice_of(registration: Registration, news: News) -> Notice:
    """News of one date, as a message of its own."""
    facts = {"registration": registration.pk, "entry": news.entry.pk}
    return Notice(kind=ABOUT_A_DATE, person=registration.person, facts=facts, cause=news.cause)
