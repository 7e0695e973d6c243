"""The two designs: each keeps to both standards with everything on it, and nothing runs over, however long it is."""

import io
import subprocess
from html.parser import HTMLParser

import pikepdf
import pytest
from django.utils.translation import override

from events.certificates.content.facts import EMPTY_LOOK
from events.certificates.content.wording import put_into_words
from events.certificates.designs import pictures
from events.certificates.printing import render
from events.paper import structure
from events.paper.fonts import CannotPrint
from tests.events.certificates.samples import LOGO, LONG_NAME, LONG_TITLE, autograph, facts, printed
from tests.requirements import need

pytestmark = pytest.mark.django_db  # which pictures are kept stands there

TEST = {"method": "test", "grade": "very good", "on": "2027-04-29", "assessor": "Dr. Edda Examiner", "supervised": True}
TALK = {"subject": "How forty hospitals bought a robot together", "affiliation": "City of Salzburg", "minutes": 90}

SAMPLES = {
    "usual": {},
    "long": {"holder": {"name": LONG_NAME}, "event": {"title": LONG_TITLE}},
    "achievement": {"kind": "achievement", "assessed": TEST, "valid_until": "2030-05-02"},
    "speaking": {"kind": "speaking", "recognition": TALK, "attendance": None},
    "winner": {"kind": "winner", "recognition": {**TALK, "minutes": None}, "attendance": None, "event": {"kind": "ceremony"}},
    "overleaf": {"outcomes": [f"Outcome {n} " * 12 for n in range(30)]},
    "far too much": {
        "kind": "achievement",
        "holder": {"name": LONG_NAME},
        "event": {"title": LONG_TITLE},
        "assessed": {**TEST, "grade": "0" * 60, "assessor": LONG_TITLE},
        "co_organisers": [{"code": "X", "name": LONG_TITLE, "country": "EL"}] * 4,
    },
}


@pytest.fixture(autouse=True)
def _kept_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def looks():
    """Each design with everything in its slots."""
    full = {
        **EMPTY_LOOK,
        "logo": pictures.keep_anew(LOGO),
        "logo_text": "Testing house",
        "signature": pictures.keep_anew(autograph()),
        "signatory": "Dr. Edda Examiner",
        "signatory_role": "Head of the centre",
        "closing": "We thank you for sharing what your authority has learned.",
    }
    return {design: {**full, "design": design} for design in ("line", "frame")}


@pytest.mark.parametrize("design", ["line", "frame"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_full_certificate_keeps_to_both_standards(design, language, looks, tmp_path):
    need("qpdf")
    content = printed(facts(look=looks[design], language=language, **SAMPLES["achievement"]))
    assert structure.faults(content) == []
    path = tmp_path / "certificate.pdf"
    path.write_bytes(content)
    result = subprocess.run(["qpdf", "--check", path], check=False, capture_output=True, text=True)
    assert (result.returncode, "WARNING" in result.stdout + result.stderr) == (0, False)


@pytest.mark.parametrize("design", ["line", "frame"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_nothing_runs_into_the_foot(design, sample, looks):
    full = facts(look=looks[design], **SAMPLES[sample])
    with override("en"):
        fit, document = render.settle(full, put_into_words(full))
    assert render.fits(document, pages=len(document.pages))
    assert (fit.outcomes_overleaf, fit.facts_overleaf) == (sample == "overleaf", sample == "far too much")
    assert (len(document.pages) == 1) == (sample not in {"overleaf", "far too much"})


@pytest.mark.parametrize("design", ["line", "frame"])
def test_all_particulars_are_on_the_second_page_if_they_must_be(design, looks, tmp_path):
    need("poppler")
    path = tmp_path / "certificate.pdf"
    path.write_bytes(printed(facts(look=looks[design], **SAMPLES["far too much"])))
    text = subprocess.run(["pdftotext", "-raw", path, "-"], check=True, capture_output=True, text=True).stdout
    first, second = text.split("\f")[:2]
    assert ("All particulars are on page 2." in first, "Assessment" in first) == (True, False)
    assert [word in second for word in ("Assessment", "Learning outcomes", "Quality assurance", "11 h 30 min")] == [True] * 4


@pytest.mark.parametrize("design", ["line", "frame"])
def test_pictures_are_figures_with_words(design, looks):
    with pikepdf.open(io.BytesIO(printed(facts(look=looks[design])))) as document:
        alts = [
            str(item.Alt) for item in document.objects if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Figure"
        ]
    assert {"Testing house", "Signature of Dr. Edda Examiner"} < set(alts)
    assert len(alts) == 4


@pytest.mark.parametrize("design", ["line", "frame"])
def test_the_same_template_and_facts_are_the_same_bytes(design, looks):
    assert printed(facts(look=looks[design])) == printed(facts(look=looks[design]))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("דנה כהן", "U+05D3 HEBREW LETTER DALET"),
        ("ليلى", "U+0644 ARABIC LETTER LAM"),
        ("Ana 🎓", "U+1F393 GRADUATION CAP"),
        ("Нина 你", "U+4F60 CJK UNIFIED IDEOGRAPH-4F60"),
    ],
)
def test_what_no_font_has_is_refused_by_name(name, said):
    for design in ("line", "frame"):
        with pytest.raises(CannotPrint) as refused:
            printed(facts(holder={"name": name}, look={**EMPTY_LOOK, "design": design}))
        assert f"({said})" in str(refused.value.message)


@pytest.mark.parametrize("sample", ["usual", "achievement", "speaking", "winner", "long"])
def test_what_differs_from_person_to_person_stands_alone_in_its_slot(sample, looks):
    """The bulk lane exchanges these: each holds exactly the words of its name."""
    found = {}

    class Page(HTMLParser):
        slot = None

        def handle_starttag(self, tag, attrs):
            assert self.slot is None, "a slot holds no elements"
            self.slot = dict(attrs).get("data-slot")

        def handle_endtag(self, tag):
            self.slot = None

        def handle_data(self, data):
            if self.slot:
                found[self.slot] = data

    full = facts(look=looks["frame"], **SAMPLES[sample])
    with override("en"):
        words = put_into_words(full)
        Page().feed(render.html(full, words, render.sizes(full, words)))
    own = {"name", "affiliation", "subject", "workload", "sessions", "assessment", "grade", "assessed", "supervision"}
    own |= {"register_number", "number"}
    assert found == {name: getattr(words, name) for name in own if getattr(words, name)}
