"""Our own checks of a file's structure find what breaks PDF/A-3a and PDF/UA-1, and nothing in what we print."""

import io

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from events.paper import structure
from tests.events.certificates.samples import LONG_NAME, facts, printed

pytestmark = pytest.mark.once

CREDENTIAL = b'{"type": "OpenBadgeCredential"}'


@pytest.fixture(scope="module")
def certificate():
    return printed(facts(), CREDENTIAL)


@pytest.fixture
def faults_after(certificate):
    """What is found once somebody has changed the certificate."""

    def change(how):
        with pikepdf.open(io.BytesIO(certificate)) as document:
            how(document)
            changed = io.BytesIO()
            document.save(changed, fix_metadata_version=False)
        return structure.faults(changed.getvalue())

    return change


def element(document, kind, number=0):
    found = [item for item in document.objects if isinstance(item, Dictionary) and item.get("/S") == Name(f"/{kind}")]
    return found[number]


def xmp(document, before, after):
    text = document.Root.Metadata.read_bytes()
    assert before in text
    document.Root.Metadata.write(text.replace(before, after))


def font(document):
    return next(iter(document.pages[0].Resources.Font.values()))


def draw(document, before, after):
    content = document.pages[0].Contents.read_bytes()
    assert before in content
    document.pages[0].Contents.write(content.replace(before, after, 1))


def put(place, key, value):
    place[key] = value


def drop(place, key):
    del place[key]


@pytest.mark.parametrize(
    "sample",
    [
        facts(),
        facts(language="de", holder={"name": "Αικατερίνη Їжакевич"}, event={"kind": "visit"}),
        facts(holder={"name": LONG_NAME}, outcomes=[f"Outcome {number} " * 9 for number in range(16)]),
        facts(outcomes=[], competences=[], co_organisers=[], funding=None),
    ],
    ids=["usual", "German", "overleaf", "bare"],
)
def test_what_we_print_has_no_fault(sample):
    assert structure.faults(printed(sample, CREDENTIAL)) == []


NOT_TAGGED = "page 1: something is drawn that is neither tagged nor marked as decoration"
UNKNOWN_CONTENT = "page 1: its marked content is not what the tags know (ParentTree)"

