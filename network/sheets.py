"""Tables for spreadsheets, as CSV and as XLSX. No cell is ever a formula: what people typed must not run on who opens it."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

#: A cell: text, a number, a day, an instant on the clock that the heading names, or nothing.
Cell = str | int | float | Decimal | date | datetime | None

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: What XML cannot hold (XML 1.0 §2.2), and how much a cell of a spreadsheet can.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
MOST_CHARACTERS = 32_767
#: A formula behind what may divide cells. After plus and minus only what can do harm: lists and smileys stay as they are.
FORMULA_WITHIN = re.compile(r"([;\t\r\n][^\S\t\r\n]*)(?=[=@]\S|[+-][^;\t\r\n]*[|(])")


@dataclass(frozen=True)
class Table:
    """Headings, and rows that are read once. ``title`` names the sheet."""

    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    title: str = ""


def safe_cell(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula: such text gets an apostrophe in front (OWASP, CSV injection).

    So does what follows a semicolon, a tab or a new line: where they divide cells, as in much of Europe, a cell begins there.
    """
    text = FORMULA_WITHIN.sub(r"\1'", str(value))
    return f"'{text}" if text.lstrip()[:1] in {"=", "+", "-", "@"} or text[:1] in {"\t", "\r", "\n"} else text


class _Echo:
    """Lets the csv module write to whoever asks for the next line."""

    def write(self, line: str) -> str:
        return line


def as_csv(table: Table) -> Iterator[bytes]:
    """The table as CSV (RFC 4180), line by line; in UTF-8 with a byte order mark, which Excel needs."""
    write: Callable[[list[str]], Any] = csv.writer(_Echo()).writerow
    yield b"\xef\xbb\xbf" + write([safe_cell(heading) for heading in table.headings]).encode()
    for row in table.rows:
        yield write([_csv_text(cell) for cell in row]).encode("utf-8", "replace")


def _csv_text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case datetime():
            return cell.isoformat(sep=" ", timespec="minutes")
        case date():
            return cell.isoformat()
        case int() | float() | Decimal():  # minus five is a number, not a formula
            return str(cell)
        case _:
            return safe_cell(cell)


def as_xlsx(table: Table) -> IO[bytes]:
    """The table as a workbook, packed in memory. Its rows are written one by one, to a temporary file until they are packed."""
    from network.workbooks import pack  # noqa: PLC0415 - openpyxl costs a process 12 MB: only who needs it pays

    return pack(table)
