"""Tables that people upload: a CSV file or a workbook becomes lines of text, or it is said why it cannot be read.

Nothing is trusted: neither what the file is called, nor how large it says it is. Formulas are never computed.
"""

import csv
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import IO, Any
from xml.parsers import expat

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from network.errors import Invalid

MOST_BYTES = 5 * 2**20
MOST_BYTES_UNPACKED = 32 * 2**20  # a workbook of 10,000 people unpacks to about 6
MOST_PARTS = 1_000
MOST_COLUMNS = 100
MOST_EMPTY_ROWS = 100_000  # at the top of a sheet: one that begins later is empty
MOST_SHEETS = 20  # that are looked through for the first with something in it
MOST_ROWS_OF_A_SHEET = 1_048_576
DELIMITERS = (";", ",", "\t", "|")
SAMPLE = 50

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Line:
    """A row that is not empty. ``number`` is what the program that shows the file calls it.

    ``unread`` says of cells, by column, why they could not be read.
    """

    number: int
    cells: Sequence[str]
    unread: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SheetFile:
    """What was read: ``lines`` with the headings first. ``sheet`` names it where a workbook has several."""

    lines: list[Line]
    sheet: str = ""


def read(file: IO[bytes], *, size: int, most_rows: int, in_parts: bool = False) -> SheetFile:
    """Read a CSV file or the first sheet of a workbook with something in it; it is told from its content which of both it is.

    ``in_parts``: there are several tables one under the other, with lines between them that are of no table.
    Raises Invalid at ``file``: too large, too many rows, protected, broken, or no table at all.
    """
    if size > MOST_BYTES:
        raise _no(_("This file has {size}; there may be {most}. Divide it.").format(size=_bytes(size), most=_bytes(MOST_BYTES)))
    data = file.read(MOST_BYTES + 1)
    if data.startswith(OLE):
        raise _no(_("This workbook has a password, or is of the old kind (XLS). Save it as XLSX without one, or as CSV."))
    found = (
        _of_workbook(data, most_rows) if data.startswith(ZIP) else SheetFile(_few(_of_csv(data, in_parts=in_parts), most_rows))
    )
    if not found.lines:
        raise _no(_("There is nothing in this file."))
    return found


def _no(message: str) -> Invalid:
    return Invalid({"file": [message]})


def _bytes(size: int) -> str:
    return str(filesizeformat(size))


def _few(lines: Iterator[Line], most_rows: int) -> list[Line]:
    """The lines that are not empty, if there are not too many. The first holds the headings."""
    found: list[Line] = []
    for line in lines:
        if any(line.cells) or line.unread:
            if len(found) > most_rows:
                raise _no(_("This file has more than {most} rows. Divide it.").format(most=f"{most_rows:,}"))
            found.append(line)
    return found


# --- CSV -----------------------------------------------------------------------------------------------------------


def _of_csv(data: bytes, *, in_parts: bool) -> Iterator[Line]:
    text = _decoded(data)
    if "\0" in text and text.count("\0") > len(text) // 100:
        raise _no(_("This is neither a CSV file nor an XLSX workbook. Save the list as one of these."))
    delimiter = None
    if text[:4].lower() == "sep=" and text[5:6] in {"\r", "\n"}:  # Excel's own way to name it
        delimiter = text[4]
        text = "\n" + text[5:].lstrip("\r").removeprefix("\n")
    delimiter = delimiter or (_delimiter_of_parts(text) if in_parts else _delimiter(text))
    number = 0
    for cells, last in _records(text, delimiter):
        if len(cells) > MOST_COLUMNS:
            raise _too_wide()
        yield Line(number + 1, [_readable(cell) for cell in cells])
        number = last


def _readable(cell: str) -> str:
    """Without what no database keeps in a text."""
    return cell.replace("\0", "\N{REPLACEMENT CHARACTER}").strip()


