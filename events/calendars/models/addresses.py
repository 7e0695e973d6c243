"""The secret addresses of personal and centres' calendars, and what people wish of their mail."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from network.models import Centre, Person


class PersonalAddress(models.Model):
    """A secret address of one’s own calendar, or of all that a centre plans. Shown once; the SHA-256 of its token is kept."""

    #: A revoked address answers with an empty calendar for so long, then with 410: an error would leave old entries in place.
    EMPTY_FOR: ClassVar[timedelta] = timedelta(days=30)

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="calendar_addresses")
    # The calendar of this centre's staff, with drafts, for as long as the person organises for it; none: the person's own.
    centre = models.ForeignKey(
        Centre, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("centre")
    )
    name = models.CharField(_("name"), max_length=80)
    hint = models.CharField(max_length=8)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)  # to the hour
    revoked_at = models.DateTimeField(null=True, blank=True)

    # What its owner wishes.
    language = models.CharField(_("language of the entries"), max_length=8, blank=True)  # empty: the person's
    alarm_minutes = models.PositiveIntegerField(
        _("minutes before the start to remind"), null=True, blank=True
    )  # none: no VALARM
    hides_cancelled = models.BooleanField(_("leave out what is cancelled"), default=False)
    in_blocks = models.BooleanField(_("a congress as one block instead of its sessions"), default=False)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.name} …{self.hint}"


class CalendarWishes(models.Model):
    """What a person wishes of the calendar beside any address. Without a row: invitations by mail."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="calendar_wishes")
    invitations = models.BooleanField(_("invitations by mail"), default=True)  # off: who subscribes would see all twice

    class Meta:
        verbose_name_plural = "calendar wishes"

    def __str__(self) -> str:
        return f"{self.person}: {'invitations' if self.invitations else 'no invitations'}"
