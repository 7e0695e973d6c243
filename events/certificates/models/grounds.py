"""On what a certificate stands besides attendance: an assessment that was passed, or a part that somebody had in the event."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.programme.models import Event
from events.registrations.models import Registration
from network.models import Person


class Assessment(models.Model):
    """What a participant showed to be able to. Without a passed one there is no certificate of achievement."""

    class Method(models.TextChoices):
        TEST = "test", _("Written test")
        ASSIGNMENT = "assignment", _("Assignment")
        ORAL = "oral", _("Oral examination")
        OBSERVATION = "observation", _("Observed practice")
        PORTFOLIO = "portfolio", _("Portfolio")

    registration = models.OneToOneField(Registration, on_delete=models.PROTECT, related_name="assessment")
    method = models.CharField(_("how it was assessed"), max_length=12, choices=Method.choices)
    passed = models.BooleanField(_("passed"))
    grade = models.CharField(_("grade"), max_length=60, blank=True)
    assessed_on = models.DateField(_("assessed on"))
    assessor = models.CharField(_("assessed by"), max_length=160)
    supervised = models.BooleanField(_("supervised, with the identity checked"), default=False)
    recorded_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.registration}: {self.get_method_display()}"


class Recognition(models.Model):
    """What somebody did at an event besides attending it: spoke, taught, hosted, was a finalist or won."""

    class Kind(models.TextChoices):
        SPEAKING = "speaking", _("Spoke")
        TEACHING = "teaching", _("Taught")
        HOSTING = "hosting", _("Hosted")
        FINALIST = "finalist", _("Was a finalist")
        WINNER = "winner", _("Won")

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="recognitions")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=160, help_text=_("A person, or the authority that hosted or won."))
    affiliation = models.CharField(_("organisation"), max_length=200, blank=True)
    # Who has an account sees the certificate on their page and is told; for others the organiser passes it on.
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="recognitions")
    subject = models.CharField(
        _("for what"), max_length=300, blank=True, help_text=_("The title of the talk, the category and the entry, the visit.")
    )
    minutes = models.PositiveIntegerField(
        _("minutes"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(60_000)]
    )
    language = models.CharField(_("language of the certificate"), max_length=8, blank=True)  # empty: the person's, else English
    recorded_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("kind", "name", "pk")
        constraints = [
            models.UniqueConstraint(fields=["event", "kind", "name", "subject"], name="a_recognition_is_recorded_once"),
            models.CheckConstraint(condition=~Q(name=""), name="a_recognition_has_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_kind_display()}, {self.event}"
