"""Reads the data files of the network into the database: all of it, or nothing."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import slugify

from network.journal import because
from network.models import Centre, Competence, FundingProfile, Organisation, Sector

DATA = Path(__file__).parent / "data"

Row = dict[str, str]


class FaultyRow(Exception):
    """A row of a data file cannot be read; the message names file, line and column."""


@dataclass
class Count:
    """What a run did to one table."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass
class Loader:
    """One run over the files in ``folder``.

    Rows that are not there yet are created. Those that are stay as they are, since centres look after their own facts
    from then on; ``update`` brings them back to what the files say. Sectors and competences always follow the files.
    """

    folder: Path = DATA
    update: bool = False
    counts: dict[str, Count] = field(default_factory=dict)

    def run(self) -> dict[str, Count]:
        """Read every file in one transaction. Raises FaultyRow, and then nothing has been written."""
        with transaction.atomic(), because(by=None, reason="load_network"):
            self._each("sectors.csv", self._sector)
            self._each("procurcompeu.csv", self._competence)
            self._each("organisations.csv", self._organisation)
            self._each("centres.csv", self._centre)
            self._each("centres.csv", self._links_of_centre)
            self._each("funding.csv", self._funding)
        return self.counts

    def _each(self, name: str, read: Callable[[Row, int], None]) -> None:
        for position, (line, row) in enumerate(_rows(self.folder / name)):
            try:
                read(row, position)
            except ValidationError as error:
                faults = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
                words = "; ".join(f"{column}: {' '.join(found)}".lstrip(": ") for column, found in faults.items())
                raise FaultyRow(f"{name}, line {line}: {words}") from error
            except (KeyError, ValueError) as error:
                raise FaultyRow(f"{name}, line {line}: {error}") from error

    def _sector(self, row: Row, position: int) -> None:
        facts = {"name": row["name"], "cpv_divisions": _several(row["cpv_divisions"]), "position": position}
        self._save(Sector, {"slug": row["slug"]}, facts, update=True)

    def _competence(self, row: Row, position: int) -> None:
        facts = {"number": int(row["code"].removeprefix("C")), "cluster": row["cluster"], "name": row["name"]}
        self._save(Competence, {"code": row["code"]}, facts, update=True)

    def _organisation(self, row: Row, position: int) -> None:
        key = {"name": row["name"], "country": row["country"]}
        self._save(Organisation, key, {"kind": row["kind"], "city": row["city"]})

    def _centre(self, row: Row, position: int) -> None:
        same = ("name", "short_name", "country", "city", "website", "timezone", "status", "relation")
        facts: dict[str, Any] = {column: row[column] for column in same}
        facts["slug"] = slugify(row["code"])
        facts["languages"] = _several(row["languages"])
        facts["unconfirmed"] = _several(row["unconfirmed"])
        facts["active_from"] = _day(row["active_from"])
        facts["active_until"] = _day(row["active_until"])
        known = {field.name for field in Centre._meta.get_fields()}  # noqa: SLF001 - Django's documented API
        if unknown := set(facts["unconfirmed"]) - known:
            raise ValidationError({"unconfirmed": f"not a field of a centre: {', '.join(sorted(unknown))}"})
        self._save(Centre, {"code": row["code"]}, facts)

    def _links_of_centre(self, row: Row, position: int) -> None:
        """Successor and organisations, once all centres are there."""
        centre = Centre.objects.get(code=row["code"])
        organisations = []
        for name in _several(row["organisations"]):
            organisation = Organisation.objects.filter(name=name, country=row["country"]).first()
            if organisation is None:
                raise ValidationError({"organisations": f"“{name}” in {row['country']} is not in organisations.csv"})
            organisations.append(organisation)
        successor = None
        if row["successor"]:
            successor = Centre.objects.filter(code=row["successor"]).first()
            if successor is None:
                raise ValidationError({"successor": f"no centre has the code {row['successor']}"})
        if not self.update and (centre.organisations.exists() or centre.successor_id):
            return
        if centre.successor != successor:
            centre.successor = successor
            centre.save()
        if set(centre.organisations.all()) != set(organisations):
            centre.organisations.set(organisations)

    def _funding(self, row: Row, position: int) -> None:
        same = ("emblem_text", "programme", "grant_number", "disclaimer")
        facts: dict[str, Any] = {column: row[column] for column in same}
        facts |= {"active_from": _day(row["active_from"]), "active_until": _day(row["active_until"])}
        self._save(FundingProfile, {"name": row["name"]}, facts)

    def _save(self, model: type[models.Model], key: dict[str, Any], facts: dict[str, Any], *, update: bool = False) -> None:
        """Create the row, or bring it up to date if that is wanted and needed."""
        count = self.counts.setdefault(str(model._meta.label_lower).split(".")[1], Count())  # noqa: SLF001 - documented API
        thing = model._default_manager.filter(**key).first()  # noqa: SLF001 - documented API
        if thing is None:
            thing = model(**key, **facts)
            thing.full_clean()
            thing.save(force_insert=True)
            count.created += 1
            return
        differing = {name: value for name, value in facts.items() if getattr(thing, name) != value}
        if not differing or not (self.update or update):
            count.unchanged += 1
            return
        for name, value in differing.items():
            setattr(thing, name, value)
        thing.full_clean()
        thing.save()
        count.updated += 1


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    """The rows of a file with the number of the line on which each ends."""
    if not path.exists():
        raise FaultyRow(f"{path.name} is missing in {path.parent}")
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, restkey="", strict=True)
        for row in reader:
            if "" in row or None in row.values():
                raise FaultyRow(f"{path.name}, line {reader.line_num}: the number of values is not that of the heading")
            yield reader.line_num, {column: value.strip() for column, value in row.items()}


def _several(text: str) -> list[str]:
    return [part.strip() for part in text.split("|") if part.strip()]


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
