"""The certificate of a seal with its chain, and whether it is fit to seal with: today, and at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from typing import cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from events.certificates.sealing.errors import unfit

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

MOST_CERTIFICATES = 8
LONGEST_CHAIN = 64 * 1024  # characters of PEM
LEAST_BITS, MOST_BITS = 2048, 8192
#: Curves that readers of PDF know, and the longest signature of each (DER).
CURVES = {"secp256r1": 72, "secp384r1": 104}
#: A certificate that is for these only is not for documents.
NOT_FOR_DOCUMENTS = {
    ExtendedKeyUsageOID.SERVER_AUTH,
    ExtendedKeyUsageOID.CLIENT_AUTH,
    ExtendedKeyUsageOID.CODE_SIGNING,
    ExtendedKeyUsageOID.TIME_STAMPING,
    ExtendedKeyUsageOID.OCSP_SIGNING,
}


def name_of(certificate: x509.Certificate) -> str:
    """Whose it is, in the words that a reader of PDF shows."""
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in certificate.subject.get_attributes_for_oid(oid):
            return str(attribute.value)[:200]
    return certificate.subject.rfc4514_string()[:200] or "–"


def _day(moment: datetime) -> str:
    return date_format(moment, "DATE_FORMAT")


@dataclass(frozen=True)
class Identity:
    """The seal's own certificate, and those above it."""

    certificate: x509.Certificate
    issuers: tuple[x509.Certificate, ...] = ()

    @cached_property
    def public_key(self) -> PublicKey:
        """RSA or a curve; anything else was refused."""
        return cast("PublicKey", self.certificate.public_key())

    @cached_property
    def pem(self) -> str:
        """As it is stored."""
        return "".join(
            one.public_bytes(serialization.Encoding.PEM).decode("ascii") for one in (self.certificate, *self.issuers)
        )

    @property
    def is_rsa(self) -> bool:
        """With RSA (PKCS#1 v1.5) the same file has the same seal every time; with a curve never."""
        return isinstance(self.public_key, rsa.RSAPublicKey)

    @property
    def longest_signature(self) -> int:
        """Octets."""
        if isinstance(self.public_key, rsa.RSAPublicKey):
            return (self.public_key.key_size + 7) // 8
        return CURVES[self.public_key.curve.name]

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether the key of this certificate made the signature (with SHA-256)."""
        try:
            if isinstance(self.public_key, rsa.RSAPublicKey):
                self.public_key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
            else:
                self.public_key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def check_at(self, moment: datetime) -> None:
        """Raise Unfit if one of the chain is not valid at this moment."""
        for one in (self.certificate, *self.issuers):
            if moment > one.not_valid_after_utc:
                raise unfit(
                    _("Its certificate “%(name)s” expired on %(day)s.")
                    % {"name": name_of(one), "day": _day(one.not_valid_after_utc)}
                )
            if moment < one.not_valid_before_utc:
                raise unfit(
                    _("Its certificate “%(name)s” is valid only from %(day)s.")
                    % {"name": name_of(one), "day": _day(one.not_valid_before_utc)}
                )


def identity_from(pem: str) -> Identity:
    """Read a chain, the seal's own certificate first. Raises Unfit if it is none, or not for sealing documents.

    Whether it is valid today is another question: see ``check_at``.
    """
    if len(pem) > LONGEST_CHAIN:
        raise unfit(_("Its chain of certificates is too long."))
    try:
        certificates = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise unfit(_("Its certificate cannot be read: it has to be in PEM form.")) from None
    return identity_of(certificates)


def identity_of(certificates: Sequence[x509.Certificate]) -> Identity:
    """As ``identity_from``."""
    if not certificates:
        raise unfit(_("It has no certificate."))
    if len(certificates) > MOST_CERTIFICATES:
        raise unfit(_("Its chain of certificates is too long."))
    own, *issuers = certificates
    try:
        _check_key(own)
        _check_usage(own)
        _check_chain(certificates)
    except (ValueError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise unfit(_("Its certificate “%(name)s” is damaged.") % {"name": name_of(own)}) from None
    return Identity(own, tuple(issuers))


def in_order(certificates: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """The first of them, and above each its issuer: a PKCS#12 file has them in any order, and others besides."""
    chain, left = list(certificates[:1]), list(certificates[1:])
    while chain and (above := next((one for one in left if one.subject == chain[-1].issuer), None)):
        chain.append(above)
        left.remove(above)
    return chain


def expires(pem: str) -> datetime | None:
    """When the first certificate of a chain expires; None: it cannot be read."""
    try:
        return min(one.not_valid_after_utc for one in x509.load_pem_x509_certificates(pem.encode()))
    except ValueError:
        return None


def _check_key(own: x509.Certificate) -> None:
    key = own.public_key()
    names = {"name": name_of(own), "least": LEAST_BITS, "most": MOST_BITS}
    if isinstance(key, rsa.RSAPublicKey):
        if not LEAST_BITS <= key.key_size <= MOST_BITS:
            raise unfit(_("The RSA key of “%(name)s” has to have %(least)d to %(most)d bits.") % names)
    elif not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in CURVES:
        # Poppler accepts no Ed25519, and what one of the usual readers refuses is no proof.
        raise unfit(
            _("The key of “%(name)s” is of a kind that not all PDF readers know. Use RSA, or the curve P-256 or P-384.") % names
        )


def _check_usage(own: x509.Certificate) -> None:
    wrong = unfit(_("The certificate “%(name)s” is not for sealing documents.") % {"name": name_of(own)})
    try:
        usage = own.extensions.get_extension_for_class(x509.KeyUsage).value
        if not (usage.digital_signature or usage.content_commitment):
            raise wrong
    except x509.ExtensionNotFound:
        pass
    try:
        if set(own.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) <= NOT_FOR_DOCUMENTS:
            raise wrong
    except x509.ExtensionNotFound:
        pass


def _check_chain(certificates: Sequence[x509.Certificate]) -> None:
    for lower, upper in pairwise(certificates):
        try:
            lower.verify_directly_issued_by(upper)
        except (ValueError, TypeError, InvalidSignature):
            raise unfit(
                _("Its chain is broken: “%(lower)s” was not issued by “%(upper)s”. Put each certificate before its issuer.")
                % {"lower": name_of(lower), "upper": name_of(upper)}
            ) from None
