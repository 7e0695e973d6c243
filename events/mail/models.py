"""Messages: a row before they are a mail."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from network.models import Person


class Message(models.Model):
    """One mail to one address, written in the transaction that caused it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Given up")

    kind = models.CharField(max_length=40)  # "sign-in-code", "registration-confirmed", …
    # The same fact is never told twice: "registration-confirmed:42:2027-03-01T…"; empty is never compared.
    cause = models.CharField(max_length=160, null=True, unique=True)  # noqa: DJ001 - NULLs differ from each other
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="messages")
    recipient = models.EmailField(max_length=254)
    language = models.CharField(max_length=8)
    subject = models.CharField(max_length=300)
    text = models.TextField()
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
