"""A participant's program answers the evaluation and hands in the report: as on the page, and for nobody else."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from events.attendance.evaluation import actions
from events.attendance.evaluation.checks import Asked
from events.attendance.models import AttendanceTerms, Evaluation, EvaluationSheet, EvaluationTurn, HandedIn
from events.attendance.terms import handing_in
from events.registrations.links import self_service_path
from network.actions import make_token
from network.models import AccessToken, IdempotentRequest
from tests import factories
from tests.events.certificates.samples import stored
from tests.queries import count_queries

PDF = b"%PDF-1.7 my report"
NOWHERE = 10**30


@pytest.fixture(autouse=True)
def _kept_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def over(centre):
    """A training that ended an hour ago."""
    now = timezone.now().replace(microsecond=0)
    return factories.EventFactory(
        organising_centre=centre, slug="over", starts_at=now - timedelta(hours=5), ends_at=now - timedelta(hours=1)
    )


@pytest.fixture
def evaluation(over, olga):
    """One question of each kind; the first must be answered."""
    evaluation = actions.switch_on(event=over, by=olga)
    asked = [
        Asked(key="content", is_required=True),
        Asked(kind="choice", text="The best part?", options=("Lecture", "Exercise")),
        Asked(kind="choices", text="Which days?", options=("Mon", "Tue", "Wed")),
        Asked(kind="text", text="And else?"),
    ]
    actions.set_questions(event=over, questions=asked, by=olga)
    return evaluation


@pytest.fixture
def anas(over, ana, api):
    api.force_authenticate(ana)
    return factories.RegistrationFactory(event=over, person=ana, state="confirmed")


@pytest.fixture
def keys(evaluation):
    return [str(question.pk) for question in evaluation.questions.all()]


def at(registration, what="evaluation"):
    return f"/api/v1/registrations/{registration.pk}/{what}/"


def send(api, registration, answers):
    return api.put(at(registration), {"answers": answers}, format="json")


def hand_in(api, registration, content=PDF, name="my report.pdf"):
    return api.put(at(registration, "report"), {"file": SimpleUploadedFile(name, content)}, format="multipart")


# --- the evaluation ---


def test_a_participant_reads_what_is_asked_in_their_language(api, evaluation, anas, keys):
    said = api.get(at(anas), headers={"accept-language": "en"}).json()
    assert {name: said[name] for name in ("standing", "is_done", "closed", "is_needed", "least")} == {
        "standing": "open",
        "is_done": False,
        "closed": "",
        "is_needed": False,
        "least": 5,
    }
    assert [(str(one["id"]), one["kind"], one["text"], one["is_required"]) for one in said["questions"]] == [
        (keys[0], "scale", "The content was what I had hoped for.", True),
        (keys[1], "choice", "The best part?", False),
        (keys[2], "choices", "Which days?", False),
        (keys[3], "text", "And else?", False),
    ]
    assert [one["value"] for one in said["questions"][0]["options"]] == ["1", "2", "3", "4", "5"]


def test_answers_are_handed_in_once_and_for_good(api, evaluation, anas, keys):
    answers = {keys[0]: 5, keys[1]: "Exercise", keys[2]: ["Wed", "Mon"], keys[3]: " More time "}
    said = send(api, anas, answers)
    assert (said.status_code, said.json()["is_done"], said.json()["questions"]) == (200, True, [])
    assert EvaluationSheet.objects.get().answers == {
        keys[0]: 5,
        keys[1]: "Exercise",
        keys[2]: ["Mon", "Wed"],
        keys[3]: "More time",
    }
    again = send(api, anas, answers)
    assert (again.status_code, again.json()["code"], EvaluationSheet.objects.count()) == (409, "evaluation_begun", 1)


@pytest.mark.parametrize(
    ("wrong", "errors"),
    [
        ({}, {0: "Please answer this."}),
        ({0: 6}, {0: "Choose a number from 1 to 5."}),
        ({0: True}, {0: "Choose a number from 1 to 5."}),
        ({0: {"a": 1}}, {0: "Choose a number from 1 to 5."}),
        ({0: 5, 1: ["Lecture"]}, {1: "Choose one of the answers."}),
        ({0: 5, 2: "Mon"}, {2: "Choose among the answers."}),
        ({0: 5, 2: [["Mon"]]}, {2: "Choose among the answers."}),
        ({0: 5, 3: {"words": "x"}}, {3: "Answer this in words."}),
        ({0: 5, 3: "x" * 2001}, {3: "Use at most 2000 characters."}),
    ],
)
def test_what_is_no_answer_is_told_at_its_question_and_nothing_is_kept(api, evaluation, anas, keys, wrong, errors):
    said = send(api, anas, {keys[place]: value for place, value in wrong.items()})
    assert (said.status_code, said.json()["errors"]) == (
        400,
        {f"answers.{keys[place]}": [message] for place, message in errors.items()},
    )
    assert (EvaluationSheet.objects.count(), EvaluationTurn.objects.count()) == (0, 0)


@pytest.mark.parametrize("body", [{}, {"answers": []}, {"answers": "5"}, {"answers": None}])
def test_what_are_no_answers_at_all_is_refused(api, evaluation, anas, body):
    said = api.put(at(anas), body, format="json")
    assert (said.status_code, list(said.json()["errors"])) == (400, ["answers"])


def test_an_answer_to_a_question_that_is_not_asked_is_not_lost_silently(api, evaluation, anas, keys):
    said = send(api, anas, {keys[0]: 5, "0": "What about this?"})
    assert said.json()["errors"] == {
        "answers": ["There is an answer to a question that is not asked here. Read the questions again."]
    }
    assert EvaluationSheet.objects.count() == 0


def test_one_that_is_closed_shows_no_questions_and_takes_no_answers(api, evaluation, anas, keys, over, olga):
    actions.close(event=over, by=olga)
    said = api.get(at(anas)).json()
    assert (said["standing"], said["closed"], said["questions"]) == ("closed", "The evaluation is closed.", [])
    refused = send(api, anas, {keys[0]: 5})
    assert (refused.status_code, refused.json()["code"]) == (409, "evaluation_closed")


def test_an_event_without_evaluation_has_none(api, anas):
    assert api.get(at(anas)).status_code == 404
    assert send(api, anas, {}).json()["code"] == "evaluation_closed"


@pytest.mark.parametrize("what", ["evaluation", "report"])
def test_the_registration_of_somebody_else_is_not_there(api, evaluation, anas, keys, olga, ben, sara, over, what):
    anas.registered_by = ben
    anas.save()
    for other in (ben, olga, sara):
        api.force_authenticate(other)
        assert api.get(at(anas, what)).status_code == 404
        assert send(api, anas, {keys[0]: 5}).status_code == 404
        assert hand_in(api, anas).status_code == 404
    assert api.get(f"/api/v1/registrations/{NOWHERE}/{what}/").status_code == 404
    assert (EvaluationSheet.objects.count(), HandedIn.objects.count()) == (0, 0)


def test_nothing_of_an_answer_is_kept_but_the_answer(api, evaluation, anas, keys):
    journal = LogEntry.objects.count()
    said = api.put(
        at(anas), {"answers": {keys[0]: 5}}, format="json", headers={"idempotency-key": "once"}
    )  # only a POST would be remembered, with who sent it
    assert said.status_code == 200
    assert (LogEntry.objects.count(), IdempotentRequest.objects.count()) == (journal, 0)


def test_a_token_that_may_only_read_does_not_answer(client, evaluation, anas, keys, ana):
    soon = timezone.now() + timedelta(days=1)
    _token, secret = make_token(by=ana, name="Reader", scope=AccessToken.Scope.READ, expires_at=soon)
    bearer = {"authorization": f"Bearer {secret}"}
    assert client.get(at(anas), headers=bearer).status_code == 200
    refused = client.put(at(anas), {"answers": {keys[0]: 5}}, content_type="application/json", headers=bearer)
    assert (refused.status_code, refused.json()["code"]) == (403, "token_may_only_read")


@pytest.mark.parametrize("what", ["evaluation", "report"])
def test_pages_and_programs_share_one_allowance(client, api, evaluation, anas, keys, ana, settings, what):
    rates = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {**rates, "self-service": "1/min"}}
    cache.clear()
    client.force_login(ana)
    assert client.post(f"{self_service_path(anas)}{what}/", {}).status_code == 400
    said = send(api, anas, {keys[0]: 5}) if what == "evaluation" else hand_in(api, anas)
    assert (said.status_code, said.json()["code"]) == (429, "too_many_requests")
    assert api.get(at(anas, what)).status_code == 200  # reading is not counted with it
    cache.clear()


# --- the report ---


@pytest.fixture
def needs_report(over):
    return AttendanceTerms.objects.create(event=over, needs_report=True)


def test_a_report_is_handed_in_replaced_and_read(api, anas, needs_report):
    assert api.get(at(anas, "report")).json() == {"is_needed": True, "closed": "", "report": None}
    first = hand_in(api, anas)
    assert (first.status_code, first.json()["report"]["name"], first.json()["report"]["size"]) == (
        200,
        "my_report.pdf",
        len(PDF),
    )
    hand_in(api, anas, b"\x89PNG\r\n\x1a\n other", "scan.jpeg")
    (report,) = HandedIn.objects.all()
    assert (report.name, report.media_type, report.noted_by) == ("scan.png", "image/png", None)
    given = api.get(at(anas, "report/file"))
    assert b"".join(given.streaming_content) == b"\x89PNG\r\n\x1a\n other"
    assert given["Content-Disposition"] == 'attachment; filename="scan.png"'


@pytest.mark.parametrize("content", [b"", b"MZ\x90 a program"])
def test_what_is_no_report_is_refused_with_what_works(api, anas, needs_report, content):
    said = hand_in(api, anas, content)
    assert (said.status_code, list(said.json()["errors"])) == (400, ["file"])
    assert said.json()["errors"]["file"][0].endswith("What works: a PDF or a picture (PNG, JPEG or WebP) of up to 10.0\xa0MB.")
    assert HandedIn.objects.count() == 0


def test_a_text_in_the_place_of_a_file_is_refused(api, anas, needs_report):
    said = api.put(at(anas, "report"), {"file": "my report"}, format="multipart")
    assert (said.status_code, said.json()["errors"]) == (400, {"file": ["Send a file, as a part with a file name."]})


def test_when_no_report_can_be_handed_in_it_says_why(api, anas):
    assert api.get(at(anas, "report")).json() == {
        "is_needed": False,
        "closed": "This event asks for no report.",
        "report": None,
    }
    assert hand_in(api, anas).json()["code"] == "cannot_hand_in"


def test_after_the_certificate_the_report_stays_as_it_is(api, anas, needs_report):
    hand_in(api, anas)
    stored(anas)
    refused = hand_in(api, anas, b"%PDF-2")
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "The certificate was issued: the report that it rests on stays as it is.",
    )
    assert HandedIn.objects.get().size == len(PDF)


def test_a_report_that_the_organiser_has_on_paper_has_no_file(api, anas, needs_report, olga):
    handing_in.note_report(registration=anas, by=olga)
    assert api.get(at(anas, "report")).json()["report"]["name"] == ""
    assert api.get(at(anas, "report/file")).status_code == 404


def test_reading_asks_the_database_as_often_for_six_questions_as_for_four(client, evaluation, anas, ana, over, olga):
    client.force_login(ana)
    count_queries(client, at(anas))
    for_four = count_queries(client, at(anas))
    actions.set_questions(event=over, questions=[Asked(kind="text", text=f"{n}?") for n in range(6)], by=olga)
    assert Evaluation.objects.get().questions.count() == 6
    assert count_queries(client, at(anas)) == for_four
