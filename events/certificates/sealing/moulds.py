"""One CMS signature for a batch: made once by pyHanko; in each file's only the digest and the signature value are its own."""

import hashlib
from collections.abc import Sequence

from events.certificates.sealing.identity import Identity
from events.certificates.sealing.keys import Key


class Mould:
    """PAdES B-B for many files.

    What is signed are the attributes in DER, a SET OF sorted by its members' octets (RFC 5652 §5.4, X.690 §11.6). Here no two
    members have the same length, and the length is in front: so another digest never changes their order.
    """

    def __init__(self, identity: Identity, key: Key) -> None:
        self._identity = identity
        self._key = key
        self._casts: dict[int, _Cast] = {}
        #: Octets that a file has to leave free for the signature, before they are written in hexadecimal; a shorter one is
        #: followed by zeros.
        self.size = len(self._cast(identity.longest_signature).der)

    def cms(self, digest: bytes) -> bytes:
        """The signature (DER) over a file whose byte range has this SHA-256 digest. Raises CannotSeal."""
        return self.cms_of([digest])[0]

    def cms_of(self, digests: Sequence[bytes]) -> list[bytes]:
        """The same for many at once: a remote service signs them in one go. Raises CannotSeal."""
        form = self._cast(self._identity.longest_signature)
        signatures = self._key.sign([form.attributes_with(digest) for digest in digests])
        return [
            self._cast(len(signature)).filled(digest, signature) for digest, signature in zip(digests, signatures, strict=True)
        ]

    def _cast(self, length: int) -> "_Cast":
        """The mould for signatures of so many octets: RSA knows one, a curve a few."""
        if length not in self._casts:
            self._casts[length] = _Cast(self._identity, length)
        return self._casts[length]


class _Cast:
    """A signature with holes."""

    def __init__(self, identity: Identity, length: int) -> None:
        from events.certificates.sealing import pades  # noqa: PLC0415 - pyHanko costs a process half a second

        digest = hashlib.sha256(b"the digest of a file").digest()
        # Nothing like it is anywhere else in the signature.
        signature = b"".join(hashlib.sha256(bytes([index])).digest() for index in range(length // 32 + 1))[:length]
        signer = pades.Signer(identity, Fixed(signature))
        cms = pades.run(signer.async_sign(digest, pades.DIGEST, use_pades=True))
        self.der: bytes = cms.dump()
        self._attributes = _Split(signer.signed, digest)
        self._digest = _Split(self.der, digest)
        self._signature = _Split(self._digest.after, signature)

    def attributes_with(self, digest: bytes) -> bytes:
        """What is signed for this file."""
        return self._attributes.with_middle(digest)

    def filled(self, digest: bytes, signature: bytes) -> bytes:
        """The whole signature of this file."""
        return self._digest.before + digest + self._signature.with_middle(signature)


class Fixed:
    """A key whose signature is known before."""

    def __init__(self, signature: bytes) -> None:
        self._signature = signature

    def sign(self, messages: Sequence[bytes]) -> list[bytes]:
        """As the interface says."""
        return [self._signature for _message in messages]


class _Split:
    """Octets around the one place at which ``middle`` is in them."""

    def __init__(self, whole: bytes, middle: bytes) -> None:
        self.before, found, self.after = whole.partition(middle)
        if not found or middle in self.after:
            raise AssertionError("The mould has its hole not exactly once.")
        self._length = len(middle)

    def with_middle(self, middle: bytes) -> bytes:
        """The same octets around another middle of the same length."""
        if len(middle) != self._length:
            raise AssertionError("What goes into the mould has another length.")
        return self.before + middle + self.after
