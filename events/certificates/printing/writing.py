"""Writing the files of the bulk lane: what all have in common is written once, what differs is put behind it.

ISO 32000-1 §7.5: objects, most of them packed into a compressed stream, and a cross-reference stream at the end.
"""

import hashlib
import zlib
from collections.abc import Mapping

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
END = b"\nendobj\n"
FREE, PLAIN, PACKED = 0, 1, 2  # kinds of entries in the cross-reference stream


def text_string(text: str) -> bytes:
    """A text string: in ASCII as it is, else in UTF-16 (ISO 32000-1 §7.9.2.2)."""
    if text.isascii() and text.isprintable():
        return b"(" + text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode() + b")"
    return b"<feff" + text.encode("utf-16-be").hex().encode() + b">"


def stream(entries: bytes, content: bytes, *, packed: bool = True) -> bytes:
    """A stream with these entries in its dictionary, compressed here unless it is not to be."""
    if packed:
        content = zlib.compress(content, 6)
        entries += b"/Filter/FlateDecode"
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(content), content)


class Skeleton:
    """What the files of a group have in common."""

    def __init__(self, plain: Mapping[int, bytes], packed: Mapping[int, bytes], *, trailer: bytes, next_number: int) -> None:
        """``plain`` stand by themselves, ``packed`` (no streams) share one; ``trailer`` says where catalogue and Info are."""
        self._trailer = trailer
        self._size = next_number + 2
        self._rows = [_row(FREE, 0, 0xFFFF)] * self._size
        blob = bytearray(HEADER)
        bundle = next_number
        positions, texts, at = [], [], 0
        for index, (number, body) in enumerate(packed.items()):
            positions.append(b"%d %d" % (number, at))
            texts.append(body)
            at += len(body) + 1
            self._rows[number] = _row(PACKED, bundle, index)
        first = b" ".join(positions) + b"\n"
        entries = b"/Type/ObjStm/N %d/First %d" % (len(packed), len(first))
        for number, body in {**plain, bundle: stream(entries, first + b"\n".join(texts))}.items():
            self._rows[number] = _row(PLAIN, len(blob), 0)
            blob += _object(number, body)
        self._blob = bytes(blob)
        self._hash = hashlib.sha256(self._blob)

    def file(self, own: Mapping[int, bytes]) -> tuple[bytearray, int]:
        """A file with these objects of its own; and where the body of the last of them begins."""
        file, rows, hashed = bytearray(self._blob), self._rows.copy(), self._hash.copy()
        body_at = 0
        for number, body in own.items():
            rows[number] = _row(PLAIN, len(file), 0)
            written = _object(number, body)
            body_at = len(file) + len(written) - len(body) - len(END)
            file += written
            hashed.update(written)
        number, at = self._size - 1, len(file)
        rows[number] = _row(PLAIN, at, 0)
        # The same facts give the same file, and so the same identifier.
        identifier = hashed.hexdigest()[:32].encode()
        entries = b"/Type/XRef/Size %d/W[1 4 2]/ID[<%s><%s>]%s" % (self._size, identifier, identifier, self._trailer)
        file += _object(number, stream(entries, b"".join(rows)))
        file += b"startxref\n%d\n%%%%EOF\n" % at
        return file, body_at


def _object(number: int, body: bytes) -> bytes:
    return b"%d 0 obj\n%s%s" % (number, body, END)


def _row(kind: int, where: int, which: int) -> bytes:
    return kind.to_bytes(1, "big") + where.to_bytes(4, "big") + which.to_bytes(2, "big")
