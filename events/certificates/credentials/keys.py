"""The keys that sign credentials: Ed25519, the public half in the database, the private half in a file or the environment."""

import os
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.certificates.models import IssuerKey
from network.errors import Problem, Refused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519_PUBLIC = b"\xed\x01"  # its multicodec, before the 32 octets of the key
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class CannotSign(Problem):
    """A key is in use, but its private half is not where it should be. Certificates wait until it is, or the key is retired."""

    code = "cannot_sign"
    message = _("The network’s key for credentials cannot be read. Ask the people who run the platform.")


class KeyRefused(Refused):
    """A key cannot be made like this; the message says why."""

    code = "key_refused"


class PrivateKey:
    """The key in use, with both halves."""

    def __init__(self, row: IssuerKey, private: "Ed25519PrivateKey") -> None:
        self.row = row
        self._private = private

    def sign(self, data: bytes) -> bytes:
        """64 octets (RFC 8032); the same data gives the same signature."""
        return self._private.sign(data)

    @cached_property
    def secret(self) -> bytes:
        """What is derived from it is known to nobody else, and the same again."""
        return self._private.private_bytes_raw()


def key_in_use() -> PrivateKey | None:
    """The newest key that is not retired; None where no key was ever made, or all are retired. Raises CannotSign."""
    row = IssuerKey.objects.filter(retired_at=None).last()
    return _whole(row) if row is not None else None


def key_for_lists() -> PrivateKey | None:
    """The newest key, retired or not: revocations are told as long as a key can be read. Raises CannotSign."""
    row = IssuerKey.objects.last()
    return _whole(row) if row is not None else None


def make_key(name: str, *, retire: bool = False) -> IssuerKey:
    """Make a key, or take in the one from the environment, and put it to use; the former is retired only if asked.

    What was signed by a retired key is still checked by it. Raises KeyRefused, OSError.
    """
    if not NAME.fullmatch(name):
        raise KeyRefused(_("A key’s name has small letters, digits and hyphens, such as 2027-a."))
    with transaction.atomic():
        in_use = list(IssuerKey.objects.select_for_update(no_key=True).filter(retired_at=None))
        if IssuerKey.objects.filter(name=name).exists():
            raise KeyRefused(_("There is a key of this name already."))
        if in_use and not retire:
            raise KeyRefused(
                _("A key is in use: %(name)s. Say --retire if the new one is to take its place.") % vars(in_use[-1])
            )
        private = _from_environment() or _new_file(name)
        public = multikey(private.public_key())
        if IssuerKey.objects.filter(public=public).exists():
            raise KeyRefused(_("This key is known already. Put another one into ISSUER_KEY."))
        _retire(in_use)
        return IssuerKey.objects.create(name=name, public=public)


def retire_keys() -> int:
    """Sign with no key from now on; returns how many there were. What they signed is still checked by them."""
    with transaction.atomic():
        in_use = list(IssuerKey.objects.select_for_update(no_key=True).filter(retired_at=None))
        _retire(in_use)
    return len(in_use)


def _retire(keys: Sequence[IssuerKey]) -> None:
    for key in keys:
        key.retired_at = timezone.now()
        key.save(update_fields=["retired_at"])


def file_of(name: str) -> Path:
    """Where the private half of a key is kept."""
    return Path(settings.KEYS_DIR) / f"issuer-{name}.pem"


def _whole(row: IssuerKey) -> PrivateKey:
    private = _read(row.name)
    if multikey(private.public_key()) != row.public:
        raise CannotSign
    return PrivateKey(row, private)


def _read(name: str) -> "Ed25519PrivateKey":
    if (private := _from_environment()) is not None:
        return private
    try:
        return _parsed(file_of(name).read_bytes())
    except OSError as error:
        raise CannotSign from error


def _from_environment() -> "Ed25519PrivateKey | None":
    return _parsed(settings.ISSUER_KEY.replace("\\n", "\n").encode()) if settings.ISSUER_KEY else None


def _parsed(pem: bytes) -> "Ed25519PrivateKey":
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - cryptography costs a process 15 MB: only who needs it pays
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CannotSign from error
    if not isinstance(key, Ed25519PrivateKey):
        raise CannotSign
    return key


def _new_file(name: str) -> "Ed25519PrivateKey":
    """A new key in a file that only its owner reads: whole or not at all, and never in the place of another."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat  # noqa: PLC0415

    path = file_of(name)
    if path.exists():
        return _parsed(path.read_bytes())  # left from an attempt that did not reach the database
    key = Ed25519PrivateKey.generate()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".issuer-") as file:  # made with mode 0600
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
        try:
            os.link(file.name, path)
        except FileExistsError:
            return _parsed(path.read_bytes())
    return key


def multikey(public: "Ed25519PublicKey") -> str:
    """A public key as Multikey writes it (W3C Controlled Identifiers §2.2.2)."""
    return multibase(ED25519_PUBLIC + public.public_bytes_raw())


def raw_public(key: IssuerKey) -> bytes:
    """The 32 octets of a public key."""
    number = 0
    for character in key.public[1:]:
        number = number * 58 + _BASE58.index(character)
    return number.to_bytes(len(ED25519_PUBLIC) + 32, "big")[len(ED25519_PUBLIC) :]


def multibase(data: bytes) -> str:
    """Octets in base58-btc, with its multibase prefix."""
    number = int.from_bytes(data, "big")
    digits = []
    while number:
        number, digit = divmod(number, 58)
        digits.append(_BASE58[digit])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "z" + "1" * zeros + "".join(reversed(digits))
