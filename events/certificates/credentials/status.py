"""The status list that says which certificates were revoked (W3C Bitstring Status List 1.0), signed like the credentials.

The same revocations on the same day give the same bytes. A list holds for two days: nobody can show an old one for long.
"""

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from typing import Literal

from django.db.models import Count, Max, QuerySet
from django.utils import timezone

from events.certificates.credentials.canonical import (
    CREDENTIALS,
    DATE_TIME,
    INTEGER,
    SECURITY,
    TYPE,
    Document,
    iri,
    lines,
    literal,
)
from events.certificates.credentials.issuer import base64url, did
from events.certificates.credentials.keys import PrivateKey, key_for_lists
from events.certificates.credentials.openbadge import instant, status_list_address
from events.certificates.credentials.places import SIZE
from events.certificates.credentials.signing import token, with_proof, written
from events.certificates.models import Credential, StatusList

Form = Literal["json", "jwt"]

MODEL = "https://www.w3.org/2018/credentials#"
STATUS = "https://www.w3.org/ns/credentials/status#"
HOLDS = timedelta(days=2)
#: How long a reader need not ask again, in seconds: so long may a revocation stay unnoticed.
FRESH = 300


@dataclass(frozen=True)
class Edition:
    """A list as it is now, known by how many of its certificates were revoked, when the last was, and the day."""

    status_list: StatusList
    revoked: int
    since: datetime
    day: datetime
    key: PrivateKey

    @property
    def fingerprint(self) -> str:
        """Differs from that of every other edition."""
        said = (self.status_list.pk, self.revoked, self.since.isoformat(), self.day.isoformat(), self.key.row.public, did())
        return sha256(repr(said).encode()).hexdigest()[:32]

    def content(self, form: Form) -> bytes:
        """The list as a document with its proof, or as a token."""
        document = self._document()
        if form == "jwt":
            return token(document, self.key).encode()
        return written(with_proof(document, self.key, quads=quads_of(document)))

    def _document(self) -> Document:
        address = status_list_address(self.status_list)
        indexes = _revoked_in(self.status_list).values_list("status_index", flat=True)
        return {
            "@context": [CREDENTIALS],
            "id": address,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": did(),
            "validFrom": instant(max(self.day, self.since)),
            "validUntil": instant(self.day + HOLDS),
            "credentialSubject": {
                "id": f"{address}#list",
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": encoded(indexes),
                "ttl": FRESH * 1000,
            },
        }


def quads_of(document: Document) -> str:
    """The canonical N-Quads of a list, written out: all its nodes have names."""
    subject = document["credentialSubject"]
    itself, content = iri(document["id"]), iri(subject["id"])
    return lines(
        (itself, TYPE, iri(f"{MODEL}VerifiableCredential")),
        (itself, TYPE, iri(f"{STATUS}BitstringStatusListCredential")),
        (itself, iri(f"{MODEL}issuer"), iri(document["issuer"])),
        (itself, iri(f"{MODEL}validFrom"), literal(document["validFrom"], DATE_TIME)),
        (itself, iri(f"{MODEL}validUntil"), literal(document["validUntil"], DATE_TIME)),
        (itself, iri(f"{MODEL}credentialSubject"), content),
        (content, TYPE, iri(f"{STATUS}BitstringStatusList")),
        (content, iri(f"{STATUS}statusPurpose"), literal(subject["statusPurpose"])),
        (content, iri(f"{STATUS}encodedList"), literal(subject["encodedList"], f"{SECURITY}multibase")),
        (content, iri(f"{STATUS}ttl"), literal(str(subject["ttl"]), INTEGER)),
    )


def edition_of(number: int) -> Edition | None:
    """The list of this number as it is now; None: there is none, or no key to sign it with. Raises CannotSign."""
    status_list = StatusList.objects.filter(number=number).first()
    key = key_for_lists() if status_list is not None else None
    if status_list is None or key is None:
        return None
    counted = _revoked_in(status_list).aggregate(revoked=Count("pk"), since=Max("certificate__revoked_at"))
    day = datetime.combine(timezone.now().astimezone(UTC).date(), time.min, UTC)
    return Edition(status_list, counted["revoked"], counted["since"] or day, day, key)


def _revoked_in(status_list: StatusList) -> QuerySet[Credential]:
    return Credential.objects.filter(status_list=status_list, certificate__revoked_at__isnull=False)


def encoded(indexes: Iterable[int]) -> str:
    """A list in which the bits of these indexes are set, the first one leftmost (§3.3)."""
    bits = bytearray(SIZE // 8)
    for index in indexes:
        bits[index >> 3] |= 0x80 >> (index & 7)
    return "u" + base64url(gzip.compress(bytes(bits), mtime=0))
