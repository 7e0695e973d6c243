"""Who was there, and how it is known."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.attendance.models.evidence import EvidenceFile
from events.programme.models import Session
from events.registrations.models import Registration
from network.models import Person


class AttendanceRecord(models.Model):
    """A participant was present at a session. Undoing a check-in deletes the record; the journal keeps both."""

    class Source(models.TextChoices):
        DESK = "desk", _("Checked in by an organiser")
        SELF = "self", _("Checked in by the participant, with the code on the screen")
        REPORT = "report", _("Attendance report of the webinar")
        SHEET = "sheet", _("Signature sheet")

    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="attendance")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="attendance")
    source = models.CharField(_("source"), max_length=10, choices=Source.choices, default=Source.DESK)
    checked_in_at = models.DateTimeField(_("checked in"))
    recorded_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    # How long they were connected, within the session; none: the whole session counts.
    minutes = models.PositiveIntegerField(_("minutes"), null=True, blank=True)
    # When they were there, from a report: [["2027-04-28T09:02:11Z", "2027-04-28T10:00:00Z"], …], joined and clipped.
    spans = models.JSONField(default=list, blank=True)
    evidence = models.ForeignKey(EvidenceFile, on_delete=models.PROTECT, null=True, blank=True, related_name="records")

    class Meta:
        ordering = ("checked_in_at", "pk")
        constraints = [
            models.UniqueConstraint(fields=["registration", "session"], name="one_record_per_registration_and_session")
        ]

    def __str__(self) -> str:
        return f"{self.registration.person} at {self.session}"


class Scan(models.Model):
    """One check-in or undoing as a desk's browser noted it, perhaps offline and sent later. Its number makes it count once.

    Among the scans of a person at a session the one with the latest ``at`` decides; so two desks agree, whoever sends first.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)  # made by the browser
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="scans")
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="scans")
    present = models.BooleanField()
    at = models.DateTimeField()  # by the device's clock, put right by its distance from ours
    received_at = models.DateTimeField()
    device = models.CharField(max_length=40, blank=True)  # which desk, as its page calls itself
    by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    problem = models.CharField(max_length=40, blank=True)  # the code of why it was not followed, such as cannot_check_in

    class Meta:
        ordering = ("at", "id")
        indexes = [models.Index(fields=["session", "registration", "at"], name="scan_by_person")]

    def __str__(self) -> str:
        return f"{self.registration_id} at {self.session_id}: {self.present}"


class Door(models.Model):
    """The rotating code of a session's room: open while its screen is to let people check themselves in."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="door")
    secret = models.CharField(max_length=64)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(opened_at__isnull=False), name="a_door_is_closed_after_it_was_opened"
            )
        ]

    def __str__(self) -> str:
        return str(self.session)