def _decoded(data: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16, else what Windows writes in the west of Europe."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if len(data) > 3 and not data[1] and not data[3] and data[0] and data[2]:
        return data.decode("utf-16-le", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _records(text: str, delimiter: str) -> Iterator[tuple[list[str], int]]:
    """Records with the line in which each ends. A quotation mark that is never closed would swallow the rest: it is named."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    begun = 1
    try:
        for cells in reader:
            if reader.line_num - begun > 200:
                raise _unclosed(begun)
            yield cells, reader.line_num
            begun = reader.line_num + 1
    except csv.Error:  # a field of more than 131,072 characters
        raise _unclosed(begun) from None


def _unclosed(line: int) -> Invalid:
    return _no(_("A quotation mark in line {line} is not closed: everything after it is taken for one cell.").format(line=line))


def _delimiter(text: str) -> str:
    """What divides the cells: whatever gives most columns to the headings and as many to the rows."""

    def score(delimiter: str) -> float:
        widths = []
        try:
            for cells, _last in _records(text[:100_000], delimiter):
                if any(cells):
                    widths.append(len(cells))
                if len(widths) == SAMPLE:
                    break
        except Invalid:
            pass
        if not widths or widths[0] < 2:
            return 0
        return widths[0] * sum(width == widths[0] for width in widths) / len(widths)

    return max(DELIMITERS, key=score)


def _delimiter_of_parts(text: str) -> str:
    """What divides the cells where the first lines need not be of a table: a tab, which no text has, else the commonest."""
    sample = [line for line in text[:100_000].splitlines() if line.strip()][: SAMPLE * 4]
    if sum("\t" in line for line in sample) * 3 > len(sample):
        return "\t"

    def score(delimiter: str) -> int:
        number = 0
        try:
            for cells, _last in _records(text[:100_000], delimiter):
                number += len(cells) - 1
        except Invalid:
            pass
        return number

    return max(DELIMITERS, key=score)


def _too_wide() -> Invalid:
    return _no(_("This table has more than {most} columns.").format(most=MOST_COLUMNS))


# --- Workbooks -----------------------------------------------------------------------------------------------------


def _of_workbook(data: bytes, most_rows: int) -> SheetFile:
    parts = _checked_parts(data)
    has_formulas = any(b"<f" in part for name, part in parts if name.startswith("xl/worksheets/"))
    del parts
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about features of Excel that do not concern a table
            return _first_sheet(data, most_rows, has_formulas=has_formulas)
    except Invalid:
        raise
    except Exception as error:  # whatever a broken workbook does to its reader, the answer is the same
        raise _broken() from error


def _broken() -> Invalid:
    return _no(_("This workbook cannot be read. Open it in your spreadsheet program and save it again as XLSX, or as CSV."))


def _checked_parts(data: bytes) -> list[tuple[str, bytes]]:
    """The workbook's sheets, after a look at all parts: a small file can unpack to a mountain, or to an endless tale."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if any(part.flag_bits & 1 for part in parts):
                raise _no(_("This workbook is protected by a password. Save it without one."))
            # What zipfile unpacks of a part is never more than its size here, whatever else the file says.
            size = sum(part.file_size for part in parts)
            if size > MOST_BYTES_UNPACKED or len(parts) > MOST_PARTS:
                most = _bytes(MOST_BYTES_UNPACKED)
                raise _no(_("This workbook unpacks to more than {most}. Leave only the list in it.").format(most=most))
            names = {part.filename for part in parts}
            if "xl/workbook.xml" not in names and "[Content_Types].xml" not in names:
                raise _no(_("This is not an XLSX workbook. Save the list as XLSX or as CSV."))
            found = []
            for part in parts:
                if part.filename.endswith((".xml", ".rels", ".vml")):
                    content = archive.read(part)
                    if _declares_entities(content):
                        raise _broken()
                    if part.filename.startswith("xl/worksheets/"):
                        found.append((part.filename, content))
            return found
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError) as error:
        raise _broken() from error


class _Known(Exception):
    """Ends the reading of a part: what was asked is known."""


def _declares_entities(content: bytes) -> bool:
    """Whether a part has a document type, in which entities could be declared. No workbook has; its root comes first."""
    parser, found = expat.ParserCreate(), []

    def doctype(*_args: Any) -> None:
        found.append(True)
        raise _Known

    def root(*_args: Any) -> None:
        raise _Known

    parser.StartDoctypeDeclHandler, parser.StartElementHandler = doctype, root
    try:
        for start in range(0, len(content), 65_536):
            parser.Parse(content[start : start + 65_536], False)
    except _Known:
        pass
    except expat.ExpatError:
        return False  # the reader will find it broken
    return bool(found)


def _first_sheet(data: bytes, most_rows: int, *, has_formulas: bool) -> SheetFile:
    from openpyxl import load_workbook  # noqa: PLC0415 - openpyxl costs a process 12 MB: only who needs it pays

    values = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    formulas = load_workbook(io.BytesIO(data), read_only=True, keep_links=False) if has_formulas else None
    seen = [sheet for sheet in values.worksheets if sheet.sheet_state == "visible"] or values.worksheets
    for sheet in seen[:MOST_SHEETS]:
        typed = formulas[sheet.title] if formulas is not None else None
        lines = _few(_of_sheet(sheet, typed), most_rows)
        if lines:
            return SheetFile(lines, sheet.title if len(seen) > 1 else "")
    return SheetFile([])


def _rows(sheet: Any) -> Iterator[Sequence[Any]]:
    sheet.reset_dimensions()  # what the file says of itself need not be so
    yield from sheet.iter_rows(max_row=MOST_ROWS_OF_A_SHEET, max_col=MOST_COLUMNS, values_only=True)


def _of_sheet(sheet: Any, typed: Any) -> Iterator[Line]:
    """The rows of a sheet; of a formula what it came to when the file was saved."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - who comes here has loaded openpyxl

    with_formulas = _rows(typed) if typed is not None else None
    is_empty = True
    for number, values in enumerate(_rows(sheet), 1):
        written = next(with_formulas, ()) if with_formulas is not None else ()
        if values.count(None) == len(values) and written.count(None) == len(written):
            if is_empty and number > MOST_EMPTY_ROWS:
                return
            continue
        cells, unread, is_empty = [], {}, False
        for column, value in enumerate(values):
            name = f"{get_column_letter(column + 1)}{number}"
            if value is None and column < len(written) and str(written[column] or "").startswith("="):
                unread[column] = _("{cell} holds a formula whose result is not in the file. Put the value there.").format(
                    cell=name
                )
            elif isinstance(value, str) and value.startswith("#") and value in ERRORS:
                unread[column] = _("{cell} holds the error {error}.").format(cell=name, error=value)
            cells.append(_text(value))
        while cells and not cells[-1]:
            cells.pop()
        yield Line(number, cells, unread)


ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            if value.time() == time():
                return value.date().isoformat()
            return value.isoformat(sep=" ", timespec="seconds" if value.second else "minutes")
        case date() | time():
            return value.isoformat()
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case _:
            return _readable(str(value))
