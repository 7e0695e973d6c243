"""What a certificate of attendance needs, and what was handed in."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.programme.models import Event, Session
from events.registrations.models import Registration
from network.models import Person


class AttendanceTerms(models.Model):
    """What counts as attended beyond the event's share of hours, and what is needed besides. None: the share alone."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="attendance_terms")
    required_sessions = models.ManyToManyField(
        Session, blank=True, related_name="+", verbose_name=_("sessions that must be attended")
    )
    needs_evaluation = models.BooleanField(_("the evaluation must be filled in"), default=False)
    needs_report = models.BooleanField(_("a report must be handed in"), default=False)

    def __str__(self) -> str:
        return str(self.event)


class HandedIn(models.Model):
    """A participant's report was handed in: uploaded by them, or noted by the organiser who has it."""

    registration = models.OneToOneField(Registration, on_delete=models.PROTECT, related_name="report")
    file = models.FileField(upload_to="reports", max_length=160, blank=True)
    name = models.CharField(_("file name"), max_length=200, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    handed_in_at = models.DateTimeField()
    noted_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return str(self.registration)
