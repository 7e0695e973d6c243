"""Calendars that centres publish elsewhere, shown in the network's."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from network.models import Centre


class Source(models.Model):
    """An iCalendar address, or a file, of a centre. The last good state is kept whatever becomes of it."""

    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="sources", verbose_name=_("centre"))
    name = models.CharField(_("name"), max_length=120)  # named with every entry
    url = models.URLField(_("address"), max_length=500, blank=True)  # https; empty for a file
    file = models.FileField(_("file"), upload_to="sources/", blank=True)
    is_shown = models.BooleanField(_("shown"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    # The last answer, for conditional requests.
    etag = models.CharField(max_length=200, blank=True)
    last_modified = models.CharField(max_length=60, blank=True)  # as the server wrote it
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 of the last good body

    fetched_at = models.DateTimeField(null=True, blank=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    next_fetch_at = models.DateTimeField(null=True, blank=True)  # while a worker fetches: when its claim runs out
    failures = models.PositiveIntegerField(default=0)  # in a row
    error = models.CharField(max_length=500, blank=True)  # of the last fetch, in words for the centre; empty: it went well
    reported_at = models.DateTimeField(null=True, blank=True)  # when the centre was told of the present trouble

    class Meta:
        ordering = ("centre", "name")
        constraints = [
            models.UniqueConstraint(fields=["centre", "name"], name="one_source_of_a_name_at_a_centre"),
            models.CheckConstraint(condition=Q(url="") | Q(file=""), name="a_source_is_an_address_or_a_file"),
        ]
        indexes = [models.Index(fields=["next_fetch_at"], name="source_due")]

    def __str__(self) -> str:
        return self.name
