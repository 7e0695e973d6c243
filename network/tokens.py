"""The text of a personal access token, and what is kept of it."""

import hashlib
import secrets

PREFIX = "p2i_"  # lets scanners of leaked secrets recognise our tokens


def new_text() -> str:
    """A new token: 256 random bits after the prefix."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(text: str) -> str:
    """What is kept of a token: its SHA-256. The text has 256 random bits, so no salt and no slow hash is needed."""
    return hashlib.sha256(text.encode()).hexdigest()
