"""Finds tables in a report: the line with the headings, in whatever language, and the cells under them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from network.sheet_files import Line

#: What a column means, with all the headings that it has in the languages that we know.
Headings = Mapping[str, frozenset[str]]


def words(*said: str) -> frozenset[str]:
    """Headings as they are compared."""
    return frozenset(normal(one) for one in said)


def normal(heading: str) -> str:
    """A heading in small letters, with single spaces, without a zone in brackets at its end."""
    text = " ".join(heading.replace("\ufeff", "").lower().split())
    return re.sub(r"\s*\((?:utc|gmt|[a-z_]+/[a-z_/]+)[^)]*\)$", "", text)


NUMBERED = re.compile(r"\d+\.\s")


@dataclass(frozen=True)
class Row:
    """A line under headings: ``row["joined"]`` is the cell of that column, empty if there is none."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def __contains__(self, column: str) -> bool:
        return column in self.cells


def columns_of(line: Line, headings: Headings) -> dict[str, int]:
    """Which column is where, if this were a line of headings; the first of two that mean the same."""
    found: dict[str, int] = {}
    for place, cell in enumerate(line.cells):
        said = normal(cell)
        for column, known in headings.items():
            if said in known:
                found.setdefault(column, place)
                break
    return found


def rows(lines: Sequence[Line], headings: Headings, *needed: frozenset[str]) -> Iterator[tuple[dict[str, int], Row]]:
    """The rows of all tables that have one of the ``needed`` sets of columns, with the columns of their table.

    A line of headings begins a table; a line of one cell, such as “3. In-Meeting Activities”, ends it.
    """
    columns: dict[str, int] = {}
    for line in lines:
        found = columns_of(line, headings)
        if len(found) >= 2 and any(one <= found.keys() for one in needed):
            columns = found
        elif len(line.cells) == 1 or NUMBERED.match(line.cells[0]):
            columns = {}
        elif columns:
            yield columns, _row(line, columns)


def _row(line: Line, columns: Mapping[str, int]) -> Row:
    return Row(
        line.number,
        {column: unwrapped(line.cells[place]) if place < len(line.cells) else "" for column, place in columns.items()},
    )


def unwrapped(cell: str) -> str:
    """A text that a tool wrote as a formula, so that Excel leaves it alone: ``="2027-04-28 09:00:00"``."""
    match = re.fullmatch(r'"?="?"?([^"]*)"*', cell)
    return match[1].strip() if match else cell


def has(lines: Sequence[Line], headings: Headings, *needed: frozenset[str], within: int = 60) -> bool:
    """Whether there is a line of headings with one of these sets of columns among the first lines."""
    return any(any(one <= columns_of(line, headings).keys() for one in needed) for line in lines[:within])
