"""From whom all mails come."""

from email.utils import parseaddr

from django.conf import settings


def sender_address() -> str:
    """The address in From of every mail, without the name."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
