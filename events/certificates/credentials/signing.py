"""Signing the credential of a certificate."""

from dataclasses import dataclass

from events.certificates.content.facts import Facts
from events.certificates.models import IssuerKey, StatusList


@dataclass(frozen=True)
class StatusPlace:
    """A place in a status list, given away once and for all."""

    status_list: StatusList
    index: int


@dataclass(frozen=True)
class Signed:
    """A credential in its two forms."""

    key: IssuerKey
    place: StatusPlace
    document: bytes  # JSON-LD with an eddsa-rdfc-2022 proof, UTF-8
    token: str  # VC-JWT


class CredentialSigner:
    """The issuer's key, ready to be used."""

    def places(self, count: int) -> list[StatusPlace]:
        """Take so many places of the status list, in a transaction of its own. Unused ones do no harm."""
        raise NotImplementedError

    def sign(self, facts: Facts, *, place: StatusPlace, email: str) -> Signed:
        """The credential that says what the facts say. ``email``: of the holder, goes in salted and hashed; may be empty."""
        raise NotImplementedError


def signer() -> CredentialSigner | None:
    """The issuer's signer; None where no key was made: certificates are then issued without a credential."""
    return None
