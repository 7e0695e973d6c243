"""With what a centre seals, and sealing one file."""

from datetime import datetime

from events.certificates.models import Seal
from network.models import Centre


class Mould:
    """A CMS signature made once for a batch, in which only the digest and the signature value change (PAdES B-B)."""

    #: Octets that a file has to leave free for the signature, before they are written in hexadecimal.
    size: int

    def cms(self, digest: bytes) -> bytes:
        """The signature (DER) over a file whose byte range has this SHA-256 digest."""
        raise NotImplementedError


class Sealer:
    """A seal that is ready to be used."""

    def __init__(self, seal: Seal) -> None:
        self.seal = seal

    @property
    def level(self) -> str:
        """The level of PAdES that its files have."""
        return self.seal.level

    def apply(self, pdf: bytes, *, at: datetime) -> bytes:
        """Seal one file. Raises CannotSeal."""
        raise NotImplementedError

    def mould(self, *, at: datetime) -> Mould | None:
        """A mould for a batch; None where each file needs a signature of its own (a time stamp, a random signature length)."""
        return None


def sealer_of(centre: Centre) -> Sealer | None:
    """The centre's seal in use, else the network's, else None: files are issued unsealed. Raises CannotSeal if it is broken."""
    return None
