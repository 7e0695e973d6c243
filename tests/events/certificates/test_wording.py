"""What certificates say, by kind and by kind of event: on paper, line by line, and element by element of Annex I."""

import subprocess

import pytest

from events.certificates.content.facts import EMPTY_LOOK
from events.certificates.content.wording import LEADS, SENTENCES, SUBJECTS
from events.certificates.models import Certificate
from events.programme.models import Event
from tests.events.certificates.samples import facts, printed
from tests.requirements import need

Kind = Certificate.Kind

TALK = {"subject": "How forty hospitals bought a robot together", "affiliation": "City of Salzburg", "minutes": 90}
TEST = {"method": "test", "grade": "very good", "on": "2027-04-29", "assessor": "Dr. Edda Examiner", "supervised": True}


@pytest.fixture
def lines_of(tmp_path):
    """What a reader copies out of a certificate, line by line."""
    need("poppler")

    def read(**changes):
        path = tmp_path / "certificate.pdf"
        path.write_bytes(printed(facts(**changes)))
        text = subprocess.run(["pdftotext", "-raw", path, "-"], check=True, capture_output=True, text=True).stdout
        return [line for line in text.splitlines() if line.strip("\f ")]

    return read


def between(lines, first, last):
    """The lines from one up to another."""
    return lines[lines.index(first) : lines.index(last)]


def recognised(kind, **changes):
    return {"kind": kind, "recognition": TALK, "attendance": None, **changes}


def test_each_kind_has_its_words_for_each_kind_of_event():
    assert set(LEADS) == set(SENTENCES) == set(Kind)
    assert all(set(sentences) == set(Event.Kind) for sentences in SENTENCES.values())
    assert set(SUBJECTS) == set(Kind) - set(Certificate.OF_REGISTRATIONS)


@pytest.mark.parametrize(
    ("kind", "event_kind", "heading", "sentence"),
    [
        ("attendance", "visit", "Certificate of attendance", "took part in the peer-exchange visit"),
        ("achievement", "training", "Certificate of achievement", "successfully completed the training"),
        ("speaking", "training", "Certificate of contribution as a speaker", "spoke at the training"),
        ("teaching", "training", "Certificate of teaching", "taught at the training"),
        ("hosting", "visit", "Certificate of hosting", "hosted the peer-exchange visit"),
        ("finalist", "ceremony", "Finalist’s certificate", "was honoured as a finalist at the award ceremony"),
        ("winner", "ceremony", "Winner’s certificate", "was honoured as a winner at the award ceremony"),
    ],
)
def test_heading_and_sentence(kind, event_kind, heading, sentence, lines_of):
    of_registration = kind in Certificate.OF_REGISTRATIONS
    changes = {"kind": kind, "assessed": TEST if kind == "achievement" else None} if of_registration else recognised(kind)
    lines = between(lines_of(event={"kind": event_kind}, **changes), heading, "28 to 29 April 2027 · Vienna, Austria")
    affiliation = [] if of_registration else ["City of Salzburg"]
    said = ["This is to certify that", "Ana Procurer", *affiliation, sentence, "Market dialogue in practice"]
    assert lines == [heading, *said]


def test_all_eleven_mandatory_elements_of_annex_i_are_on_paper(lines_of):
    """Council Recommendation 2022/C 243/02, Annex I; one line for each, in its order."""
    elements = {
        "identification of the learner": "Ana Procurer",
        "title": "Market dialogue in practice",
        "country of the issuer": "Testing house for innovation procurement, Austria",
        "awarding body": "Testing house for innovation procurement, Austria",
        "date of issuing": "2 May 2027",
        "learning outcomes": "– Plan a market consultation under Article 40 of Directive 2014/24/EU",
        "notional workload": "11 h 30 min of 13 h",
        "level": "– C6 Innovation procurement: Advanced",
        "type of assessment": "Assessment",
        "form of participation": "On site and online",
        "quality assurance": "Internal, by the organising centre.",
    }
    for kind, assessed in (("attendance", None), ("achievement", TEST)):
        lines = lines_of(kind=kind, assessed=assessed)
        assert {name: line in lines for name, line in elements.items()} == dict.fromkeys(elements, True)
        assert lines[lines.index("Level in the European Qualifications Framework") + 1] == "Not applicable."


def test_attendance_says_that_nothing_was_assessed(lines_of):
    assert between(lines_of(), "Assessment", "Quality assurance") == [
        "Assessment",
        "None. Attendance was recorded at",
        "each session.",
    ]


def test_achievement_says_how_how_well_when_by_whom_and_whether_supervised(lines_of):
    said = between(lines_of(kind="achievement", assessed=TEST), "Assessment", "Quality assurance")
    assert " ".join(said) == (
        "Assessment Written test Grade: very good Passed on 29 April 2027, assessed by Dr. Edda Examiner "
        "Supervised, identity checked."
    )
    plain = {**TEST, "method": "portfolio", "grade": "", "supervised": False}
    said = between(lines_of(kind="achievement", assessed=plain), "Assessment", "Quality assurance")
    assert " ".join(said) == "Assessment Portfolio Passed on 29 April 2027, assessed by Dr. Edda Examiner Not supervised."


def test_a_recognition_says_for_what_and_how_long_and_nothing_of_learning(lines_of):
    lines = lines_of(**recognised("speaking"))
    assert between(lines, "Duration", "For the organising centre") == [
        "Duration",
        "1 h 30 min",
        "Form of participation",
        "On site and online",
        "English, German; interpreted into",
        "French",
        "Contribution",
        "How forty hospitals bought a robot together",
        "Together with",
        "Κέντρο Δοκιμών (EL)",
    ]


def test_who_taught_has_the_competences_that_were_taught(lines_of):
    lines = lines_of(**recognised("teaching"))
    assert between(lines, "Subject taught", "Together with")[2:] == [
        "Competences taught and level aimed at (ProcurCompEU)",
        "– C6 Innovation procurement: Advanced",
        "– C11 Market analysis and engagement: Intermediate",
    ]


def test_what_was_not_said_of_a_recognition_is_left_out(lines_of):
    bare = {"subject": "", "affiliation": "", "minutes": None}
    lines = lines_of(**recognised("winner", recognition=bare, co_organisers=[]))
    assert between(lines, "28 to 29 April 2027 · Vienna, Austria", "For the organising centre")[1:] == [
        "Form of participation",
        "On site and online",
        "English, German; interpreted into",
        "French",
    ]


def test_a_certificate_that_expires_says_when(lines_of):
    lines = lines_of(valid_until="2030-05-02")
    assert between(lines, "Issued", "Register number") == ["Issued", "2 May 2027", "Valid until", "2 May 2030"]
    assert "Valid until" not in lines_of()


def test_the_signatory_signs_for_the_centre(lines_of):
    look = {**EMPTY_LOOK, "signatory": "Dr. Edda Examiner", "signatory_role": "Head", "closing": "Well done."}
    assert between(lines_of(look=look), "Well done.", "Issued") == [
        "Well done.",
        "Dr. Edda Examiner",
        "Head",
        "Testing house for innovation procurement, Austria",
    ]
