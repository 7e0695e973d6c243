"""Certificates, frozen at issue."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from events.programme.models import Event
from events.registrations.models import Registration
from network.models import Centre, Person


class Certificate(models.Model):
    """A certificate of attendance. Facts, file and hash are frozen at issue; only its revocation is written later.

    A correction revokes it and issues a new one that ``replaces`` it.
    """

    number = models.CharField(_("number"), max_length=24, unique=True)  # 80 random bits and a check character; see numbers.py
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="certificates")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="certificates")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="certificates")
    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="certificates")
    # The centre's own register: year and running number, without gaps.
    year = models.PositiveSmallIntegerField()
    serial = models.PositiveIntegerField(_("register number"))
    language = models.CharField(_("language"), max_length=8)
    facts = models.JSONField()  # everything that is printed, and nothing else; see facts.py
    template = models.CharField(max_length=40)  # name and version of the design
    software = models.JSONField()  # versions of what rendered it
    file = models.FileField(upload_to="certificates", max_length=120)
    sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField(_("issued"))
    issued_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revocation_reason = models.CharField(_("reason"), max_length=300, blank=True)  # for the register; never public
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")

    class Meta:
        ordering = ("-issued_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["centre", "year", "serial"], name="register_number_used_once"),
            models.UniqueConstraint(
                fields=["registration"], condition=Q(revoked_at__isnull=True), name="one_valid_certificate_per_registration"
            ),
            models.CheckConstraint(condition=~Q(replaces=F("id")), name="certificate_does_not_replace_itself"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """The public page that says whether it is valid."""
        return reverse("verify", args=[self.number])

    @property
    def register_number(self) -> str:
        """The centre's own number, such as AT-IOEB 2027/14."""
        return f"{self.centre.code} {self.year}/{self.serial}"


class IssueRun(models.Model):
    """Issuing all certificates of an event by the worker: one row an event, which shows progress and proves life.

    At most one run is under way. One whose worker died is known by its old ``beat_at`` and may be asked for again.
    """

    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="issue_run")
    asked_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    beat_at = models.DateTimeField(null=True, blank=True)  # written after each certificate; none: no worker took it yet
    ended_at = models.DateTimeField(null=True, blank=True)
    total = models.PositiveIntegerField(default=0)  # certificates that were due when it was asked for
    done = models.PositiveIntegerField(default=0)  # of those, tried: issued or found impossible

    def __str__(self) -> str:
        return f"{self.event}: {self.done}/{self.total}"
