"""Messages: a row before they are a mail."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.mail.kinds import DISCREET, name_of
from events.programme.models import Event
from network.models import Person


class Message(models.Model):
    """One mail to one address, written in the transaction that caused it.

    It is either composed when it is queued, or has ``facts`` from which the worker composes it each time it tries to send it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Given up")
        DROPPED = "dropped", _("No longer needed")  # a reminder or an offer that was no longer true when it was to leave

    kind = models.CharField(max_length=40)  # "sign-in-code", "registration-confirmed", …
    # The same fact is never told twice: "registration-confirmed:42:2027-03-01T…"; empty is never compared.
    cause = models.CharField(max_length=160, null=True, unique=True)  # noqa: DJ001 - NULLs differ from each other
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="messages")
    recipient = models.EmailField(max_length=254)
    language = models.CharField(max_length=8)
    # Keys of rows, and what only the moment of the change knew: {"registration": 42, "before": "pending"}. See letters.py.
    facts = models.JSONField(default=dict, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    next_attempt_at = models.DateTimeField()  # while a worker is sending it: when its claim runs out
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = [models.Index(fields=["state", "next_attempt_at"], name="message_queue")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}: {self.state}"

    @property
    def title(self) -> str:
        """The subject; until it is composed, what its kind is called."""
        return self.subject or name_of(self.kind)

    @property
    def is_veiled(self) -> bool:
        """Whether what became of it is nobody's business: a discreet one, once a worker has looked whether to send it.

        Also while it is tried again and once it is given up, for that happens only to one that is still needed.
        """
        return self.kind in DISCREET and self.attempts > 0

    @property
    def shown_state(self) -> str:
        """Its state as people may know it; ``queries.SHOWN_STATE`` says the same to the database."""
        return self.State.SENT if self.is_veiled else self.state

    @property
    def outcome(self) -> str:
        """What became of it, in words; of a discreet one, not whether it was still needed."""
        return gettext("Sent, if it was still needed") if self.is_veiled else str(self.get_state_display())


class Circular(models.Model):
    """What an organiser wrote to participants of an event: once to each, however often the button is pressed."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="circulars")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")  # who wrote it
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"), max_length=10_000)
    recipients = models.PositiveIntegerField(_("recipients"), default=0)
    key = models.CharField(max_length=40, unique=True)  # of the form that was sent, so that it is sent once
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("message to participants")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.subject
