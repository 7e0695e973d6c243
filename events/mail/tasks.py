"""Background work of the mail wing."""

from django_tasks import task

from events.mail.delivery import deliver, deliver_overdue, overdue


@task()
def deliver_messages(message_ids: list[int]) -> None:
    """Send these messages, each again later if the server does not take it; then those whose task was lost."""
    for position, message_id in enumerate(message_ids, start=1):
        again = deliver(message_id=message_id)
        if again is not None:
            deliver_messages.using(run_after=again).enqueue([message_id])
            if rest := message_ids[position:]:
                # The server may be slow to fail: let urgent messages in between, before the rest.
                deliver_messages.enqueue(rest)
            break
    deliver_overdue(limit=5)


def requeue_overdue() -> None:
    """Give messages whose task was lost a new one, which lets urgent messages in between if the server is slow to fail."""
    if ids := overdue(limit=50):
        deliver_messages.enqueue(ids)
