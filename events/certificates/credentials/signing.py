"""Signing the credential of a certificate: as a document with its proof, and as a token."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from events.certificates.content.facts import Facts
from events.certificates.credentials.canonical import DATE_TIME, SECURITY, TYPE, Canonicaliser, Document, iri, lines, literal
from events.certificates.credentials.issuer import base64url, did, jwk_method, method
from events.certificates.credentials.keys import PrivateKey, key_in_use, multibase
from events.certificates.credentials.openbadge import credential, own_values
from events.certificates.credentials.places import ROOM, index_of
from events.certificates.models import IssuerKey, StatusList

SUITE = "eddsa-rdfc-2022"


@dataclass(frozen=True)
class StatusPlace:
    """A place in a status list, given away once and for all."""

    status_list: StatusList
    index: int


@dataclass(frozen=True)
class Signed:
    """A credential in its two forms."""

    key: IssuerKey
    place: StatusPlace
    document: bytes  # JSON-LD with an eddsa-rdfc-2022 proof, UTF-8
    token: str  # VC-JWT


class CredentialSigner:
    """The issuer's key, ready to be used."""

    def __init__(self, key: PrivateKey) -> None:
        self._key = key

    def places(self, count: int) -> list[StatusPlace]:
        """Take so many places of the status list, in a transaction of its own. Unused ones do no harm."""
        with transaction.atomic():
            return list(_take(count))

    def sign(self, facts: Facts, *, place: StatusPlace, email: str) -> Signed:
        """The credential that says what the facts say. ``email``: of the holder, goes in salted and hashed; may be empty.

        The same facts, place and key give the same bytes.
        """
        unsigned = credential(facts, status_list=place.status_list, index=place.index, email=email, secret=self._key.secret)
        proven = with_proof(unsigned, self._key, quads=_canonicalise(unsigned))
        return Signed(key=self._key.row, place=place, document=written(proven), token=token(unsigned, self._key))


def signer() -> CredentialSigner | None:
    """The issuer's signer; None where no key was made: certificates are then issued without a credential. Raises CannotSign."""
    key = key_in_use()
    return CredentialSigner(key) if key is not None else None


_canonicalise = Canonicaliser(own_values)


def _take(count: int) -> Iterator[StatusPlace]:
    """Places of the newest list, then of new ones. Whoever takes places holds the lists' lock until they are taken."""
    while count > 0:
        newest = StatusList.objects.select_for_update(no_key=True).last()
        if newest is None or newest.taken >= ROOM:
            number = 1 if newest is None else newest.number + 1
            StatusList.objects.get_or_create(number=number)  # somebody else may have made it in this moment
            continue
        first, newest.taken = newest.taken, min(newest.taken + count, ROOM)
        newest.save(update_fields=["taken"])
        count -= newest.taken - first
        for position in range(first, newest.taken):
            yield StatusPlace(newest, index_of(newest, position))


def with_proof(document: Document, key: PrivateKey, *, quads: str) -> Document:
    """The document with its Data Integrity proof (W3C vc-di-eddsa §3.2); ``quads`` are its canonical N-Quads."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": document["validFrom"],
        "verificationMethod": method(key.row),
        "proofPurpose": "assertionMethod",
    }
    digest = sha256(_quads_of(proof).encode()).digest() + sha256(quads.encode()).digest()
    return {**document, "proof": {**proof, "proofValue": multibase(key.sign(digest))}}


def _quads_of(proof: Document) -> str:
    """The canonical N-Quads of the proof's options."""
    return lines(
        ("_:c14n0", TYPE, iri(f"{SECURITY}DataIntegrityProof")),
        ("_:c14n0", iri("http://purl.org/dc/terms/created"), literal(proof["created"], DATE_TIME)),
        ("_:c14n0", iri(f"{SECURITY}cryptosuite"), literal(proof["cryptosuite"], f"{SECURITY}cryptosuiteString")),
        ("_:c14n0", iri(f"{SECURITY}proofPurpose"), iri(f"{SECURITY}assertionMethod")),
        ("_:c14n0", iri(f"{SECURITY}verificationMethod"), iri(proof["verificationMethod"])),
    )


def token(document: Document, key: PrivateKey) -> str:
    """The document as a VC-JWT (Open Badges 3.0 §8.2): its members are the claims, beside the registered ones."""
    header = {"alg": "EdDSA", "typ": "JWT", "kid": jwk_method(key.row)}
    claims = {**document, "iss": did(), "jti": document["id"], "nbf": _seconds(document["validFrom"])}
    if "id" in document["credentialSubject"]:
        claims["sub"] = document["credentialSubject"]["id"]
    if "validUntil" in document:
        claims["exp"] = _seconds(document["validUntil"])
    signed = f"{base64url(written(header))}.{base64url(written(claims))}"
    return f"{signed}.{base64url(key.sign(signed.encode()))}"


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def written(value: Document) -> bytes:
    """As JSON without spaces, UTF-8. The order of members is that of the dictionary."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
