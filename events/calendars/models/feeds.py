"""Stored feeds, and the selections of events that people have named."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Feed(models.Model):
    """The stored body of a feed. Valid while its revisions and its day are the present ones; else built anew and compared."""

    key = models.CharField(max_length=120, unique=True)  # "network/en", "centre-at-ioeb/de", "personal/7"
    revisions = models.CharField(max_length=80)  # what the body was built from: the number of "events", a person's facts
    day = models.DateField()  # the day it was built on: the window of a feed moves with the date
    zipped = models.BinaryField()  # gzip of the body: nearly everybody asks for this form, and the plain one follows from it
    etag = models.CharField(max_length=64)  # SHA-256 of the body
    octets = models.PositiveIntegerField(default=0)  # of the body
    modified_at = models.DateTimeField()  # never goes back, also when an entry leaves the window

    def __str__(self) -> str:
        return self.key


class Selection(models.Model):
    """A named feed: any combination of the programme's filters, at a short address. It never changes, and is nobody's."""

    code = models.CharField(max_length=16, unique=True)  # made from name and filters: the same wish is the same feed
    name = models.CharField(_("name"), max_length=80)
    filters = models.JSONField()  # as in the address of the list: {"kind": "training", "sector": "health-care"}
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)  # to the day; one that nobody read for long is removed

    class Meta:
        ordering = ("name", "code")

    def __str__(self) -> str:
        return self.name
