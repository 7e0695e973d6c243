"""The levels above B-B: a time stamp of an authority (RFC 3161), and what is needed to judge the seal in years.

B-T has the time stamp. B-LT adds the chains and whether any of them was revoked, all in the revision of the seal itself, so
that it still covers the whole file. B-LTA puts one more time stamp over everything. What came out is looked at before it is
issued: an authority that answers nonsense costs an error, not a certificate.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from datetime import datetime
from typing import Any

from asn1crypto import cms, crl, ocsp, pem, tsp
from asn1crypto import x509 as asn1_x509
from django.utils.translation import gettext as _
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import set_tsp_headers
from pyhanko_certvalidator import ValidationContext, errors
from pyhanko_certvalidator.authority import Authority
from pyhanko_certvalidator.fetchers import CertificateFetcher, CRLFetcher, Fetchers, OCSPFetcher
from pyhanko_certvalidator.fetchers.common_utils import (
    enumerate_delivery_point_urls,
    format_ocsp_request,
    process_ocsp_response_data,
)
from pyhanko_certvalidator.util import get_ocsp_urls, get_relevant_crl_dps, issuer_serial

from events.certificates.models import Seal
from events.certificates.sealing import pades
from events.certificates.sealing.errors import unavailable, unfit
from events.certificates.sealing.identity import Identity
from events.certificates.sealing.keys import Key
from events.certificates.sealing.looking import look
from events.certificates.sealing.reaching import Unreachable, ask
from events.certificates.sealing.roots import NoRoots, trusted_roots

MOST_OCTETS = 256 * 1024  # of a time stamp


class _Response(tsp.TimeStampResp):
    """As RFC 3161 §2.4.2 has it: who refuses gives no time stamp."""

    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


class Stamper(TimeStamper):
    """Asks a time-stamping authority."""

    def __init__(self, url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._url = url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """The authority's answer, which answers this very request. Raises Unavailable."""
        try:
            answer = await asyncio.to_thread(ask, self._url, req.dump(), set_tsp_headers({}), most=MOST_OCTETS)
        except Unreachable as error:
            raise unavailable(_("Its time-stamping authority did not answer (%(why)s).") % {"why": error}) from None
        if answer.status != 200 or answer.kind != "application/timestamp-reply":
            raise unavailable(_("Its time-stamping authority gave no time stamp (%(status)d).") % {"status": answer.status})
        nonsense = unavailable(_("The answer of its time-stamping authority is no time stamp."))
        try:
            found = _Response.load(answer.body, strict=True)
            if found["status"]["status"].native not in {"granted", "granted_with_mods"}:
                raise unavailable(_("Its time-stamping authority refused to give a time stamp."))
            stamped = found["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
            is_ours = (
                stamped["message_imprint"].native == req["message_imprint"].native
                and stamped["nonce"].native == req["nonce"].native
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            raise nonsense from None
        if not is_ours:
            raise nonsense
        return found


class _Crls(CRLFetcher):
    """Revocation lists, from the addresses in the certificates."""

    def __init__(self) -> None:
        self._found: dict[Any, list[crl.CertificateList]] = {}

    async def fetch(self, cert: Any, *, use_deltas: bool | None = None) -> Iterable[crl.CertificateList]:
        if issuer_serial(cert) not in self._found:
            urls = [
                url for point in get_relevant_crl_dps(cert, use_deltas=False) for url in enumerate_delivery_point_urls(point)
            ]
            self._found[issuer_serial(cert)] = await asyncio.to_thread(self._first, urls)
        return self._found[issuer_serial(cert)]

    @staticmethod
    def _first(urls: list[str]) -> list[crl.CertificateList]:
        why: Exception | None = None
        for url in urls:
            try:
                answer = ask(url)
                if answer.status == 200:
                    body = pem.unarmor(answer.body)[2] if pem.detect(answer.body) else answer.body
                    return [crl.CertificateList.load(body, strict=True)]
            except (Unreachable, ValueError) as error:
                why = error
        raise errors.CRLFetchError("No revocation list could be had.") from why

    def fetched_crls(self) -> Iterable[crl.CertificateList]:
        return [one for found in self._found.values() for one in found]

    def fetched_crls_for_cert(self, cert: Any) -> Iterable[crl.CertificateList]:
        return self._found[issuer_serial(cert)]


class _Ocsps(OCSPFetcher):
    """What authorities say about single certificates."""

    def __init__(self) -> None:
        self._found: dict[Any, ocsp.OCSPResponse] = {}

    async def fetch(self, cert: Any, authority: Authority) -> ocsp.OCSPResponse:
        if issuer_serial(cert) not in self._found:
            self._found[issuer_serial(cert)] = await asyncio.to_thread(self._first, cert, authority)
        return self._found[issuer_serial(cert)]

    @staticmethod
    def _first(cert: Any, authority: Authority) -> ocsp.OCSPResponse:
        request = format_ocsp_request(cert, authority, certid_hash_algo="sha1", request_nonces=True)
        why: Exception | None = None
        for url in get_ocsp_urls(cert):
            try:
                answer = ask(url, request.dump(), {"Content-Type": "application/ocsp-request"}, most=MOST_OCTETS)
                if answer.status == 200:
                    return process_ocsp_response_data(answer.body, ocsp_request=request, ocsp_url=url)
            except (Unreachable, errors.OCSPValidationError, errors.OCSPFetchError) as error:
                why = error
        raise errors.OCSPFetchError("No answer about revocation could be had.") from why

    def fetched_responses(self) -> Iterable[ocsp.OCSPResponse]:
        return self._found.values()

    def fetched_responses_for_cert(self, cert: Any) -> Iterable[ocsp.OCSPResponse]:
        return [self._found[issuer_serial(cert)]] if issuer_serial(cert) in self._found else []


_NOTHING: tuple[asn1_x509.Certificate, ...] = ()


class _NoCertificates(CertificateFetcher):
    """Chains are whole when a seal is set up; nothing is looked for elsewhere."""

    async def fetch_cert_issuers(self, cert: Any) -> AsyncGenerator[asn1_x509.Certificate, None]:
        for nothing in _NOTHING:
            yield nothing

    async def fetch_crl_issuers(self, certificate_list: Any) -> AsyncGenerator[asn1_x509.Certificate, None]:
        for nothing in _NOTHING:
            yield nothing

    def fetched_certs(self) -> Iterable[asn1_x509.Certificate]:
        return ()


def _context(identity: Identity) -> ValidationContext:
    """Whom to trust, and where to ask about revocation. The seal's own chain ends where its administrator ended it."""
    try:
        known = trusted_roots()
    except NoRoots:
        raise unfit(_("The file of SEAL_TRUSTED_ROOTS cannot be read.")) from None
    chain = (identity.certificate, *identity.issuers)
    return ValidationContext(
        trust_roots=[pades.asn1(one) for one in (chain[-1], *(one for one in known if one.issuer == one.subject))],
        other_certs=[pades.asn1(one) for one in (*chain[1:], *known)],
        allow_fetching=True,
        fetchers=Fetchers(_Ocsps(), _Crls(), _NoCertificates()),
        revocation_mode="hard-fail",
    )


def seal(pdf: bytes, *, seal: Seal, identity: Identity, key: Key, at: datetime, stamper: Stamper) -> bytes:
    """The file, sealed at the level of the seal and looked at. Raises CannotSeal."""
    keeps_proof = seal.level in {Seal.Level.B_LT, Seal.Level.B_LTA}
    stamping = pades.Stamping(
        stamper=stamper,
        context=_context(identity) if keeps_proof else None,
        archives=seal.level == Seal.Level.B_LTA,
    )
    try:
        sealed = pades.seal(pdf, identity=identity, key=key, at=at, stamping=stamping)
    except (errors.PathError, errors.ValidationError, SigningError, PdfError) as error:
        raise unfit(
            _("One of its certificates, or of its time-stamping authority’s, could not be confirmed (%(why)s).")
            % {"why": str(error.__cause__ or error)[:300]}
        ) from error
    found = look(sealed)
    if not found.is_intact or found.level != seal.level:
        raise unavailable(_("What its time-stamping authority gave is not a time stamp that holds."))
    return sealed
