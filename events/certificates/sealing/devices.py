"""Keys in a PKCS#11 device: a security module or a smart card. The device signs; the key never leaves it.

The seal's ``reference`` is a URI by RFC 7512 (``pkcs11:token=Seals;object=at-ioeb``). The library is that of
SEAL_PKCS11_MODULE and no other, and the PIN comes from the environment: a URI that names either is refused, because seals are
rows of a database.
"""

import hashlib
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import unquote_to_bytes

import pkcs11
from django.conf import settings
from django.utils.translation import gettext as _
from pkcs11.util.ec import encode_ecdsa_signature

from events.certificates.models import Seal
from events.certificates.sealing.errors import CannotSeal, unavailable, unfit
from events.certificates.sealing.identity import Identity, name_of
from events.certificates.sealing.keys import secret_name, secret_of

SCHEME = "pkcs11:"
#: What may be in a URI, of all that RFC 7512 knows.
OF_TOKENS = {"token", "serial"}
OF_KEYS = {"object", "id"}
#: In front of a SHA-256 in PKCS#1 v1.5 (RFC 8017 §9.2, note 1): not every device makes it by itself.
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")

#: A token is entered once in a process, and asked by one thread at a time.
_lock = threading.RLock()
_sessions: dict[tuple[int, str, str, str], Any] = {}
#: PINs that were wrong are not tried again: after a few a device locks itself.
_wrong_pins: set[tuple[tuple[int, str, str, str], str]] = set()

PIN_ERRORS = (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinExpired, pkcs11.PinLocked)


def parsed(uri: str) -> dict[str, bytes]:
    """The parts of a URI that name a token and a key. Raises Unfit."""
    path, _mark, query = uri.removeprefix(SCHEME).partition("?")
    found: dict[str, bytes] = {}
    for part in filter(None, path.split(";")):
        name, _equals, value = part.partition("=")
        if name == "type" and value == "private":
            continue
        if name not in OF_TOKENS | OF_KEYS or name in found or not value:
            raise unfit(_("The address of its device cannot be understood at “%(part)s”.") % {"part": part[:60]})
        found[name] = unquote_to_bytes(value)
    if not uri.startswith(SCHEME) or not found.keys() & OF_TOKENS or not found.keys() & OF_KEYS:
        raise unfit(_("The address of its device has to be like pkcs11:token=…;object=…"))
    if query:
        raise unfit(
            _("The address of its device has neither library nor PIN: these come from SEAL_PKCS11_MODULE and SEAL_SECRET_….")
        )
    return found


class DeviceKey:
    """A key in a device."""

    def __init__(self, seal: Seal, identity: Identity) -> None:
        self._parts = parsed(seal.reference)
        self._is_rsa, self._owner = identity.is_rsa, name_of(identity.certificate)
        self._variable, self._pin = secret_name(seal), secret_of(seal)
        if not settings.SEAL_PKCS11_MODULE:
            raise unfit(_("The library of its device is not set: SEAL_PKCS11_MODULE."))
        if not self._pin:
            raise unfit(_("The PIN of its device is missing: %(variable)s is not set.") % {"variable": self._variable})

    def sign(self, messages: Sequence[bytes]) -> list[bytes]:
        """As the interface says. A session that broke is opened anew, once."""
        hashes = [hashlib.sha256(message).digest() for message in messages]
        with _lock:
            if (self._place, self._pin) in _wrong_pins:
                raise self._in_words(pkcs11.PinIncorrect())
            try:
                return self._signed(hashes)
            except PIN_ERRORS as error:
                _wrong_pins.add((self._place, self._pin))
                raise self._in_words(error) from None
            except pkcs11.PKCS11Error:
                self._leave()
            try:
                return self._signed(hashes)
            except pkcs11.PKCS11Error as error:
                self._leave()
                raise self._in_words(error) from None

    def _signed(self, hashes: Sequence[bytes]) -> list[bytes]:
        key = self._session().get_key(
            object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=self._text("object"), id=self._parts.get("id")
        )
        if key.key_type != (pkcs11.KeyType.RSA if self._is_rsa else pkcs11.KeyType.EC):
            raise unfit(_("The key that was used does not belong to its certificate “%(name)s”.") % {"name": self._owner})
        if self._is_rsa:
            return [bytes(key.sign(DIGEST_INFO + one, mechanism=pkcs11.Mechanism.RSA_PKCS)) for one in hashes]
        return [encode_ecdsa_signature(key.sign(one, mechanism=pkcs11.Mechanism.ECDSA)) for one in hashes]

    def _text(self, name: str) -> str | None:
        found = self._parts.get(name)
        return found.decode("utf-8", "replace") if found is not None else None

    @property
    def _place(self) -> tuple[int, str, str, str]:
        return (os.getpid(), settings.SEAL_PKCS11_MODULE, self._text("token") or "", self._text("serial") or "")

    def _session(self) -> Any:
        session = _sessions.get(self._place)
        if session is None:
            try:
                library = pkcs11.lib(settings.SEAL_PKCS11_MODULE)
            except (OSError, RuntimeError) as error:
                raise unfit(
                    _("The library of its device (%(path)s) cannot be loaded.") % {"path": settings.SEAL_PKCS11_MODULE}
                ) from error
            serial = self._parts.get("serial")
            tokens = [
                token
                for token in library.get_tokens(token_label=self._text("token"))
                if serial is None or token.serial == serial
            ]
            if len(tokens) != 1:
                raise pkcs11.NoSuchToken if not tokens else pkcs11.MultipleTokensReturned
            try:
                session = tokens[0].open(user_pin=self._pin)
            except pkcs11.UserAlreadyLoggedIn:  # by another address of the same token: a process enters as a whole
                session = tokens[0].open()
            _sessions[self._place] = session
        return session

    def _leave(self) -> None:
        session = _sessions.pop(self._place, None)
        if session is not None:
            with suppress(pkcs11.PKCS11Error):  # the device is gone
                session.close()

    def _in_words(self, error: pkcs11.PKCS11Error) -> CannotSeal:
        if isinstance(error, PIN_ERRORS):
            return unfit(_("Its device does not accept the PIN in %(variable)s.") % {"variable": self._variable})
        if isinstance(error, pkcs11.NoSuchKey):
            return unfit(_("Its device has no such key."))
        if isinstance(error, pkcs11.MultipleObjectsReturned | pkcs11.MultipleTokensReturned):
            return unfit(_("The address of its device fits more than one token or key."))
        if isinstance(error, pkcs11.NoSuchToken | pkcs11.TokenNotPresent):
            return unavailable(_("Its device is not there."))
        return unavailable(_("Its device answered with an error (%(name)s).") % {"name": type(error).__name__})
