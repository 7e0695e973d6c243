"""A ZIP that is made while it is sent: nothing is kept but the file that is just being packed."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.text import slugify

#: Names that Windows keeps for devices.
RESERVED = {"con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(1, 10))}
LONGEST = 80
FIRST_YEAR = 1980  # of the ZIP format's clock


@dataclass(frozen=True)
class Packed:
    """A file to pack. ``is_packed``: it is compressed already, and stored as it is."""

    name: str
    content: bytes
    at: datetime
    is_packed: bool = False


class _Outbox(io.RawIOBase):
    """A stream that cannot go back: what is written can be taken away at once."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """All since the last time."""
        content = b"".join(self.parts)
        self.parts.clear()
        return content


def stream(files: Iterable[Packed]) -> Iterator[bytes]:
    """The ZIP in parts, one for each file as it comes."""
    outbox = _Outbox()
    with zipfile.ZipFile(outbox, "w") as archive:
        for file in files:
            moment = file.at.astimezone(UTC)
            entry = zipfile.ZipInfo(file.name, (max(moment.year, FIRST_YEAR), *moment.timetuple()[1:6]))
            entry.external_attr = 0o640 << 16
            entry.compress_type = zipfile.ZIP_STORED if file.is_packed else zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.content)
            yield outbox.take()
    yield outbox.take()


def safe_name(text: str, *, otherwise: str = "file") -> str:
    """A name that every file system takes: small Latin letters, digits and hyphens, not too long, no device."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    name = slugify(plain)[:LONGEST].strip("-_") or otherwise
    return f"{name}-" if name in RESERVED else name


def safe_ending(name: str) -> str:
    """The ending of a file's name, with its dot; empty if it has none that is plain."""
    match = re.search(r"\.[a-z0-9]{1,5}$", name.lower())
    return match.group(0) if match else ""
