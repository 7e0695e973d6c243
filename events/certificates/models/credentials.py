"""Certificates as verifiable credentials: keys, status lists, and what was signed."""

import secrets

from django.db import models

from events.certificates.models.certificates import Certificate


class IssuerKey(models.Model):
    """The public half of a key (Ed25519) that signs credentials. The private half is a file or comes from the environment.

    A retired key stays in the issuer's document (``/.well-known/did.json``), since what it signed is still checked by it.
    """

    name = models.CharField(max_length=80, unique=True)  # the fragment of its verification method
    public = models.CharField(max_length=120, unique=True)  # Multikey: multibase base58-btc, ed25519-pub (z6Mk…)
    made_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("made_at", "pk")

    def __str__(self) -> str:
        return self.name


def new_seed() -> str:
    """What nobody can guess."""
    return secrets.token_hex(16)


class StatusList(models.Model):
    """A Bitstring Status List: how many of its places were given away. Gaps do no harm, so a place is taken first of all."""

    number = models.PositiveIntegerField(unique=True)
    seed = models.CharField(max_length=32, default=new_seed, editable=False)  # decides in which order places are given away
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return str(self.number)


class Credential(models.Model):
    """What was signed about a certificate, as it was signed. It is attached to the PDF and can be downloaded."""

    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT, related_name="credential")
    key = models.ForeignKey(IssuerKey, on_delete=models.PROTECT, related_name="+")
    status_list = models.ForeignKey(StatusList, on_delete=models.PROTECT, related_name="credentials")
    status_index = models.PositiveIntegerField()
    document = models.TextField()  # JSON-LD with its eddsa-rdfc-2022 proof: the octets that the PDF carries
    token = models.TextField()  # the same as VC-JWT

    class Meta:
        constraints = [models.UniqueConstraint(fields=["status_list", "status_index"], name="one_credential_per_status_index")]

    def __str__(self) -> str:
        return str(self.certificate_id)
