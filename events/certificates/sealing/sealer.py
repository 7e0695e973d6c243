"""With what a centre seals, and sealing one file."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from events.certificates.models import Seal
from events.certificates.sealing.identity import Identity, identity_from
from events.certificates.sealing.keys import Key
from events.certificates.sealing.moulds import Mould
from events.certificates.sealing.opening import key_of
from network.models import Centre

if TYPE_CHECKING:
    from events.certificates.sealing.stamping import Stamper

__all__ = ["Mould", "Sealer", "sealer_for", "sealer_of"]


class Sealer:
    """A seal that is ready to be used."""

    def __init__(self, seal: Seal, identity: Identity, key: Key) -> None:
        self.seal = seal
        self._identity = identity
        self._key = key
        self._mould: Mould | None = None
        self._stamper: Stamper | None = None

    @property
    def level(self) -> str:
        """The level of PAdES that its files have."""
        return self.seal.level

    def apply(self, pdf: bytes, *, at: datetime) -> bytes:
        """Seal one file. Raises CannotSeal."""
        from events.certificates.sealing import pades, stamping  # noqa: PLC0415 - pyHanko costs a process half a second

        self._identity.check_at(at)
        if self.seal.level == Seal.Level.B_B:
            return pades.seal(pdf, identity=self._identity, key=self._key, at=at)
        if self._stamper is None:
            self._stamper = stamping.Stamper(self.seal.timestamp_url)
        return stamping.seal(pdf, seal=self.seal, identity=self._identity, key=self._key, at=at, stamper=self._stamper)

    def mould(self, *, at: datetime) -> Mould | None:
        """A mould for a batch; None where each file needs a time stamp of its own (above B-B). Raises CannotSeal."""
        if self.seal.level != Seal.Level.B_B:
            return None
        self._identity.check_at(at)
        if self._mould is None:
            self._mould = Mould(self._identity, self._key)
        return self._mould


def sealer_of(centre: Centre) -> Sealer | None:
    """The centre's seal in use, else the network's, else None: files are issued unsealed. Raises CannotSeal if it is broken."""
    in_use = Seal.objects.filter(retired_at=None).filter(Q(centre=centre) | Q(centre=None)).select_related("centre")
    seals = {seal.centre_id: seal for seal in in_use}
    seal = seals.get(centre.pk) or seals.get(None)
    return sealer_for(seal) if seal is not None else None


def sealer_for(seal: Seal) -> Sealer:
    """The seal, its key loaded and its chain examined. Raises CannotSeal."""
    identity = identity_from(seal.chain)
    identity.check_at(timezone.now())
    return Sealer(seal, identity, key_of(seal, identity))
