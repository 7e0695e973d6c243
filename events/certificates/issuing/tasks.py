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


@task()
def revoke_chosen_certificates(key: int) -> None:
    """Revoke the certificates of a confirmed choice. May be run again: it goes on where the last one stopped."""
    from events.certificates.issuing import revoking  # noqa: PLC0415 - it enqueues this task

    revoking.carry_out(key)


def _resume() -> int:
    from events.certificates.issuing import actions  # noqa: PLC0415 - actions enqueue the task above

    return actions.resume_lost_runs()


def _resume_revocations() -> int:
    from events.certificates.issuing import revoking  # noqa: PLC0415 - it enqueues the task above

    return revoking.resume_lost()


def _forget_choices() -> int:
    from events.certificates.issuing import revoking  # noqa: PLC0415 - as above

    return revoking.forget_unconfirmed()


chores.append(Chore("certificate runs", 60, _resume))
chores.append(Chore("revocations of workers that died", 60, _resume_revocations))
chores.append(Chore("revocations that nobody confirmed", 3600, _forget_choices))
