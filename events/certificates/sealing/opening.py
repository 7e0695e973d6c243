"""Opens the key of a seal, of whatever kind it is."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from events.certificates.models import Seal
from events.certificates.sealing.errors import unfit
from events.certificates.sealing.identity import Identity, name_of
from events.certificates.sealing.keys import Key, file_key
from events.certificates.sealing.remote import RemoteKey


class Distrusted:
    """A key that signs out of our sight: each of its signatures is checked before it goes into a file."""

    def __init__(self, key: Key, identity: Identity) -> None:
        self._key, self._identity = key, identity

    def sign(self, messages: Sequence[bytes]) -> list[bytes]:
        """As the interface says."""
        signatures = self._key.sign(messages)
        if not all(map(self._identity.verify, signatures, messages)):
            raise unfit(
                _("The key that was used does not belong to its certificate “%(name)s”.")
                % {"name": name_of(self._identity.certificate)}
            )
        return signatures


def key_of(seal: Seal, identity: Identity) -> Key:
    """The seal's key, ready to sign. Raises CannotSeal."""
    if seal.kind == Seal.Kind.KEY_FILE:
        return file_key(seal, identity)
    if seal.kind == Seal.Kind.PKCS11:
        return Distrusted(_device_key(seal, identity), identity)
    return Distrusted(RemoteKey(seal, identity), identity)


def _device_key(seal: Seal, identity: Identity) -> Key:
    """A key in a device. What speaks to devices is installed only where somebody has one."""
    try:
        from events.certificates.sealing.devices import DeviceKey  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "pkcs11":
            raise
        raise unfit(_("What speaks to its device is not installed: requirements-pkcs11.txt.")) from error
    return DeviceKey(seal, identity)
