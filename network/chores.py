"""What the worker looks after by the clock: each wing names what is to be done again and again.

A chore asks the database what is due, and does it. So a task that was lost, a worker that crashed or a clock that jumped
only makes it late. It may run in several workers at once: what it does is done under the locks of its actions.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Chore:
    """``run`` is called every so many ``seconds``, between tasks. It returns how much it did; it is quick if nothing is due."""

    name: str
    seconds: float
    run: Callable[[], int]


#: All chores. A wing adds its own where it opens its doors; see ``events.wings``.
chores: list[Chore] = []
