"""The laws of places, checked after whatever happened. They count anew from the rows, without the code that they watch over."""

from collections import Counter

from django.db.models import Count

from events.programme.models import Event
from events.registrations.models import Registration

State = Registration.State


def check(event_id):
    """Raise AssertionError where a law is broken."""
    event = Event.objects.get(pk=event_id)
    rows = list(Registration.objects.filter(event_id=event_id).prefetch_related("choices"))
    holding = [row for row in rows if row.holds_place and not row.is_extra]
    assert event.places_taken == len(holding), "the count is the number of those who hold a place"
    assert event.places is None or len(holding) <= event.places, "never more taken than places"
    for session in event.sessions.all():
        taken = sum(session.pk in chosen_by(row) for row in holding)
        assert session.places_taken == taken, "a session's count is the number of those who chose it and hold a place"
        assert session.places is None or taken <= session.places, "never more taken than places in a session"
    for quota in event.quotas.all():
        taken = sum(belongs(row, quota) for row in holding)
        assert quota.taken == taken, "a quota's count is the number of those of its group who hold a place"
        assert quota.has_lapsed or quota.at_most is None or taken <= quota.at_most, "never more than the quota allows"
    for row in rows:
        if row.state == State.WAITING:
            assert not could_come(event, row, holding), f"{row} waits, but there is a place"
    live = Registration.objects.filter(event_id=event_id, state__in=Registration.LIVE).order_by().values("person")
    assert [row for row in live.annotate(number=Count("pk")) if row["number"] > 1] == [], "one live registration a person"


def could_come(event, row, holding):
    """Whether there is a place for this row, by the words of the law: counted from the rows of those who hold one."""
    if event.places is not None and len(holding) >= event.places:
        return False
    for session in event.sessions.all():
        taken = sum(session.pk in chosen_by(other) for other in holding)
        if session.pk in chosen_by(row) and session.places is not None and taken >= session.places:
            return False
    quotas = [(quota, sum(belongs(other, quota) for other in holding)) for quota in event.quotas.filter(has_lapsed=False)]
    if any(belongs(row, quota) and quota.at_most is not None and taken >= quota.at_most for quota, taken in quotas):
        return False
    if event.places is None or any(belongs(row, quota) and taken < quota.reserved for quota, taken in quotas):
        return True
    return len(holding) + sum(max(quota.reserved - taken, 0) for quota, taken in quotas) < event.places


def check_reserves(event_id, held_before):
    """Who holds a place since then, and is of no group with a quota, left what is reserved untouched."""
    event = Event.objects.get(pk=event_id)
    quotas = list(event.quotas.filter(has_lapsed=False))
    holding = list(event.registrations.filter(state__in=Registration.HOLDING, is_extra=False))
    others = [row for row in holding if row.pk not in held_before and not any(belongs(row, quota) for quota in quotas)]
    if others and event.places is not None:
        kept = sum(max(quota.reserved - sum(belongs(row, quota) for row in holding), 0) for quota in quotas)
        assert len(holding) + kept <= event.places, f"{others} took places that are reserved for others"


def holders(event_id):
    """Keys of the registrations that hold a place."""
    return set(Registration.objects.filter(event_id=event_id, state__in=Registration.HOLDING).values_list("pk", flat=True))


def belongs(row, quota):
    """Whether a registration is of the group of a quota."""
    if quota.country:
        return row.country == quota.country
    if quota.organisation_kind:
        return row.organisation_kind == quota.organisation_kind
    return row.home_centre_id == quota.centre_id


def chosen_by(row):
    """Keys of the sessions of a row whose choices were prefetched."""
    return {choice.session_id for choice in row.choices.all()}


def waiting_list(event_id):
    """The registrations that wait, in order."""
    found = Registration.objects.filter(event_id=event_id, state=State.WAITING).order_by("queued_at", "pk")
    return list(found.values_list("pk", flat=True))


def alike(event_id):
    """What tells people in a waiting list apart for the rule: by registration, their group and the sessions they chose."""
    rows = Registration.objects.filter(event_id=event_id).prefetch_related("choices")
    return {row.pk: (row.country, row.organisation_kind, row.home_centre_id, frozenset(chosen_by(row))) for row in rows}


def states(event_id):
    """How many registrations are in each state."""
    return Counter(Registration.objects.filter(event_id=event_id).values_list("state", flat=True))
