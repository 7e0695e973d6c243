"""Logos and signatures: whatever is uploaded, what is kept is a clean picture of ours, or it is said what was found."""

import contextlib
import io
import struct
import zlib

import pytest
from django.core.files.storage import default_storage
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from events.certificates.content.facts import EMPTY_LOOK
from events.certificates.designs import pictures, vectors
from network.errors import Invalid
from network.uploads import TooLargeFile
from tests.events.certificates.samples import LOGO, autograph, facts, printed

SVG = 'xmlns="http://www.w3.org/2000/svg"'


@pytest.fixture(autouse=True)
def _kept_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def drawing(mode="RGB", size=(300, 200), ground="white", **options):
    """A dark box on a light ground, as a file. The box is 200 by 100, at (50, 40)."""
    image = Image.new(mode, size, ground)
    ImageDraw.Draw(image).rectangle((50, 40, 249, 139), fill=options.pop("ink", "navy"))
    out = io.BytesIO()
    image.save(out, options.pop("format", "PNG"), **options)
    return out.getvalue()


def recoloured(mode):
    """The same, with the colours in a table."""
    out = io.BytesIO()
    Image.open(io.BytesIO(drawing())).convert(mode).save(out, "PNG")
    return out.getvalue()


def anew(content):
    """What is kept of a picture of dots."""
    image = Image.open(io.BytesIO(pictures.painted_anew(content)))
    image.load()
    return image


def why_not(content):
    with pytest.raises(Invalid) as refused:
        pictures.keep_anew(content)
    (message,) = refused.value.errors[""]
    return message


# --- Dots -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        drawing(),
        drawing("RGBA", ground=(255, 255, 255, 0)),
        drawing("L", ink=20),
        recoloured("P"),
        drawing("1", ground=1, ink=0),
        drawing(format="WEBP", lossless=True),
        drawing("LA", ground=(255, 0), ink=(0, 255)),
    ],
    ids=["RGB", "transparent", "grey", "palette", "black and white", "WebP", "grey and transparent"],
)
def test_it_is_kept_as_plain_colours_on_white_without_its_edge(content):
    image = anew(content)
    assert (image.format, image.mode, image.size, image.info) == ("PNG", "RGB", (200, 100), {})


def test_inks_become_light_and_sixteen_bits_become_eight():
    inks = anew(drawing("CMYK", ground=(0, 0, 0, 0), ink=(0, 0, 0, 255), format="JPEG", quality=95))
    assert (inks.mode, max(inks.getpixel((100, 50))) < 30) == ("RGB", True)
    row = struct.pack("<300H", *[65_535] * 50, *[20_000] * 200, *[65_535] * 50)
    deep = Image.frombytes("I;16", (300, 100), row * 100)
    out = io.BytesIO()
    deep.save(out, "PNG")
    assert (anew(out.getvalue()).size, anew(out.getvalue()).getpixel((100, 50))) == ((200, 100), (78, 78, 78))


def test_a_telephones_picture_is_turned_upright_and_what_it_tells_besides_is_dropped():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "A telephone"
    image = anew(drawing(format="JPEG", quality=95, exif=exif.tobytes()))
    assert image.height > image.width
    assert dict(image.getexif()) == {}


def test_a_large_one_is_made_as_small_as_paper_needs():
    assert anew(drawing(size=(3000, 2000), ground="navy")).size == (450, 300)


def test_a_scanned_signature_loses_its_paper():
    assert anew(autograph()).width < 900


def header(width, height):
    """The head of a PNG that says it is so large, and nothing else."""
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", size), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    parts = [struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_forty_megapixels_are_refused_before_they_are_unpacked():
    assert why_not(header(8000, 5000)) == "This picture has 40 megapixels. Use one of at most 16."
    assert why_not(header(60_000, 60_000)) == "This picture has too many pixels. Use one of at most 16 megapixels."


def test_what_is_broken_is_said_to_be():
    import weasyprint  # which has Pillow make do with half a picture, from here on

    assert weasyprint.images.ImageFile.LOAD_TRUNCATED_IMAGES
    whole = drawing(size=(600, 400), ground="navy")
    broken = "This picture is broken or incomplete. Save it again with your image program."
    assert why_not(whole[:-40]) == broken
    assert why_not(drawing(format="JPEG")[:700]) == broken


