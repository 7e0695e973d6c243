"""Background work of imports: carry one out; find those whose worker died; forget old lists."""

from django_tasks import task

from events.registrations.lists import imports as import_actions
from network.chores import Chore, chores


@task()
def carry_out_import(key: int) -> None:
    """Register the people of a confirmed list. May be run again: it goes on where the last one stopped."""
    import_actions.carry_out(key)


chores.append(Chore("imports of workers that died", seconds=60, run=import_actions.resume))
chores.append(Chore("old lists of people", seconds=3600, run=import_actions.forget))
