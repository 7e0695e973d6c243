"""The bulk lane prints what the single lane prints: to the pixel, the letter and the tag; and what it cannot prove, it leaves alone."""

import io
import logging
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pikepdf
import pytest

from events.certificates.printing.comparing import outline
from events.paper import structure
from events.paper.fonts import CannotPrint
from tests.events.certificates.batches import seal, sheet
from tests.events.certificates.samples import LONG_NAME, facts, printed
from tests.requirements import need

pytestmark = pytest.mark.once

NAMES = [
    "Ana Procurer",
    "Þórdís Kolbrún Æsisdóttir",
    "Zbigniew Żółkiewski-Łącki",
    "Ștefan Țuțea",
    "Ġorġ Ħaż-Żebbuġ",
    "Jānis Ķēniņš",
    "Αικατερίνη Παπαδοπούλου",
    "Νίκος Ξανθόπουλος",
    "Ганна Їжакевич-Ґалаґан",
    "Цветелина Щърбева",
    "Søren O’Brien & Fils <PhD>",
    "AVATAR WAVE Type. To, Yo",
    "Anne-Marie Öhringen-Voß",
    "Ludwig fi fl ffi Straße",
]


@pytest.fixture(autouse=True)
def no_complaints(caplog):
    """What WeasyPrint grumbles about is an error, and so is a lane that was given up without a reason in the story."""
    caplog.set_level(logging.WARNING)
    yield
    names = ("weasyprint", "events.certificates.printing")
    assert [record.getMessage() for record in caplog.records if record.name.startswith(names)] == []


@pytest.fixture(scope="module")
def mould():
    """The seal of a test centre, for a batch."""
    return seal()[2]


def in_bulk(sheets, mould=None):
    from events.certificates.printing.bulk import print_batch

    return [*print_batch(sheets, mould=mould)]


def one_by_one(sheets):
    return [printed(one.facts, one.credential) for one in sheets]


class Batch:
    """A batch by both lanes, as files."""

    def __init__(self, folder, sheets, mould):
        self.sheets = sheets
        self.in_bulk = in_bulk(sheets, mould)
        self.single = one_by_one(sheets)
        self.paths = []
        for index, (bulk, single) in enumerate(zip(self.in_bulk, self.single, strict=True)):
            pair = (folder / f"{index}-bulk.pdf", folder / f"{index}-single.pdf")
            pair[0].write_bytes(bulk.pdf)
            pair[1].write_bytes(single)
            self.paths.append(pair)

    def read_by(self, *command):
        """What a program says of each pair."""

        def run(path):
            return subprocess.run([argument.format(path) for argument in command], check=True, capture_output=True).stdout

        with ThreadPoolExecutor(2) as pool:
            said = [*pool.map(run, [path for pair in self.paths for path in pair])]
        return [*zip(said[::2], said[1::2], strict=True)]


@pytest.fixture(scope="module", params=["line", "frame"])
def batch(request, tmp_path_factory, mould):
    look = {**facts()["look"], "design": request.param, "signatory": "Olga Organiser", "closing": "With our thanks."}
    names = NAMES if request.param == "line" else NAMES[:3] + NAMES[6:10]
    sheets = [sheet(place, name, look=look) for place, name in enumerate(names)]
    return Batch(tmp_path_factory.mktemp(request.param), sheets, mould)


def test_all_of_the_batch_were_printed_by_the_stencil_and_sealed(batch):
    assert [
        one.facts["holder"]["name"] for one, file in zip(batch.sheets, batch.in_bulk, strict=True) if not file.is_sealed
    ] == []
    assert len({file.template for file in batch.in_bulk}) == 1


def test_no_pixel_differs(batch):
    need("poppler")
    for bulk, single in batch.read_by("pdftoppm", "-r", "150", "{}"):
        assert bulk == single
        assert len(bulk) > 1754 * 1240 * 3


def test_the_same_is_read_and_copied(batch):
    need("poppler")
    for one, (bulk, single) in zip(batch.sheets, batch.read_by("pdftotext", "-raw", "{}", "-"), strict=True):
        assert bulk == single
        lines = bulk.decode().splitlines()
        assert lines.count(one.facts["holder"]["name"]) == 1
        assert lines.count(one.facts["number"]) == 1
        assert lines.count(f"AT-TEST 2027/{one.facts['register']['serial']}") == 1


