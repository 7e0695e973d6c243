"""Revoking many certificates at once: what was chosen, and what became of each."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.certificates.models.certificates import Certificate
from network.models import Person


class RevocationRun(models.Model):
    """A choice of certificates that are to be revoked with one reason.

    It is kept here so that what is confirmed is what was shown, and pressing twice is once. One that is never confirmed is
    forgotten after a day.
    """

    chosen_by = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    chosen_at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)  # none: it was only chosen
    # Written with each certificate; of an old one the worker has died, or never began.
    beat_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, ended_at__isnull=True)
                | (Q(confirmed_at__isnull=False, beat_at__isnull=False) & ~Q(reason="")),
                name="a_confirmed_revocation_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.reason}"


class Revocation(models.Model):
    """One certificate of a run, and what became of it."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Not revoked yet")
        DONE = "done", _("Revoked")
        ALREADY_REVOKED = "already-revoked", _("It was revoked already.")
        ALREADY_REPLACED = "already-replaced", _("A newer certificate has taken its place.")
        NOT_ALLOWED = "not-allowed", _("You may not revoke it.")
        FAILED = "failed", _("An error of this site kept it from being revoked. Try it again by itself.")

    run = models.ForeignKey(RevocationRun, on_delete=models.CASCADE, related_name="revocations")
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=20, choices=Outcome.choices, default=Outcome.WAITING)

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=["run", "certificate"], name="one_revocation_per_run_and_certificate")]
        indexes = [models.Index(fields=["run", "outcome"], name="revocation_by_outcome")]

    def __str__(self) -> str:
        return f"{self.certificate_id}: {self.outcome}"
