"""The reads of replies: what an event's organiser sees of them."""

from collections.abc import Sequence

from django.db.models import Count, Prefetch, Q, QuerySet

from events.calendars.models import Invitation, Reply
from events.programme.models import Event

State = Reply.State

#: What is of no use to an organiser: repeated, outdated, automatic, forged or broken mails.
NOISE = (State.IGNORED, State.SET_ASIDE)


def waiting(event: Event) -> QuerySet[Reply]:
    """What waits for the organiser, the oldest first."""
    found = Reply.objects.filter(invitation__entry__event=event, state=State.FOR_ORGANISER)
    return found.select_related("invitation__entry", "invitation__registration__person").order_by("received_at", "pk")


def how_many_wait(events: Sequence[Event]) -> dict[int, int]:
    """How many replies wait at each of these events, by its key; one query."""
    found = Reply.objects.filter(invitation__entry__event__in=events, state=State.FOR_ORGANISER).order_by()
    return dict(found.values_list("invitation__entry__event").annotate(n=Count("pk")))


def invitations(event: Event, *, answer: str = "") -> QuerySet[Invitation]:
    """Who is invited or has answered, by name and date, each with ``told``: the replies that mean something, newest first.

    A constant number of queries.
    """
    found = Invitation.objects.filter(entry__event=event).filter(_is_of_interest())
    if answer:
        found = found.filter(answer=answer)
    replies = Reply.objects.exclude(state__in=NOISE).order_by("-received_at", "-pk")
    return (
        found.select_related("entry", "registration__person__organisation")
        .prefetch_related(Prefetch("replies", replies, to_attr="told_replies"))
        .order_by("registration__person__name", "registration__person__email", "entry__starts_at", "pk")
    )


def counts(event: Event) -> dict[str, int]:
    """How many gave each answer; every answer is there, in the order of the model."""
    found = Invitation.objects.filter(entry__event=event).filter(_is_of_interest()).order_by()
    counted = dict(found.values_list("answer").annotate(n=Count("pk")))
    return {answer: counted.get(answer, 0) for answer in Invitation.Answer.values}


def _is_of_interest() -> Q:
    return Q(method=Invitation.Method.REQUEST) | Q(answered_at__isnull=False)
