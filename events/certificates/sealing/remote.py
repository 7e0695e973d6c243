"""Keys at a remote signing service, which gets hashes over HTTPS. No document leaves the house.

It is asked by ``signatures/signHash``, as in the API of the Cloud Signature Consortium, version 2.
The seal's ``reference`` is the address of the API with the name of the key behind ``#``:
``https://sign.example/csc/v2#key-of-the-centre``. The access token comes from the environment.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence

from django.utils.translation import gettext as _

from events.certificates.models import Seal
from events.certificates.sealing.errors import unavailable, unfit
from events.certificates.sealing.identity import Identity
from events.certificates.sealing.keys import secret_name, secret_of
from events.certificates.sealing.reaching import Unreachable, ask

MOST_HASHES = 50  # in one request
MOST_OCTETS = 2**20  # of an answer
SHA256 = "2.16.840.1.101.3.4.2.1"
RSA, ECDSA = "1.2.840.113549.1.1.1", "1.2.840.10045.4.3.2"


class RemoteKey:
    """A key that is somewhere else."""

    def __init__(self, seal: Seal, identity: Identity) -> None:
        self._address, _hash, self._credential = seal.reference.partition("#")
        self._algorithm = RSA if identity.is_rsa else ECDSA
        self._variable, self._token = secret_name(seal), secret_of(seal)
        if not self._token:
            raise unfit(_("Its signing service needs a token: %(variable)s is not set.") % {"variable": self._variable})
        if not self._credential:
            raise unfit(_("The address of its signing service has to end with # and the name of the key."))

    def sign(self, messages: Sequence[bytes]) -> list[bytes]:
        """As the interface says, by as few requests as the service takes."""
        hashes = [hashlib.sha256(message).digest() for message in messages]
        signatures: list[bytes] = []
        for start in range(0, len(hashes), MOST_HASHES):
            signatures += self._signed(hashes[start : start + MOST_HASHES])
        return signatures

    def _signed(self, hashes: Sequence[bytes]) -> list[bytes]:
        asked = {
            "credentialID": self._credential,
            "hashes": [base64.b64encode(one).decode("ascii") for one in hashes],
            "hashAlgorithmOID": SHA256,
            "signAlgo": self._algorithm,
            "operationMode": "S",
        }
        try:
            answer = ask(
                self._address.rstrip("/") + "/signatures/signHash",
                json.dumps(asked).encode(),
                {"Content-Type": "application/json", "Accept": "application/json", "Authorization": f"Bearer {self._token}"},
                in_secret=True,
                most=MOST_OCTETS,
            )
        except Unreachable as error:
            raise unavailable(_("Its signing service did not answer (%(why)s).") % {"why": error}) from None
        if answer.status in {401, 403}:
            raise unfit(
                _("Its signing service does not accept the token in %(variable)s (%(status)d).")
                % {"variable": self._variable, "status": answer.status}
            )
        if answer.status != 200:
            raise unavailable(
                _("Its signing service refused to sign (%(status)d %(why)s).")
                % {"status": answer.status, "why": _described(answer.body)}
            )
        try:
            signatures = [base64.b64decode(one, validate=True) for one in json.loads(answer.body)["signatures"]]
        except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
            raise unavailable(_("The answer of its signing service cannot be understood.")) from None
        if len(signatures) != len(hashes):
            raise unavailable(_("Its signing service signed not as many as were asked for."))
        return signatures


def _described(body: bytes) -> str:
    """What the service says about an error, in its own words."""
    try:
        said = json.loads(body)
        text = str(said.get("error_description") or said.get("error") or "")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return "".join(character for character in text if character.isprintable())[:200]
