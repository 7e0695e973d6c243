"""What the worker looks after: offers, invitations and quotas whose time is over, and places that nobody gave on."""

import logging

from django.db import InterfaceError, OperationalError
from django.db.models import F, Q
from django.utils import timezone

from events.programme.models import Event
from events.registrations.models import Quota, Registration
from events.registrations.places import held
from network.chores import Chore, chores

logger = logging.getLogger(__name__)

State = Registration.State


def catch_up() -> int:
    """Bring every event up to date at which time has brought something. Returns how many these were.

    The actions keep places given on; this finds what the clock does, and what somebody changed in the database by hand.
    """
    events = due()
    for event_id in events:
        try:
            with held(event_id) as hall:
                hall.catch_up(thoroughly=True)
        except (OperationalError, InterfaceError):
            raise  # the database is away, for all of them
        except Exception:
            logger.exception("Event %d cannot be brought up to date; the others are.", event_id)
    return len(events)


def due() -> list[int]:
    """Keys of the events at which an offer or invitation ran out, a quota lapsed, or somebody waits beside a free place."""
    now = timezone.now()
    on = {"state__in": [Event.State.PUBLISHED, Event.State.POSTPONED], "ends_at__gt": now}
    late = Registration.objects.filter(state__in=[State.OFFERED, State.INVITED], deadline__lte=now).values("event_id")
    lapsed = Quota.objects.filter(has_lapsed=False, until__lte=now).values("event_id")
    waiting = Registration.objects.filter(state=State.WAITING).values("event_id")
    # Where quotas or chosen sessions keep people waiting beside free places, only the lock can tell: those rely on the actions.
    plain = Q(has_quotas=False, has_choices=False)
    free = Q(places__isnull=True) | Q(places_taken__lt=F("places"))
    found = Event.objects.filter(Q(pk__in=late) | Q(pk__in=lapsed) | (plain & free & Q(pk__in=waiting)), **on)
    return list(found.order_by("pk").values_list("pk", flat=True))


chores.append(Chore("places", seconds=20, run=catch_up))
