"""The text of a personal access token, and what is kept of it and of other secrets that we make."""

import hashlib
import secrets

PREFIX = "p2i_"  # lets scanners of leaked secrets recognise our tokens


def new_text() -> str:
    """A new token: 256 random bits after the prefix."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(text: str) -> str:
    """What is kept of a token: its SHA-256. It has 128 random bits or more, so no salt and no slow hash is needed."""
    return hashlib.sha256(text.encode()).hexdigest()
