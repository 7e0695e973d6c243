"""The small interface that every kind of key has, and the key that is a file."""

import stat
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from django.conf import settings
from django.utils.translation import gettext as _

from events.certificates.models import Seal
from events.certificates.sealing.errors import unfit
from events.certificates.sealing.identity import Identity, PublicKey, name_of

LARGEST_FILE = 256 * 1024
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Key(Protocol):
    """The private half of a seal, wherever it is."""

    def sign(self, messages: Sequence[bytes]) -> list[bytes]:
        """The signature of each message, with SHA-256: PKCS#1 v1.5, or ECDSA in DER. Raises CannotSeal."""


def secret_name(seal: Seal) -> str:
    """The environment variable that opens a seal's key: passphrase, PIN or token, whatever its kind needs."""
    return "SEAL_SECRET_" + (seal.centre.code.upper().replace("-", "_") if seal.centre else "NETWORK")


def secret_of(seal: Seal) -> str:
    """What the environment says; empty if nothing."""
    return str(settings.SEAL_SECRETS.get(secret_name(seal).removeprefix("SEAL_SECRET_"), ""))


class FileKey:
    """A key in the memory of this process."""

    def __init__(self, private: PrivateKey) -> None:
        self._private = private

    def sign(self, messages: Sequence[bytes]) -> list[bytes]:
        """As the interface says."""
        if isinstance(self._private, rsa.RSAPrivateKey):
            return [self._private.sign(message, padding.PKCS1v15(), hashes.SHA256()) for message in messages]
        return [self._private.sign(message, ec.ECDSA(hashes.SHA256())) for message in messages]


def path_of(name: str) -> Path:
    """The file of this name below the keys' folder. Raises Unfit for one that leads out of it."""
    folder = Path(settings.KEYS_DIR).resolve()
    try:
        path = (folder / name).resolve()
    except (ValueError, OSError):
        path = folder
    if not name or path == folder or not path.is_relative_to(folder):
        raise unfit(_("Its key file “%(name)s” is not below the folder of keys.") % {"name": name[:200]})
    return path


def is_open_to_others(path: Path) -> bool:
    """Whether others than its owner may read a file."""
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def file_key(seal: Seal, identity: Identity) -> FileKey:
    """The key in a seal's file, loaded once for as long as the file stays as it is. Raises Unfit."""
    path = path_of(seal.reference)
    try:
        found = path.stat()
        if found.st_size > LARGEST_FILE or not stat.S_ISREG(found.st_mode):
            raise unfit(_("Its key file “%(name)s” is no key.") % {"name": seal.reference})
        private = _load(str(path), found.st_mtime_ns, found.st_size, found.st_ino, secret_of(seal), secret_name(seal))
    except OSError:
        raise unfit(_("Its key file “%(name)s” cannot be read.") % {"name": seal.reference}) from None
    if spki(private.public_key()) != spki(identity.public_key):
        raise unfit(
            _("Its key file “%(file)s” does not belong to its certificate “%(name)s”.")
            % {"file": seal.reference, "name": name_of(identity.certificate)}
        )
    return FileKey(private)


def spki(key: object) -> bytes:
    """A public key in its one form, to compare."""
    public = cast("PublicKey", key)
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


@lru_cache(maxsize=64)  # cryptography examines an RSA key for a tenth of a second each time that it is loaded
def _load(path: str, _changed: int, _size: int, _inode: int, secret: str, variable: str) -> PrivateKey:
    private, _certificates = read_key(Path(path).read_bytes(), secret, variable=variable, name=Path(path).name)
    return private


def read_key(content: bytes, secret: str, *, variable: str, name: str) -> tuple[PrivateKey, list[x509.Certificate]]:
    """The private key in a PEM or PKCS#12 file, and the certificates beside it, its own first. Raises Unfit."""
    passphrase = secret.encode() or None
    try:
        if content.lstrip()[:11] == b"-----BEGIN ":
            private: object = _pem_key(content, passphrase)
            certificates = x509.load_pem_x509_certificates(content) if b"-----BEGIN CERTIFICATE-----" in content else []
        else:
            private, own, others = pkcs12.load_key_and_certificates(content, passphrase)
            certificates = [one for one in (own, *others) if one is not None]
    except (ValueError, TypeError):
        # TypeError: a passphrase is needed, or was given for a key that has none.
        raise unfit(
            _("Its key file “%(name)s” cannot be opened: it is damaged, or the passphrase in %(variable)s is wrong.")
            % {"name": name, "variable": variable}
        ) from None
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise unfit(
            _("The key in “%(name)s” is of a kind that not all PDF readers know. Use RSA, or the curve P-256 or P-384.")
            % {"name": name}
        )
    return private, certificates


def _pem_key(content: bytes, passphrase: bytes | None) -> object:
    """A key that is not locked opens with or without a passphrase: the variable may be there before the lock is."""
    try:
        return serialization.load_pem_private_key(content, passphrase)
    except TypeError:
        if passphrase is None:
            raise
        return serialization.load_pem_private_key(content, None)
