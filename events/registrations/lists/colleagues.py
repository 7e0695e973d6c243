"""Registering people whom somebody else names: the group page, the import and the API say who, and read what became of each.

Who is named need not have an account: one is opened with what is stated. What is known of somebody is never overwritten by
somebody else, and nobody learns here whether an address was known, or under which name.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from events.programme.models import Event
from events.programme.texts import Errors, clean_text
from events.registrations.actions import language_for
from events.registrations.errors import NotEligible
from events.registrations.groups import Colleague, register_many
from events.registrations.lists.words import country_of, kind_of
from events.registrations.models import Registration, RegistrationImport
from network.accounts import Stated, open_accounts
from network.errors import Invalid, NotAllowed, Problem
from network.models import Organisation, Person
from network.rules import may, require

Mode = RegistrationImport.Mode
MOST = {"email": 254, "name": 160, "organisation": 200, "position": 120, "note": 500}
REASON = "register_colleagues"


@dataclass(frozen=True)
class Row:
    """What is said of a person, as it was typed. ``answers`` None: they answer the event's questions themselves."""

    email: str
    name: str = ""
    organisation: str = ""
    country: str = ""  # a code, or the name
    kind: str = ""
    position: str = ""
    note: str = ""
    sessions: Collection[int] = ()
    answers: Mapping[str, Any] | None = None


@dataclass
class RowResult:
    """What became of a row: the registration, or why there is none. ``is_new``: it was not there before."""

    row: Row
    registration: Registration | None = None
    is_new: bool = False
    problem: Problem | None = None


@dataclass
class GroupResult:
    """What became of a group, row by row. ``written`` is False where nothing was changed."""

    rows: list[RowResult] = field(default_factory=list)
    written: bool = True


def register_colleagues(*, event: Event, rows: Sequence[Row], by: Person, mode: str = Mode.FIT) -> GroupResult:
    """Register the people that ``rows`` name: everybody or nobody (``all``), or as many as there are places (``fit``).

    Who runs the event may name anybody; another organiser the colleagues of their organisation and of their centre's country,
    for whom all is as if they asked themselves. Whatever stands in the way of one is said in their row: Invalid by field,
    NotAllowed, or why they were refused. Who is registered already stays so. In one transaction, and nothing is left behind
    of who is not registered. Raises NotAllowed for somebody who organises nowhere.
    """
    require(by, "network.use_desk")
    result = GroupResult([RowResult(row) for row in rows])
    stated = _stated(result.rows)
    with transaction.atomic():
        accounts = open_accounts(list(stated.values()), by=by, language=language_for(event), timezone=event.timezone)
        _register(event, result, {number: accounts.people[one.email] for number, one in stated.items()}, by=by, mode=mode)
        if mode == Mode.ALL and any(row.problem for row in result.rows):
            transaction.set_rollback(True)  # new accounts too
            result.written = False
            for row in result.rows:
                row.registration, row.is_new = None, False
        else:
            accounts.keep([row.registration.person for row in result.rows if row.registration], by=by, reason=REASON)
    return result


def _stated(rows: Sequence[RowResult]) -> dict[int, Stated]:
    """The rows in which nothing is wrong, by their numbers; of the others it is noted what is."""
    found = {}
    for number, result in enumerate(rows):
        try:
            found[number] = checked(result.row)
        except Invalid as problem:
            result.problem = problem
    return found


def _register(event: Event, result: GroupResult, people: Mapping[int, Person], *, by: Person, mode: str) -> None:
    """Register the people of the rows in which nothing is wrong, by their numbers, and note what became of each."""
    is_host = may(by, "events.manage_registrations", event)
    numbers, colleagues = [], []
    for number, person in people.items():
        row = result.rows[number].row
        if not (is_host or person.pk == by.pk or may(by, "events.register_colleagues", person)):
            result.rows[number].problem = NotAllowed(
                _("You register colleagues of your organisation and of your centre’s country. This person registers themself.")
            )
            continue
        numbers.append(number)
        colleagues.append(Colleague(person, note=row.note, sessions=row.sessions, answers=row.answers))
    many = register_many(event=event, colleagues=colleagues, by=by, mode=mode)
    for number, came in zip(numbers, many.rows, strict=True):
        row_result = result.rows[number]
        row_result.registration, row_result.is_new = came.registration, came.is_new
        row_result.problem = came.problem if is_host else _without_their_facts(came.problem)


def _without_their_facts(problem: Problem | None) -> Problem | None:
    """Why somebody is not let in is theirs to know: it says what is in their profile, or what the organiser decided."""
    if isinstance(problem, NotEligible):
        return NotEligible(_("The event’s rules do not let you register this person. They can ask for a place themselves."))
    return problem


# --- What is right in a row ------------------------------------------------------------------------------------------


def checked(row: Row) -> Stated:
    """What a row says, in its normal form. Asks nothing of the database, so it is the same whether an address is known or not.

    Raises Invalid by field.
    """
    errors = Errors()
    text = {name: _cleaned(name, getattr(row, name), errors) for name in MOST}
    email = text["email"].removeprefix("mailto:").lower()
    _check_email(email, errors)
    _check_name(text["name"], errors)
    if not text["organisation"] and "organisation" not in errors.found:
        errors.add("organisation", _("The organisation is missing."))
    country = country_of(row.country)
    if not row.country.strip():
        errors.add("country", _("The country of the organisation is missing."))
    elif not country:
        errors.add(
            "country",
            _("“{country}” is no country. Write its code, such as AT, or its name.").format(country=_short(row.country)),
        )
    kind = kind_of(row.kind) if row.kind.strip() else Organisation.Kind.OTHER
    if not kind:
        known = ", ".join(str(one.label) for one in Organisation.Kind)
        errors.add(
            "kind", _("“{kind}” is no type of organisation. Use one of: {known}.").format(kind=_short(row.kind), known=known)
        )
    errors.stop_if_any()
    return Stated(email, text["name"], text["organisation"], country, str(kind), text["position"])


def _cleaned(name: str, text: str, errors: Errors) -> str:
    if "\N{REPLACEMENT CHARACTER}" in text:
        errors.add(name, _("Some letters could not be read. Save the list as XLSX, or as CSV in UTF-8."))
        return ""
    if name != "note":
        text = " ".join(text.split())
    try:
        return clean_text(text, most=MOST[name], lines=name == "note")
    except Invalid as error:
        errors.take(error, instead=name)
        return ""


def _check_email(email: str, errors: Errors) -> None:
    if "email" in errors.found:
        return
    if not email:
        errors.add("email", _("The e-mail address is missing."))
        return
    try:
        validate_email(email)
    except ValidationError:
        errors.add("email", _("“{text}” is no e-mail address. It looks like ana@example.eu.").format(text=_short(email)))


def _check_name(name: str, errors: Errors) -> None:
    if "name" in errors.found:
        return
    if not name:
        errors.add("name", _("The name is missing."))
    elif name[0] in "=+@":
        errors.add("name", _("“{text}” is a formula, not a name. Write the name itself.").format(text=_short(name)))
    elif "@" in name:
        errors.add("name", _("“{text}” is an e-mail address, not a name.").format(text=_short(name)))
    elif not any(letter.isalpha() for letter in name):
        errors.add("name", _("“{text}” is no name: it has no letters.").format(text=_short(name)))


def _short(text: str) -> str:
    """What was typed, short enough to be repeated in a message."""
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:39]}…"