def test_the_tags_are_the_same_and_mark_the_same_content(batch):
    need("poppler")
    for bulk, single in batch.read_by("pdfinfo", "-struct", "{}"):
        assert bulk == single
        assert bulk.count(b"H1") == 1
    for one, bulk, single in zip(batch.sheets, batch.in_bulk, batch.single, strict=True):
        seen = outline(bulk.pdf)
        assert seen == outline(single)
        assert one.facts["holder"]["name"] in seen["text"][0]


def test_both_have_no_fault(batch):
    need("qpdf")
    for bulk, single in zip(batch.in_bulk, batch.single, strict=True):
        assert (structure.faults(bulk.pdf), structure.faults(single)) == ([], [])
    for checks in batch.read_by("qpdf", "--check", "{}"):
        assert [b"No syntax or stream encoding errors" in said for said in checks] == [True, True]


def test_each_carries_its_own_title_description_and_credential(batch):
    for one, bulk, single in zip(batch.sheets, batch.in_bulk, batch.single, strict=True):
        with pikepdf.open(io.BytesIO(bulk.pdf)) as mine, pikepdf.open(io.BytesIO(single)) as theirs:
            assert {key: str(value) for key, value in mine.docinfo.items()} == {
                key: str(value) for key, value in theirs.docinfo.items()
            }
            assert str(mine.docinfo["/Title"]).endswith(f"{one.facts['number']}: {one.facts['holder']['name']}")
            assert mine.Root.Metadata.read_bytes() == theirs.Root.Metadata.read_bytes()
            (attached,) = mine.attachments.values()
            assert attached.get_file().read_bytes() == one.credential
            (name,) = {str(item.Alt) for item in mine.objects if has_alt(item) and "verify" in str(item.Alt)}
            assert name.endswith(one.facts["verify"])
            (file,) = mine.Root.AF
            assert str(file.EF.F.Params.ModDate) == "D:20270502081112Z"
            assert len(mine.pages) == 1
            # No page, text or tag of the type case is left, and nobody else's name.
            rest = b"".join(item.unparse(resolved=True) for item in mine.objects)
            others = [other.facts["number"].encode() for other in batch.sheets if other is not one]
            assert [number for number in others if number in rest] == []


def has_alt(item):
    return isinstance(item, pikepdf.Dictionary) and "/Alt" in item


def test_a_batch_prints_the_same_bytes_again(batch, mould):
    again = in_bulk(batch.sheets, mould)
    assert [one.pdf for one in again] == [one.pdf for one in batch.in_bulk]
    assert len({one.pdf for one in again}) == len(again)


def test_the_seal_is_accepted_and_a_changed_byte_refused(batch, tmp_path):
    need("poppler")
    path = tmp_path / "sealed.pdf"
    for index in (0, len(batch.sheets) - 1):
        pdf = batch.in_bulk[index].pdf
        path.write_bytes(pdf)
        said = subprocess.run(["pdfsig", "-nocert", path], check=True, capture_output=True, text=True).stdout
        assert "Total document signed" in said
        assert "Signature is Valid." in said
        assert "Signing Time: May 02 2027 08:11:12" in said
        assert "Signature Field Name: Seal" in said
        assert verdict(pdf) == ("ENTIRE_FILE", True, True, True, "NO_CHANGES")
        with_another_name = pdf.replace(b"7Q2K-0F5M-XW3R-00", b"7Q2K-0F5M-XW3R-10")
        for changed in (with_another_name, pdf.replace(b"/M(D:20270502081112", b"/M(D:20270502081113")):
            assert changed != pdf
            assert verdict(changed)[1:3] == (False, True)
        path.write_bytes(with_another_name)
        assert "Signature is Valid." not in subprocess.run(["pdfsig", path], check=False, capture_output=True, text=True).stdout


