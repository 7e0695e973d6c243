"""The PDF itself: what a person reads, what an archive and a screen reader need, and that it comes from nowhere else."""

import io
import logging
import subprocess
import sys
from math import cos, dist, pi, sin
from pathlib import Path
from xml.etree import ElementTree as ET

import pikepdf
import pytest
from django.conf import settings as django_settings
from django.template import Context, Template

from events.certificates.content.wording import put_into_words
from events.certificates.printing import render
from events.paper import fonts, pdf
from events.paper.fonts import CannotPrint, clean
from tests.events.certificates.samples import LONG_NAME, LONG_TITLE, facts, printed
from tests.requirements import need

A4_ACROSS = [841.89, 595.28]


@pytest.fixture(autouse=True)
def no_complaints(caplog):
    """What WeasyPrint grumbles about is an error: an unknown option, CSS it ignores, an image without words."""
    caplog.set_level(logging.WARNING, logger="weasyprint")
    yield
    assert [record.getMessage() for record in caplog.records if record.name.startswith("weasyprint")] == []


@pytest.fixture
def text_of(tmp_path):
    """What a reader copies out of a PDF, line by line."""
    need("poppler")

    def read(pdf, *options):
        path = tmp_path / "certificate.pdf"
        path.write_bytes(pdf)
        return subprocess.run(["pdftotext", *options, path, "-"], check=True, capture_output=True, text=True).stdout

    return read


def opened(pdf):
    return pikepdf.open(io.BytesIO(pdf))


def elements(tree, kind=None):
    """All structure elements below one, in reading order."""
    kids = tree.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            if kind is None or kind == kid.S:
                yield kid
            yield from elements(kid, kind)


def test_everything_is_on_one_page_in_reading_order(text_of):
    pdf = printed(facts())
    with opened(pdf) as document:
        assert [[round(float(edge), 2) for edge in page.mediabox[2:]] for page in document.pages] == [A4_ACROSS]
    lines = [line for line in text_of(pdf, "-raw").splitlines() if line.strip("\f ")]
    assert lines == [
        "Testing house for innovation procurement European network of competence",
        "centres for innovation procurement",
        "Certificate of attendance",
        "This is to certify that",
        "Ana Procurer",
        "attended the training",
        "Market dialogue in practice",
        "28 to 29 April 2027 · Vienna, Austria",
        "Workload attended",
        "11 h 30 min of 13 h",
        "4 of 4 sessions",
        "Form of participation",
        "On site and online",
        "English, German; interpreted into",
        "French",
        "Learning outcomes",
        "– Plan a market consultation under Article 40 of Directive 2014/24/EU",
        "– Write down its results so that all tenderers are treated alike",
        "– Turn what was heard into functional requirements",
        "Competences and level aimed at (ProcurCompEU)",
        "– C6 Innovation procurement: Advanced",
        "– C11 Market analysis and engagement: Intermediate",
        "Level in the European Qualifications Framework",
        "Not applicable.",
        "Assessment",
        "None. Attendance was recorded at",
        "each session.",
        "Quality assurance",
        "Internal, by the organising centre.",
        "Together with",
        "Κέντρο Δοκιμών (EL)",
        "For the organising centre",
        "Testing house for innovation procurement, Austria",
        "Issued",
        "2 May 2027",
        "Register number",
        "AT-TEST 2027/14",
        "Is it genuine?",
        "Scan the code, or type the number at",
        "calendar.example/verify",
        "7Q2K-0F5M-XW3R-9TBA-C",
        "Co-funded by the European Union",
        "Horizon Europe, grant agreement 101000000",
        facts()["funding"]["disclaimer"],
    ]


def test_it_claims_both_standards_and_declares_the_claim():
    with opened(printed(facts())) as document:
        xmp = document.open_metadata()
        assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"], xmp["pdfuaid:part"]) == ("3", "A", "1")
        text = document.Root.Metadata.read_bytes().decode()
    assert text.count("<rdf:RDF") == 1
    for element in (
        "<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>",
        "<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>",
        "<pdfaProperty:name>part</pdfaProperty:name>",
        "<pdfaProperty:valueType>Integer</pdfaProperty:valueType>",
        "<pdfaProperty:category>internal</pdfaProperty:category>",
    ):
        assert text.count(element) == 1