def test_what_moves_is_empty_or_tiny_is_refused():
    frames = [Image.new("RGB", (60, 60), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], duration=100)
    assert why_not(out.getvalue()) == "This picture moves. Use one that stands still."
    blank = io.BytesIO()
    Image.new("RGB", (99, 99), "white").save(blank, "PNG")
    assert why_not(blank.getvalue()) == "Nothing is to be seen on this picture: it is white all over."
    dot = io.BytesIO()
    Image.new("RGB", (9, 9), "navy").save(dot, "PNG")
    assert why_not(dot.getvalue()) == "This picture has 9 × 9 pixels, which is too few to print. Use a larger one."


def test_other_kinds_of_file_are_refused_by_their_content():
    unknown = "This is no picture that can be taken. Use a PNG, JPEG, WebP or SVG."
    for content in (b"%PDF-1.7", drawing(format="GIF"), drawing(format="TIFF"), b"GIF89a", b"\0" * 99, drawing(format="EPS")):
        assert why_not(content) == unknown


def test_what_is_too_large_or_empty_is_not_read():
    with pytest.raises(Invalid) as refused:
        pictures.make(TooLargeFile("x.png", 99 * 2**20, "image/png"))
    assert refused.value.errors == {"": ["This file has 99.0\xa0MB. Use a picture of at most 4.0\xa0MB."]}


@given(st.binary(max_size=400), st.sampled_from([b"", drawing()[:60], drawing(format="JPEG")[:60], b"<svg ", LOGO[:200]]))
def test_no_bytes_do_anything_but_give_a_picture_or_an_error(rest, head):
    make = vectors.drawn_anew if vectors.is_one(head + rest) else pictures.painted_anew
    outcome = b""
    with contextlib.suppress(Invalid):
        outcome = make(head + rest)
    assert outcome[:4] in {b"", b"\x89PNG", b"<svg"}


# --- Shapes ---------------------------------------------------------------------------------------------------------


def shapes(inner, head=f'<svg {SVG} viewBox="0 0 90 60">'):
    return f"{head}{inner}</svg>".encode()


def test_a_drawing_programs_svg_is_drawn_anew_from_shapes_alone():
    assert vectors.drawn_anew(LOGO).decode() == (
        '<svg viewBox="0 0 220 60" xmlns="http://www.w3.org/2000/svg">'
        '<circle cx="30" cy="30" r="28" fill="#1b5591" /><path d="M18 40 L30 14 L42 40 Z" fill="#fff" />'
        '<path d="M75 20h120v6H75zM75 34h90v6H75z" fill="#1b5591" /></svg>'
    )


def test_style_sheets_of_the_simple_kind_become_attributes_the_stronger_last():
    sheet = "<style>/* x */ #a { fill: red } path { fill: blue; stroke: none } .b, .c { fill: green !important }</style>"
    content = vectors.drawn_anew(
        shapes(f'{sheet}<path id="a" class="c" d="M0 0"/><path class="b" style="fill:#000" d="M1 1"/>')
    )
    assert content.decode().partition("<path")[2] == (
        ' id="a" d="M0 0" fill="red" stroke="none" /><path d="M1 1" fill="#000" stroke="none" /></svg>'
    )


def test_gradients_keep_what_they_inherit():
    link = 'xmlns:l="http://www.w3.org/1999/xlink" l:href="#a"'
    stops = '<linearGradient id="a"><stop offset="0" stop-color="#f00"/></linearGradient>'
    content = vectors.drawn_anew(shapes(f'{stops}<linearGradient id="b" {link} x1="3"/><rect fill="url(#b)"/>'))
    assert b'<linearGradient id="b" x1="3"><stop offset="0" stop-color="#f00" /></linearGradient>' in content
    assert b"href" not in content


FOUND = "This SVG has {}, which certificates do not take. Export it as plain shapes, or use a PNG."


