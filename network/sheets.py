"""Tables for spreadsheets."""

from typing import Any


def safe_cell(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula: such text gets an apostrophe in front (OWASP, CSV injection)."""
    text = str(value)
    return f"'{text}" if text.lstrip()[:1] in {"=", "+", "-", "@"} or text[:1] in {"\t", "\r", "\n"} else text
