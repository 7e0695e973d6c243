"""The list that a desk's browser keeps, so that check-in works without a network, and so that a lost phone reveals nobody.

Each entry is found and opened with the ticket's code alone, which is on the participant's ticket and nowhere in the list:

- its key is a SHA-256 of the session's salt and the code;
- what it says is sealed with AES-256-GCM under a key made from the code by HKDF-SHA-256 (RFC 5869). A code has 80 random
  bits, so no slow hash is needed: whoever has the list and no ticket has 2⁸⁰ codes to try;
- it is as long as its neighbours (filled up to 64 bytes), and entries stand in the order of their keys.

A browser does the same with Web Crypto: static/js/checkin-list.js. The list is the same bytes as long as the facts are the
same, so that an ETag spares sending it again: a nonce is an HMAC of what it seals, and no key seals two texts under one.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.crypto import salted_hmac
from django.utils.translation import get_language

from events.attendance.checking.tickets import code_of
from events.attendance.models import AttendanceRecord
from events.attendance.presence import EARLY, in_words, obstacle
from events.programme.models import Session
from events.registrations.models import Registration
from events.registrations.queries import taking_part_in

_KEY, _RECORD = b"check-in key\x00", b"check-in record"
_FILL = 64

#: How long after the session's end a browser may keep the list.
KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Offline:
    """The facts of the list, and the name of just these facts. Sealing them is what takes time: ``body``."""

    session: Session
    salt: bytes
    people: list[tuple[str, str]]  # code without hyphens, and what is to be sealed
    present: list[tuple[str, datetime]]
    etag: str

    def body(self) -> dict[str, Any]:
        """The list as it is sent."""
        sealed = sorted((key_of(self.salt, code), seal(self.salt, code, text)) for code, text in self.people)
        return {
            "session": self.session.pk,
            "salt": base64url(self.salt),
            "opens_at": self.session.starts_at - EARLY,
            "expires_at": expires_at(self.session),
            "people": dict(sealed),
            "present": dict(sorted((key_of(self.salt, code), at) for code, at in self.present)),
        }


def offline_list(session: Session) -> Offline:
    """Everybody who ever asked for a place at the event, with what a desk has to know about them. Three queries."""
    expected = set(taking_part_in(session).order_by().values_list("pk", flat=True)) if session.is_chosen else set()
    codes, people = {}, []
    registrations = Registration.objects.filter(event=session.event).select_related("person__organisation").order_by("pk")
    for registration in registrations:
        registration.event = session.event
        # When check-in opens is said once, for all.
        why = obstacle(registration, session, at=session.starts_at, chosen=expected)
        facts = {
            "name": registration.person.name,
            "organisation": str(registration.person.organisation or ""),
            "problem": why or "",
            "words": in_words(why, registration, session) if why else "",
        }
        codes[registration.pk] = compact(code_of(registration.pk))
        people.append((codes[registration.pk], json.dumps(facts, ensure_ascii=False, separators=(",", ":"))))
    records = (
        AttendanceRecord.objects.filter(session=session).order_by("registration").values_list("registration", "checked_in_at")
    )
    present = [(codes[key], at) for key, at in records if key in codes]
    salt = salt_of(session)
    told = json.dumps([people, present, get_language(), str(session.starts_at), str(session.ends_at)], default=str)
    return Offline(session, salt, people, present, hmac.new(salt, told.encode(), hashlib.sha256).hexdigest()[:32])


def expires_at(session: Session) -> datetime:
    """When a browser forgets the list."""
    return session.ends_at + KEPT_FOR


def salt_of(session: Session) -> bytes:
    """The session's own, so that what was kept of one session tells nothing about another. It is no secret."""
    return salted_hmac("events.attendance.checking.offline", str(session.pk), algorithm="sha256").digest()[:16]


def compact(code: str) -> str:
    """A ticket's code without hyphens."""
    return code.replace("-", "")


def key_of(salt: bytes, code: str) -> str:
    """Under which key the list has a ticket's code (without hyphens)."""
    return base64url(hashlib.sha256(_KEY + salt + code.encode()).digest()[:16])


def keys_of(session: Session, registrations: Iterable[int]) -> dict[str, int]:
    """Those keys for these registrations, and whose they are."""
    salt = salt_of(session)
    return {key_of(salt, compact(code_of(key))): key for key in registrations}


def seal(salt: bytes, code: str, text: str) -> str:
    """What only the ticket's code opens: the nonce and the sealed text."""
    # cryptography costs a process 15 MB: only who needs it pays.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    key = HKDF(algorithm=SHA256(), length=32, salt=salt, info=_RECORD).derive(code.encode())
    filled = text.encode()
    filled += b" " * (-len(filled) % _FILL)
    nonce = hmac.digest(key, filled, hashlib.sha256)[:12]
    return base64url(nonce + AESGCM(key).encrypt(nonce, filled, None))


def base64url(raw: bytes) -> str:
    """Without the padding, as browsers and addresses have it."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
