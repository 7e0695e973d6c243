"""What certificates say to the wings above, inside the transaction of the change."""

from dataclasses import dataclass

from django.dispatch import Signal

from events.certificates.models import Certificate
from network.models import Person


@dataclass(frozen=True)
class CertificateChange:
    """A certificate was issued or revoked."""

    certificate: Certificate
    revoked: bool
    by: Person | None
    replaced: bool = False  # revoked because a newer one is issued in the same transaction
    again: bool = False  # neither: the organiser wants the holder to be told once more


certificate_issued = Signal()  # sends change: CertificateChange, for issue and revocation
