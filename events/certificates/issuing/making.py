"""Making the files of a batch: the credential is signed, the certificate printed with it, and the file sealed."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from events.certificates.content.facts import Facts
from events.certificates.content.ground import Ground
from events.certificates.models import Seal
from events.certificates.printing.sheet import Printed, Sheet
from network.models import Centre

if TYPE_CHECKING:
    from events.certificates.credentials.signing import CredentialSigner, Signed
    from events.certificates.sealing.sealer import Sealer

#: From so many on the bulk lane pays: its stencil costs about as much as two certificates.
BULK_FROM = 4


@dataclass
class Made:
    """A finished file, and what belongs to it."""

    facts: Facts
    pdf: bytes
    credential: "Signed | None"
    seal: Seal | None
    seal_level: str
    template: str  # name and version of the design

    @cached_property
    def sha256(self) -> str:
        """The file's hash, in hexadecimal."""
        return hashlib.sha256(self.pdf).hexdigest()


class Maker:
    """Makes the certificates of one centre; keeps what one batch can share with the next. ``beat`` hears of each file."""

    def __init__(self, centre: Centre, *, beat: Callable[[], None] = lambda: None) -> None:
        self.beat = beat
        from events.certificates.credentials.signing import signer  # noqa: PLC0415 - cryptography costs a process 15 MB: only who needs it pays
        from events.certificates.sealing.sealer import sealer_of  # noqa: PLC0415

        self.sealer: Sealer | None = sealer_of(centre)
        self.signer: CredentialSigner | None = signer()

    def make(self, facts: Sequence[Facts], grounds: Sequence[Ground]) -> Iterator[Made]:
        """The files, in their order. Slow, and outside of any lock. Raises CannotPrint, CannotSeal."""
        signed = self._sign(facts, grounds)
        sheets = [Sheet(one, credential.document if credential else b"") for one, credential in zip(facts, signed, strict=True)]
        for one, credential, printed in zip(facts, signed, self._print(sheets), strict=True):
            pdf = printed.pdf
            if self.sealer is not None and not printed.is_sealed:
                pdf = self.sealer.apply(pdf, at=datetime.fromisoformat(one["issued_at"]))
            self.beat()
            yield Made(
                facts=one,
                pdf=pdf,
                credential=credential,
                seal=self.sealer.seal if self.sealer else None,
                seal_level=self.sealer.level if self.sealer else "",
                template=printed.template,
            )

    def _sign(self, facts: Sequence[Facts], grounds: Sequence[Ground]) -> "list[Signed | None]":
        if self.signer is None:
            return [None] * len(facts)
        places = self.signer.places(len(facts))
        emails = [ground.person.email if ground.person else "" for ground in grounds]
        return [
            self.signer.sign(one, place=place, email=email) for one, place, email in zip(facts, places, emails, strict=True)
        ]

    def _print(self, sheets: Sequence[Sheet]) -> Iterator[Printed]:
        # WeasyPrint costs a second and 40 MB: only who prints pays.
        if len(sheets) < BULK_FROM:
            from events.certificates.printing.render import render  # noqa: PLC0415

            return (render(sheet) for sheet in sheets)
        from events.certificates.printing.bulk import print_batch  # noqa: PLC0415

        at = datetime.fromisoformat(sheets[0].facts["issued_at"])
        return print_batch(sheets, mould=self.sealer.mould(at=at) if self.sealer else None)
