"""Calendars that centres publish elsewhere, shown in the network's."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from network.models import Centre


class Source(models.Model):
    """An iCalendar address, or a file, of a centre. The last good state is kept whatever becomes of it."""

    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="sources", verbose_name=_("centre"))
    name = models.CharField(_("name"), max_length=120)  # named with every entry
    url = models.URLField(_("address"), max_length=500, blank=True)  # https, and often secret; empty for a file
    filename = models.CharField(_("file"), max_length=200, blank=True)  # what was uploaded was called so
    is_shown = models.BooleanField(_("shown"), default=False)  # its entries have texts, and so are in feeds, only then
    created_at = models.DateTimeField(auto_now_add=True)

    # The last answer, for conditional requests, and what the entries are made of.
    etag = models.CharField(max_length=200, blank=True)
    last_modified = models.CharField(max_length=60, blank=True)  # as the server wrote it
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 of the last good text
    read_on = models.DateField(null=True, blank=True)  # the day from which its window was counted; none: read it anew
    edition = models.PositiveIntegerField(default=0)  # +1 with each change that we saw; no SEQUENCE of its entries is higher
    changed_at = models.DateTimeField(null=True, blank=True)  # of the edition. Never goes back, nor do its entries’ stamps
    left_out = models.PositiveIntegerField(default=0)  # events that could not be read or are private
    remarks = models.JSONField(default=list, blank=True)  # the first of them: [title, code]; see ``sources.words``

    fetched_at = models.DateTimeField(null=True, blank=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    next_fetch_at = models.DateTimeField(null=True, blank=True)  # while a worker fetches: when its claim runs out
    is_asked = models.BooleanField(default=False)  # somebody wants it read now; until the worker has done so
    failures = models.PositiveIntegerField(default=0)  # in a row
    error = models.CharField(max_length=40, blank=True)  # of the last fetch, a code of ``sources.words``; empty: it went well
    error_detail = models.CharField(max_length=200, blank=True)  # such as the status that the server answered with
    reported_at = models.DateTimeField(null=True, blank=True)  # when the centre was told of the present trouble

    class Meta:
        ordering = ("centre", "name")
        constraints = [
            models.UniqueConstraint(fields=["centre", "name"], name="one_source_of_a_name_at_a_centre"),
            models.CheckConstraint(
                condition=Q(url="") & ~Q(filename="") | ~Q(url="") & Q(filename=""), name="a_source_is_an_address_or_a_file"
            ),
        ]
        indexes = [models.Index(fields=["next_fetch_at"], name="source_due")]

    def __str__(self) -> str:
        return self.name


class SourceText(models.Model):
    """What was last read of a source, or is to be, without what we do not use: no attendees, alarms or attachments.

    Entries can be made of it anew at any time: when the day moves the window of the feeds, when the source is renamed or shown.
    """

    source = models.OneToOneField(Source, on_delete=models.CASCADE, primary_key=True, related_name="text")
    zipped = models.BinaryField(default=b"", blank=True)  # gzip; empty: nothing was read well so far
    waiting = models.BinaryField(default=b"", blank=True)  # gzip: a file that was uploaded, until it is read well

    def __str__(self) -> str:
        return str(self.source)
