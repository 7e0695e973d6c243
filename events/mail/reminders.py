"""Reminders: of an event that comes, and of an offer that ends. The worker's chores; see ``network.chores``.

Each is told once: by its ``cause``, which names the start or the deadline, so that an event that has moved is announced anew
for its new date. ``reminded_at`` of the registration only keeps what is done out of the next look. Both are written together.
"""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.utils import timezone

from events.mail.actions import Notice, queue_all
from events.programme.models import Event
from events.registrations.models import Registration
from network.chores import Chore, chores

State = Registration.State

#: How many people one transaction reminds.
CHUNK = 500

DAY = timedelta(days=1)
LONGEST = timedelta(days=30)  # the most that Event.reminder_days can say

#: The last part of an offer's time, and at most this long before its end.
LAST_PART = 4
OFFER_ENDS_SOON = timedelta(hours=12)

#: Not reminded since it came into its state. Who accepted an offer may have been reminded of that, and is reminded again.
_NOT_YET = Q(reminded_at__isnull=True) | Q(reminded_at__lt=F("changed_at"))


def events_to_remind_of() -> QuerySet[Registration]:
    """Confirmed registrations whose event starts within its number of days.

    Not those confirmed since the moment to remind, nor within the last day: they have just been told all of it.
    """
    now = timezone.now()
    days = Cast("event__reminder_days", IntegerField())  # small integers cannot be multiplied on SQLite
    notice = ExpressionWrapper(days * Value(DAY, DurationField()), DurationField())
    moment = ExpressionWrapper(F("event__starts_at") - notice, DateTimeField())
    return (
        Registration.objects.alias(moment=moment)
        .filter(_NOT_YET, state=State.CONFIRMED, changed_at__lte=now - DAY)
        .filter(event__state=Event.State.PUBLISHED, event__starts_at__gt=now, event__starts_at__lte=now + LONGEST)
        .filter(event__reminder_days__gt=0, moment__lte=now, moment__gte=F("changed_at"))
    )


def offers_to_remind_of() -> QuerySet[Registration]:
    """Offers of which less than a quarter of the time is left, and not more than half a day."""
    now = timezone.now()
    # now >= deadline - (deadline - changed_at) / 4, without a division: 3 (deadline - now) <= now - changed_at
    left = ExpressionWrapper(F("deadline") - Value(now, DateTimeField()), DurationField())
    gone = ExpressionWrapper(Value(now, DateTimeField()) - F("changed_at"), DurationField())
    return (
        Registration.objects.alias(left=left, gone=gone)
        .filter(_NOT_YET, state=State.OFFERED, deadline__gt=now, deadline__lte=now + OFFER_ENDS_SOON)
        .filter(gone__gte=ExpressionWrapper(F("left") * Value(LAST_PART - 1), DurationField()))
    )


def remind_of_events() -> int:
    """Queue the reminders of events that are due. Returns how many."""
    return _remind(events_to_remind_of(), _of_event)


def remind_of_offers() -> int:
    """Queue the reminders of offers that are due. Returns how many."""
    return _remind(offers_to_remind_of(), _of_offer)


def _of_event(registration: Registration) -> Notice:
    start = registration.event.starts_at.isoformat()
    facts = {"registration": registration.pk, "starts_at": start}
    return Notice("event-reminder", registration.person, facts, f"registration:{registration.pk}:reminder:{start}")


def _of_offer(registration: Registration) -> Notice:
    deadline = registration.deadline.isoformat() if registration.deadline else ""
    facts = {"registration": registration.pk}
    return Notice("offer-reminder", registration.person, facts, f"registration:{registration.pk}:offer-reminder:{deadline}")


def _remind(due: QuerySet[Registration], notice_of: Callable[[Registration], Notice]) -> int:
    """In chunks, each a transaction of three statements. Two workers at once write the same causes, of which one counts."""
    total = 0
    while True:
        with transaction.atomic():
            chunk = list(due.select_related("person", "event").order_by("pk")[:CHUNK])
            queue_all(notice_of(registration) for registration in chunk)
            Registration.objects.filter(pk__in=[one.pk for one in chunk]).update(reminded_at=timezone.now())
        total += len(chunk)
        if len(chunk) < CHUNK:
            return total


chores.append(Chore("reminders of events", 60.0, remind_of_events))
chores.append(Chore("reminders of offers", 60.0, remind_of_offers))
