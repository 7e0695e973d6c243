"""The stencil: the files of a group, of which everything is written once that they have in common."""

import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import md5
from typing import Any
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Dictionary, Stream

from events.certificates.printing.cutting import CODE, Cut, figure
from events.certificates.printing.patterns import Pattern, Unsuitable, Values, fill
from events.certificates.printing.writing import Skeleton, stream, text_string
from events.certificates.sealing import shape
from events.certificates.sealing.sealer import Mould

#: Which octets are signed: known when all the rest is written, so it gets the room that it needs at most.
RANGE = b"/ByteRange[0 %-10d %-10d %-10d]"


@dataclass(frozen=True)
class Own:
    """What one person's file is filled with."""

    values: Values
    code: bytes  # its strokes
    credential: bytes
    at: datetime  # of issue


class Stencil:
    """A certificate with holes. ``seal_size``: how many octets a signature takes; 0 for files without."""

    def __init__(self, cut: Cut, pattern: Pattern, sample: Values, *, seal_size: int) -> None:
        """Raises Unsuitable."""
        self._cut = cut
        self._pattern = pattern
        self._seal_size = seal_size
        with pikepdf.open(io.BytesIO(cut.document)) as document:
            self._take_apart(document, sample)

    def knows(self, values: Values) -> bool:
        """Whether all that this person needs is in the type case, each on one line."""
        return all(
            fill(slot.text, values) in pieces for slot, pieces in zip(self._pattern.slots, self._cut.pieces, strict=True)
        )

    def files(self, people: Sequence[Own], mould: Mould | None) -> list[bytes]:
        """Their files, sealed if there is a mould. The same people give the same bytes. Raises CannotSeal."""
        written = [self._written(own) for own in people]
        if mould is not None:
            gaps = [_gap(file, last, 2 * self._seal_size) for file, last in written]
            digests = [_digest(file, gap) for (file, _last), gap in zip(written, gaps, strict=True)]
            for (file, _last), gap, cms in zip(written, gaps, mould.cms_of(digests), strict=True):
                file[gap.start + 1 : gap.start + 1 + 2 * len(cms)] = cms.hex().encode()
        return [bytes(file) for file, _last in written]

    def _take_apart(self, document: pikepdf.Pdf, sample: Values) -> None:
        root: Any = document.Root
        info: Any = document.trailer.Info
        title = fill(self._pattern.title, sample)
        written = escape(title).encode()
        before, found, after = root.Metadata.read_bytes().partition(written)
        if not found or written in after or str(info.Title) != title:
            raise Unsuitable("the title is not where it was expected")
        code = figure(document, fill(self._pattern.alt, sample))
        self._info, self._figure = _around(info, "/Title"), _around(code, "/Alt")
        self._metadata, self._xmp = _stream_of(root.Metadata), (before, after)
        pages: Iterable[Any] = document.pages
        self._contents = [_stream_of(page.Contents) for page in pages]
        own = {self._info.number, self._figure.number, self._metadata.number, *(page.number for page in self._contents)}
        self._attachment = self._signature = None
        if "/AF" in root:
            if len(root.AF) != 1:
                raise Unsuitable("more is attached than the credential")
            attached = root.AF[0].EF.F
            self._attachment = _stream_of(attached, "/Params")
            self._parameters = _entries(attached.Params, "/CheckSum", "/Size")
            own.add(self._attachment.number)
        if self._seal_size:
            self._signature = root.Perms.DocMDP.objgen[0]
            own.add(self._signature)
        plain, packed = {}, {}
        for number, item in enumerate(document.objects, start=1):
            if number in own:
                continue
            if item.objgen != (number, 0):
                raise Unsuitable("the objects are not numbered one after the other")
            if isinstance(item, Stream):
                raw = item.read_raw_bytes()
                plain[number] = b"<<%s/Length %d>>\nstream\n%s\nendstream" % (_entries(item, "/Length"), len(raw), raw)
            else:
                packed[number] = item.unparse(resolved=True)
        trailer = b"/Root %d 0 R/Info %d 0 R" % (root.objgen[0], self._info.number)
        self._skeleton = Skeleton(plain, packed, trailer=trailer, next_number=len(document.objects) + 1)

    def _written(self, own: Own) -> tuple[bytearray, int]:
        """This person's file, and where the body of its last object begins: of the signature, if there will be one."""
        title = fill(self._pattern.title, own.values)
        objects = {page.number: stream(page.entries, self._content(index, own)) for index, page in enumerate(self._contents)}
        xmp = escape(title).encode().join(self._xmp)
        objects[self._metadata.number] = stream(self._metadata.entries, xmp, packed=False)
        objects[self._info.number] = self._info.filled(text_string(title))
        objects[self._figure.number] = self._figure.filled(text_string(fill(self._pattern.alt, own.values)))
        if self._attachment is not None:
            checksum = md5(own.credential, usedforsecurity=False).hexdigest().encode()
            said = b"%s/Params<<%s/CheckSum<%s>/Size %d>>"
            entries = said % (self._attachment.entries, self._parameters, checksum, len(own.credential))
            objects[self._attachment.number] = stream(entries, own.credential)
        if self._signature is not None:
            objects[self._signature] = _unsigned(own.at, 2 * self._seal_size)
        return self._skeleton.file(objects)

    def _content(self, page: int, own: Own) -> bytes:
        content, parts, done = self._cut.contents[page], [], 0
        for hole in self._cut.holes[page]:
            parts.append(content[done : hole.start])
            if hole.slot == CODE:
                parts.append(own.code)
            else:
                piece = self._cut.pieces[hole.slot][fill(self._pattern.slots[hole.slot].text, own.values)]
                parts.append(b"1 0 0 -1 %s %s Tm\n%s" % (piece.x, hole.y, piece.run))
            done = hole.end
        return b"".join([*parts, content[done:]])


