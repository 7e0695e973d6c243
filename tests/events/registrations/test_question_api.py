"""Questions and files for programs."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from events.programme.models import Event
from events.registrations.api.questions import answers_for
from events.registrations.asking.answers import check, save
from events.registrations.asking.facts import questions_of
from events.registrations.asking.files import keep
from events.registrations.models import AnswerFile
from tests import factories
from tests.events.registrations.questionnaires import EVERYTHING, PDF, ask, block, put, upload

QUESTIONS = "/api/v1/events/market-dialogue/questions/"
FILES = "/api/v1/events/market-dialogue/files/"


@pytest.fixture
def as_olga(api, olga, training):
    api.force_authenticate(olga)
    return api


def test_what_is_read_can_be_sent_back_and_changes_nothing(as_olga, training, olga):
    put(training, olga, *EVERYTHING, block("diet"), ask("a", depends_on="rules", depends_values=(True,)))
    read = as_olga.get(QUESTIONS).json()
    before = [question.pk for question in questions_of(Event.objects.get(pk=training.pk))]
    assert as_olga.put(QUESTIONS, read).json() == read
    assert [question.pk for question in questions_of(Event.objects.get(pk=training.pk))] == before


def test_a_question_as_a_program_sees_it(api, training, olga):
    put(
        training,
        olga,
        ask("track", "choice", "A", "B"),
        ask("years", "number", least=0, depends_on="track", depends_values=("a",)),
    )
    assert api.get(QUESTIONS).json()["questions"][1] == {
        "key": "years",
        "kind": "number",
        "block": "",
        "label": {"en": "Years"},
        "help": {},
        "options": [],
        "least": 0,
        "most": None,
        "types": [],
        "megabytes": None,
        "is_required": False,
        "is_special": False,
        "purpose": "",
        "depends_on": "track",
        "depends_values": ["a"],
    }


def test_blocks_are_read_in_every_language_of_the_interface_and_written_by_name(as_olga):
    answer = as_olga.put(QUESTIONS, {"questions": [{"block": "photos"}]})
    (photos,) = answer.json()["questions"]
    assert (photos["key"], photos["block"], sorted(photos["label"])) == ("photos", "photos", ["de", "en"])
    assert photos["options"][0]["label"]["en"] == "Yes"


def test_what_is_wrong_is_told_at_its_path(as_olga):
    answer = as_olga.put(
        QUESTIONS,
        {
            "questions": [
                {"kind": "text", "label": {"en": "x" * 301}},
                {"block": "astrology"},
                {"block": "diet", "key": "photos"},
                {"kind": "consent", "label": {"en": "Rules"}, "key": "rules"},
                {"kind": "text", "label": {"en": "Why"}, "depends_on": "rules", "depends_values": ["no"]},
            ]
        },
    )
    assert (answer.status_code, answer.json()["errors"]) == (
        400,
        {
            "questions.0.label.en": ["This has 301 characters; there is room for 300."],
            "questions.1.block": [
                "There is no block “astrology”. There are: diet, access, interpretation, travel, photos, participants-list."
            ],
            "questions.2.key": ["The block asks “diet”, “diet-other”, not “photos”."],
            "questions.4.depends_values": ["A consent is given or not: it is asked if it is given."],
        },
    )


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"questions": None},
        {"questions": {}},
        {"questions": [7]},
        {"questions": [{"kind": "number", "label": {"en": "N"}, "least": 10**400}]},
        {"questions": [{"kind": "number", "label": {"en": "N"}, "least": "NaN"}]},
        {"questions": [{"kind": "file", "label": {"en": "F"}, "megabytes": 10**30}]},
        {"questions": [{"kind": "text", "label": {"en": {"a": 1}}}]},
        {"questions": [{"kind": "text", "label": {"\u0000": "x"}}]},
        {"questions": [{"kind": "text", "label": {"en": "a\u0000b"}}]},
        {"questions": [{"kind": "choice", "label": {"en": "C"}, "options": [{"label": {"en": "A"}, "value": "../x"}]}]},
        {"questions": [{"kind": "text", "label": {"en": "T"}, "key": "\u0000"}]},
    ],
)
def test_what_makes_no_sense_is_refused(as_olga, sent):
    assert as_olga.put(QUESTIONS, sent).status_code == 400


def test_a_file_is_uploaded_and_its_number_is_the_answer(api, training, olga, ana):
    put(training, olga, ask("letter", "file", types=("document",)))
    api.force_authenticate(ana)
    answer = api.post(FILES, {"question": "letter", "file": upload()}, format="multipart")
    file = AnswerFile.objects.get()
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "id": file.pk,
            "question": "letter",
            "name": "letter.pdf",
            "media_type": "application/pdf",
            "size": len(PDF),
            "sha256": file.sha256,
        },
    )
    event = Event.objects.get(pk=training.pk)
    assert check(event, {"letter": file.pk}, by=ana).values == {"letter": {"id": file.pk, "name": "letter.pdf"}}


def test_forty_megabytes_are_refused_in_clear_words(api, training, olga, ana):
    put(training, olga, ask("photo", "file", types=("image",)))
    api.force_authenticate(ana)
    large = SimpleUploadedFile("photo.png", b"\x89PNG\r\n\x1a\n" + b"x" * (40 * 2**20))
    answer = api.post(FILES, {"question": "photo", "file": large}, format="multipart")
    assert (answer.status_code, answer.json()["errors"]) == (
        400,
        {"file": ["This file has 40.0\xa0MB, which is too much. What works: A picture (PNG, JPEG or WebP) of up to 5 MB."]},
    )
    assert not AnswerFile.objects.exists()


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ({}, "file"),
        ({"file": "text"}, "file"),
        ({"question": "shoe", "file": SimpleUploadedFile("a.pdf", PDF)}, "question"),
        ({"question": "nickname", "file": SimpleUploadedFile("a.pdf", PDF)}, "question"),
        ({"question": "a\0", "file": SimpleUploadedFile("a.pdf", PDF)}, "question"),
        ({"question": "letter", "file": SimpleUploadedFile("a.pdf", b"GIF89a")}, "file"),
    ],
)
def test_what_is_no_file_for_a_question_is_refused(api, training, olga, ana, sent, path):
    put(training, olga, ask("letter", "file"), ask("nickname"))
    api.force_authenticate(ana)
    answer = api.post(FILES, sent, format="multipart")
    assert answer.status_code == 400
    assert path in answer.json()["errors"]


def test_a_form_that_makes_no_sense_is_refused(api, training, olga, ana):
    put(training, olga, ask("letter", "file"))
    api.force_authenticate(ana)
    for body, kind in (
        (b"x", "multipart/form-data; boundary=b"),
        (b"x", "multipart/form-data"),
        (b"", "multipart/form-data; boundary=b"),
    ):
        assert api.post(FILES, body, content_type=kind).status_code == 400
    assert api.post(FILES, {"question": "x" * 3 * 2**20}, format="multipart").status_code == 413


# --- The answers of registrations -------------------------------------------------------------------------------


@pytest.fixture
def answered(training, olga, ana, ben):
    """Registrations of two people, each with a file, an ordinary answer and a special one."""
    letter = put(training, olga, ask("nickname"), ask("letter", "file"), block("diet"))["letter"]
    event = Event.objects.get(pk=training.pk)
    rows = []
    for person in (ana, ben):
        file = keep(question=letter, person=person, upload=upload())
        row = factories.RegistrationFactory(event=event, person=person, state="confirmed")
        save(row, check(event, {"nickname": "N", "letter": file.pk, "diet": ["vegan"]}, by=person), by=person)
        rows.append(row)
    return rows


def test_special_answers_are_for_the_person_and_who_runs_the_event(answered, ana, olga, sara, otto):
    first, second = answered

    def sees(reader):
        return {row.pk: sorted(found) for row, found in zip(answered, answers_for(answered, reader).values(), strict=True)}

    everything, ordinary = ["diet", "letter", "nickname"], ["letter", "nickname"]
    assert sees(olga) == sees(sara) == {first.pk: everything, second.pk: everything}
    assert sees(otto) == {first.pk: ordinary, second.pk: ordinary}
    assert sees(ana) == {first.pk: everything, second.pk: ordinary}


def test_a_file_is_shown_with_its_address(answered, ana):
    file = AnswerFile.objects.get(person=ana)
    assert answers_for(answered[:1], ana)[answered[0].pk]["letter"] == {
        "id": file.pk,
        "name": "letter.pdf",
        "url": f"/api/v1/registrations/files/{file.pk}/",
    }


def test_answers_of_many_take_a_constant_number_of_queries(answered, olga, django_assert_max_num_queries):
    for row in answered:
        row.event.co_organisers.all()
    with django_assert_max_num_queries(3):
        answers_for(answered, olga)


@pytest.mark.parametrize("accept", ["*/*", "application/pdf", "application/json"])
def test_a_program_gets_the_file_that_somebody_sent(api, training, olga, ana, otto, accept):
    questions = put(training, olga, ask("letter", "file"))
    file = keep(question=questions["letter"], person=ana, upload=upload())
    address = f"/api/v1/registrations/files/{file.pk}/"
    api.force_authenticate(ana)
    answer = api.get(address, HTTP_ACCEPT=accept)
    assert (answer.status_code, answer.getvalue(), answer["Content-Type"]) == (200, PDF, "application/pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="letter.pdf"'
    api.force_authenticate(otto)
    assert api.get(address, HTTP_ACCEPT=accept).status_code == 404
