"""How certificates look: slots of curated designs, and which an event uses."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from events.programme.models import Event
from network.models import Centre, Person


class CertificateTemplate(models.Model):
    """What the network or a centre puts into the slots of a design. A change makes a new version; certificates are frozen."""

    class Design(models.TextChoices):
        LINE = "line", _("Line: white, one strong line of green")
        FRAME = "frame", _("Frame: centred, in a fine double frame")

    centre = models.ForeignKey(
        Centre, on_delete=models.PROTECT, null=True, blank=True, related_name="certificate_templates", verbose_name=_("centre")
    )  # None: of the network, which every centre may use
    name = models.CharField(_("name"), max_length=80)
    design = models.CharField(_("design"), max_length=10, choices=Design.choices, default=Design.LINE)
    # Pictures are made anew from what was uploaded (see designs/pictures.py), and named by their hash.
    logo = models.FileField(_("logo"), upload_to="certificate-pictures", max_length=160, blank=True)
    logo_text = models.CharField(_("the logo in words"), max_length=160, blank=True)  # for who does not see it
    signature = models.FileField(_("signature"), upload_to="certificate-pictures", max_length=160, blank=True)
    signatory = models.CharField(_("who signs"), max_length=120, blank=True)
    signatory_role = models.CharField(_("as what"), max_length=160, blank=True)
    # Words by language, then by slot: {"de": {"signatory_role": "…", "closing": "…"}}; what is missing is the design's own.
    wording = models.JSONField(_("wording"), default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("centre__country", "centre__short_name", "name", "pk")
        constraints = [models.UniqueConstraint(Coalesce("centre", 0), "name", name="a_centres_templates_have_names")]

    def __str__(self) -> str:
        return self.name


class CertificateTerms(models.Model):
    """What an organiser settled about the certificates of an event. None: the network's usual."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="certificate_terms")
    template = models.ForeignKey(
        CertificateTemplate, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("template")
    )
    valid_months = models.PositiveSmallIntegerField(
        _("valid for how many months"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
        help_text=_("Empty: for ever."),
    )

    def __str__(self) -> str:
        return f"{self.event}: {self.template or '–'}"