@pytest.mark.parametrize(
    ("inner", "found"),
    [
        ("<script>alert(1)</script>", "a script"),
        ('<rect onload="x()"/>', "a script (onload)"),
        ('<image href="https://elsewhere.example/x.png"/>', "a picture within"),
        ('<use href="#x"/>', "copies of a shape (<use>; expand them)"),
        ('<a href="javascript:x()"><rect/></a>', "a link"),
        ("<text>Centre</text>", "text (turn it into paths)"),
        ("<foreignObject/>", "HTML within"),
        ("<rect><animate/></rect>", "an animation"),
        ('<rect opacity=".5"/>', "see-through parts (opacity)"),
        ('<rect style="fill-opacity:50%"/>', "see-through parts (fill-opacity)"),
        ('<rect filter="url(#f)"/>', "a filter, such as a shadow"),
        ("<blink/>", "<blink>"),
        ('<rect href="https://elsewhere.example"/>', "a link or reference (https://elsewhere.example)"),
        (
            '<rect fill="url(https://elsewhere.example)"/>',
            "a value that cannot be printed (fill: url(https://elsewhere.example))",
        ),
        (
            '<linearGradient id="a" spreadMethod="repeat" x2="0.0000001"><stop/></linearGradient><rect fill="url(#a)"/>',
            "a value that cannot be printed (spreadMethod: repeat)",
        ),
        (
            '<radialGradient id="a" style="spreadMethod:reflect" r="1e-9"><stop/></radialGradient><rect fill="url(#a)"/>',
            "a value that cannot be printed (spreadMethod: reflect)",
        ),
        ('<rect fill="url(#gone)"/>', "a reference to something that is not in it (#gone)"),
        ('<path d="M0 0 L1e99 2"/>', "a value that cannot be printed (d: M0 0 L1e99 2)"),
        ('<rect style="fill:url(https://elsewhere.example)"/>', "a style that reaches out or is too involved"),
        ('<style>@import "https://elsewhere.example";</style><rect/>', "a style sheet that reaches out or is too involved"),
        ("<style>g > rect { fill: red }</style><rect/>", "a style sheet that reaches out or is too involved"),
        ('<clipPath id="c" clip-path="url(#c)"/><rect/>', "a clip within a clip"),
        ('<linearGradient id="a" href="#a"/><rect/>', "gradients that go round in circles"),
        ("<?xml-stylesheet href='x.css'?><rect/>", "a reference to a style sheet or program (<?xml-stylesheet?>)"),
    ],
)
def test_what_could_reach_out_or_print_otherwise_is_refused_by_name(inner, found):
    assert why_not(shapes(inner)) == FOUND.format(found)


def test_entities_are_refused_and_never_resolved():
    head = f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg {SVG} viewBox="0 0 9 9">'
    assert why_not(shapes("<title>&x;</title><rect/>", head)) == FOUND.format("entity declarations")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<svg", "This SVG is broken: it cannot be read as XML."),
        (b"<html><body/></html>", "This is XML, but not an SVG picture."),
        (shapes(""), "This SVG draws nothing."),
        (shapes("<rect/>", f"<svg {SVG}>"), "This SVG does not say how large it is. Export it with a “viewBox”."),
        (shapes("<g>" * 31 + "</g>" * 31), "This SVG is too involved. Make it simpler, or use a PNG."),
        (shapes("<rect/>" * 3001), "This SVG is too involved. Make it simpler, or use a PNG."),
        (shapes(f'<path d="{"M1 1 " * 40_000}"/>'), "This SVG is too involved. Make it simpler, or use a PNG."),
        (shapes(f'<path d="{"M1 1 " * 300_000}"/>'), "This SVG has more than 1024 KB. Make it simpler, or use a PNG."),
        (
            shapes(f'<clipPath id="c">{"<rect/>" * 100}</clipPath>' + '<rect clip-path="url(#c)"/>' * 100),
            "This SVG is too involved. Make it simpler, or use a PNG.",
        ),
    ],
)
def test_what_is_broken_or_too_much_is_refused(content, message):
    assert why_not(content) == message


@pytest.mark.django_db
@pytest.mark.parametrize("content", [LOGO, drawing(), autograph()], ids=["shapes", "dots", "signature"])
def test_what_is_kept_prints(content):
    path = pictures.keep_anew(content)
    assert default_storage.exists(path)
    look = {**EMPTY_LOOK, "logo": path, "logo_text": "Testing house"}
    assert len(printed(facts(look=look))) > len(printed(facts()))
