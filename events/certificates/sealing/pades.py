"""Sealing one PDF by pyHanko: an incremental update with an invisible field, certified, and nothing may change after it.

Only who seals imports this module: pyHanko costs a process about half a second.
"""

import asyncio
import hashlib
import io
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.signers import constants
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference, TimestampDSSContentSettings
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from events.certificates.sealing import shape
from events.certificates.sealing.identity import Identity
from events.certificates.sealing.keys import Key

DIGEST = "sha256"
T = TypeVar("T")


def asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """The certificate as pyHanko takes it."""
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


class Signer(signers.Signer):
    """Our key in pyHanko's form. It keeps what it signed last."""

    signed = b""

    def __init__(self, identity: Identity, key: Key) -> None:
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple([asn1(one) for one in identity.issuers])
        super().__init__(signing_cert=asn1(identity.certificate), cert_registry=store)
        self._identity, self._key = identity, key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The signature value; in a dry run as many octets as it may take."""
        if dry_run:
            return bytes(self._identity.longest_signature)
        self.signed = data
        return self._key.sign([data])[0]


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do pyHanko's asynchronous work here and now, also where this thread runs a loop already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, work).result()


class Update(IncrementalPdfFileWriter):
    """An update whose octets depend on nothing but what goes in: no chance, no clock. The file's metadata stay as they are."""

    def __init__(self, pdf: bytes) -> None:
        super().__init__(io.BytesIO(pdf))
        self._document_id = generic.ArrayObject(
            [self._document_id[0], generic.ByteStringObject(hashlib.sha256(pdf).digest()[:16])]
        )

    def _update_meta(self) -> None:
        """Nothing: the time of sealing is in the seal, and PDF/A wants both kinds of metadata to agree."""


class _PdfSigner(signers.PdfSigner):
    def register_extensions(self, pdf_out: Any, *, md_algorithm: str) -> None:
        """Only that of PAdES. pyHanko would make a file of PDF 2.0 for a curve, and PDF/A-3 is PDF 1.7."""
        pdf_out.register_extension(constants.ESIC_EXTENSION_1)


OUT_OF_PAGE = fields.InvisSigSettings(set_print_flag=True, box_out_of_bounds=True)


@dataclass(frozen=True)
class Stamping:
    """What the levels above B-B need."""

    stamper: TimeStamper
    #: Roots, and where revocations are asked for; None at B-T.
    context: ValidationContext | None = None
    #: Whether a time stamp over the whole file follows (B-LTA).
    archives: bool = False


def seal(pdf: bytes, *, identity: Identity, key: Key, at: datetime, stamping: Stamping | None = None) -> bytes:
    """The sealed file. Raises what pyHanko raises, and CannotSeal."""
    return run(_seal(pdf, identity, key, at, stamping))


async def _seal(pdf: bytes, identity: Identity, key: Key, at: datetime, stamping: Stamping | None) -> bytes:
    context = stamping.context if stamping else None
    meta = signers.PdfSignatureMetadata(
        field_name=shape.FIELD_NAME,
        md_algorithm=DIGEST,
        certify=True,
        docmdp_permissions=fields.MDPPerm(shape.PERMISSIONS),
        subfilter=fields.SigSeedSubFilter.PADES,
        embed_validation_info=context is not None,
        validation_context=context,
        signer_key_usage=set(),  # looked at when the seal was set up, and more exactly
        dss_settings=DSSContentSettings(include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE),
    )
    signer = _PdfSigner(
        meta,
        Signer(identity, key),
        timestamper=stamping.stamper if stamping else None,
        new_field_spec=fields.SigFieldSpec(
            shape.FIELD_NAME, invis_sig_settings=OUT_OF_PAGE, readable_field_name=shape.FIELD_LABEL
        ),
    )
    update = Update(pdf)
    session = signer.init_signing_session(update)
    session.system_time = at.astimezone(UTC)
    found = await session.perform_presign_validation(update)
    size = await session.estimate_signature_container_size(found, tight=stamping is None)
    document = session.prepare_tbs_document(validation_info=found, bytes_reserved=size)
    prepared, output = document.digest_tbs_document()
    await document.perform_signature(prepared.document_digest, PdfCMSSignedAttributes())
    output.seek(0)
    sealed: bytes = output.read()
    if stamping is not None and stamping.archives:
        sealed = await _stamped(sealed, stamping, found)
    return sealed


async def _stamped(sealed: bytes, stamping: Stamping, found: Any) -> bytes:
    """With a time stamp over the whole (B-LTA), which is all that DocMDP lets come after."""
    output = await signers.PdfTimeStamper(
        stamping.stamper, field_name=shape.STAMP_NAME, invis_settings=OUT_OF_PAGE, readable_field_name=shape.STAMP_LABEL
    ).async_timestamp_pdf(
        Update(sealed),
        DIGEST,
        stamping.context,
        validation_paths=found.validation_paths,
        dss_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
    )
    stamped: bytes = output.getvalue()
    return stamped
