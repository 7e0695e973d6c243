"""The verbs of seals. They are for who has the server's command line: a seal stands for the whole centre."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from events.certificates.models import Seal
from events.certificates.sealing import keys
from events.certificates.sealing.errors import unfit
from events.certificates.sealing.identity import Identity, identity_from, identity_of, in_order
from events.certificates.sealing.sealer import sealer_for
from events.certificates.sealing.trial import empty_page
from network.errors import Invalid, type_of_message
from network.journal import because
from network.models import Centre

KEY_BITS = 3072
MOST_DAYS = 3650
NAME_LENGTH = 64  # X.520, upper bound of the names of organisations


def make_seal(*, centre: Centre | None, days: int) -> Seal:
    """Make a key and a certificate that it signs itself, and put them into use; ``centre`` None: for the network.

    The key is a file below KEYS_DIR that only its owner may read, locked with the passphrase in the environment if one is set.
    The former seal is retired: what it sealed stays good. Raises Invalid, CannotSeal.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Invalid({"days": [_("A certificate is valid for 1 to %(most)d days.") % {"most": MOST_DAYS}]})
    now = timezone.now()
    private = rsa.generate_private_key(65537, KEY_BITS)
    identity = Identity(_self_made(private, centre, now, days))
    code = centre.code if centre else "network"
    name = f"{slugify(code)}-{now:%Y-%m-%d}-{identity.certificate.serial_number % 16**8:08x}.pem"
    seal = Seal(centre=centre, kind=Seal.Kind.KEY_FILE, reference=name, chain=identity.pem)
    path = _store(private, name, keys.secret_of(seal))
    try:
        return _put_into_use(seal, reason="make_seal")
    except BaseException:
        path.unlink()
        raise


def use_seal(
    *, centre: Centre | None, kind: str, reference: str, chain: str = "", level: str = Seal.Level.B_B, timestamp_url: str = ""
) -> Seal:
    """Put a key that exists into use. ``chain``: PEM, the seal's own certificate first; of a key file it may be in the file.

    An empty page is sealed first, with everything that belongs to it. Where that fails, the former seal stays in use.
    Raises Invalid, CannotSeal.
    """
    seal = Seal(centre=centre, kind=kind, reference=reference, chain=chain, level=level, timestamp_url=timestamp_url)
    errors: dict[str, list[type_of_message]] = {}
    if kind not in Seal.Kind.values:
        errors["kind"] = [_("Choose one of: %(kinds)s.") % {"kinds": ", ".join(Seal.Kind.values)}]
    if level not in Seal.Level.values:
        errors["level"] = [_("Choose one of: %(levels)s.") % {"levels": ", ".join(Seal.Level.values)}]
    elif level != Seal.Level.B_B and not timestamp_url:
        errors["timestamp_url"] = [_("This level needs the address of a time-stamping authority.")]
    if len(reference) > 500 or len(timestamp_url) > 300:
        errors["reference"] = [_("This address is too long.")]
    if errors:
        raise Invalid(errors)
    if not chain:
        seal.chain = _chain_in_file(seal)
    seal.chain = identity_from(seal.chain).pem
    sealer_for(seal).apply(empty_page(), at=timezone.now())
    return _put_into_use(seal, reason="use_seal")


def retire_seal(*, centre: Centre | None) -> Seal | None:
    """Take the seal out of use and return it; None: there is none. The network's seal takes its place, if there is one."""
    with transaction.atomic(), because(by=None, reason="retire_seal"):
        return _retire(centre)


def _put_into_use(seal: Seal, *, reason: str) -> Seal:
    with transaction.atomic(), because(by=None, reason=reason):
        _retire(seal.centre)
        seal.save()
    return seal


def _retire(centre: Centre | None) -> Seal | None:
    """Retire the seal in use. The constraint of the table is the judge where two do so at once."""
    former = Seal.objects.select_for_update(of=("self",), no_key=True).filter(centre=centre, retired_at=None).first()
    if former is not None:
        former.retired_at = timezone.now()
        former.save(update_fields=["retired_at"])
    return former


def _self_made(private: rsa.RSAPrivateKey, centre: Centre | None, now: datetime, days: int) -> x509.Certificate:
    # ETSI EN 319 412-3 §4.2.1: a seal's subject has country, organisation and common name.
    organisation = _cut(centre.name if centre else settings.SITE_NAME)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, str(centre.country) if centre else "EU"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, organisation),
        ]
    )
    public = private.public_key()
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - timedelta(minutes=5))  # clocks of readers differ
        .not_valid_after(now.astimezone(UTC) + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(private, hashes.SHA256())
    )


def _cut(name: str) -> str:
    """At most as long as a certificate takes it, cut between words."""
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 2].rsplit(maxsplit=1)[0] + " …"


def _store(private: rsa.RSAPrivateKey, name: str, passphrase: str) -> Path:
    folder = Path(settings.KEYS_DIR)
    lock: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    )
    content = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
    path = folder / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Readable by nobody else from its first moment on.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except OSError as error:
        raise unfit(
            _("Its key cannot be written to %(folder)s (%(why)s).") % {"folder": folder, "why": error.strerror}
        ) from None
    return path


def _chain_in_file(seal: Seal) -> str:
    """The certificates beside the key in its file. Raises Unfit."""
    if seal.kind != Seal.Kind.KEY_FILE:
        raise Invalid({"chain": [_("Say where the certificate and its chain are.")]})
    try:
        content = keys.path_of(seal.reference).read_bytes()
    except OSError:
        raise unfit(_("Its key file “%(name)s” cannot be read.") % {"name": seal.reference}) from None
    _private, certificates = keys.read_key(content, keys.secret_of(seal), variable=keys.secret_name(seal), name=seal.reference)
    return identity_of(in_order(certificates)).pem
