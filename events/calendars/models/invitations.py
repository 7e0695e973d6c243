"""Invitations by mail (iTIP over iMIP, RFC 5546 and 6047): what each mail client was told, and what it answered."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.calendars.models.entries import Entry
from events.registrations.models import Registration


class Invitation(models.Model):
    """What a participant's mail client was last told of an entry. One iTIP conversation: UID, ATTENDEE and this SEQUENCE."""

    class Method(models.TextChoices):
        REQUEST = "REQUEST", _("Invited")
        CANCEL = "CANCEL", _("Called off")

    class Answer(models.TextChoices):  # PARTSTAT, RFC 5545 §3.2.12
        NEEDS_ACTION = "NEEDS-ACTION", _("Not answered")
        ACCEPTED = "ACCEPTED", _("Accepted")
        TENTATIVE = "TENTATIVE", _("Maybe")
        DECLINED = "DECLINED", _("Declined")
        DELEGATED = "DELEGATED", _("Delegated")

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="invitations")
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="invitations")
    # In ORGANIZER and so in the address that replies come to: rsvp-<token>@… (a "+" in it would be lost by outlook.com).
    token = models.CharField(max_length=40, unique=True)
    attendee = models.EmailField(max_length=254)  # as written in ATTENDEE; a CANCEL goes there, too
    method = models.CharField(max_length=8, choices=Method.choices)
    sequence = models.PositiveIntegerField()  # the last that was sent. Never falls; at least the entry's
    stamp = (
        models.DateTimeField()
    )  # DTSTAMP of what was last sent: the same message has the same one, however often it is tried
    told = models.CharField(max_length=64)  # digest of what was last told, so that the same is not told again as news
    answer = models.CharField(max_length=12, choices=Answer.choices, default=Answer.NEEDS_ACTION)
    answered_at = models.DateTimeField(null=True, blank=True)  # DTSTAMP of the newest reply; an older one changes nothing

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["registration", "entry"], name="one_invitation_of_a_registration_to_an_entry")
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.sequence} to {self.attendee}"


class Reply(models.Model):
    """A message from a mail client about an invitation, and what became of it. Kept once for each Message-ID."""

    class State(models.TextChoices):
        APPLIED = "applied", _("Noted")
        TO_CONFIRM = "to-confirm", _("The person is asked whether it was them")  # not authentic: nothing has happened yet
        DUE = "due", _("The place will be given back")  # declined: happens at ``due_at`` unless it is undone
        UNDONE = "undone", _("Taken back")
        FOR_ORGANISER = "for-organiser", _("Waits for the organiser")  # COUNTER or DELEGATED
        SETTLED = "settled", _("Settled")
        IGNORED = "ignored", _("Changed nothing")  # repeated, outdated or automatic
        SET_ASIDE = "set-aside", _("Could not be read")

    message_id = models.CharField(max_length=255, unique=True)
    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, null=True, blank=True, related_name="replies")
    state = models.CharField(max_length=14, choices=State.choices)
    why = models.CharField(max_length=300, blank=True)  # in English, for the journal: why this state
    method = models.CharField(max_length=16, blank=True)  # REPLY, COUNTER, …
    answer = models.CharField(max_length=12, blank=True)  # PARTSTAT
    before = models.CharField(max_length=12, blank=True)  # the answer it replaced, for undoing
    sequence = models.PositiveIntegerField(null=True, blank=True)
    stamp = models.DateTimeField(null=True, blank=True)  # DTSTAMP
    sender = models.CharField(max_length=254, blank=True)
    is_authentic = models.BooleanField(default=False)
    comment = models.CharField(max_length=500, blank=True)
    # What a COUNTER proposes, and to whom a DELEGATED goes.
    proposed_start = models.DateTimeField(null=True, blank=True)
    proposed_end = models.DateTimeField(null=True, blank=True)
    delegate = models.EmailField(max_length=254, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(null=True, blank=True)
    acted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "replies"
        ordering = ("-received_at", "-pk")
        indexes = [models.Index(fields=["due_at"], condition=models.Q(state="due"), name="reply_due")]

    def __str__(self) -> str:
        return f"{self.method} {self.answer} from {self.sender}: {self.state}"