@pytest.mark.parametrize("language", ["en", "de"])
def test_an_archive_and_a_screen_reader_have_what_they_need(language):
    with opened(printed(facts(language=language))) as document:
        root = document.Root
        assert (str(root.Lang), bool(root.MarkInfo.Marked), bool(root.ViewerPreferences.DisplayDocTitle)) == (
            language,
            True,
            True,
        )
        assert str(document.docinfo["/Title"]).endswith("7Q2K-0F5M-XW3R-9TBA-C: Ana Procurer")
        assert [str(intent.S) for intent in root.OutputIntents] == ["/GTS_PDFA1"]
        assert "/DestOutputProfile" in root.OutputIntents[0]
        assert "/JavaScript" not in root.get("/Names", {})
        assert ("/AcroForm" in root, "/OpenAction" in root, document.is_encrypted) == (False, False, False)
        assert [str(page.get("/Tabs")) for page in document.pages] == ["/S"]
        headings = [str(element.S) for element in elements(root.StructTreeRoot) if str(element.S) in {"/H1", "/H2", "/H3"}]
        assert headings == ["/H1", *["/H2"] * (len(headings) - 1)]
        figures = [str(element.Alt) for element in elements(root.StructTreeRoot, "/Figure")]
        assert len(figures) == 2
        assert all(figures)
        assert "https://calendar.example/verify/7Q2K-0F5M-XW3R-9TBA-C" in figures[0]


def test_all_its_fonts_are_ours_and_embedded():
    with opened(printed(facts(holder={"name": "Αικατερίνη Шевченко Żółć"}))) as document:
        found = [
            item for item in document.objects if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
        ]
        names = {str(item.FontName).partition("+")[2] for item in found}
        assert all("/FontFile2" in item or "/FontFile3" in item for item in found)
    assert len(names) == 3
    assert all(name.startswith(("Source-Serif", "SourceSerif", "Source-Sans", "SourceSans", "Certificate")) for name in names)


def test_nothing_see_through_is_drawn():
    """Opacity would take text out of the tags (PDF/UA 7.1)."""
    with opened(printed(facts())) as document:
        for page in document.pages:
            states = page.Resources.get("/ExtGState", {})
            assert [float(state.get("/ca", 1)) for state in states.values()] == [1.0] * len(states)


@pytest.mark.parametrize(
    "sample",
    [
        facts(),
        facts(language="de"),
        facts(holder={"name": LONG_NAME}, event={"title": LONG_TITLE}),
        facts(outcomes=[f"Outcome {n} " * 12 for n in range(30)]),
        facts(outcomes=[], competences=[], co_organisers=[], funding=None),
    ],
    ids=["usual", "German", "long", "overleaf", "bare"],
)
def test_qpdf_finds_no_fault(sample, tmp_path):
    need("qpdf")
    path = tmp_path / "certificate.pdf"
    path.write_bytes(printed(sample))
    result = subprocess.run(["qpdf", "--check", path], check=False, capture_output=True, text=True)
    assert (result.returncode, "WARNING" in result.stdout + result.stderr) == (0, False)


@pytest.mark.parametrize(
    "name",
    [
        "Ana Procurer",
        "Þórdís Kolbrún Æsisdóttir",
        "Zbigniew Żółkiewski-Łącki",
        "Ștefan Țuțea",
        "Ġorġ Ħaż-Żebbuġ",
        "Jānis Ķēniņš",
        "Αικατερίνη Παπαδοπούλου-Οικονόμου",
        "Ганна Їжакевич-Ґалаґан",
        "Цветелина Щърбева",
        "Søren O’Brien, PhD",
        "Cafe\u0301 Decomposed",
        "Ἀριστοτέλης Ὀνάσης",
    ],
)
def test_names_in_latin_greek_and_cyrillic_print_right(name, text_of):
    name = clean(name)
    assert name in text_of(printed(facts(holder={"name": name})), "-raw").splitlines()


