"""The verbs of calendars that somebody has for themselves: secret addresses, named selections, invitations by mail or not."""

import secrets
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from events.calendars.feeds import alarms, catalogue, personal, selections
from events.calendars.models import CalendarWishes, PersonalAddress, Selection
from network.errors import Invalid, Refused
from network.journal import because
from network.models import Centre, Person
from network.rules import require
from network.tokens import digest

TOKEN_BYTES = 16  # 128 bits, 22 characters
MOST = 20  # live addresses of one person: more than anybody has programs

#: What can be changed of an address, and what it is where nobody wishes anything.
WISHES: dict[str, Any] = {"language": "", "alarm_minutes": None, "hides_cancelled": False, "in_blocks": False}


class TooManyAddresses(Refused):
    """The person has as many calendar addresses as one may have."""

    code = "too_many_addresses"
    message = _("You have %(most)d calendar addresses. Revoke one that you no longer use, then add a new one.") % {"most": MOST}


class AddressRevoked(Refused):
    """The address was revoked, so there is nothing to change any longer."""

    code = "address_revoked"
    message = _("This address is revoked. Make a new one.")


def add_address(
    *, person: Person, name: str, centre: Centre | None = None, wishes: Mapping[str, Any] | None = None
) -> tuple[PersonalAddress, str]:
    """A new secret address of the person's own calendar, or of all that a centre plans, with its token, shown this once.

    Only the SHA-256 of the token is kept. ``wishes``: see WISHES.

    Raises:
        NotAllowed: the person is not active, or does not organise for the centre.
        Invalid: the name is empty or longer than 80 characters, or a wish cannot be met.
        TooManyAddresses: the person has 20 already.
    """
    require(person, "events.add_calendar_address")
    if centre is not None:
        require(person, "events.add_centre_calendar_address", centre)
    facts = _checked({**WISHES, **(wishes or {}), "name": name})
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic(), because(by=person):
        Person.objects.select_for_update().get(pk=person.pk)
        if person.calendar_addresses.filter(revoked_at=None).count() >= MOST:
            raise TooManyAddresses
        address = PersonalAddress.objects.create(person=person, centre=centre, hint=token[-4:], digest=digest(token), **facts)
    return address, token


def change_address(*, address: PersonalAddress, by: Person, changes: Mapping[str, Any]) -> PersonalAddress:
    """Rename an address or change what its owner wishes. The address itself stays, and its calendar changes at once.

    ``changes``: "name" and those of WISHES. Raises NotAllowed, Invalid, AddressRevoked.
    """
    require(by, "events.change_calendar_address", address)
    facts = _checked(changes)
    with transaction.atomic(), because(by=by):
        address = PersonalAddress.objects.select_for_update(of=("self",)).get(pk=address.pk)
        if address.revoked_at is not None:
            raise AddressRevoked
        changed = [name for name, value in facts.items() if getattr(address, name) != value]
        for name in changed:
            setattr(address, name, facts[name])
        if changed:
            address.save(update_fields=changed)
    return address


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
            personal.close(address)
    return address


def wish(*, person: Person, invitations: bool) -> CalendarWishes:
    """Have invitations by mail, or not: who subscribes to their own calendar would see everything twice. Raises NotAllowed."""
    require(person, "events.wish_of_calendars")
    with transaction.atomic(), because(by=person):
        Person.objects.select_for_update().get(pk=person.pk)
        wishes = CalendarWishes.objects.filter(person=person).first() or CalendarWishes(person=person)
        if wishes.pk is None or wishes.invitations != invitations:
            wishes.invitations = invitations
            wishes.save()
    return wishes


def name_selection(*, name: str, filters: Mapping[str, Any], by: Person | None = None) -> Selection:
    """The feed of a combination of filters under a name, at a short address. The same name and filters are the same feed.

    Anybody may. It never changes; it is removed when nobody read it for a year, or at all for 60 days.

    Raises:
        Invalid: at ``name``; at a filter whose value is not known; at ``""`` without any filter.
    """
    errors: dict[str, list[Any]] = {}
    wished: dict[str, str] = {}
    try:
        wished = selections.normalised(filters)
        if not wished:
            errors[""] = [_("Choose at least one filter. The whole network has an address already.")]
    except Invalid as problem:
        errors |= problem.errors
    try:
        name = selections.named(name)
    except Invalid as problem:
        errors |= problem.errors
    if errors:
        raise Invalid(errors)
    with transaction.atomic(), because(by=by):
        return selections.make(name, wished)


def url_of(address: PersonalAddress, token: str) -> str:
    """The whole address, far below the 256 characters that Google takes. Programs name the calendar by its last part."""
    name = slugify(address.name)[:40].strip("-") or "calendar"
    return f"{settings.SITE_URL}/calendars/{token}/{name}.ics"


def _checked(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Name and wishes as they are kept. Raises Invalid."""
    checked = {name: facts[name] for name in WISHES if name in facts}
    errors: dict[str, list[Any]] = {}
    if "name" in facts:
        checked["name"] = " ".join(facts["name"].split())
        if not checked["name"]:
            errors["name"] = [_("Give the address a name, such as the program that will read it.")]
        elif len(checked["name"]) > selections.LONGEST_NAME:
            errors["name"] = [_("Use at most 80 characters.")]
    if checked.get("language") and checked["language"] not in catalogue.languages():
        errors["language"] = [_("Entries are not written in this language.")]
    minutes = checked.get("alarm_minutes")
    if minutes is not None and not 0 <= minutes <= alarms.LONGEST:
        errors["alarm_minutes"] = [_("Remind at the start or up to four weeks before it.")]
    if errors:
        raise Invalid(errors)
    return checked
