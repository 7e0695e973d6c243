"""What the network agrees on: sectors, competences, and who pays."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from network.fields import CodesField


class Sector(models.Model):
    """A field of public buying, with the CPV divisions (Regulation 2195/2002, first two digits) that belong to it."""

    slug = models.SlugField(primary_key=True, max_length=40)
    name = models.CharField(_("name"), max_length=80)
    cpv_divisions = CodesField(_("CPV divisions"))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position",)

    def __str__(self) -> str:
        return str(_(self.name))


class Competence(models.Model):
    """One of the 30 competences of ProcurCompEU, the European competency framework for public buyers."""

    class Cluster(models.TextChoices):
        HORIZONTAL = "horizontal", _("Horizontal")
        PRE_AWARD = "pre-award", _("Pre-award")
        POST_AWARD = "post-award", _("Post-award")
        PERSONAL = "personal", _("Personal")
        PEOPLE = "people", _("People")
        PERFORMANCE = "performance", _("Performance")

    class Level(models.IntegerChoices):
        """The levels of the framework; 0 is below basic."""

        BELOW_BASIC = 0, _("Below basic")
        BASIC = 1, _("Basic")
        INTERMEDIATE = 2, _("Intermediate")
        ADVANCED = 3, _("Advanced")
        EXPERT = 4, _("Expert")

    code = models.CharField(primary_key=True, max_length=4)  # C1 to C30
    number = models.PositiveSmallIntegerField(unique=True)
    cluster = models.CharField(_("cluster"), max_length=12, choices=Cluster.choices)
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.code} {_(self.name)}"


class FundingProfile(models.Model):
    """The acknowledgement that a funder asks for. It changes with the grant, so it is data with dates."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    emblem_text = models.CharField(_("text beside the emblem"), max_length=120)  # “Funded by the European Union”
    programme = models.CharField(_("programme"), max_length=120, blank=True)
    grant_number = models.CharField(_("grant number"), max_length=40, blank=True)
    disclaimer = models.TextField(_("disclaimer"), blank=True)
    active_from = models.DateField(_("from"), null=True, blank=True)
    active_until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                condition=Q(active_until__isnull=True) | Q(active_from__isnull=True) | Q(active_until__gte=F("active_from")),
                name="funding_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return self.name