def test_what_pasting_brings_along_is_not_printed():
    assert clean(" Ana\u00a0\u200b Pro\u00adcurer\n\u202e ") == "Ana Procurer"
    assert clean("Cafe\u0301") == "Café"


def test_a_character_without_a_glyph_is_refused():
    with pytest.raises(CannotPrint) as refused:
        printed(facts(outcomes=["Fine", "Say 你好"]))
    assert (refused.value.character, refused.value.text) == ("你", "Say 你好")


def test_a_long_name_and_a_long_title_fit_one_page(text_of):
    pdf = printed(facts(holder={"name": LONG_NAME}, event={"title": LONG_TITLE}))
    with opened(pdf) as document:
        assert len(document.pages) == 1
    text = " ".join(text_of(pdf, "-raw").split())
    assert (LONG_NAME in text, LONG_TITLE in text) == (True, True)


@pytest.mark.parametrize(
    ("name", "size"),
    [("Ana", 46), ("Ana Procurer " * 2 + "of Ten", 46), ("Ana Procurer " * 4, 28), (LONG_NAME, 23), (LONG_NAME * 2, 20)],
)
def test_a_longer_name_is_smaller(name, size):
    name, design = name.strip(), render.design_of(facts())
    assert render.size_of_name(name, design) == size
    if size > 23:
        assert fonts.width(fonts.SERIF, name) * size <= design.line_width


def test_what_does_not_fit_at_all_goes_overleaf(text_of):
    outcomes = [
        f"Outcome number {number} of a course that taught a great many things to those who came" for number in range(30)
    ]
    pdf = printed(facts(outcomes=outcomes))
    first, *rest = text_of(pdf, "-raw").split("\f")
    assert first.count("See page 2.") == 2
    assert [line for line in "".join(rest).splitlines() if line in outcomes] == outcomes


def test_the_page_is_in_the_language_of_its_facts_with_the_dates_of_the_events_zone(text_of):
    late = {"starts": "2027-04-28T22:30-03:00", "ends": "2027-04-28T23:30-03:00"}  # the 29th in UTC
    assert "28. April 2027 · Vienna, Österreich" in text_of(printed(facts(language="de", event=late))).splitlines()
    evening = {"starts": "2027-04-28T19:00+02:00", "ends": "2027-04-29T00:00+02:00"}  # midnight is the end of the 28th
    assert "28 April 2027 · Vienna, Austria" in text_of(printed(facts(event=evening))).splitlines()
    whole = {"starts": "2027-12-30", "ends": "2028-01-02", "city": ""}
    assert "30 December 2027 to 2 January 2028" in text_of(printed(facts(event=whole))).splitlines()


def test_whole_days_count_sessions_where_minutes_are_not_known(text_of):
    attendance = {"minutes": None, "minutes_attended": None, "sessions": 3, "sessions_attended": 2, "needed_share": 60}
    lines = text_of(printed(facts(attendance=attendance)), "-raw").splitlines()
    assert lines[lines.index("Workload attended") + 1 : lines.index("Form of participation")] == ["2 of 3 sessions"]


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("training", "Wir bescheinigen die Teilnahme von Ana Procurer an der Schulung Market dialogue in practice"),
        ("visit", "Wir bescheinigen die Teilnahme von Ana Procurer am Austauschbesuch Market dialogue in practice"),
        ("ceremony", "Wir bescheinigen die Teilnahme von Ana Procurer an der Preisverleihung Market dialogue in practice"),
    ],
)
def test_in_german_it_is_one_sentence_from_the_first_word_to_the_title(kind, sentence, text_of):
    lines = text_of(printed(facts(language="de", event={"kind": kind})), "-raw").splitlines()
    start = lines.index("Teilnahmebescheinigung") + 1
    assert (" ".join(lines[start : start + 4]), lines[start + 4]) == (sentence, "28. bis 29. April 2027 · Vienna, Österreich")


