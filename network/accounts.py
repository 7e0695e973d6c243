"""Many accounts at once, for lists of people that somebody else brings along. One person alone: ``actions.open_account``."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models.functions import Lower

from network import journal
from network.actions import name_organisation
from network.errors import Invalid
from network.models import Organisation, Person

CHUNK = 500


@dataclass(frozen=True)
class Stated:
    """What somebody says about a person: checked already, the address in lower case."""

    email: str
    name: str
    organisation: str
    country: str
    kind: str
    position: str = ""


@dataclass
class Accounts:
    """The people with these addresses. What is new among them is written but not journalled before ``keep``.

    ``new`` holds keys of accounts that were not there before; ``filled`` what was empty in the profile of others.
    """

    people: dict[str, Person] = field(default_factory=dict)
    new: set[int] = field(default_factory=set)
    filled: dict[int, dict[str, Any]] = field(default_factory=dict)

    def keep(self, people: Iterable[Person], *, by: Person, reason: str) -> None:
        """Write and journal what belongs to these people, and forget the new accounts of all others.

        An account that nobody needs leaves no trace: neither a row nor an entry in the journal.
        """
        wanted = {person.pk: person for person in people}
        notes = []
        for key, person in wanted.items():
            if key in self.new:
                facts: dict[str, Any] = {"email": person.email, "name": person.name, "organisation": person.organisation_id}
                notes.append(journal.Note(person, {name: (None, value) for name, value in facts.items()}, True, by, reason))
            elif key in self.filled:
                Person.objects.filter(pk=key).update(**self.filled[key])
                changes: dict[str, Any] = {
                    name: (None, getattr(value, "pk", value)) for name, value in self.filled[key].items()
                }
                notes.append(journal.Note(person, changes, by=by, reason=reason))
        for keys in _chunks(sorted(self.new - wanted.keys())):
            Person.objects.filter(pk__in=keys).delete()
        journal.write(notes)


def open_accounts(stated: Sequence[Stated], *, by: Person, language: str, timezone: str) -> Accounts:
    """The people with these addresses; new accounts for those who have none. Call it inside a transaction.

    What is known of somebody stays as it is: only an empty name or organisation takes what is stated, and even that is
    written by ``keep`` only. A few queries for each 500 people, and for each organisation that is new.
    """
    found = Accounts()
    by_email = {one.email: one for one in reversed(stated)}  # the first that names somebody counts
    for emails in _chunks(list(by_email)):
        found.people |= _known(emails)
    unknown = [one for email, one in by_email.items() if email not in found.people]
    gaps = [by_email[email] for email, person in found.people.items() if not person.name.strip() or not person.organisation_id]
    organisations = _organisations([*unknown, *gaps], by=by)
    for one in gaps:
        person = found.people[one.email]
        filled: dict[str, Any] = {}
        if not person.name.strip():
            filled["name"] = one.name
        if not person.organisation_id:
            filled["organisation"] = organisations[_named(one)]
        for name, value in filled.items():
            setattr(person, name, value)
        found.filled[person.pk] = filled
    for some in _chunks(sorted(unknown, key=lambda one: one.email)):  # two who open the same accounts do so in the same order
        made = {one.email: _new(one, organisations[_named(one)], language, timezone) for one in some}
        Person.objects.bulk_create(made.values(), ignore_conflicts=True)
        there = _known(list(made))
        # Somebody may have opened the same account between our look and our write: then it is not ours.
        found.new |= {person.pk for email, person in there.items() if person.password == made[email].password}
        found.people |= there
    return found


def _new(one: Stated, organisation: Organisation, language: str, timezone: str) -> Person:
    return Person(
        email=one.email,
        name=one.name,
        position=one.position,
        organisation=organisation,
        language=language,
        timezone=timezone,
        password=make_password(None),  # unusable, and different for each: by it we know our own rows again
    )


def _known(emails: Sequence[str]) -> dict[str, Person]:
    people = Person.objects.annotate(address=Lower("email")).filter(address__in=emails)
    return {person.address: person for person in people.select_related("organisation").prefetch_related("roles")}


def _organisations(stated: Iterable[Stated], *, by: Person) -> dict[tuple[str, str], Organisation]:
    """The organisations that are stated, by name and country; those that nobody has named yet are made."""
    wanted: dict[tuple[str, str], Stated] = {}
    for one in stated:  # the first that says of which type it is counts
        if wanted.setdefault(_named(one), one).kind == Organisation.Kind.OTHER:
            wanted[_named(one)] = one
    found: dict[tuple[str, str], Organisation] = {}
    for some in _chunks(list(wanted.values())):
        names = {one.organisation for one in some}
        for known in Organisation.objects.filter(name__in=names).order_by("-pk"):
            found[known.name.casefold(), str(known.country)] = known
    for named, one in sorted(wanted.items()):  # two who name the same ones do so in the same order
        if named not in found:
            found[named] = _organisation(one, by)
    return found


def _organisation(one: Stated, by: Person) -> Organisation:
    facts: dict[str, Any] = {"by": by, "name": one.organisation, "country": one.country, "kind": one.kind}
    try:
        with transaction.atomic():
            return name_organisation(**facts)
    except (IntegrityError, Invalid):  # somebody named it between our look and our write
        return name_organisation(**facts)


def _named(one: Stated) -> tuple[str, str]:
    return one.organisation.casefold(), one.country


def _chunks(things: Sequence[Any]) -> Iterator[list[Any]]:
    several = iter(things)
    while some := list(islice(several, CHUNK)):
        yield some
