"""The badge: a calm round picture of a kind of certificate, and one's own with the credential baked into it."""

import io
import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import override
from PIL import Image, ImageDraw, ImageFont

from events.certificates.content.wording import duration
from events.certificates.models import Certificate
from events.paper import fonts

Kind = Certificate.Kind
Font = ImageFont.FreeTypeFont

SIZE = 640  # pixels across; drawn larger and made smaller, so that edges are smooth
SCALE = 3
MARGIN = 8
INK = "#1c1e1c"
QUIET = "#4a4c4a"
PAPER = "#ffffff"
LINE = "#00b287"
DEEP = {Kind.FINALIST: "#8a5a00", Kind.WINNER: "#8a5a00", Kind.SPEAKING: "#1f5c96", Kind.TEACHING: "#1f5c96"}
BRIGHT = {Kind.FINALIST: "#e3a72f", Kind.WINNER: "#e3a72f", Kind.SPEAKING: "#3b82c9", Kind.TEACHING: "#3b82c9"}
NETWORK = "Procure2Innovate"

#: Open Badges 3.0 §5.3.1: the keyword of the chunk that carries the credential.
KEYWORD = b"openbadgecredential"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class _Text:
    """A text of the badge: from which font, from which size down, on how many lines, how wide."""

    font: str
    size: int
    least: int
    lines: int
    width: int
    colour: str


HEADING = _Text(fonts.SERIF, 60, 30, 2, 480, INK)
TITLE = _Text(fonts.SANS, 27, 19, 2, 440, QUIET)
HOURS = _Text(fonts.SEMIBOLD, 34, 34, 1, 300, INK)
FOOT = _Text(fonts.SANS, 21, 21, 1, 260, QUIET)


@lru_cache(maxsize=32)
def kinds_badge(kind: Certificate.Kind, language: str) -> bytes:
    """The badge of a kind, for everybody to see: there is no name on it."""
    with override(language):
        return _drawn(kind, str(kind.label), "", "")


def baked(certificate: Certificate, document: str) -> bytes:
    """The holder's badge, with event and hours on it and the credential in it, once and uncompressed."""
    facts = certificate.facts
    kind, attendance = Kind(facts["kind"]), facts["attendance"]
    minutes = attendance["minutes_attended"] if attendance else (facts["recognition"] or {}).get("minutes")
    with override(facts["language"]):
        picture = _drawn(kind, str(kind.label), facts["event"]["title"], duration(minutes) if minutes else "")
    return bake(picture, document)


def bake(png: bytes, credential: str) -> bytes:
    """The picture with the credential as an iTXt chunk after its header. One that has a credential already is refused."""
    if not png.startswith(_SIGNATURE) or KEYWORD + b"\0" in png:
        raise ValueError("A picture is baked once, and is a PNG.")
    # Keyword, NUL, not compressed, method 0, no language, no translated keyword, text (PNG §11.3.3.4)
    data = KEYWORD + b"\0\0\0\0\0" + credential.encode()
    chunk = b"iTXt" + data
    end_of_header = len(_SIGNATURE) + 4 + 4 + 13 + 4
    written = struct.pack(">I", len(data)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return png[:end_of_header] + written + png[end_of_header:]


def _drawn(kind: Certificate.Kind, heading: str, title: str, hours: str) -> bytes:
    image = Image.new("RGBA", (SIZE * SCALE, SIZE * SCALE), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)
    deep, bright = DEEP.get(kind, "#006b52"), BRIGHT.get(kind, LINE)
    _disc(draw, MARGIN, deep)
    _disc(draw, MARGIN + 5, PAPER)
    _disc(draw, MARGIN + 15, bright)
    _disc(draw, MARGIN + 33, PAPER)
    _tick(draw, deep)
    y = _write(draw, heading, HEADING, top=188 if title else 222)
    y += 20
    half = 44
    draw.rounded_rectangle(_scaled(SIZE / 2 - half, y, SIZE / 2 + half, y + 5), radius=2 * SCALE, fill=bright)
    y = _write(draw, title, TITLE, top=y + 24) if title else y
    if hours:
        _write(draw, hours, HOURS, top=max(y + 18, 456))
    _write(draw, NETWORK, FOOT, top=538)
    buffer = io.BytesIO()
    image.resize((SIZE, SIZE), Image.Resampling.LANCZOS).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _disc(draw: ImageDraw.ImageDraw, inset: int, colour: str) -> None:
    draw.ellipse(_scaled(inset, inset, SIZE - inset, SIZE - inset), fill=colour)


def _scaled(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    return left * SCALE, top * SCALE, right * SCALE, bottom * SCALE


def _tick(draw: ImageDraw.ImageDraw, colour: str) -> None:
    """A tick, as on a list: something was seen to happen."""
    points = [(286, 128), (309, 152), (356, 100)]
    scaled = [(x * SCALE, y * SCALE) for x, y in points]
    draw.line(scaled, fill=colour, width=13 * SCALE, joint="curve")
    for x, y in (scaled[0], scaled[-1]):
        radius = 6.5 * SCALE
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _write(draw: ImageDraw.ImageDraw, text: str, style: _Text, *, top: float) -> float:
    """Set the text centred, as large as it fits; the last line ends in an ellipsis if it must. Returns where it ends."""
    font, lines = _fitted(text, style)
    step = font.size * 1.18
    for line in lines:
        draw.text((SIZE / 2 * SCALE, top * SCALE), line, font=font, fill=style.colour, anchor="ma")
        top += step / SCALE
    return top


def _fitted(text: str, style: _Text) -> tuple[Font, list[str]]:
    for size in range(style.size, style.least - 1, -2):
        font = _font(style.font, size)
        lines = _broken(text, font, style.width)
        if len(lines) <= style.lines and all(_width(line, font) <= style.width for line in lines):
            return font, lines
    font = _font(style.font, style.least)
    lines = _broken(text, font, style.width)[: style.lines]
    return font, [
        *(_shortened(line, font, style.width) for line in lines[:-1]),
        _shortened(f"{lines[-1]} …", font, style.width),
    ]


def _broken(text: str, font: Font, width: int) -> list[str]:
    """Lines that break at spaces."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or _width(longer, font) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _shortened(line: str, font: Font, width: int) -> str:
    if _width(line, font) <= width:
        return line
    kept = line.rstrip(" …")
    while kept and _width(f"{kept}…", font) > width:
        kept = kept[:-1]
    return f"{kept}…"


def _width(text: str, font: Font) -> float:
    return font.getlength(text) / SCALE


@lru_cache(maxsize=64)
def _font(name: str, size: int) -> Font:
    return ImageFont.truetype(fonts.FOLDER / name, size * SCALE)