@pytest.mark.parametrize("kind", ["visit", "ceremony"])
def test_what_is_no_training_does_not_excuse_itself_for_teaching_nothing(kind, text_of):
    bare = {"outcomes": [], "competences": []}
    assert "Learning outcomes" in text_of(printed(facts(**bare)))
    lines = text_of(printed(facts(event={"kind": kind}, **bare)), "-raw").splitlines()
    assert ("Learning outcomes" in lines, lines.count("Form of participation")) == (False, 1)


def test_what_goes_overleaf_leaves_the_first_page_its_room():
    """Not the small type of a page that is full."""
    long = facts(outcomes=[f"Outcome {n} " * 12 for n in range(14)])
    words = put_into_words(long)
    document = render.lay_out(long, words)
    room = document.pages[0].anchors["foot"][1] - document.pages[0].anchors["end"][1]
    loosest = render.typeset(long, words, render.Fit(name_size=46, title_size=23, outcomes_overleaf=True))
    assert (len(document.pages), room) == (2, loosest.pages[0].anchors["foot"][1] - loosest.pages[0].anchors["end"][1])


def test_a_reader_of_codes_reads_the_address(tmp_path):
    need("poppler", "zbar")
    pdf, page = tmp_path / "certificate.pdf", tmp_path / "page"
    pdf.write_bytes(printed(facts()))
    subprocess.run(["pdftoppm", "-r", "110", "-png", "-singlefile", pdf, page], check=True, capture_output=True)
    found = subprocess.run(["zbarimg", "--quiet", f"{page}.png"], check=True, capture_output=True, text=True).stdout
    assert found.splitlines() == [f"QR-Code:{facts()['verify']}"]


def test_the_emblem_is_drawn_as_the_graphics_guide_says():
    """Interinstitutional style guide, Annex A1: 3 : 2, twelve upright stars on a clock, no star turned."""
    flag = ET.fromstring(pdf.emblem())
    svg = "{http://www.w3.org/2000/svg}"
    ground, group = flag.find(f"{svg}rect"), flag.find(f"{svg}g")
    assert (ground.attrib, group.get("fill")) == ({"width": "810", "height": "540", "fill": "#003399"}, "#FFCC00")
    clock = []
    for star in group:
        tips = [tuple(map(float, point.split(","))) for point in star.get("points").split()]
        middle = (sum(x for x, _y in tips[::2]) / 5, sum(y for _x, y in tips[::2]) / 5)
        assert [round(dist(middle, tip)) for tip in tips[::2]] == [30] * 5  # 1/18 of the height
        assert [round(dist(middle, tip), 1) for tip in tips[1::2]] == [11.5] * 5  # its edges are straight: 30 / φ²
        assert (round(tips[0][0] - middle[0], 2), tips[0][1] < middle[1]) == (0, True)  # one point straight up
        clock.append((round(middle[0] - 405), round(middle[1] - 270)))
    assert clock == [(round(180 * sin(pi * hour / 6)), round(-180 * cos(pi * hour / 6))) for hour in range(12)]


@pytest.mark.parametrize(
    ("emblem_text", "shown"),
    [
        ("Co-funded by the European Union", True),
        ("This project has received funding from the European Union", True),
        ("Von der Europäischen Union kofinanziert", True),
        ("Με τη συγχρηματοδότηση της Ευρωπαϊκής Ένωσης", True),
        ("Sfinansowane przez Unię Europejską", True),
        ("Финансирано от Европейския съюз", True),
        ("Funded by nobody: a demonstration", False),
        ("Funded by the Federal Ministry for European Affairs", False),
        ("Supported by the African Union and European partners", False),
    ],
)
def test_the_emblem_stands_only_beside_the_name_of_the_union(emblem_text, shown, text_of):
    pdf = printed(facts(funding={**facts()["funding"], "emblem_text": emblem_text}))
    assert emblem_text in text_of(pdf, "-raw").splitlines()
    with opened(pdf) as document:
        figures = [str(element.Alt) for element in elements(document.Root.StructTreeRoot, "/Figure")]
    assert any("European flag" in words for words in figures) == shown


