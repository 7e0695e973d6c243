"""Lets the worker look at other people’s calendars when they are due, or somebody waits for them."""

from events.calendars.sources.updating import fetch_due
from network.chores import Chore, chores

chores.append(Chore("other calendars", seconds=3, run=fetch_due))
