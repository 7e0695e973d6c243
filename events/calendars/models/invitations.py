"""Invitations by mail (iTIP over iMIP, RFC 5546 and 6047): what each mail client was told, and what it answered."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from events.calendars.models.entries import Entry
from events.registrations.models import Registration
from network.models import Person


class Invitation(models.Model):
    """What a person's mail client was last told of an entry. One iTIP conversation: UID, ORGANIZER, ATTENDEE, this SEQUENCE.

    Who gives a place back and registers again goes on with the same conversation: for a mail client it is the same event, and
    a SEQUENCE that began anew would be an old one.
    """

    class Method(models.TextChoices):
        REQUEST = "REQUEST", _("Invited")
        CANCEL = "CANCEL", _("Called off")

    class Answer(models.TextChoices):  # PARTSTAT, RFC 5545 §3.2.12
        NEEDS_ACTION = "NEEDS-ACTION", _("Not answered")
        ACCEPTED = "ACCEPTED", _("Accepted")
        TENTATIVE = "TENTATIVE", _("Maybe")
        DECLINED = "DECLINED", pgettext_lazy("an answer", "Declined")
        DELEGATED = "DELEGATED", _("Delegated")

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="invitations")  # the last one
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", editable=False)  # the registration's
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="invitations")
    # In ORGANIZER and so in the address that replies come to: rsvp-<token>@… (a "+" in it would be lost by outlook.com).
    token = models.CharField(max_length=40, unique=True)
    attendee = models.EmailField(max_length=254)  # as written in ATTENDEE; a CANCEL goes there, too
    method = models.CharField(max_length=8, choices=Method.choices)
    sequence = models.PositiveIntegerField()  # the last that was sent. Never falls; at least the entry's
    # DTSTAMP of what was last sent: the same message has the same one, however often it is tried.
    stamp = models.DateTimeField()
    # Digest of what was last sent, without its revision: what differs has a higher SEQUENCE. Empty: to be told once more.
    told = models.CharField(max_length=64, blank=True)
    # Of the entry as it was last told: its time, place and status. Where it differs there is news worth a message.
    fingerprint = models.CharField(max_length=64, blank=True)
    answer = models.CharField(max_length=12, choices=Answer.choices, default=Answer.NEEDS_ACTION)
    answered_at = models.DateTimeField(null=True, blank=True)  # DTSTAMP of the newest reply; an older one changes nothing

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "entry"], name="one_invitation_of_a_person_to_an_entry")]

    def __str__(self) -> str:
        return f"{self.method} {self.sequence} to {self.attendee}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The person is that of the registration."""
        self.person_id = self.registration.person_id
        super().save(*args, **kwargs)
