"""The address in every mail about a registration: its own page, without signing in.

The address is signed and names nothing but the registration. Opening it changes nothing: mail programs open links, too.
"""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from events.registrations.models import Registration

_SIGNER = Signer(sep=".", salt="events.registrations.links")


def self_service_path(registration: Registration) -> str:
    """The address on this site."""
    return reverse("registration", args=[self_service_token(registration)])


def self_service_token(registration: Registration) -> str:
    """The signed part of it."""
    return _SIGNER.sign(str(registration.pk))


def self_service_url(registration: Registration) -> str:
    """The address with the site in front, for mails."""
    return f"{settings.SITE_URL}{self_service_path(registration)}"


def registration_id(token: str) -> int | None:
    """The key of the registration that a token names; None where we did not sign it."""
    try:
        return int(_SIGNER.unsign(token))
    except (BadSignature, ValueError):
        return None
