"""Certificates, frozen at issue."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from events.certificates.models.grounds import Recognition
from events.certificates.models.seals import Seal
from events.programme.models import Event
from events.registrations.models import Registration
from network.models import Centre, Person


class Certificate(models.Model):
    """A certificate. Facts, file and hash are frozen at issue; later only its revocation and the holder's choice are written.

    A correction revokes it and issues a new one that ``replaces`` it. It stands on one ground: a registration (somebody
    attended, or was assessed), or a recognition (somebody spoke, taught, hosted, was a finalist or won).
    """

    class Kind(models.TextChoices):
        ATTENDANCE = "attendance", _("Certificate of attendance")
        ACHIEVEMENT = "achievement", _("Certificate of achievement")  # only where an assessment was passed
        SPEAKING = "speaking", _("Certificate of contribution as a speaker")
        TEACHING = "teaching", _("Certificate of teaching")
        HOSTING = "hosting", _("Certificate of hosting")
        FINALIST = "finalist", _("Finalist’s certificate")
        WINNER = "winner", _("Winner’s certificate")

    class Disclosure(models.TextChoices):
        """How much of the name the verification page tells to who has the number; the holder chooses."""

        NAME = "name", _("My full name")
        INITIALS = "initials", _("My initials")
        COMPARE = "compare", _("Nothing: who asks types my surname, and is told whether it is right")

    #: The kinds whose ground is a registration; the others stand on a recognition.
    OF_REGISTRATIONS = (Kind.ATTENDANCE, Kind.ACHIEVEMENT)

    number = models.CharField(_("number"), max_length=24, unique=True)  # 80 random bits and a check character; see numbers.py
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.ATTENDANCE)
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, null=True, blank=True, related_name="certificates")
    recognition = models.ForeignKey(Recognition, on_delete=models.PROTECT, null=True, blank=True, related_name="certificates")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="certificates")
    # None: the holder of a recognition who has no account.
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="certificates")
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
    size = models.PositiveIntegerField(default=0)  # octets of the file
    # With what it is sealed and how (PAdES: B-B, B-T, B-LT, B-LTA); none: an unsealed file.
    seal = models.ForeignKey(Seal, on_delete=models.PROTECT, null=True, blank=True, related_name="certificates")
    seal_level = models.CharField(max_length=8, blank=True)
    # The last day on which it is valid; none: for ever. After it the page says "expired, was genuine".
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    disclosure = models.CharField(
        _("who checks it is told"), max_length=10, choices=Disclosure.choices, default=Disclosure.NAME
    )
    issued_at = models.DateTimeField(_("issued"))
    issued_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revocation_reason = models.CharField(_("reason"), max_length=300, blank=True)  # for the register; never public
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by")

    class Meta:
        ordering = ("-issued_at", "-pk")
        indexes = [
            models.Index(fields=["centre", "issued_at"], name="certificate_by_centre"),
            models.Index(fields=["sha256"], name="certificate_by_hash"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["centre", "year", "serial"], name="register_number_used_once"),
            models.UniqueConstraint(
                fields=["registration", "kind"],
                condition=Q(revoked_at__isnull=True, registration__isnull=False),
                name="one_valid_certificate_of_a_kind_per_registration",
            ),
            models.UniqueConstraint(
                fields=["recognition"],
                condition=Q(revoked_at__isnull=True, recognition__isnull=False),
                name="one_valid_certificate_per_recognition",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["attendance", "achievement"], registration__isnull=False, recognition__isnull=True)
                | Q(
                    kind__in=["speaking", "teaching", "hosting", "finalist", "winner"],
                    registration__isnull=True,
                    recognition__isnull=False,
                ),
                name="certificate_stands_on_one_ground",
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
