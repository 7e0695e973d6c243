"""Issuing by the worker."""

from django.db import models

from events.programme.models import Event
from network.models import Person


class IssueRun(models.Model):
    """Issuing all certificates of an event by the worker: one row an event, which shows progress and proves life.

    At most one run is under way. One whose worker died is known by its old ``beat_at`` and may be asked for again.
    """

    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="issue_run")
    asked_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    beat_at = models.DateTimeField(null=True, blank=True)  # written every few seconds; none: no worker took it yet
    ended_at = models.DateTimeField(null=True, blank=True)
    total = models.PositiveIntegerField(default=0)  # certificates that were due when it was asked for, or more earned since
    # Why those that say something that is no longer so are issued anew in this run; empty: they are left as they are.
    anew_because = models.CharField(max_length=300, blank=True)
    problem = models.CharField(max_length=500, blank=True)  # why it ended early, in the language of who asked
    done = models.PositiveIntegerField(default=0)  # of those, tried: issued or found impossible

    def __str__(self) -> str:
        return f"{self.event}: {self.done}/{self.total}"
