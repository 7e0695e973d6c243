"""The verbs of the ground floor: accounts, profiles, tokens, roles, centres, organisations, requests to join."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from network.errors import Invalid, Refused
from network.journal import because
from network.models import AccessToken, Centre, JoinRequest, Organisation, Person, Role
from network.rules import require
from network.signals import join_requested
from network.tokens import digest, new_text

LONGEST_TOKEN_LIFE = timedelta(days=365)
MOST_LIVE_TOKENS = 50
PROFILE_FIELDS = {"name", "position", "organisation", "language", "timezone"}
CENTRE_FIELDS = {"name", "short_name", "city", "website", "languages", "timezone", "status", "unconfirmed", "organisations"}


class LastSecretariat(Refused):
    """The network always has a secretariat."""

    code = "last_secretariat"
    message = _("This is the last person of the secretariat. Appoint somebody else first.")


class TooManyTokens(Refused):
    """A person holds as many live tokens as there may be."""

    code = "too_many_tokens"
    message = _("You have very many tokens. Revoke those that you no longer use, then make a new one.")


class AlreadyAnswered(Refused):
    """A request to join is answered once."""

    code = "already_answered"
    message = _("Somebody has answered this request already.")


# --- Accounts and profiles -------------------------------------------------------------------------------------------


def open_account(*, email: str, **facts: str) -> Person:
    """The person with this address; a new account if it has none, with these ``facts`` (name, language, timezone).

    Call it only once the address is proved, or for somebody who is appointed: who signs in proves it with a code.
    Raises Invalid for something that is not an address.
    """
    address = _address(email)
    with transaction.atomic(), because(by=None, reason="open_account"):
        known = Person.objects.filter(email__iexact=address).first()
        if known is not None:
            return known
        try:
            with transaction.atomic():
                return Person.objects.create_user(address, **facts)
        except IntegrityError:  # somebody made it between our look and our write
            return Person.objects.get(email__iexact=address)


def update_profile(*, by: Person, changes: Mapping[str, Any]) -> Person:
    """Change one's own name, position, organisation, language or zone; what is not named stays.

    Raises Invalid: an unknown language or zone, a name that is empty or too long.
    """
    require(by, "network.change_own_profile")
    with transaction.atomic(), because(by=by, reason="update_profile"):
        person = Person.objects.select_for_update().get(pk=by.pk)
        _change(person, changes, PROFILE_FIELDS)
        if "name" in changes and not person.name.strip():
            raise Invalid({"name": [_("Enter your name as it shall stand on certificates.")]})
        person.save()
    for name in changes:
        setattr(by, name, getattr(person, name))
    return person


def name_organisation(
    *, by: Person, name: str, country: str, kind: str = Organisation.Kind.OTHER, city: str = ""
) -> Organisation:
    """The organisation of this name in this country; made if nobody has named it yet.

    Upper and lower case do not make a difference. Raises Invalid: no name, an unknown country or type.
    """
    require(by, "network.change_own_profile")
    name = " ".join(name.split())
    with transaction.atomic(), because(by=by, reason="name_organisation"):
        known = Organisation.objects.filter(name__iexact=name, country=country).order_by("pk").first()
        if known is not None:
            return known
        organisation = Organisation(name=name, country=country, kind=kind, city=city)
        _clean(organisation)
        organisation.save()
        return organisation


def complete_profile(*, person: Person, by: Person, name: str = "", organisation: Organisation | None = None) -> Person:
    """Fill in what the profile of a colleague lacks whom ``by`` brings along: a name, an organisation. What is there stays.

    Raises Invalid: a name that is too long.
    """
    require(by, "network.change_own_profile")
    with transaction.atomic(), because(by=by, reason="complete_profile"):
        person = Person.objects.select_for_update().get(pk=person.pk)
        changes: dict[str, Any] = {}
        if not person.name.strip() and name.strip():
            changes["name"] = name.strip()
        if person.organisation_id is None and organisation is not None:
            changes["organisation"] = organisation
        if changes:
            _change(person, changes, PROFILE_FIELDS)
            person.save()
    return person


# --- Tokens ----------------------------------------------------------------------------------------------------------


def make_token(*, by: Person, name: str, scope: str, expires_at: datetime) -> tuple[AccessToken, str]:
    """A new personal token and its text. The text is returned once; only its SHA-256 is kept.

    Raises Invalid: no name, an unknown scope, an end that is past or more than a year away; TooManyTokens.
    """
    require(by, "network.use_tokens")
    now = timezone.now()
    if expires_at <= now:
        raise Invalid({"expires_at": [_("Choose a day in the future.")]})
    if expires_at > now + LONGEST_TOKEN_LIFE:
        raise Invalid({"expires_at": [_("A token lives for a year at most.")]})
    text = new_text()
    with transaction.atomic(), because(by=by, reason="make_token"):
        Person.objects.select_for_update().get(pk=by.pk)
        live = AccessToken.objects.filter(person=by, revoked_at__isnull=True, expires_at__gt=now)
        if live.count() >= MOST_LIVE_TOKENS:
            raise TooManyTokens
        token = AccessToken(
            person=by, name=name.strip(), scope=scope, expires_at=expires_at, hint=text[-4:], digest=digest(text)
        )
        _clean(token)
        token.save()
    return token, text


def revoke_token(*, token: AccessToken, by: Person) -> AccessToken:
    """End a token at once. Doing it twice changes nothing."""
    require(by, "network.revoke_token", token)
    with transaction.atomic(), because(by=by, reason="revoke_token"):
        token = AccessToken.objects.select_for_update().get(pk=token.pk)
        if token.revoked_at is None:
            token.revoked_at = timezone.now()
            token.save()
    return token


# --- Roles -----------------------------------------------------------------------------------------------------------


def appoint(*, email: str, kind: str, centre: Centre | None, by: Person) -> Role:
    """Give somebody a role, at a centre or (secretariat) in the whole network; the account is made if there is none.

    Appointing twice returns the role that is there. Raises Invalid: not an address, a role that does not fit the
    centre; NotAllowed.
    """
    _check_place(kind, centre)
    _require_appointing(by, kind, centre)
    return _appoint(email=email, kind=kind, centre=centre, by=by)


def appoint_by_administrator(*, email: str, kind: str, centre: Centre | None = None) -> Role:
    """Like ``appoint``, for who has the server's command line: an administrator's first day."""
    _check_place(kind, centre)
    return _appoint(email=email, kind=kind, centre=centre, by=None)


def dismiss(*, role: Role, by: Person) -> None:
    """Take a role away. Raises LastSecretariat, NotAllowed."""
    _require_appointing(by, role.kind, role.centre)
    with transaction.atomic(), because(by=by, reason="dismiss"):
        if role.kind == Role.Kind.SECRETARIAT:
            # All of them are locked, in order, so that two cannot dismiss each other at the same moment.
            secretariat = list(Role.objects.select_for_update().filter(kind=Role.Kind.SECRETARIAT).order_by("pk"))
            if all(other.pk == role.pk for other in secretariat):
                raise LastSecretariat
        for present in Role.objects.select_for_update().filter(pk=role.pk).order_by("pk"):
            present.delete()
    by.__dict__.pop("held_roles", None)


# --- Centres and requests to join ------------------------------------------------------------------------------------


def edit_centre(*, centre: Centre, by: Person, changes: Mapping[str, Any]) -> Centre:
    """Change a centre's public facts; what is not named stays. Its code, address and country are fixed.

    A fact that is written by the centre counts as confirmed unless ``unconfirmed`` is named among the changes.
    Raises Invalid, NotAllowed.
    """
    require(by, "network.change_centre", centre)
    with transaction.atomic(), because(by=by, reason="edit_centre"):
        centre = Centre.objects.select_for_update(no_key=True).get(pk=centre.pk)
        organisations = changes.get("organisations")
        differing = {name for name in changes if name != "organisations" and getattr(centre, name, None) != changes[name]}
        _change(centre, {name: value for name, value in changes.items() if name != "organisations"}, CENTRE_FIELDS)
        if organisations is not None and set(organisations) != set(centre.organisations.all()):
            centre.organisations.set(organisations)
            differing.add("organisations")
        if "unconfirmed" not in changes:
            centre.unconfirmed = [name for name in centre.unconfirmed if name not in differing]
        centre.save()
    return centre


def request_to_join(*, country: str, organisation: str, contact: str, email: str, message: str = "") -> JoinRequest:
    """Note a country's wish to join the network. Anybody may ask; the secretariat answers.

    Raises Invalid: an unknown country, no organisation, no name, not an address.
    """
    # One line each: they stand in lines of a mail, where a line of their own could pass for ours.
    organisation, contact = (" ".join(text.split()) for text in (organisation, contact))
    wish = JoinRequest(country=country, organisation=organisation, contact=contact, email=email, message=message)
    with transaction.atomic(), because(by=None, reason="request_to_join"):
        _clean(wish)
        wish.save()
        join_requested.send(sender=JoinRequest, join_request=wish)
    return wish


def answer_join_request(*, join_request: JoinRequest, by: Person) -> JoinRequest:
    """Note that the secretariat has answered. Raises AlreadyAnswered, NotAllowed."""
    require(by, "network.read_join_requests")
    with transaction.atomic(), because(by=by, reason="answer_join_request"):
        join_request = JoinRequest.objects.select_for_update().get(pk=join_request.pk)
        if join_request.answered_at is not None:
            raise AlreadyAnswered
        join_request.answered_at = timezone.now()
        join_request.save()
    return join_request


# --- What they share -------------------------------------------------------------------------------------------------


def _appoint(*, email: str, kind: str, centre: Centre | None, by: Person | None) -> Role:
    address = _address(email)
    with transaction.atomic(), because(by=by, reason="appoint"):
        person = open_account(email=address)
        # The person is locked, so that two who appoint at the same moment find the same role.
        person = Person.objects.select_for_update().get(pk=person.pk)
        role = Role.objects.filter(person=person, kind=kind, centre=centre).first()
        if role is None:
            role = Role.objects.create(person=person, kind=kind, centre=centre)
    if by is not None:
        by.__dict__.pop("held_roles", None)
    return role


def _require_appointing(by: Person, kind: str, centre: Centre | None) -> None:
    if kind == Role.Kind.SECRETARIAT:
        require(by, "network.appoint_secretariat")
    else:
        require(by, "network.appoint_at_centre", centre)


def _check_place(kind: str, centre: Centre | None) -> None:
    """A role is one of the four; the secretariat has no centre, the others have one."""
    if kind not in Role.Kind.values:
        raise Invalid({"kind": [_("Choose one of the roles.")]})
    if kind == Role.Kind.SECRETARIAT and centre is not None:
        raise Invalid({"centre": [_("The secretariat belongs to the whole network: choose no centre.")]})
    if kind != Role.Kind.SECRETARIAT and centre is None:
        raise Invalid({"centre": [_("Choose the centre for this role.")]})


def _address(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise Invalid({"email": error.messages}) from error
    return address


def _change(thing: Model, changes: Mapping[str, Any], allowed: set[str]) -> None:
    """Set what may be changed, and check all of it."""
    if unknown := sorted(set(changes) - allowed):
        raise Invalid({name: [_("This cannot be changed.")] for name in unknown})
    for name, value in changes.items():
        setattr(thing, name, value)
    _clean(thing)


def _clean(thing: Model) -> None:
    """The model's own checks, as Invalid."""
    try:
        thing.full_clean()
    except ValidationError as error:
        raise Invalid({"" if name == "__all__" else name: found for name, found in error.message_dict.items()}) from error