def test_same_facts_same_bytes_in_another_process(tmp_path):
    program = (
        "import os, sys, hashlib; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'\n"
        "import django; django.setup()\n"
        "from tests.events.certificates.samples import facts, printed\n"
        "sys.stdout.buffer.write(printed(facts()))"
    )
    environment = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    other = subprocess.run(
        [sys.executable, "-c", program], cwd=django_settings.BASE_DIR, env=environment, check=True, capture_output=True
    ).stdout
    assert other == printed(facts()) == printed(facts())


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "http://127.0.0.1:9/x.png",
        "https://calendar.example/x.png",
        "ftp://127.0.0.1/x.png",
        "data:image/png;base64,iVBORw0KGgo=",
        "//calendar.example/x.png",
        "x.png",
        "paper:../settings.py",
        "paper:SourceSans3-Regular.ttf/../x",
    ],
)
@pytest.mark.parametrize(
    "html",
    [
        '<img src="{}" alt="x">',
        '<p style="background: url({})">x</p>',
        '<link rel="stylesheet" href="{}">',
        '<object data="{}"></object>',
    ],
    ids=["img", "background", "link", "object"],
)
def test_printing_reaches_no_network_and_no_file(address, html):
    import weasyprint
    from weasyprint.urls import FatalURLFetchingError

    page = weasyprint.HTML(
        string=f"<html lang=en><title>x</title>{html.format(address)}", url_fetcher=pdf.Memory({}), base_url="paper:"
    )
    with pytest.raises(FatalURLFetchingError):
        page.write_pdf()


def test_a_picture_in_a_picture_is_left_out_and_not_fetched(caplog):
    """Within an SVG, WeasyPrint catches the fetcher's refusal and logs it."""
    import weasyprint

    picture = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd" width="9" height="9"/></svg>'
    memory = pdf.Memory({"x.svg": ("image/svg+xml", picture)})
    page = weasyprint.HTML(string='<html lang=en><title>x</title><img src="paper:x.svg" alt="x">', url_fetcher=memory)
    assert page.write_pdf()[:4] == b"%PDF"
    assert [record.getMessage() for record in caplog.records] == ["Failed to render SVG image paper:x.svg"]
    caplog.clear()


def test_what_people_type_is_text_and_never_markup(text_of):
    name = '<img src="file:///etc/passwd"> & </p><script>'
    assert name in text_of(printed(facts(holder={"name": name})), "-raw").splitlines()


def test_web_processes_do_not_carry_the_printer():
    program = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'\n"
        "import django; django.setup()\nimport config.urls\n"
        "print([name for name in ('weasyprint', 'fontTools') if name in sys.modules])"
    )
    root = Path(django_settings.BASE_DIR)
    run = subprocess.run([sys.executable, "-c", program], cwd=root, check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.django_db
def test_the_tag_lists_a_persons_certificates(anas, ana):
    template = Template(
        "{% load certificates %}{% certificates_of ana as mine %}{% for one in mine %}{{ one }} {{ one|workload }}{% endfor %}"
    )
    assert template.render(Context({"ana": ana})) == f"{anas.number} 4 h of 4 h"


def test_the_start_says_which_library_is_missing(monkeypatch):
    from events.certificates import checks

    monkeypatch.setattr(checks, "is_there", lambda library: "subset" not in library)
    assert [(message.id, message.hint) for message in checks.libraries_are_there()] == [
        ("certificates.W001", "apt install libharfbuzz-subset0")
    ]
    monkeypatch.setattr(checks, "is_there", lambda library: "pango" not in library)
    assert [(message.id, message.hint) for message in checks.libraries_are_there()] == [
        ("certificates.E001", "apt install libpango-1.0-0 libpangoft2-1.0-0")
    ]
