"""What an evidence pack is made of. Each part says in plain words what it is; floors above add what only they know.

To add parts, append a function to ``sources`` in a module that ``events.wings`` imports::

    def certificates(event: Event) -> Iterable[Part]:
        yield table("07-certificates/register.csv", gettext("Every certificate that was issued…"), register(event))

    sources.append(certificates)

Parts stand in the pack in the order of their names, so begin the name with the number of the folder: ``06-evaluation``,
``07-certificates``. Names are ASCII, with one folder at most; see ``network.zips.safe_name``.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from events.programme.models import Event
from network.sheets import Cell, Table, as_csv

#: How a figure follows from a table: its rows are counted, or the different values of a column, or a column is added up.
Counted = Literal["rows", "different", "sum"]


@dataclass(frozen=True)
class Column:
    """A column of a table: its name for programs, which no language changes; its heading; and what stands in it."""

    name: str
    heading: str
    about: str


@dataclass(frozen=True)
class Figure:
    """A number, and how anybody gets it from the table that it belongs to. ``column`` and ``where`` say headings."""

    label: str
    value: int
    counted: Counted = "rows"
    column: str = ""
    where: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Grid:
    """A table whose columns are documented. Its figures are taken from the very rows that are written."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]

    def csv(self) -> bytes:
        """The table as every spreadsheet program reads it."""
        return b"".join(as_csv(Table([column.heading for column in self.columns], self.rows)))

    def rows_counted(self, label: str, **where: Cell) -> Figure:
        """How many rows have these values; all of them without any."""
        return self._figure(label, len(self._found(where)), "rows", "", where)

    def different(self, label: str, of: str, **where: Cell) -> Figure:
        """How many different values the column ``of`` has in the rows with these values."""
        return self._figure(label, len({row[self._place(of)] for row in self._found(where)}), "different", of, where)

    def total(self, label: str, of: str, **where: Cell) -> Figure:
        """The numbers of the column ``of`` added up, in the rows with these values."""
        numbers = (row[self._place(of)] for row in self._found(where))
        return self._figure(label, sum(one for one in numbers if isinstance(one, int)), "sum", of, where)

    def values(self, of: str, **where: Cell) -> list[Cell]:
        """The different values of a column, in the order in which they come."""
        return [*dict.fromkeys(row[self._place(of)] for row in self._found(where))]

    def _place(self, name: str) -> int:
        return next(place for place, column in enumerate(self.columns) if column.name == name)

    def _found(self, where: dict[str, Cell]) -> list[Sequence[Cell]]:
        places = {self._place(name): value for name, value in where.items()}
        return [row for row in self.rows if all(row[place] == value for place, value in places.items())]

    def _figure(self, label: str, value: int, counted: Counted, of: str, where: dict[str, Cell]) -> Figure:
        said = tuple(
            (self.columns[self._place(name)].heading, "" if wanted is None else str(wanted)) for name, wanted in where.items()
        )
        return Figure(label, value, counted, self.columns[self._place(of)].heading if of else "", said)


@dataclass(frozen=True)
class Part:
    """A file of the pack. ``content`` is called when its turn comes, in the language of the reader.

    It may raise FileNotFoundError: then the manifest says that the file is missing. ``sha256`` is what was noted when the file
    was kept; if the content has another, the manifest says so. ``at`` is when it came to be; None: with the pack.
    ``figures`` and ``remarks`` stand on the overview: what the table comes to, and what an auditor will ask about.
    """

    name: str
    about: str
    content: Callable[[], bytes]
    at: datetime | None = None
    sha256: str = ""
    is_packed: bool = False  # compressed already: PDF, pictures
    columns: Sequence[Column] = field(default=())
    figures: Sequence[Figure] = field(default=())
    remarks: Sequence[str] = field(default=())


def table(name: str, about: str, grid: Grid, *, figures: Sequence[Figure] = (), remarks: Sequence[str] = ()) -> Part:
    """A table as a part of the pack, as CSV."""
    return Part(name, about, grid.csv, columns=grid.columns, figures=figures, remarks=remarks)


Source = Callable[[Event], Iterable[Part]]

#: Who adds parts, beside those of this wing.
sources: list[Source] = []
