"""Looks at the seal of a PDF with pyHanko: does it hold, does it cover everything, who made it, and when.

For files of strangers it runs in a process of its own (``python -m …sealing.looking``, see ``judging``), which has so much time
and memory and no more. So nothing here needs Django, and nothing reaches a network.
"""

import asyncio
import io
import json
import math
import os
import resource
import sys
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import (
    DocumentSecurityStore,
    EmbeddedPdfSignature,
    SignatureCoverageLevel,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from events.certificates.sealing.outside import MOST_SIGNATURES

# In the process apart: seconds of the processor once pyHanko is loaded, and octets. Loading takes most of half a second.
MOST_SECONDS, MOST_MEMORY = 3, 768 * 2**20

PADES = "/ETSI.CAdES.detached"
#: What may come after a seal without changing what was sealed: time stamps, and proofs about certificates.
HARMLESS = {ModificationLevel.NONE, ModificationLevel.LTA_UPDATES}
FOR_DOCUMENTS = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False)


@dataclass(frozen=True)
class Look:
    """What was seen."""

    is_readable: bool = True
    is_sealed: bool = False
    is_intact: bool = False
    certificate: str = ""  # of the seal: DER, in hexadecimal
    signer: str = ""
    signed_at: str = ""  # ISO 8601; of a trusted time stamp, else what the seal itself says
    level: str = ""
    is_trusted: bool | None = None


def look(pdf: bytes, roots: list[x509.Certificate] | None = None) -> Look:
    """Look at a file. Raises whatever pyHanko raises at rubbish."""
    reader = PdfFileReader(io.BytesIO(pdf))
    signatures = reader.embedded_regular_signatures
    if not signatures:
        return Look(is_sealed=False)
    if len(reader.embedded_signatures) > MOST_SIGNATURES:
        return Look(is_readable=False, is_sealed=True)
    return asyncio.run(_look(reader, signatures[0], roots))


async def _look(reader: PdfFileReader, signature: EmbeddedPdfSignature, roots: list[x509.Certificate] | None) -> Look:
    """At the first signature: a seal is the first, and allows no other."""
    claimed = signature.self_reported_timestamp
    status: Any = await async_validate_pdf_signature(
        signature, _context(reader, roots, claimed), key_usage_settings=FOR_DOCUMENTS
    )
    stamped = status.timestamp_validity
    is_stamped = stamped is not None and stamped.intact and stamped.valid
    stamps = reader.embedded_timestamp_signatures
    stamps_hold, last = True, status
    for stamp in stamps:
        last = await async_validate_pdf_timestamp(stamp, _context(reader, roots, claimed))
        stamps_hold &= last.intact and last.valid
    when = stamped.timestamp if is_stamped and stamped.trusted else claimed
    return Look(
        is_sealed=True,
        is_intact=bool(status.intact and status.valid and stamps_hold and _is_untouched(status, last)),
        certificate=signature.signer_cert.dump().hex(),
        signer=_name(signature.signer_cert),
        signed_at=when.isoformat() if when is not None else "",
        level=_level(reader, signature, is_stamped=is_stamped, is_archived=bool(stamps) and stamps_hold),
        is_trusted=bool(status.trusted) if roots else None,
    )


def _context(reader: PdfFileReader, roots: list[x509.Certificate] | None, moment: datetime | None) -> ValidationContext:
    """Trust of the time of sealing: a certificate that expired since did not expire backwards."""
    settings: dict[str, Any] = {
        "trust_roots": [one for one in roots or [] if one.issuer == one.subject],
        "other_certs": roots or [],
        "moment": moment,
        "allow_fetching": False,
        "revocation_mode": "soft-fail",
        "retroactive_revinfo": True,
    }
    try:
        return DocumentSecurityStore.read_dss(reader).as_validation_context(settings)
    except NoDSSFoundError:
        return ValidationContext(**settings)


def _is_untouched(seal: Any, last: Any) -> bool:
    """Whether the file is what was sealed, and ends where the seal ends, or the last of the time stamps after it."""
    if last.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        return False
    return last is seal or (
        seal.coverage == SignatureCoverageLevel.ENTIRE_REVISION
        and seal.docmdp_ok is True
        and seal.modification_level in HARMLESS
    )


def _level(reader: PdfFileReader, signature: EmbeddedPdfSignature, *, is_stamped: bool, is_archived: bool) -> str:
    """The level of PAdES; empty for a signature of another kind."""
    attributes = {one["type"].native for one in signature.signer_info["signed_attrs"]}
    if signature.sig_object.get("/SubFilter") != PADES or "signing_certificate_v2" not in attributes:
        return ""
    if not is_stamped:
        return "B-B"
    if "/DSS" not in reader.root:
        return "B-T"
    return "B-LTA" if is_archived else "B-LT"


def _name(certificate: x509.Certificate) -> str:
    """The subject, as the reader of PDF shows it."""
    names: dict[str, Any] = certificate.subject.native
    found = names.get("common_name") or names.get("organization_name") or certificate.subject.human_friendly
    text = found if isinstance(found, str) else str(found)
    return "".join(character for character in text if character.isprintable())[:200]


def main() -> None:
    """Look at what standard input has, within limits of time and memory, and tell it on standard output."""
    os.nice(10)  # whoever waits for a page comes first
    spent = resource.getrusage(resource.RUSAGE_SELF)  # on loading pyHanko: how slow the machine is judges no file
    most = MOST_SECONDS + math.ceil(spent.ru_utime + spent.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    roots = None
    if sys.argv[1:]:
        found = pem.unarmor(Path(sys.argv[1]).read_bytes(), multiple=True)
        roots = [x509.Certificate.load(der) for _kind, _headers, der in found]
    pdf = sys.stdin.buffer.read()
    try:
        seen = look(pdf, roots)
    except Exception:  # noqa: BLE001 - whatever a stranger's file does to the library, it cannot be read
        seen = Look(is_readable=False)
    json.dump(asdict(seen), sys.stdout)


if __name__ == "__main__":
    main()
