"""What the worker looks after: reports that nobody said yes to are forgotten."""

from events.attendance.reports.actions import forget_reports
from network.chores import Chore, chores

chores.append(Chore("webinar reports that were not recorded", seconds=3600, run=forget_reports))
