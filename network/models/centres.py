"""Competence centres and the organisations behind them."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from network.fields import CodesField
from network.models.reference import Sector
from network.vocabulary import LANGUAGES, validate_time_zone


class Organisation(models.Model):
    """A body that people work for: a public buyer, a body behind a centre, a supplier, a university."""

    class Kind(models.TextChoices):
        CENTRAL_AUTHORITY = "central-authority", _("Central contracting authority")
        REGIONAL_AUTHORITY = "regional-authority", _("Regional contracting authority")
        LOCAL_AUTHORITY = "local-authority", _("Local contracting authority")
        PURCHASING_BODY = "purchasing-body", _("Central purchasing body")
        UTILITY = "utility", _("Utility")
        COMPETENCE_CENTRE = "competence-centre", _("Competence centre")
        SUPPLIER = "supplier", _("Supplier")
        ACADEMIA = "academia", _("Academia")
        EU_BODY = "eu-body", _("EU institution or body")
        OTHER = "other", _("Other")

    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("type"), max_length=20, choices=Kind.choices, default=Kind.OTHER)
    country = CountryField(_("country"))
    city = models.CharField(_("city"), max_length=80, blank=True)
    website = models.URLField(_("website"), blank=True)
    sectors = models.ManyToManyField(Sector, blank=True, verbose_name=_("sectors"))

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["name", "country"], name="one_organisation_per_name_and_country")]

    def __str__(self) -> str:
        return self.name


class Centre(models.Model):
    """A national competence centre for innovation procurement. It is never deleted: it ends, and may have a successor."""

    class Status(models.TextChoices):
        ESTABLISHED = "established", _("Established")
        BEING_ESTABLISHED = "being-established", _("Being established")

    class Relation(models.TextChoices):
        PARTNER = "partner", _("Partner")
        ASSOCIATE = "associate", _("Associate")

    code = models.CharField(max_length=20, unique=True)  # AT-IOEB
    slug = models.SlugField(max_length=40, unique=True)  # at-ioeb: part of public addresses, never changes
    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=40)
    country = CountryField(_("country"))
    city = models.CharField(_("city"), max_length=80, blank=True)
    website = models.URLField(_("website"), blank=True)
    languages = CodesField(_("languages"), codes=LANGUAGES)
    timezone = models.CharField(_("time zone"), max_length=40, validators=[validate_time_zone])
    status = models.CharField(_("status"), max_length=20, choices=Status.choices)
    relation = models.CharField(_("relation"), max_length=20, choices=Relation.choices, default=Relation.PARTNER)
    active_from = models.DateField(_("active from"), null=True, blank=True)
    active_until = models.DateField(_("active until"), null=True, blank=True)
    successor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name=_("successor")
    )
    organisations = models.ManyToManyField(Organisation, blank=True, related_name="centres", verbose_name=_("organisations"))
    # Names of the fields above whose value no source confirms yet; pages mark them.
    unconfirmed = CodesField(_("unconfirmed"))

    class Meta:
        ordering = ("country", "short_name")
        constraints = [
            models.CheckConstraint(
                condition=Q(active_until__isnull=True) | Q(active_from__isnull=True) | Q(active_until__gte=F("active_from")),
                name="centre_ends_after_it_starts",
            ),
            models.CheckConstraint(condition=~Q(successor=F("id")), name="centre_is_not_its_own_successor"),
        ]

    def __str__(self) -> str:
        return self.short_name

    def get_absolute_url(self) -> str:
        """The centre's public page."""
        return reverse("centre", args=[self.slug])


class JoinRequest(models.Model):
    """A country's wish to join the network, from the form on the about page. Read by the secretariat."""

    country = CountryField(_("country"))
    organisation = models.CharField(_("organisation"), max_length=200)
    contact = models.CharField(_("your name"), max_length=120)
    email = models.EmailField(_("e-mail address"))
    message = models.TextField(_("what you have in mind"), max_length=4000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.organisation} ({self.country})"
