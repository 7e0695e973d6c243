"""What a change would bring, worked out by the rule itself and without writing anything."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from events.programme.models import Event
from events.programme.periods import moment_in_words
from events.registrations import queries
from events.registrations.models import Registration
from events.registrations.offers import answer_until
from events.registrations.places import Hall, takes_place
from network.vocabulary import zone_named

State = Registration.State
NAMES_SHOWN = 10


def followers(event: Event, leaving: Iterable[Registration]) -> list[Registration]:
    """Who of the waiting list would get places if these registrations were cancelled now, in the order of their turns.

    Quotas and chosen sessions count as they do in earnest. It is a forecast: somebody may be quicker, so no lock is taken.
    """
    fresh = Event.objects.get(pk=event.pk)
    hall = Hall(fresh)  # moves are counted in it, and never written: it is neither flushed nor closed
    if not takes_place(fresh):
        return []
    for quota in hall.quotas:
        quota.has_lapsed = quota.has_lapsed or (quota.until is not None and quota.until <= timezone.now())
    keys = [registration.pk for registration in leaving]
    gone = Registration.objects.filter(event=fresh, pk__in=keys, state__in=Registration.LIVE)
    waiting = hall.queue().select_related("person__organisation").exclude(pk__in=keys)
    if fresh.has_choices:
        gone, waiting = gone.prefetch_related("choices"), waiting.prefetch_related("choices")
    for registration in gone:
        hall.move(registration, State.CANCELLED, by=None)
    if not hall.freed:
        return []
    found = []
    for registration in waiting:
        if hall.is_full:
            break
        if hall.has_room(registration):
            hall.move(registration, State.CONFIRMED, by=None)
            found.append(registration)
    return found


def what_follows(event: Event, leaving: list[Registration]) -> list[str]:
    """What becomes of the places of those who leave: who gets them, and how."""
    given_back = sum(row.holds_place and not row.is_extra for row in leaving)
    if not given_back:
        beyond = any(row.holds_place for row in leaving)
        return [gettext("No place becomes free: they take part beyond the places of the event.")] if beyond else []
    if not takes_place(event):
        return []
    next_ones = followers(event, leaving)
    lines = []
    if len(leaving) > 1:
        lines.append(ngettext("%(n)d place becomes free.", "%(n)d places become free.", given_back) % {"n": given_back})
    if len(next_ones) == 1:
        lines.append(_to_one(event, next_ones[0]))
    elif next_ones:
        lines.append(_to_several(event, next_ones))
    if not next_ones:
        waiting = queries.anybody_waits(event)
        nobody = gettext("The place is free again. Nobody waits for it.")
        kept = gettext(
            "The place is free again. It is for nobody who waits now: a quota, or the sessions they chose, are in the way."
        )
        lines.append(kept if waiting else nobody)
    return lines


def _to_one(event: Event, one: Registration) -> str:
    if event.promotion != Event.Promotion.OFFER:
        text = gettext("A place goes to %(person)s, the next in line who may have it, at once.")
        return text % {"person": one.person}
    until = moment_in_words(answer_until(event, one.person).astimezone(zone_named(event.timezone)))
    text = gettext("A place is offered to %(person)s, the next in line who may have it, until %(when)s.")
    return text % {"person": one.person, "when": f"{until} ({event.timezone})"}


def _to_several(event: Event, those: list[Registration]) -> str:
    names = ", ".join(str(one.person) for one in those[:NAMES_SHOWN])
    if len(those) > NAMES_SHOWN:
        names = gettext("%(names)s and %(n)d more") % {"names": names, "n": len(those) - NAMES_SHOWN}
    if event.promotion != Event.Promotion.OFFER:
        return gettext("%(n)d places go to the next in line who may have them, at once: %(names)s.") % {
            "n": len(those),
            "names": names,
        }
    text = gettext(
        "%(n)d places are offered to the next in line who may have them: %(names)s. They have %(hours)d hours to answer."
    )
    return text % {"n": len(those), "names": names, "hours": event.offer_hours}
