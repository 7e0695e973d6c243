"""Ticket codes: what a participant shows at the door. Nobody can guess one, and nothing is stored to make it.

A code is the first 80 bits of an HMAC-SHA-256 over the registration, with a key derived from SECRET_KEY, written like a
certificate's number (``network.code_words``). Each registration has its own: what is passed on to a colleague is a new one.

The QR code holds an address, not the bare code: any phone's camera then opens a page instead of showing seventeen letters.
That page says something only to those whom it concerns: the holder comes to their own registration, who runs the event to
the check-in of that person, everybody else to a sentence. Our own scanner reads the code at the end of the address.
"""

import hashlib
import hmac
from collections.abc import Iterable
from functools import lru_cache

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.safestring import SafeString, mark_safe

from events.registrations.models import Registration
from network.code_words import CHARACTERS, check_character, grouped, letters


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return salted_hmac("events.attendance.checking.tickets", "key", secret=secret, algorithm="sha256").digest()


def code_of(key: int) -> str:
    """The code of the registration with this key, with hyphens."""
    digest = hmac.digest(_key(settings.SECRET_KEY), str(key).encode(), hashlib.sha256)
    body = letters(int.from_bytes(digest[:10], "big"), CHARACTERS)
    return grouped(body + check_character(body))


def codes_of(keys: Iterable[int]) -> dict[str, int]:
    """The codes of these registrations, and whose they are. Ten microseconds each: an event's are compared, none is kept."""
    return {code_of(key): key for key in keys}


def address_of(registration: Registration) -> str:
    """What the QR code holds."""
    return f"{settings.SITE_URL}{reverse('ticket', args=[code_of(registration.pk).replace('-', '')])}"


def qr(text: str, words: str, css: str = "qr") -> SafeString:
    """A QR code as an SVG, with ``words`` for who does not see it. It stretches to the room that its class gives."""
    picture = segno.make(text, error="m", micro=False).svg_inline(
        omitsize=True, border=4, svgclass=css, lineclass=None, light="#fff", dark="#000", title=words
    )
    return mark_safe(picture.replace("<svg ", '<svg role="img" ', 1))  # noqa: S308 - segno escapes the title
