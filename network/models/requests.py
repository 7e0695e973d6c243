"""Requests that programs may repeat."""

from django.db import models


class IdempotentRequest(models.Model):
    """A request with an ``Idempotency-Key``, and the answer it got. It is forgotten after a day.

    While the request runs ``status`` is empty, and the key is taken until ``lease_until``: a worker that crashed frees it so.
    """

    # Keyed hashes: of who asks (an account, or a visitor's address); of the key; of method, address and body.
    caller = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    lease_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)  # sealed: only who knows the key can read it. Empty if it could not be kept
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="one_request_per_idempotency_key")]

    def __str__(self) -> str:
        return f"{self.fingerprint[:8]}: {self.status or 'running'}"
