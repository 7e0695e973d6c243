"""Background work of certificates: fetch, then call the action."""

from django_tasks import task

from events.programme.models import Event
from network.chores import Chore, chores
from network.models import Person


@task()
def issue_due_certificates(event_id: int, by_id: int) -> None:
    """Issue what is due at an event, one after the other, on behalf of the person who asked."""
    from events.certificates.issuing import actions  # noqa: PLC0415 - actions enqueue this task

    actions.issue_due(event=Event.objects.get(pk=event_id), by=Person.objects.get(pk=by_id))


def _resume() -> int:
    from events.certificates.issuing import actions  # noqa: PLC0415 - actions enqueue the task above

    return actions.resume_lost_runs()


chores.append(Chore("certificate runs", 60, _resume))
