"""Tables for spreadsheets, as CSV and as XLSX. No cell is ever a formula: what people typed must not run on who opens it."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

#: A cell: text, a number, a day, an instant on the clock that the heading names, or nothing.
Cell = str | int | float | Decimal | date | datetime | None

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: What XML cannot hold (XML 1.0 §2.2), and how much a cell of a spreadsheet can.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
MOST_CHARACTERS = 32_767
WIDEST, NARROWEST = 50, 10


@dataclass(frozen=True)
class Table:
    """Headings, and rows that are read once. ``title`` names the sheet."""

    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    title: str = ""


def safe_cell(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula: such text gets an apostrophe in front (OWASP, CSV injection)."""
    text = str(value)
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
    book = Workbook(write_only=True)
    book.properties.creator = ""
    sheet = book.create_sheet(_sheet_name(table.title))
    sheet.freeze_panes = "A2"
    for number, heading in enumerate(table.headings, 1):
        sheet.column_dimensions[get_column_letter(number)].width = min(max(len(heading) + 4, NARROWEST), WIDEST)
    sheet.append([_heading(sheet, heading) for heading in table.headings])
    count = 1
    for row in table.rows:
        sheet.append([_xlsx_cell(sheet, cell) for cell in row])
        count += 1
    if table.headings:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.headings))}{count}"
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def _heading(sheet: Any, text: str) -> Any:
    cell = _text(sheet, text)
    cell.font, cell.alignment = Font(bold=True), Alignment(vertical="top", wrap_text=True)
    return cell


def _xlsx_cell(sheet: Any, value: Cell) -> Any:
    match value:
        case None | "":
            return None
        case datetime():
            cell = WriteOnlyCell(sheet, value=value.replace(tzinfo=None))
            cell.number_format = "yyyy-mm-dd hh:mm"
            return cell
        case date():
            cell = WriteOnlyCell(sheet, value=value)
            cell.number_format = "yyyy-mm-dd"
            return cell
        case bool() | int() | float() | Decimal():
            return value
        case _:
            return _text(sheet, str(value))


def _text(sheet: Any, text: str) -> Any:
    """A cell that is text whatever stands in it: left to itself, openpyxl takes “=…” for a formula and “#N/A” for an error."""
    cell = WriteOnlyCell(sheet, value="")
    cell.value, cell.data_type = UNWRITABLE.sub("", text)[:MOST_CHARACTERS], "s"
    return cell


def _sheet_name(title: str) -> str:
    """What a sheet may be called: 31 characters, and some not at all."""
    return re.sub(r"[\\/*?:\[\]']", " ", UNWRITABLE.sub("", title)).strip()[:31].strip() or "1"
