"""Lists of people that are imported: shown first, written when confirmed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.programme.models import Event
from network.models import Person


class RegistrationImport(models.Model):
    """A list of people read from a CSV or XLSX file. Nothing of it is a registration before it is confirmed."""

    class State(models.TextChoices):
        PREVIEW = "preview", _("Preview")
        RUNNING = "running", _("Being imported")
        DONE = "done", _("Imported")
        FAILED = "failed", _("Not imported")

    class Mode(models.TextChoices):
        ALL = "all", _("All of them, or nobody")
        FIT = "fit", _("As many as there are places; the others wait")

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="imports")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")  # whose list it is
    filename = models.CharField(max_length=160)
    columns = models.JSONField(default=list)  # [{"heading": "E-Mail", "field": "email"}]; an empty field: not imported
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREVIEW)
    mode = models.CharField(max_length=4, choices=Mode.choices, default=Mode.FIT)
    sessions = models.JSONField(default=list)  # keys of those that all of them take part in
    rows = models.JSONField(default=list)  # what was read, and what is wrong with it, row by row: see lists.import_rows.Row
    results = models.JSONField(default=list)  # what became of each good row, in their order: see lists.imports.Result
    total = models.PositiveIntegerField(default=0)  # rows that were read
    faulty = models.PositiveIntegerField(default=0)
    good = models.PositiveIntegerField(default=0)  # the rest are named twice, or registered already
    done = models.PositiveIntegerField(default=0)  # of the good ones
    problem = models.CharField(max_length=500, blank=True)  # why nothing, or not all, was imported
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    beat_at = models.DateTimeField(null=True, blank=True)  # of the worker that imports
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.filename}: {self.done}/{self.good}"
