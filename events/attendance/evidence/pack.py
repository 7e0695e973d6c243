"""One ZIP per event in which a funder's auditor finds everything without asking, made while it is sent.

It begins with a page that says what is what, and ends with a manifest of every file's hash: ``sha256sum -c SHA256SUMS``
checks them all. Files stand in the order of their names.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from events.attendance.evidence import contents
from events.attendance.evidence.parts import Part, sources
from events.attendance.evidence.sheets import organisers_of
from events.programme.models import Event
from events.programme.wording import moment_and_zone, when
from network.sheets import safe_cell
from network.zips import Packed, safe_name, stream

README, MANIFEST, TABLE, SUMS = "00-README.txt", "manifest.json", "manifest.csv", "SHA256SUMS"
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


def parts_of(event: Event, at: datetime) -> list[Part]:
    """All parts in the order of the pack."""
    found = [*contents.parts_of(event, at), *(part for source in sources for part in source(event))]
    return sorted(found, key=lambda part: part.name)


def pack_name(event: Event) -> str:
    """What the ZIP is called when it is saved."""
    return f"evidence-{safe_name(event.slug)}.zip"


def pack_response(event: Event, language: str) -> StreamingHttpResponse:
    """The ZIP, sent while it is made, in the reader's language."""
    response = StreamingHttpResponse(pack(event, language), content_type="application/zip")
    response["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=pack_name(event)))
    response["Cache-Control"] = "private, no-store"
    return response


def pack(event: Event, language: str) -> Iterator[bytes]:
    """The ZIP in parts. Who reads it slowly holds no more than one file in memory."""
    return stream(_files(event, language, timezone.now().replace(microsecond=0)))


def _files(event: Event, language: str, at: datetime) -> Iterator[Packed]:
    with translation.override(language):
        parts = parts_of(event, at)
        listed: list[Listed] = []
        first = Part(README, _("This page."), lambda: _readme(event, parts, at))
    for part in [first, *parts]:
        # Between two parts somebody else's language may be in use in this thread.
        with translation.override(language):
            try:
                content = part.content()
            except FileNotFoundError:
                listed.append(Listed(part.name, part.about, 0, part.sha256, part.at or at, MISSING))
                continue
        digest = hashlib.sha256(content).hexdigest()
        remark = CHANGED if part.sha256 and part.sha256 != digest else ""
        listed.append(Listed(part.name, part.about, len(content), digest, part.at or at, remark))
        yield Packed(part.name, content, part.at or at, part.is_packed)
    for name, content in _manifest(event, listed, at):
        yield Packed(name, content, at)


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
        _("This pack was made on {moment}. It says what was known then.").format(moment=moment_and_zone(at, event.timezone)),
        _("Times in the tables are by the clock of {zone}.").format(zone=event.timezone),
        "",
        _("Tables (CSV) open in every spreadsheet program. They are in UTF-8, their cells divided by commas."),
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
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


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
    table = _manifest_table(listed)
    yield MANIFEST, text
    yield TABLE, table
    sums = [(one.sha256, one.name) for one in listed if one.remark != MISSING]
    sums += [(hashlib.sha256(content).hexdigest(), name) for name, content in ((MANIFEST, text), (TABLE, table))]
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