@dataclass(frozen=True)
class _Part:
    """An object that each file has for itself: its number, and what is in it before and after its own value."""

    number: int
    entries: bytes

    def filled(self, value: bytes) -> bytes:
        return b"<<%s %s>>" % (self.entries, value)


def _around(item: Any, key: str) -> _Part:
    return _Part(item.objgen[0], _entries(item, key) + key.encode())


def _stream_of(item: Any, *without: str) -> _Part:
    return _Part(item.objgen[0], _entries(item, "/Length", "/Filter", *without))


def _entries(item: Any, *without: str) -> bytes:
    """What is in a dictionary, written, but for some keys."""
    return bytes(Dictionary({key: value for key, value in item.items() if key not in without}).unparse()[2:-2].strip())


def _unsigned(at: datetime, room: int) -> bytes:
    """The signature's dictionary, with zeros in the place of the signature (ISO 32000-1 §12.8.1, ETSI EN 319 142-1 §6.3)."""
    return b"".join(
        (
            f"<</Type/Sig/Filter{shape.FILTER}/SubFilter{shape.SUBFILTER}/M({shape.pdf_date(at)})".encode(),
            b"/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams",
            b"<</Type/TransformParams/V/1.2/P %d>>>>]" % shape.PERMISSIONS,
            RANGE % (0, 0, 0),
            b"/Contents<%s>>>" % (b"0" * room),
        )
    )


def _gap(file: bytearray, last: int, room: int) -> range:
    """Where the signature goes, its brackets included; what stands before it says so from now on."""
    start = file.index(b"/Contents<", last) + len(b"/Contents")
    gap = range(start, start + room + len(b"<>"))
    signed = RANGE % (gap.start, gap.stop, len(file) - gap.stop)
    at = file.index(b"/ByteRange[", last)
    file[at : at + len(signed)] = signed
    return gap


def _digest(file: bytearray, gap: range) -> bytes:
    """Over all but the gap."""
    with memoryview(file) as octets:
        digest = hashlib.sha256(octets[: gap.start])
        digest.update(octets[gap.stop :])
    return digest.digest()
