"""Stored entries, their texts, and the counters by which feeds know that they are out of date."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.calendars.models.sources import Source
from events.programme.models import Session, Timed


class Entry(Timed):
    """What calendar programs know of a session, of an event in one block, of a deadline, or of something from elsewhere.

    It has a UID for ever, and a revision. It outlives the session's changes and even the session: a removed session stays as
    CANCELLED until its end. So it keeps times, title and zone as they were last written, and feeds select without a join.
    """

    class Kind(models.TextChoices):
        SESSION = "session", _("A session")
        WHOLE = "whole", _("An event in one block")  # of a congress: for people who want a banner instead of its sessions
        DEADLINE = "deadline", _("A deadline")  # until when participants can change or give back their place
        FOREIGN = "foreign", _("From another calendar")  # which a centre publishes elsewhere

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SESSION)
    session = models.OneToOneField(Session, on_delete=models.SET_NULL, null=True, related_name="entry")
    event = models.ForeignKey("events.Event", on_delete=models.CASCADE, null=True, related_name="entries")
    source = models.ForeignKey(Source, on_delete=models.CASCADE, null=True, related_name="entries")
    uid = models.CharField(max_length=120, unique=True)
    sequence = models.PositiveIntegerField(default=0)  # +1 with each change of time, place or status (RFC 5545 §3.8.7.4)
    created_at = models.DateTimeField()
    # When its newest text was written: that one's DTSTAMP and LAST-MODIFIED. Never goes back.
    changed_at = models.DateTimeField()
    is_chosen = models.BooleanField(default=False)  # the session's: only who chose it has it in their own calendar
    cancelled = models.BooleanField(default=False)  # nothing takes place then: cancelled, postponed or removed
    title = models.CharField(max_length=400)  # with "(2/4)" and the session's own title; without "CANCELLED:"
    zone = models.CharField(max_length=40, blank=True)  # the TZID its texts name; empty where they are in UTC or dates
    fingerprint = models.CharField(max_length=64)  # of time, place and status: what moves the sequence
    # What pages show of an entry from elsewhere, which has no event to ask.
    place = models.CharField(max_length=300, blank=True)
    link = models.URLField(max_length=500, blank=True)

    class Meta:
        ordering = ("starts_at", "uid")
        verbose_name_plural = "entries"
        indexes = [models.Index(fields=["ends_at"], name="entry_by_end")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="foreign", source__isnull=False, event__isnull=True)
                | (~Q(kind="foreign") & Q(source__isnull=True, event__isnull=False)),
                name="entry_is_of_an_event_or_from_elsewhere",
            ),
            models.UniqueConstraint(
                fields=["event", "kind"],
                condition=Q(kind__in=["whole", "deadline"]),
                name="one_block_and_one_deadline_an_event",
            ),
        ]

    def __str__(self) -> str:
        return self.uid

    @property
    def is_removed(self) -> bool:
        """Whether its session was taken out of the programme."""
        return self.kind == self.Kind.SESSION and self.session_id is None


class EntryText(models.Model):
    """The serialised VEVENT of an entry for one language and audience. Rewritten only when its bytes change."""

    class Audience(models.TextChoices):
        PUBLIC = "public", _("Everybody")
        PARTICIPANT = "participant", _("Confirmed participants")  # with the link to join, and it blocks their time
        TENTATIVE = "tentative", _("Waiting or pending")  # without the link, and tentative
        STAFF = "staff", _("The centre’s staff")  # a draft; it has no other text until it is published

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=8)
    audience = models.CharField(max_length=12, choices=Audience.choices)
    component = models.TextField()  # BEGIN:VEVENT … END:VEVENT, folded, CRLF

    class Meta:
        constraints = [
            # In this order feeds look for them.
            models.UniqueConstraint(fields=["language", "audience", "entry"], name="one_text_per_language_and_audience")
        ]

    def __str__(self) -> str:
        return f"{self.entry} ({self.language}, {self.audience})"


class Revision(models.Model):
    """A counter that moves, in the same transaction, with everything that could change a feed of its scope."""

    scope = models.CharField(primary_key=True, max_length=40)  # "events": what everybody may see; "drafts"
    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.scope} {self.number}"
