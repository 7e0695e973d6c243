"""The address of a reply's own page, in the mails about it: without signing in, like that of the registration.

It is signed and names nothing but the reply. Opening it changes nothing: mail programs open links, too.
"""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from events.calendars.models import Reply

_SIGNER = Signer(sep=".", salt="events.calendars.replies.links")


def reply_path(reply: Reply) -> str:
    """The address on this site."""
    return reverse("reply", args=[_SIGNER.sign(str(reply.pk))])


def reply_url(reply: Reply) -> str:
    """The address with the site in front, for mails."""
    return f"{settings.SITE_URL}{reply_path(reply)}"


def reply_id(token: str) -> int | None:
    """The key of the reply that a token names; None where we did not sign it."""
    try:
        return int(_SIGNER.unsign(token))
    except (BadSignature, ValueError):
        return None
