"""What one asks about messages."""

from django.db.models import Case, Count, Q, QuerySet, Value, When

from events.mail.models import Message

State = Message.State

#: What was given up comes first, then what is on its way.
_URGENCY = Case(When(state=State.FAILED, then=Value(0)), When(state=State.QUEUED, then=Value(1)), default=Value(2))


def for_desk(*, state: str = "", search: str = "") -> QuerySet[Message]:
    """Messages without their texts: those given up first, then those on their way, then those sent, the newest first."""
    found = Message.objects.defer("text", "html").select_related("person")
    if state:
        found = found.filter(state=state)
    if search:
        found = found.filter(Q(recipient__icontains=search) | Q(subject__icontains=search))
    return found.order_by(_URGENCY, "-pk")


def summary() -> dict[str, int]:
    """How many messages are in each state."""
    counted = dict(Message.objects.order_by().values_list("state").annotate(number=Count("pk")))
    return {state: counted.get(state, 0) for state in State.values}
