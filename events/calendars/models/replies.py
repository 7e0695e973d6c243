"""What mail clients answered to invitations, and what was seen of the mailbox that answers come to."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.calendars.models.invitations import Invitation
from events.registrations.models import Registration


class Reply(models.Model):
    """A message from a mail client about an invitation, and what became of it. Kept once for each Message-ID."""

    class State(models.TextChoices):
        APPLIED = "applied", _("Noted")
        TO_CONFIRM = "to-confirm", _("The person is asked whether it was them")  # not authentic: nothing has happened yet
        DUE = "due", _("The place will be given back")  # declined: happens at ``due_at`` unless it is undone
        GIVEN_BACK = "given-back", _("The place was given back")
        UNDONE = "undone", _("Taken back")
        FOR_ORGANISER = "for-organiser", _("Waits for the organiser")  # COUNTER or DELEGATED
        SETTLED = "settled", _("Settled")
        IGNORED = "ignored", _("Changed nothing")  # repeated, outdated or automatic
        SET_ASIDE = "set-aside", _("Could not be read")

    message_id = models.CharField(max_length=255, unique=True)
    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, null=True, blank=True, related_name="replies")
    # Whose answer it is. An invitation may belong to a later registration of the same person by now.
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, null=True, blank=True, related_name="replies")
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
    acted_at = models.DateTimeField(null=True, blank=True)  # when it came into another state than its first
    reminded_at = models.DateTimeField(null=True, blank=True)  # of a TENTATIVE, before the deadline
    told_again = models.BooleanField(default=False)  # the invitation was sent once more because of it

    class Meta:
        verbose_name_plural = "replies"
        ordering = ("-received_at", "-pk")
        indexes = [models.Index(fields=["due_at"], condition=models.Q(state="due"), name="reply_due")]

    def __str__(self) -> str:
        """Without who wrote it: the journal keeps this for good, and the mail is forgotten."""
        return f"{self.method} {self.answer}: {self.state}"


class Mailbox(models.Model):
    """What was seen of a mailbox already, so that other people's mail in it is not read again and again."""

    name = models.CharField(max_length=300, unique=True)  # "imap://user@host/INBOX", "maildir:/srv/mail/replies"
    # IMAP: {"validity": 3, "next": 120}; a maildir: {"left": [the names of files that are not ours]}.
    seen = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "mailboxes"

    def __str__(self) -> str:
        return self.name
