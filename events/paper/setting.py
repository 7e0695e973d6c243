"""A page of ours, set as PDF/A-3a and PDF/UA-1. Only who prints imports WeasyPrint."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings


def set_page(html: str, sheet: str) -> bytes:
    """The page as a PDF, with the style sheet of this name in ``templates/pdf/``; it may show the emblem, ``emblem.svg``."""
    from events.paper import pdf  # noqa: PLC0415 - WeasyPrint costs a process a second and 40 MB

    with pdf.printing:
        pictures = {"emblem.svg": ("image/svg+xml", pdf.emblem())}
        return pdf.write(pdf.lay_out(html, _styles(sheet), pictures=pictures))


@lru_cache(maxsize=8)
def _styles(sheet: str) -> Any:
    from events.paper import pdf  # noqa: PLC0415

    return pdf.Styles((Path(settings.BASE_DIR) / "templates" / "pdf" / sheet).read_text())
