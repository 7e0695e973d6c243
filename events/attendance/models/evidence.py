"""Files that prove who was there, kept as they came."""

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from events.programme.models import Event, Session
from network.models import Person


class EvidenceFile(models.Model):
    """A webinar's attendance report or the scan of a signed sheet. Never changed; its hash is in the evidence pack."""

    class Kind(models.TextChoices):
        REPORT = "report", _("Attendance report of a webinar")
        SHEET = "sheet", _("Signed sheet")
        OTHER = "other", _("Other evidence")

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="evidence")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    file = models.FileField(upload_to="evidence", max_length=160)
    name = models.CharField(_("file name"), max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    note = models.CharField(_("note"), max_length=300, blank=True)
    uploaded_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)  # put there by mistake; kept, and said so

    class Meta:
        ordering = ("uploaded_at", "pk")
        constraints = [models.UniqueConstraint("event", Coalesce("session", 0), "sha256", name="evidence_is_kept_once")]

    def __str__(self) -> str:
        return self.name


class ReportImport(models.Model):
    """A webinar's report, read and matched, waiting for an organiser to say yes. Nothing is recorded before."""

    class State(models.TextChoices):
        READ = "read", _("Read, not recorded")
        RECORDED = "recorded", _("Recorded")
        DROPPED = "dropped", _("Dropped")

    class Tool(models.TextChoices):
        ZOOM = "zoom", "Zoom"
        TEAMS = "teams", "Microsoft Teams"
        WEBEX = "webex", "Webex"
        BIGBLUEBUTTON = "bigbluebutton", "BigBlueButton"

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="report_imports")
    evidence = models.ForeignKey(EvidenceFile, on_delete=models.PROTECT, related_name="imports")
    tool = models.CharField(_("tool"), max_length=14, choices=Tool.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.READ)
    # Whose clock its times were read by, whether the file says so, and how its dates were understood; see reports/shapes.py.
    reading = models.JSONField(default=dict)
    # People of the report with their spans; once recorded, also to whom each was matched, and how. See reports/shapes.py.
    people = models.JSONField(default=list)
    read_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    read_at = models.DateTimeField()
    recorded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-read_at", "-pk")

    def __str__(self) -> str:
        return f"{self.evidence} ({self.get_tool_display()})"
