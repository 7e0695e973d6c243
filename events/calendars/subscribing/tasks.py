"""What the worker does for calendars by the clock; see ``network.chores``."""

from events.calendars.feeds import selections
from network.chores import Chore, chores

chores.append(Chore("selections that nobody reads", seconds=3600, run=selections.forget))