def verdict(pdf):
    """What pyHanko says: how much is covered, whether it is intact, and sound, and as locked as it says it is."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    (seal,) = PdfFileReader(io.BytesIO(pdf), strict=False).embedded_signatures
    found = validate_pdf_signature(seal, ValidationContext(trust_roots=[seal.signer_cert]))
    return found.coverage.name, found.intact, found.valid, found.docmdp_ok, seal.docmdp_level.name


def test_a_long_name_two_lines_and_a_second_font_take_the_single_lane(mould):
    second_font = "Ἀριστοτέλης Ὀνάσης"  # the serif has no breathings
    odd_hyphen = "Anna\u2010Lena Odd"  # drawn as a hyphen, so that copying tells no difference
    names = [*NAMES[:4], LONG_NAME, second_font, odd_hyphen]
    sheets = [sheet(place, name) for place, name in enumerate(names)]
    files = in_bulk(sheets, mould)
    assert [one.is_sealed for one in files] == [True] * 4 + [False] * 3
    assert [one.pdf for one in files[4:]] == one_by_one(sheets[4:])


def test_languages_kinds_and_sizes_of_type_are_groups_of_their_own(mould):
    spoke = {
        "kind": "speaking",
        "attendance": None,
        "recognition": {"subject": "Dialogue before the tender", "affiliation": "Testing house", "minutes": 45},
    }
    longer = "Maximiliane-Charlotte Wolfenbüttel-Hohenstein"
    sheets = [
        sheet(place, name if place % 3 < 2 else f"{longer} {'ABCD'[place // 3]}", **changes)
        for place, (name, changes) in enumerate(zip(NAMES[:12], [{}, {"language": "de"}, {}] * 4, strict=True))
    ]
    sheets += [sheet(place, name, **spoke) for place, name in enumerate(NAMES[:2], start=20)]
    sheets += [sheet(place, name, language="de", **spoke) for place, name in enumerate(NAMES[:4], start=30)]
    files = in_bulk(sheets, mould)
    assert [one.is_sealed for one in files] == [True] * 12 + [False] * 2 + [True] * 4
    for one, file in zip(sheets, files, strict=True):
        with pikepdf.open(io.BytesIO(file.pdf)) as document:
            assert str(document.Root.Lang) == one.facts["language"]
            assert str(document.docinfo["/Title"]).endswith(f"{one.facts['number']}: {one.facts['holder']['name']}")
    assert text_of(files[-1].pdf) == text_of(printed(sheets[-1].facts))


def text_of(pdf):
    need("poppler")
    return subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, check=True, capture_output=True).stdout.decode()


def test_those_who_share_a_text_of_two_lines_share_a_stencil(mould):
    by_two = {"method": "oral", "grade": "", "on": "2027-04-29", "supervised": True}
    sheets = [
        sheet(
            place,
            name,
            kind="achievement",
            assessed={
                **by_two,
                "assessor": "Dr Aleksandra Wiśniewska-Nowakowska" if place % 2 else "Prof Ödön von Horváth-Szabó",
            },
        )
        for place, name in enumerate(NAMES[:10])
    ]
    files = in_bulk(sheets, mould)
    assert [one.is_sealed for one in files] == [True] * 10
    for index in (0, 9):
        assert text_of(files[index].pdf) == text_of(printed(sheets[index].facts))


def test_a_second_page_has_its_own_places(mould):
    many = [f"Outcome number {number} of a course that taught a great many things to all who came" for number in range(18)]
    sheets = [sheet(place, name, outcomes=many) for place, name in enumerate(NAMES[:4])]
    files = in_bulk(sheets, mould)
    assert [one.is_sealed for one in files] == [True] * 4
    assert text_of(files[1].pdf) == text_of(printed(sheets[1].facts))
    for one, file in zip(sheets, files, strict=True):
        assert text_of(file.pdf).count(one.facts["holder"]["name"]) == 2
        assert text_of(file.pdf).count(one.facts["number"]) == 2
        assert structure.faults(file.pdf) == []


def test_events_may_be_mixed_and_their_order_is_kept(mould):
    other = {"title": "Needs before tenders", "city": ""}
    sheets = [sheet(place, name, event=other if place % 2 else {}) for place, name in enumerate(NAMES[:8])]
    files = in_bulk(sheets, mould)
    assert [one.is_sealed for one in files] == [True] * 8
    assert ["Needs before tenders" in text_of(one.pdf) for one in files] == [False, True] * 4


def test_what_cannot_be_printed_stops_the_batch_only_when_its_turn_comes():
    from events.certificates.printing.bulk import print_batch

    sheets = [sheet(place, name) for place, name in enumerate([*NAMES[:4], "你好", "Never Reached"])]
    files = print_batch(sheets, mould=None)
    before = [next(files).pdf for _sheet in sheets[:4]]
    assert [sheets[index].facts["number"] in text_of(pdf) for index, pdf in enumerate(before)] == [True] * 4
    with pytest.raises(CannotPrint) as refused:
        next(files)
    assert refused.value.character == "你"


def test_a_few_are_printed_one_by_one(mould):
    sheets = [sheet(place, name) for place, name in enumerate(NAMES[:2])]
    files = in_bulk(sheets, mould)
    assert [one.pdf for one in files] == one_by_one(sheets)
    assert [one.is_sealed for one in files] == [False] * 2
    assert in_bulk([]) == []
