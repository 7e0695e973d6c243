"""Who may come to an event: quotas and eligibility rules."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from events.programme.models import Event
from network.models import Centre, Organisation


class Group(models.Model):
    """People of a country, a home centre or a type of organisation. Exactly one of the three is stated."""

    country = CountryField(_("country"), blank=True)
    centre = models.ForeignKey(
        Centre, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("home centre")
    )
    organisation_kind = models.CharField(
        _("type of organisation"), max_length=20, choices=Organisation.Kind.choices, blank=True
    )

    class Meta:
        abstract = True

    def covers(self, who: "Group | object") -> bool:
        """Whether a registration's person (``country``, ``home_centre_id``, ``organisation_kind``) belongs to the group."""
        if self.country:
            return str(getattr(who, "country", "")) == str(self.country)
        if self.organisation_kind:
            return bool(getattr(who, "organisation_kind", "") == self.organisation_kind)
        return self.centre_id is not None and getattr(who, "home_centre_id", None) == self.centre_id

    @property
    def group_name(self) -> str:
        """The group in words."""
        if self.country:
            return str(self.country.name)
        if self.organisation_kind:
            return str(self.get_organisation_kind_display())
        return str(self.centre.short_name) if self.centre is not None else str(_("everybody"))


class Quota(Group):
    """Places of an event kept for a group (``reserved``), or the most that it may have (``at_most``), or both.

    Once it has lapsed it binds nobody: what it kept is for everyone.
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="quotas")
    reserved = models.PositiveIntegerField(_("places reserved"), default=0)
    at_most = models.PositiveIntegerField(_("places at most"), null=True, blank=True)
    until = models.DateTimeField(_("until"), null=True, blank=True)  # then unused places fall to everyone
    taken = models.PositiveIntegerField(default=0, editable=False)  # by people of the group; under the lock of the event's row
    has_lapsed = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(country="", centre__isnull=True) & ~Q(organisation_kind="")
                | Q(country="", organisation_kind="", centre__isnull=False)
                | Q(centre__isnull=True, organisation_kind="") & ~Q(country=""),
                name="quota_is_for_one_group",
            ),
            models.CheckConstraint(condition=Q(reserved__gt=0) | Q(at_most__isnull=False), name="quota_reserves_or_limits"),
            models.CheckConstraint(
                condition=Q(at_most__isnull=True) | Q(at_most__gte=F("reserved")),
                name="quota_limit_is_not_below_reserve",
            ),
            models.CheckConstraint(
                condition=Q(has_lapsed=True) | Q(at_most__isnull=True) | Q(taken__lte=F("at_most")),
                name="never_more_taken_than_quota",
            ),
            models.UniqueConstraint(fields=["event", "country"], condition=~Q(country=""), name="one_quota_per_country"),
            models.UniqueConstraint(fields=["event", "centre"], name="one_quota_per_centre"),
            models.UniqueConstraint(
                fields=["event", "organisation_kind"],
                condition=~Q(organisation_kind=""),
                name="one_quota_per_organisation_kind",
            ),
        ]
        indexes = [models.Index(fields=["until"], condition=Q(has_lapsed=False), name="quota_until")]

    def __str__(self) -> str:
        return f"{self.event}: {self.group_name}"


class EligibilityRule(Group):
    """What is decided about a group. The first rule of an event that covers a person decides; none: as the event says."""

    class Outcome(models.TextChoices):
        CONFIRM = "confirm", _("gets a place")
        APPROVE = "approve", _("needs approval")
        REFUSE = "refuse", _("cannot register")

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="eligibility_rules")
    position = models.PositiveSmallIntegerField()
    everybody = models.BooleanField(_("everybody else"), default=False)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    reason = models.CharField(_("reason"), max_length=300, blank=True)  # told to who is refused

    class Meta:
        ordering = ("position", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(everybody=True, country="", centre__isnull=True, organisation_kind="")
                | Q(everybody=False, country="", centre__isnull=True) & ~Q(organisation_kind="")
                | Q(everybody=False, country="", organisation_kind="", centre__isnull=False)
                | Q(everybody=False, centre__isnull=True, organisation_kind="") & ~Q(country=""),
                name="rule_is_for_one_group_or_everybody",
            ),
            models.CheckConstraint(condition=~Q(outcome="refuse", reason=""), name="who_is_refused_hears_why"),
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.group_name} {self.get_outcome_display()}"

    def covers(self, who: object) -> bool:
        """Everybody, or as the group says."""
        return self.everybody or super().covers(who)