FAULTS = {
    "MarkInfo": (lambda it: drop(it.Root, "/MarkInfo"), "it does not say that it is tagged (MarkInfo)"),
    "language": (lambda it: drop(it.Root, "/Lang"), "it has no language"),
    "window": (
        lambda it: put(it.Root.ViewerPreferences, "/DisplayDocTitle", False),
        "its window would not show its title (DisplayDocTitle)",
    ),
    "two titles": (lambda it: put(it.trailer.Info, "/Title", String("Another")), "its two titles differ"),
    "colours": (lambda it: drop(it.Root, "/OutputIntents"), "it has not one output intent with a colour profile"),
    "opening": (
        lambda it: put(it.Root, "/OpenAction", Array([it.pages[0].obj, Name.Fit])),
        "something happens when it is opened",
    ),
    "script": (
        lambda it: put(it.Root, "/Extra", it.make_indirect(Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")))),
        "it has an action that is not allowed: JavaScript",
    ),
    "launch": (
        lambda it: put(it.Root, "/Extra", it.make_indirect(Dictionary(S=Name.Launch, F=String("x.exe")))),
        "it has an action that is not allowed: Launch",
    ),
    "no metadata": (lambda it: drop(it.Root, "/Metadata"), "it has no metadata"),
    "no XML": (lambda it: it.Root.Metadata.write(b"<x>"), "its metadata is no XML"),
    "PDF/A": (
        lambda it: xmp(it, b'conformance="A"', b'conformance="B"'),
        "it does not claim PDF/A-3a and PDF/UA-1, each once",
    ),
    "PDF/UA": (
        lambda it: xmp(it, b"<pdfuaid:part>1</pdfuaid:part>", b""),
        "it does not claim PDF/A-3a and PDF/UA-1, each once",
    ),
    "extension": (
        lambda it: xmp(it, b"<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>", b""),
        "it does not declare the claim of PDF/UA (extension schema)",
    ),
    "two blocks": (
        lambda it: xmp(it, b"</rdf:RDF>", b'</rdf:RDF><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'),
        "its metadata has not one block of RDF",
    ),
    "picture": (lambda it: drop(element(it, "Figure"), "/Alt"), "a figure is not described"),
    "empty alt": (lambda it: put(element(it, "Figure"), "/Alt", String(" ")), "a figure is not described"),
    "headings": (lambda it: put(element(it, "H2"), "/S", Name.H3), "H3 follows H1"),
    "first heading": (lambda it: put(element(it, "H1"), "/S", Name.P), "its first heading is H2"),
    "unknown tag": (lambda it: put(element(it, "P"), "/S", Name("/Banner")), "nobody knows the tag Banner"),
    "list": (lambda it: put(element(it, "L"), "/S", Name.Div), "LI is within Div"),
    "font": (
        lambda it: drop(font(it).DescendantFonts[0].FontDescriptor, "/FontFile2"),
        "is not in the file",
    ),
    "ToUnicode": (lambda it: drop(font(it), "/ToUnicode"), "does not say what its glyphs mean (ToUnicode)"),
    "notdef": (lambda it: draw(it, b"TJ", b"TJ [<0000>] TJ"), "page 1: a character has no glyph (.notdef)"),
    "silent glyph": (lambda it: draw(it, b"TJ", b"TJ [<fffe>] TJ"), "page 1: glyph 65534 does not say what it means"),
    "Artifact": (lambda it: draw(it, b"q\n", b"q 0 0 9 9 re f\n"), NOT_TAGGED),
    "MCID": (lambda it: draw(it, b"<</MCID 3>>", b"<</MCID 999>>"), UNKNOWN_CONTENT),
    "ParentTree": (
        lambda it: it.Root.StructTreeRoot.ParentTree.Nums[1].append(it.Root.StructTreeRoot.ParentTree.Nums[1][0]),
        UNKNOWN_CONTENT,
    ),
    "orphan": (lambda it: drop(element(it, "H1"), "/K"), "does not hang in the tags"),
    "tabs": (lambda it: drop(it.pages[0], "/Tabs"), "page 1: tabs do not follow the tags"),
    "no tags": (lambda it: drop(it.Root, "/StructTreeRoot"), "it has no tags"),
    "relationship": (
        lambda it: drop(it.Root.AF[0], "/AFRelationship"),
        "what the attachment credential.json is to it is not said (AF, AFRelationship)",
    ),
    "media type": (
        lambda it: drop(it.Root.AF[0].EF.F, "/Subtype"),
        "the attachment credential.json has no media type or no date",
    ),
    "other file": (
        lambda it: put(it.pages[0].Contents, "/F", String("http://calendar.example/")),
        "a stream is in another file",
    ),
}


@pytest.mark.parametrize(("change", "fault"), FAULTS.values(), ids=FAULTS)
def test_each_fault_is_found(change, fault, faults_after):
    found = faults_after(change)
    assert [one for one in found if one == fault or one.endswith(fault)] != []


def test_a_copy_that_nobody_changed_has_none(faults_after):
    assert faults_after(lambda document: None) == []


def test_text_in_a_group_and_a_smoothed_picture_are_found():
    """What ``opacity`` on a text, and a picture without ``crisp-edges``, come to."""
    from events.paper import pdf

    page = (
        '<html lang="en"><head><title>Seen through</title><style>{}</style></head>'
        '<body><h1>Heading</h1><p class="veil">Text</p><img src="paper:dot.png" alt="A dot"></body></html>'
    )
    fonts = '@font-face {font-family: S; src: url("paper:SourceSans3-Regular.ttf")} html {font-family: S} .veil {opacity: .5}'
    dot = io.BytesIO()
    from PIL import Image

    Image.new("RGB", (3, 3), (200, 0, 0)).save(dot, "PNG")
    document = pdf.lay_out(page.format(""), pdf.Styles(fonts), pictures={"dot.png": ("image/png", dot.getvalue())})
    assert {
        "a picture is to be smoothed (image-rendering: crisp-edges is missing)",
        "text is in a group of its own, where no tag reaches it (opacity)",
    } < set(structure.faults(pdf.write(document)))


@pytest.mark.parametrize("octets", [b"", b"no PDF", b"%PDF-1.7\n", b"%PDF-1.7\ntrailer<</Root 1 0 R>>", bytes(range(256)) * 40])
def test_rubbish_is_a_fault_and_no_crash(octets):
    assert len(structure.faults(octets)) == 1


def test_a_file_with_a_password_cannot_be_opened(certificate):
    locked = io.BytesIO()
    with pikepdf.open(io.BytesIO(certificate)) as document:
        document.save(locked, encryption=pikepdf.Encryption(owner="o", user="u"))
    (fault,) = structure.faults(locked.getvalue())
    assert fault.startswith("the file cannot be opened")
