"""One ZIP per event in which a funder's auditor finds everything without asking, made while it is sent.

An overview (PDF/A) says what the tables come to and from where each figure is, which rules apply and what is missing. Two
tables say the same for programs: every figure, and every column. A manifest has every file's hash: ``sha256sum -c SHA256SUMS``
checks them all. The tables are read together, before the first byte is sent; the same state gives the same bytes.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from events.attendance.evidence import contents, figures, papers
from events.attendance.evidence.parts import Column, Figure, Grid, Part, sources, table
from events.attendance.evidence.printable import organisers_of
from events.programme.models import Event
from events.programme.wording import moment_and_zone, when
from network.sheets import Cell, safe_cell
from network.zips import Packed, safe_name, stream

README, OVERVIEW, MANIFEST, TABLE, SUMS = "00-README.txt", "00-overview.pdf", "manifest.json", "manifest.csv", "SHA256SUMS"
FIGURES, COLUMNS = "00-figures.csv", "00-columns.csv"
#: Remarks of the manifest: stable words for programs.
MISSING, CHANGED = "missing", "changed since it was kept"


@dataclass(frozen=True)
class Listed:
    """A file as the manifest names it."""

    name: str
    about: str
    size: int
    sha256: str
    at: datetime
    remark: str = ""


def parts_of(event: Event) -> list[Part]:
    """All parts in the order of the pack."""
    found = [*contents.parts_of(event), *(part for source in sources for part in source(event))]
    return sorted(found, key=lambda part: part.name)


def pack_name(event: Event) -> str:
    """What the ZIP is called when it is saved."""
    return f"evidence-{safe_name(event.slug)}.zip"


def pack_response(event: Event, language: str) -> StreamingHttpResponse:
    """The ZIP, sent while it is made, in one language of the interface."""
    response = StreamingHttpResponse(pack(event, language), content_type="application/zip")
    response["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=pack_name(event)))
    response["Content-Language"] = language
    response["Cache-Control"] = "private, no-store"
    return response


def pack(event: Event, language: str, at: datetime | None = None) -> Iterator[bytes]:
    """The ZIP in parts. Who reads it slowly holds the tables and no more than one file besides in memory.

    What is in the database is read here and now; what goes wrong then is an error and no broken file.
    """
    at = at or timezone.now().replace(microsecond=0)
    with translation.override(language), _one_moment():
        parts = parts_of(event)
        rules = figures.rules_of(event)
    return stream(_files(event, language, at, parts, rules))


@contextmanager
def _one_moment() -> Iterator[None]:
    """Let all queries see the same state, where the database can do that without keeping others waiting."""
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _files(event: Event, language: str, at: datetime, parts: Sequence[Part], rules: Sequence[str]) -> Iterator[Packed]:
    listed: list[Listed] = []
    with translation.override(language):
        numbers = [(part.name, figure) for part in parts for figure in part.figures]
        first = [
            Part(README, _("What is what, as plain text."), lambda: _readme(event, parts, at)),
            _figures_table(numbers),
            _columns_table(parts),
        ]
    for part in [*first, *parts]:
        # Between two parts somebody else's language may be in use in this thread.
        with translation.override(language):
            try:
                content = part.content()
            except FileNotFoundError:
                listed.append(Listed(part.name, part.about, 0, part.sha256, part.at or at, MISSING))
                continue
        yield _listed(part, content, at, listed)
    with translation.override(language):
        remarks = [*_lost(listed), *(remark for part in parts for remark in part.remarks)]
        overview = papers.overview_pdf(
            event,
            at=at,
            figures=numbers,
            remarks=remarks,
            rules=rules,
            files=[papers.Packed(one.name, one.about, one.sha256) for one in listed if one.remark != MISSING],
        )
        about = _("What one reads first: the figures and where each comes from, the rules, and what is missing.")
    yield _listed(Part(OVERVIEW, about, lambda: overview, is_packed=True), overview, at, listed)
    for name, content in _manifest(event, sorted(listed, key=lambda one: one.name), at):
        yield Packed(name, content, at)


def _listed(part: Part, content: bytes, at: datetime, listed: list[Listed]) -> Packed:
    """Note a part for the manifest, and pack it."""
    digest = hashlib.sha256(content).hexdigest()
    remark = CHANGED if part.sha256 and part.sha256 != digest else ""
    listed.append(Listed(part.name, part.about, len(content), digest, part.at or at, remark))
    return Packed(part.name, content, part.at or at, part.is_packed)


def _lost(listed: Sequence[Listed]) -> Iterator[str]:
    for one in listed:
        if one.remark == MISSING:
            yield _("{name} is missing: the file is no longer where it was kept.").format(name=one.name)
        elif one.remark == CHANGED:
            yield _("{name} has changed since it was kept: its hash is another.").format(name=one.name)


def _figures_table(numbers: Sequence[tuple[str, Figure]]) -> Part:
    """Every figure of the overview, with how to count it again."""
    counted = {"rows": _("rows"), "different": _("different values"), "sum": _("sum")}
    columns = [
        Column("figure", _("Figure"), _("What the overview says.")),
        Column("value", _("Value"), _("The number.")),
        Column("file", _("File in this pack"), _("The table that it comes from.")),
        Column("counted", _("What is counted"), _("Its rows, the different values of a column, or the sum of a column.")),
        Column("column", _("Column"), _("The heading of that column.")),
        Column("where", _("Where column"), _("Only rows count that have, in the column of this heading…")),
        Column("equals", _("Equals"), _("…this value.")),
        Column("where_2", _("And column"), _("And besides, in the column of this heading…")),
        Column("equals_2", _("Equals too"), _("…this value.")),
    ]
    rows: list[list[Cell]] = []
    for name, one in numbers:
        conditions = [*one.where, ("", ""), ("", "")][:2]
        rows.append([one.label, one.value, name, counted[one.counted], one.column, *conditions[0], *conditions[1]])
    return table(FIGURES, _("Every figure of the overview, with how to count it again."), Grid(columns, rows))


def _columns_table(parts: Sequence[Part]) -> Part:
    """What stands in every column of every table."""
    columns = [
        Column("file", _("File in this pack"), _("The table.")),
        Column("number", _("No."), _("The column’s place, from the left.")),
        Column("heading", _("Heading"), _("What stands above the column.")),
        Column("name", _("Name for programs"), _("Its name in every language.")),
        Column("about", _("What stands in it"), _("In words.")),
    ]
    rows: list[list[Cell]] = [
        [part.name, number, one.heading, one.name, one.about]
        for part in parts
        for number, one in enumerate(part.columns, start=1)
    ]
    return table(COLUMNS, _("What stands in every column of every table."), Grid(columns, rows))


def _readme(event: Event, parts: Sequence[Part], at: datetime) -> bytes:
    """What is what, in plain words."""
    lines = [
        _("Evidence of an event"),
        "=" * len(_("Evidence of an event")),
        "",
        event.title,
        str(when(event)),
        ", ".join(organisers_of(event)),
        f"{settings.SITE_URL}{event.get_absolute_url()}",
        "",
        _("Read 00-overview.pdf first: it has the figures and where each comes from, the rules, and what is missing."),
        "",
        _("This pack was made on {moment}. It says what was known then.").format(moment=moment_and_zone(at, event.timezone)),
        _("Times in the tables are by the clock of {zone}.").format(zone=event.timezone),
        "",
        _("Tables (CSV) open in every spreadsheet program. They are in UTF-8, their cells divided by commas."),
        _("What stands in each of their columns is in 00-columns.csv."),
        _(
            "An apostrophe before a sign such as = keeps a spreadsheet program from taking a text for a formula. It is no part "
            "of the text."
        ),
        _(
            "People are named with their organisation and country. Their addresses, and what they answered about food, health "
            "or access, are not in this pack; only the reports of webinars are as their tools wrote them."
        ),
        "",
        _("What is in it"),
        "-" * len(_("What is in it")),
        "",
    ]
    folder = ""
    for part in parts:
        begins = part.name.partition("/")[0]
        if begins != folder:
            folder = begins
            lines += ["", folder]
        lines += [f"  {part.name.partition('/')[2] or part.name}", f"      {part.about}"]
    lines += [
        "",
        _("Is it complete and unchanged?"),
        "-" * len(_("Is it complete and unchanged?")),
        "",
        _(
            "manifest.csv and manifest.json name every file with its size and its SHA-256. Whoever has the command sha256sum "
            "checks them all with: sha256sum -c SHA256SUMS"
        ),
        _(
            "Scans and reports were hashed when they were uploaded. The manifest says of a file if it is missing or has "
            "changed since."
        ),
    ]
    return contents.plain_text(lines)


def _manifest(event: Event, listed: Sequence[Listed], at: datetime) -> Iterator[tuple[str, bytes]]:
    facts: dict[str, Any] = {
        "event": {"slug": event.slug, "title": event.title, "url": f"{settings.SITE_URL}{event.get_absolute_url()}"},
        "made_at": _stamp(at),
        "files": [
            {
                "name": one.name,
                "about": one.about,
                "size": one.size,
                "sha256": one.sha256,
                "at": _stamp(one.at),
                "remark": one.remark,
            }
            for one in listed
        ],
    }
    text = (json.dumps(facts, ensure_ascii=False, indent=2) + "\n").encode()
    rows = _manifest_table(listed)
    yield MANIFEST, text
    yield TABLE, rows
    sums = [(one.sha256, one.name) for one in listed if one.remark != MISSING]
    sums += [(hashlib.sha256(content).hexdigest(), name) for name, content in ((MANIFEST, text), (TABLE, rows))]
    yield SUMS, "".join(f"{digest}  {name}\n" for digest, name in sums).encode()


def _manifest_table(listed: Sequence[Listed]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["name", "about", "size", "sha256", "at", "remark"])
    for one in listed:
        writer.writerow([safe_cell(cell) for cell in (one.name, one.about, one.size, one.sha256, _stamp(one.at), one.remark)])
    return text.getvalue().encode("utf-8-sig")


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
