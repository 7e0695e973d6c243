"""The addresses of an invitation: from whom mails come, and where a mail client sends its answer.

Each invitation has an address of its own, ``rsvp-<token>@<REPLIES_DOMAIN>``: by it an answer is known even where the client
leaves the ORGANIZER out (outlook.com does). The token is not behind a “+”: outlook.com and Office 365 drop the “+” and all
after it from ORGANIZER, and the answer would go astray.
"""

import base64
import re
import secrets

from django.conf import settings

from events.calendars.models import Invitation
from network.sender import sender_address

PREFIX = "rsvp-"
_LOCAL = re.compile(rf"{PREFIX}([a-z2-7]{{26}})")  # 128 bits in base32


def new_token() -> str:
    """128 random bits, in letters and digits that survive a mail server that changes their case."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def takes_replies() -> bool:
    """Whether there is a mailbox that answers can go to."""
    return bool(settings.REPLIES_DOMAIN)


def organiser_address(invitation: Invitation) -> str:
    """The address in ORGANIZER. Without a mailbox for answers it is the sender's, and nobody is asked to answer."""
    return f"{PREFIX}{invitation.token}@{settings.REPLIES_DOMAIN}" if takes_replies() else sender_address()


def token_in(address: str) -> str | None:
    """The token of an address that is one of ours, in any case and also as ``mailto:…``; None for any other address."""
    local, at, domain = address.strip().lower().removeprefix("mailto:").rpartition("@")
    match = _LOCAL.fullmatch(local)
    return match[1] if at and match and takes_replies() and domain == settings.REPLIES_DOMAIN.lower() else None
