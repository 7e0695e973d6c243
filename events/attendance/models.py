"""Who was there."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.programme.models import Session
from events.registrations.models import Registration
from network.models import Person


class AttendanceRecord(models.Model):
    """A participant was present at a session. Undoing a check-in deletes the record; the journal keeps both."""

    class Source(models.TextChoices):
        DESK = "desk", _("Checked in by an organiser")

    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="attendance")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="attendance")
    source = models.CharField(_("source"), max_length=10, choices=Source.choices, default=Source.DESK)
    checked_in_at = models.DateTimeField(_("checked in"))
    recorded_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("checked_in_at", "pk")
        constraints = [
            models.UniqueConstraint(fields=["registration", "session"], name="one_record_per_registration_and_session")
        ]

    def __str__(self) -> str:
        return f"{self.registration.person} at {self.session}"
