"""Logos and signatures as people upload them, made anew: nothing of the file itself is kept or printed.

A PNG, JPEG or WebP is decoded, turned upright, laid on white, trimmed, made smaller and written as a plain PNG; an SVG is
drawn up again from what ``vectors`` allows. What a file is, its content says, not its name.
"""

import io
import struct
import warnings
import zlib
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image, ImageChops, ImageOps, UnidentifiedImageError

from events.certificates.content import pictures
from events.certificates.designs import vectors
from network.errors import Invalid
from network.uploads import TooLargeFile

MOST_BYTES = 4 * 2**20
MOST_MEGAPIXELS = 16  # of a telephone's camera
#: Twice what its place on paper needs at 300 dots an inch. Each certificate carries it.
LARGEST = (800, 300)
SMALLEST = 24  # pixels, either way, after trimming
PAPER = 245  # lighter than this is white: the ground of a scanned signature
FORMATS = ("PNG", "JPEG", "WEBP")

#: What Pillow raises for files that are broken or bent.
BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error, MemoryError)


def make(upload: UploadedFile[Any]) -> str:
    """Keep the picture of an upload, made anew, and return its path. Raises Invalid, at ``""``, with what was found."""
    size = upload.size or 0
    if isinstance(upload, TooLargeFile) or size > MOST_BYTES:
        text = _("This file has %(size)s. Use a picture of at most %(most)s.")
        raise Invalid({"": [text % {"size": filesizeformat(size), "most": filesizeformat(MOST_BYTES)}]})
    content = upload.read()
    if not content:
        raise Invalid({"": [_("This file is empty. Use a PNG, JPEG, WebP or SVG.")]})
    return keep_anew(content)


def keep_anew(content: bytes) -> str:
    """As ``make``, from the file's bytes."""
    if vectors.is_one(content):
        return pictures.keep(vectors.drawn_anew(content), ".svg")
    return pictures.keep(painted_anew(content), ".png")


def painted_anew(content: bytes) -> bytes:
    """A picture of dots as a plain PNG: RGB, upright, on white, trimmed, no larger than paper can show. Raises Invalid."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                _judge(image, content)
                image.draft("RGB", (2 * LARGEST[0], 2 * LARGEST[1]))  # a JPEG is decoded no larger than needed
                image.load()
                clean = _plain(image)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as bomb:
        raise _too_many_pixels(0) from bomb
    except UnidentifiedImageError as unknown:
        raise Invalid({"": [_("This is no picture that can be taken. Use a PNG, JPEG, WebP or SVG.")]}) from unknown
    except BROKEN as broken:
        raise Invalid({"": [_("This picture is broken or incomplete. Save it again with your image program.")]}) from broken
    return _trimmed(clean)


def _judge(image: Image.Image, content: bytes) -> None:
    """Refuse by what the head and the end of the file say, before anything is decoded."""
    megapixels = image.width * image.height / 1e6
    if megapixels > MOST_MEGAPIXELS:
        raise _too_many_pixels(megapixels)
    if getattr(image, "n_frames", 1) > 1:
        raise Invalid({"": [_("This picture moves. Use one that stands still.")]})
    if not _has_end(content):
        raise EOFError


def _has_end(content: bytes) -> bool:
    """Whether the file is whole. Pillow cannot be asked: WeasyPrint has it make do with less, in the whole process."""
    if content.startswith(b"RIFF"):
        return len(content) >= 8 + int.from_bytes(content[4:8], "little")
    return (b"IEND" if content.startswith(b"\x89PNG") else b"\xff\xd9") in content[-4096:]


def _too_many_pixels(megapixels: float) -> Invalid:
    if not megapixels:
        return Invalid(
            {"": [_("This picture has too many pixels. Use one of at most %(most)d megapixels.") % {"most": MOST_MEGAPIXELS}]}
        )
    text = _("This picture has %(n)d megapixels. Use one of at most %(most)d.")
    return Invalid({"": [text % {"n": round(megapixels), "most": MOST_MEGAPIXELS}]})


def _plain(image: Image.Image) -> Image.Image:
    """RGB on white, upright. Sixteen bits of grey become eight; inks (CMYK) become light."""
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((2 * LARGEST[0], 2 * LARGEST[1]))
    if upright.mode.startswith("I"):
        upright = upright.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if upright.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in upright.info:
        see_through = upright.convert("RGBA")
        ground = Image.new("RGBA", see_through.size, "white")
        upright = Image.alpha_composite(ground, see_through)
    return upright.convert("RGB")


def _trimmed(image: Image.Image) -> bytes:
    """Without its white edge, as a PNG that carries nothing but its pixels."""
    white = Image.new("RGB", image.size, "white")
    inked = ImageChops.difference(image, white).convert("L").point(lambda value: 255 * (value > 255 - PAPER))
    box = inked.getbbox()
    if box is None:
        raise Invalid({"": [_("Nothing is to be seen on this picture: it is white all over.")]})
    cut = image.crop(box)
    if min(cut.size) < SMALLEST // 3 or max(cut.size) < SMALLEST:
        text = _("This picture has %(width)d × %(height)d pixels, which is too few to print. Use a larger one.")
        raise Invalid({"": [text % {"width": cut.width, "height": cut.height}]})
    cut.thumbnail(LARGEST)
    cut.info.clear()
    out = io.BytesIO()
    cut.save(out, "PNG", optimize=True)
    return out.getvalue()
