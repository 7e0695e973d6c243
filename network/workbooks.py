"""A table as a workbook (XLSX). Apart from ``network.sheets``: openpyxl is heavy, and not every table becomes one."""

import io
import re
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from network.sheets import MOST_CHARACTERS, UNWRITABLE, Cell, Table

WIDEST, NARROWEST = 50, 10


def pack(table: Table) -> IO[bytes]:
    """The table as a workbook; see ``network.sheets.as_xlsx``."""
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
