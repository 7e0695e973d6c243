"""Stored calendar entries, stored feeds, and the addresses people subscribe to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.programme.models import Session, Timed
from network.models import Person


class Entry(Timed):
    """What calendar programs know of a session: its UID for ever, and its revision.

    It outlives the session's changes and even the session: a removed session stays as CANCELLED until its end. So it keeps
    the session's times, title and kind as they were last written, and feeds select a window without a join.
    """

    session = models.OneToOneField(Session, on_delete=models.SET_NULL, null=True, related_name="entry")
    event = models.ForeignKey("events.Event", on_delete=models.CASCADE, related_name="entries")
    uid = models.CharField(max_length=120, unique=True)
    sequence = models.PositiveIntegerField(default=0)  # +1 with each change of time, place or status (RFC 5545 §3.8.7.4)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()  # DTSTAMP and LAST-MODIFIED of every text of this entry
    is_chosen = models.BooleanField(default=False)  # the session's: only who chose it has it in their own calendar
    cancelled = models.BooleanField(default=False)  # nothing takes place then: cancelled, postponed or removed
    title = models.CharField(max_length=400)  # with "(2/4)" and the session's own title; without "CANCELLED:"
    fingerprint = models.CharField(max_length=64)  # of time, place and status: what moves the sequence

    class Meta:
        ordering = ("starts_at", "uid")
        verbose_name_plural = "entries"
        indexes = [models.Index(fields=["ends_at"], name="entry_by_end")]

    def __str__(self) -> str:
        return self.uid


class EntryText(models.Model):
    """The serialised VEVENT of an entry for one language and audience. Rewritten only when its bytes change."""

    class Audience(models.TextChoices):
        PUBLIC = "public", _("Everybody")
        PARTICIPANT = "participant", _("Confirmed participants")  # with the link to join, and it blocks their time
        TENTATIVE = "tentative", _("Waiting or pending")  # without the link, and tentative

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=8)
    audience = models.CharField(max_length=12, choices=Audience.choices)
    component = models.TextField()  # BEGIN:VEVENT … END:VEVENT, folded, CRLF

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "language", "audience"], name="one_text_per_language_and_audience")
        ]

    def __str__(self) -> str:
        return f"{self.entry} ({self.language}, {self.audience})"


class Revision(models.Model):
    """A counter that moves, in the same transaction, with everything that could change a feed of its scope."""

    scope = models.CharField(primary_key=True, max_length=40)  # "events"
    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.scope} {self.number}"


class Feed(models.Model):
    """The stored body of a feed. Valid while its revisions and its day are the present ones; else built anew and compared."""

    key = models.CharField(max_length=120, unique=True)  # "network/en", "centre-at-ioeb/de", "personal/7"
    revisions = models.CharField(max_length=80)  # what the body was built from: the number of "events", a person's facts
    day = models.DateField()  # the day it was built on: the window of a feed moves with the date
    body = models.BinaryField()
    zipped = models.BinaryField()  # gzip of the body
    etag = models.CharField(max_length=64)  # SHA-256 of the body
    modified_at = models.DateTimeField()  # never goes back, also when an entry leaves the window

    def __str__(self) -> str:
        return self.key


class PersonalAddress(models.Model):
    """A secret address of somebody's own calendar. The token is shown once; its SHA-256 is kept."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="calendar_addresses")
    name = models.CharField(_("name"), max_length=80)
    hint = models.CharField(max_length=8)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)  # to the hour
    # A revoked address answers with an empty calendar for 30 days, then with 410: an error would leave old entries in place.
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.name} …{self.hint}"
