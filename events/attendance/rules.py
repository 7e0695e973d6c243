"""Who may record who came."""

from events.programme.rules import runs
from network.rules import is_secretariat, permission

permission("events.record_attendance", runs | is_secretariat)  # of an event
