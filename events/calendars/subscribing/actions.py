"""The verbs of calendar addresses."""

import secrets

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from events.calendars.models import PersonalAddress
from network.errors import Invalid, Refused
from network.journal import because
from network.models import Person
from network.rules import require
from network.tokens import digest

TOKEN_BYTES = 16  # 128 bits, 22 characters
MOST = 20  # live addresses of one person: more than anybody has programs


class TooManyAddresses(Refused):
    """The person has as many calendar addresses as one may have."""

    code = "too_many_addresses"
    message = _("You have %(most)d calendar addresses. Revoke one that you no longer use, then add a new one.") % {"most": MOST}


def add_address(*, person: Person, name: str) -> tuple[PersonalAddress, str]:
    """A new secret address of the person's own calendar, and its token, which is shown this once.

    Only the SHA-256 of the token is kept.

    Raises:
        NotAllowed: the person is not active.
        Invalid: the name is empty or longer than 80 characters.
        TooManyAddresses: the person has 20 already.
    """
    require(person, "events.add_calendar_address")
    name = " ".join(name.split())
    if not name:
        raise Invalid({"name": [_("Give the address a name, such as the program that will read it.")]})
    if len(name) > 80:
        raise Invalid({"name": [_("Use at most 80 characters.")]})
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic(), because(by=person):
        Person.objects.select_for_update().get(pk=person.pk)
        if person.calendar_addresses.filter(revoked_at=None).count() >= MOST:
            raise TooManyAddresses
        address = PersonalAddress.objects.create(person=person, name=name, hint=token[-4:], digest=digest(token))
    return address, token


def revoke_address(*, address: PersonalAddress, by: Person) -> PersonalAddress:
    """Close an address. It answers with an empty calendar for 30 days, then with 410 Gone.

    Revoking twice changes nothing. Raises NotAllowed.
    """
    require(by, "events.revoke_calendar_address", address)
    with transaction.atomic(), because(by=by):
        address = PersonalAddress.objects.select_for_update().get(pk=address.pk)
        if address.revoked_at is None:
            address.revoked_at = timezone.now()
            address.save(update_fields=["revoked_at"])
    return address


def url_of(address: PersonalAddress, token: str) -> str:
    """The whole address, far below the 256 characters that Google takes. Programs name the calendar by its last part."""
    name = slugify(address.name)[:40].strip("-") or "calendar"
    return f"{settings.SITE_URL}/calendars/{token}/{name}.ics"
