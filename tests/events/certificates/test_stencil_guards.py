"""What the bulk lane cannot show to be the same as the single lane's, it leaves to the single lane, and the log says why."""

import logging
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from events.certificates.content.wording import put_into_words
from events.certificates.printing import patterns
from events.certificates.printing.comparing import difference
from events.certificates.printing.patterns import Pattern, Unsuitable, with_holes
from events.certificates.printing.writing import text_string
from tests.events.certificates.batches import seal, sheet
from tests.events.certificates.samples import facts, printed

pytestmark = pytest.mark.once

NAMES = ["Ana Procurer", "Ben Buyer", "Cleo Counsellor", "Αικατερίνη Παπαδοπούλου", "Ганна Їжакевич"]
TEMPLATE = "pdf/certificate.html"


@pytest.fixture
def template(settings, tmp_path):
    """Change the certificate's template for a story."""

    def change(before, after):
        source = (Path(django_settings.BASE_DIR) / "templates" / TEMPLATE).read_text()
        assert source.count(before) == 1
        (tmp_path / "pdf").mkdir()
        (tmp_path / TEMPLATE).write_text(source.replace(before, after))
        (engine,) = settings.TEMPLATES
        settings.TEMPLATES = [{**engine, "DIRS": [tmp_path, *engine["DIRS"]]}]

    return change


@pytest.fixture
def sealed_in_bulk(caplog):
    """Print five people in bulk: how many came sealed out of the stencil, and what the log says."""
    caplog.set_level(logging.WARNING, logger="events.certificates.printing")

    def run():
        from events.certificates.printing.bulk import print_batch

        sheets = [sheet(place, name) for place, name in enumerate(NAMES)]
        files = [*print_batch(sheets, mould=seal()[2])]
        unsealed = [file.pdf for file in files if not file.is_sealed]
        assert unsealed == [printed(one.facts, one.credential) for one in sheets[len(files) - len(unsealed) :]]
        return len(files) - len(unsealed), [record.getMessage() for record in caplog.records]

    return run


def test_with_the_templates_as_they_are_all_go_through_the_stencil(sealed_in_bulk):
    assert sealed_in_bulk() == (5, [])


def test_a_name_in_a_sentence_is_no_slot(template, sealed_in_bulk):
    template('<p class="lead">{{ words.sentence }}</p>', '<p class="lead">{{ words.name }}, who {{ words.sentence }}</p>')
    assert sealed_in_bulk() == (0, [])


def test_a_name_beside_something_else_in_its_slot_is_no_slot(template, sealed_in_bulk):
    template(
        'data-slot="name">{{ words.name }}</p>\n{% if words.aff',
        'data-slot="name"><b>{{ words.name }}</b></p>\n{% if words.aff',
    )
    assert sealed_in_bulk() == (0, [])


def test_a_name_that_the_template_changes_is_not_what_it_was(template, sealed_in_bulk):
    template(
        'data-slot="name">{{ words.name }}</p>\n{% if words.aff', 'data-slot="name">{{ words.name|upper }}</p>\n{% if words.aff'
    )
    assert sealed_in_bulk() == (
        0,
        ["5 certificates take the single lane: the template says it in other words where a value is not yet known"],
    )


def test_a_style_that_depends_on_the_neighbours_is_seen(template, sealed_in_bulk):
    template("</head>", "<style>.lead + .name { letter-spacing: 2pt }</style></head>")
    assert sealed_in_bulk() == (0, ["5 certificates take the single lane: 'Ana Procurer' is 0 times on the page"])


def test_a_slot_that_is_as_wide_as_its_text_is_seen(template, sealed_in_bulk):
    template("</head>", "<style>.name { display: table; margin-left: auto; margin-right: auto }</style></head>")
    assert sealed_in_bulk() == (0, ["5 certificates take the single lane: a slot is as wide as what stands in it"])


def test_who_has_another_page_takes_the_single_lane_alone(template, sealed_in_bulk):
    template("</main>", '{% if words.name|first == "Г" %}<p>Вітаємо</p>{% endif %}</main>')
    assert sealed_in_bulk() == (4, [])


def test_what_the_pieces_do_not_show_is_seen_in_the_proof(template, sealed_in_bulk):
    """A line under a name is as long as the name, and no part of its text."""
    template("</head>", "<style>.name { text-decoration: underline }</style></head>")
    sealed, (said,) = sealed_in_bulk()
    assert (sealed, said.partition(" for ")[0]) == (0, "5 certificates take the single lane: the two lanes differ in content")


def test_one_letter_is_a_difference():
    same = printed(facts())
    assert difference(same, printed(facts())) == ""
    assert difference(printed(facts(holder={"name": "Ana Procurar"})), same) == "content"
    assert difference(printed(facts(), b"{}"), same) == "attachments"
    assert difference(printed(facts(issued_at="2027-05-02T10:11:13+02:00")), same) == "title"


def pattern(body, title="x"):
    return Pattern(f"<html><head><title>{title}</title></head><body>{body}</body></html>", code="paper:code.svg")


HOLE = f"{patterns.OPEN}name{patterns.CLOSE}"
NUMBER = f"{patterns.OPEN}number{patterns.CLOSE}"


def test_holes_are_found_in_slots_the_title_and_the_words_of_the_code():
    page = pattern(
        f'<main class="m"><div id="d"><p class="n" data-slot="name">No. {NUMBER}:\n {HOLE}</p></div><br>'
        f'<img src="paper:code.svg" alt="Code of {NUMBER}"></main>',
        title=f"Certificate of {HOLE}",
    )
    (slot,) = page.slots
    assert slot.text == f"No. {NUMBER}: {HOLE}"
    assert [tag.opened("x") for tag in (*slot.within, slot.tag)] == ['<main class="m x">', '<div class="x">', '<p class="n x">']
    assert (page.title, page.alt, page.bound) == (f"Certificate of {HOLE}", f"Code of {NUMBER}", set())
    assert patterns.fill(slot.text, {"name": "A & B", "number": "7"}) == "No. 7: A & B"
    assert "<title>Certificate of A &amp; B</title>" in page.filled({"name": "A & B", "number": "7"})


@pytest.mark.parametrize(
    "body",
    [
        f"<p>{HOLE}</p>",
        f'<p data-slot="name"><b>x</b>{HOLE}</p>',
        f'<p title="{HOLE}">x</p>',
        f'<img src="paper:logo" alt="{HOLE}">',
        f"{HOLE}",
    ],
)
def test_a_value_anywhere_else_is_bound(body):
    assert pattern(body).bound == {"name"}
    assert pattern(body).slots == []


@pytest.mark.parametrize("body", ["<p>x", "x</p>", "<p><b>x</p></b>"])
def test_html_that_is_not_closed_is_no_pattern(body):
    with pytest.raises(Unsuitable):
        pattern(body)


def test_every_word_can_be_a_hole():
    words = put_into_words(facts())
    assert with_holes(words, ["name", "number"]).file_title == f"{words.heading} {NUMBER}: {HOLE}"


@pytest.mark.parametrize(
    ("text", "octets"),
    [("a (b) \\", rb"(a \(b\) \\)"), ("Ż", b"<feff017b>"), ("a\nb", b"<feff0061000a0062>"), ("", b"()")],
)
def test_text_is_written_as_a_pdf_has_it(text, octets):
    assert text_string(text) == octets
