"""The evaluation: who can answer, once, and a summary in which nobody can be found."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from events.attendance.evaluation import actions, queries
from events.attendance.evaluation.checks import Asked
from events.attendance.evaluation.ready_made import READY_MADE
from events.attendance.evaluation.summary import summary_csv, summary_files, summary_of
from events.attendance.evaluation.work import evaluations_wait
from events.attendance.models import AttendanceTerms, Evaluation, EvaluationSheet, EvaluationTurn
from events.programme.models import Event
from events.registrations.links import self_service_path
from events.registrations.models import Registration
from network.errors import Invalid, NotAllowed, Refused
from network.models import Person
from tests import factories
from tests.queries import count_queries


@pytest.fixture
def over(centre):
    """A training that ended an hour ago."""
    now = timezone.now().replace(microsecond=0)
    return factories.EventFactory(
        organising_centre=centre,
        slug="over",
        title="Market dialogue",
        starts_at=now - timedelta(hours=5),
        ends_at=now - timedelta(hours=1),
    )


@pytest.fixture
def evaluation(over, olga):
    return actions.switch_on(event=over, by=olga)


def taking_part(event, count):
    return [factories.RegistrationFactory(event=event, state="confirmed") for _ in range(count)]


def by_key(evaluation, **answers):
    """Answers by the key of a ready-made question, as the action takes them."""
    questions = {question.key: str(question.pk) for question in evaluation.questions.all()}
    return {questions[key]: value for key, value in answers.items()}


def full(evaluation, **changes):
    said = {"content": "4", "relevance": "5", "organisation": "3", "recommend": "5", **changes}
    return by_key(evaluation, **said)


def answer(registration, answers):
    actions.answer(registration=registration, answers=answers, by=registration.person)


def page_of(registration):
    return f"{self_service_path(registration)}evaluation/"


def close(event, olga):
    actions.close(event=event, by=olga)


# --- switching on, and what is asked ---


def test_one_click_switches_it_on_with_eight_ready_made_questions(client, over, olga):
    client.force_login(olga)
    page = client.post(reverse("desk_evaluation", args=["over"]), {"do": "on"}, follow=True)
    assert [str(message) for message in page.context["messages"]] == ["The evaluation is on, with the ready-made questions."]
    assert [question.key for question in Evaluation.objects.get(event=over).questions.all()] == list(READY_MADE)
    assert len(READY_MADE) == 8
    actions.switch_on(event=over, by=olga)  # twice is once
    assert Evaluation.objects.count() == 1


def test_switched_on_long_after_the_event_it_is_open_for_the_usual_time(over, olga):
    long_ago = timezone.now() - timedelta(days=60)
    Event.objects.filter(pk=over.pk).update(starts_at=long_ago, ends_at=long_ago + timedelta(hours=4))
    over.refresh_from_db()
    actions.switch_on(event=over, by=olga)
    standing = queries.standing_of(over)
    assert (standing.state, (standing.closes_at - timezone.now() + timedelta(minutes=2)).days) == ("open", 30)


def test_questions_are_added_changed_moved_and_removed(client, over, evaluation, olga):
    client.force_login(olga)
    address = reverse("desk_evaluation", args=["over"])

    def asked():
        return [question.key or question.text for question in evaluation.questions.all()]

    new = reverse("desk_evaluation_question_new", args=["over"])
    client.post(f"{new}?kind=choice", {"text": "Which part was best?", "options": "Lecture\n\nExercise\n", "is_required": "on"})
    own = evaluation.questions.get(key="")
    assert (own.kind, own.text, own.options, own.is_required) == (
        "choice",
        "Which part was best?",
        ["Lecture", "Exercise"],
        True,
    )
    client.post(reverse("desk_evaluation_question", args=["over", own.pk]), {"text": "The best part?", "options": "A\nB"})
    client.post(address, {"do": f"up:{own.pk}"})
    client.post(address, {"do": f"remove:{evaluation.questions.get(key='length').pk}"})
    assert asked() == [
        *("content", "trainer", "relevance", "organisation", "accessibility", "recommend", "The best part?", "words")
    ]
    client.post(address, {"do": "add:length"})
    assert asked()[-1] == "length"


@pytest.mark.parametrize(
    ("asked", "errors"),
    [
        ([], {"questions": ["Ask one question at least."]}),
        ([Asked(kind="text")], {"questions.0.text": ["Write the question."]}),
        ([Asked(kind="text", text="x" * 301)], {"questions.0.text": ["Use at most 300 characters."]}),
        (
            [Asked(kind="choice", text="Which?", options=("One",))],
            {"questions.0.options": ["Give 2 to 20 answers, one a line."]},
        ),
        (
            [Asked(kind="choices", text="Which?", options=("One", "one"))],
            {"questions.0.options": ["Each answer must be another."]},
        ),
        ([Asked(key="content"), Asked(key="content")], {"questions.1.key": ["This question is asked already."]}),
        (
            [Asked(id=1, kind="text", text="Whose?")],
            {"questions.0.id": ["This evaluation has no such question, or it stands here twice."]},
        ),
        ([Asked(kind="text", text="x")] * 31, {"questions": ["Ask 30 questions at most."]}),
    ],
)
def test_what_cannot_be_asked_is_named(over, evaluation, olga, asked, errors):
    before = list(evaluation.questions.values_list("pk", "key"))
    evaluation.questions.filter(pk=1).delete()
    with pytest.raises(Invalid) as problem:
        actions.set_questions(event=over, questions=asked, by=olga)
    assert problem.value.errors == errors
    assert list(evaluation.questions.values_list("pk", "key")) == [one for one in before if one[0] != 1]


def test_questions_stay_as_they_are_once_somebody_has_answered(over, evaluation, olga):
    (registration,) = taking_part(over, 1)
    answer(registration, full(evaluation))
    for act in (
        lambda: actions.set_questions(event=over, questions=[Asked(kind="text", text="And your name?")], by=olga),
        lambda: actions.switch_off(event=over, by=olga),
    ):
        with pytest.raises(actions.AlreadyAnswered):
            act()
    assert evaluation.questions.count() == 8


def test_it_is_switched_off_while_nobody_has_answered_and_no_certificate_needs_it(over, evaluation, olga):
    terms = AttendanceTerms.objects.create(event=over, needs_evaluation=True)
    with pytest.raises(Refused):
        actions.switch_off(event=over, by=olga)
    terms.delete()
    actions.switch_off(event=over, by=olga)
    assert Evaluation.objects.count() == 0


# --- answering ---


def test_a_participant_answers_on_a_page_without_signing_in_and_only_once(client, over, evaluation):
    (registration,) = taking_part(over, 1)
    questions = {question.key: question.pk for question in evaluation.questions.all()}
    sent = {f"q-{questions[key]}": value for key, value in [("content", "5"), ("relevance", "4"), ("organisation", "5")]}
    sent |= {f"q-{questions['recommend']}": "5", f"q-{questions['words']}": " More time \r\nfor questions "}
    page = client.post(page_of(registration), sent, follow=True)
    assert [str(message) for message in page.context["messages"]] == [
        "Thank you. Your answers are handed in, without your name."
    ]
    assert page.context["is_done"] is True
    assert EvaluationSheet.objects.get().answers == {
        str(questions["content"]): 5,
        str(questions["relevance"]): 4,
        str(questions["organisation"]): 5,
        str(questions["recommend"]): 5,
        str(questions["words"]): "More time \nfor questions",
    }
    assert client.post(page_of(registration), sent).status_code == 400
    with pytest.raises(actions.AlreadyAnswered):
        answer(registration, full(evaluation))
    assert EvaluationSheet.objects.count() == 1


def test_what_is_missing_or_impossible_is_told_at_its_question_and_nothing_is_lost(client, over, evaluation):
    (registration,) = taking_part(over, 1)
    questions = {question.key: question.pk for question in evaluation.questions.all()}
    sent = {f"q-{questions['content']}": "6", f"q-{questions['words']}": "Keep the exercises"}
    page = client.post(page_of(registration), sent)
    assert page.status_code == 400
    assert {name: list(errors) for name, errors in page.context["form"].errors.items()} == {
        str(questions["content"]): ["Choose a number from 1 to 5."],
        str(questions["relevance"]): ["Please answer this."],
        str(questions["organisation"]): ["Please answer this."],
        str(questions["recommend"]): ["Please answer this."],
    }
    assert "Keep the exercises" in page.content.decode()
    assert (EvaluationSheet.objects.count(), EvaluationTurn.objects.count()) == (0, 0)


def test_an_empty_sheet_is_no_answer_where_nothing_must_be_answered(over, evaluation, olga):
    actions.set_questions(event=over, questions=[Asked(kind="text", text="Well?")], by=olga)
    (registration,) = taking_part(over, 1)
    with pytest.raises(Invalid) as problem:
        answer(registration, {})
    assert problem.value.errors == {"": ["Answer one question at least."]}


def test_answers_of_every_kind_are_kept_as_they_were_offered(over, evaluation, olga):
    actions.set_questions(
        event=over,
        questions=[
            Asked(kind="choice", text="Which?", options=("Lecture", "Exercise")),
            Asked(kind="choices", text="Which ones?", options=("Mon", "Tue", "Wed")),
        ],
        by=olga,
    )
    one, some = (str(question.pk) for question in evaluation.questions.all())
    first, second, third = taking_part(over, 3)
    answer(first, {one: "Exercise", some: ["Wed", "Mon"]})
    assert EvaluationSheet.objects.get().answers == {one: "Exercise", some: ["Mon", "Wed"]}
    for registration, wrong in ((second, {one: "Dinner"}), (third, {some: ["Mon", "Sun"]})):
        with pytest.raises(Invalid):
            answer(registration, wrong)


def test_it_is_open_from_the_end_of_the_event_for_thirty_days(over, evaluation):
    (registration,) = taking_part(over, 1)
    assert actions.why_closed(evaluation, registration) == ""
    now = timezone.now()
    for ends_at, why in (
        (now + timedelta(hours=1), "The evaluation is not open yet."),
        (now - timedelta(days=30, minutes=1), "The evaluation is closed."),
        (now - timedelta(days=29), ""),
    ):
        Event.objects.filter(pk=over.pk).update(starts_at=ends_at - timedelta(hours=4), ends_at=ends_at)
        assert actions.why_closed(queries.evaluation_of(Event.objects.get(pk=over.pk)), registration) == why


@pytest.mark.parametrize(
    ("state", "event_state", "why"),
    [
        ("waiting", "published", "Only participants with a confirmed place can answer."),
        ("cancelled", "published", "Only participants with a confirmed place can answer."),
        ("confirmed", "cancelled", "The event does not take place for now, so there is nothing to answer."),
    ],
)
def test_only_participants_of_an_event_that_took_place_can_answer(over, evaluation, ana, state, event_state, why):
    queued = timezone.now() if state == "waiting" else None
    registration = factories.RegistrationFactory(event=over, person=ana, state=state, queued_at=queued)
    Event.objects.filter(pk=over.pk).update(state=event_state)
    with pytest.raises(actions.EvaluationClosed) as problem:
        answer(registration, full(evaluation))
    assert str(problem.value.message) == why


def test_nobody_answers_for_somebody_else(over, evaluation, olga, ben, sara):
    registration = factories.RegistrationFactory(event=over, state="confirmed", registered_by=ben)
    for other in (olga, ben, sara):
        with pytest.raises(NotAllowed):
            actions.answer(registration=registration, answers=full(evaluation), by=other)


# --- anonymity ---


def test_nothing_of_an_answer_can_be_traced(over, evaluation):
    registrations = taking_part(over, 3)
    journal = LogEntry.objects.count()
    before = {one.pk: one.changed_at for one in registrations}
    answer(registrations[1], full(evaluation))
    assert LogEntry.objects.count() == journal
    assert dict(Registration.objects.values_list("pk", "changed_at")) == before
    # The turns of all were made together, whoever answers first.
    assert dict(EvaluationTurn.objects.values_list("registration", "is_done")) == {
        one.pk: one is registrations[1] for one in registrations
    }
    assert [field.name for field in EvaluationSheet._meta.concrete_fields] == ["id", "evaluation", "answers"]
    assert [field.name for field in EvaluationTurn._meta.concrete_fields] == ["registration", "is_done"]


def test_who_has_a_place_later_gets_a_turn_too(over, evaluation):
    (first,) = taking_part(over, 1)
    answer(first, full(evaluation))
    (late,) = taking_part(over, 1)
    answer(late, full(evaluation))
    assert EvaluationTurn.objects.filter(is_done=True).count() == 2


def test_the_summary_is_shown_once_closed_from_five_answers_up(over, evaluation, olga):
    registrations = taking_part(over, 6)
    for registration in registrations[:5]:
        assert summary_of(over) is None
        answer(registration, full(evaluation))
    assert summary_of(over) is None  # five have answered, and it is open: the sixth would be found by comparing
    close(over, olga)
    summary = summary_of(over)
    assert (summary.answered, summary.asked) == (5, 6)
    assert [(one.text, one.is_hidden, one.mean) for one in summary.questions][:3] == [
        ("The content was what I had hoped for.", False, 4.0),
        ("The speakers and trainers explained things well.", True, None),
        ("I can use in my work what I learned.", False, 5.0),
    ]


def test_with_four_answers_there_is_none_and_it_can_open_again(over, evaluation, olga):
    registrations = taking_part(over, 5)
    for registration in registrations[:4]:
        answer(registration, full(evaluation))
    close(over, olga)
    assert (summary_of(over), summary_files(over)) == (None, [])
    later = timezone.now() + timedelta(days=3)
    actions.set_times(event=over, opens_at=None, closes_at=later, by=olga)
    answer(registrations[4], full(evaluation))
    close(over, olga)
    assert summary_of(over).answered == 5


def test_what_was_shown_stays_closed_whatever_becomes_of_the_event(over, evaluation, olga):
    registrations = taking_part(over, 6)
    for registration in registrations[:5]:
        answer(registration, full(evaluation))
    close(over, olga)
    with pytest.raises(actions.SummaryShown):
        actions.set_times(event=over, opens_at=None, closes_at=timezone.now() + timedelta(days=3), by=olga)
    later = timezone.now() + timedelta(days=9)
    Event.objects.filter(pk=over.pk).update(starts_at=later, ends_at=later + timedelta(hours=2))
    with pytest.raises(actions.EvaluationClosed):
        answer(Registration.objects.get(pk=registrations[5].pk), full(evaluation))
    assert summary_of(Event.objects.get(pk=over.pk)).answered == 5


@pytest.mark.parametrize("is_set", [False, True])
def test_an_event_that_is_moved_does_not_move_an_evaluation_that_somebody_answered(over, evaluation, olga, is_set):
    first, second = taking_part(over, 2)
    answer(first, full(evaluation))
    if is_set:
        actions.set_times(event=over, opens_at=None, closes_at=None, by=olga)
    closes_at = queries.standing_of(over).closes_at
    later = timezone.now() + timedelta(days=9)
    Event.objects.filter(pk=over.pk).update(starts_at=later, ends_at=later + timedelta(hours=2))
    standing = queries.standing_of(Event.objects.get(pk=over.pk))
    assert (standing.state, standing.closes_at) == ("open", closes_at)
    answer(second, full(evaluation))


def test_a_question_that_fewer_than_five_answered_is_hidden_and_texts_are_in_the_order_of_the_alphabet(over, evaluation, olga):
    texts = ["zebra", "Apple", "melon", "apple", "Kiwi"]
    for number, registration in enumerate(taking_part(over, 6)):
        said = {"words": texts[number]} if number < 5 else {}
        if number < 4:
            said["length"] = "right"
        answer(registration, full(evaluation, **said))
    close(over, olga)
    by_text = {one.text: one for one in summary_of(over).questions}
    length = by_text["How long was the event for what it covered?"]
    assert (length.is_hidden, length.answered, list(length.bars)) == (True, None, [])
    assert by_text["What should stay, and what should change?"].texts == ["Apple", "apple", "Kiwi", "melon", "zebra"]
    (bars,) = [one.bars for one in summary_of(over).questions if one.text == "The event was well organised."]
    assert [(bar.words, bar.count, bar.percent) for bar in bars] == [
        ("1 – not at all", 0, 0),
        ("2", 0, 0),
        ("3", 6, 100),
        ("4", 0, 0),
        ("5 – fully", 0, 0),
    ]


def test_terms_cannot_begin_to_need_what_people_were_told_is_not_seen(over, evaluation, olga):
    from events.attendance.terms.actions import set_terms

    (registration,) = taking_part(over, 1)
    answer(registration, full(evaluation))
    with pytest.raises(Invalid) as problem:
        set_terms(event=over, required_sessions=[], needs_evaluation=True, needs_report=False, by=olga)
    assert problem.value.errors == {
        "needs_evaluation": ["People have answered already, and were told that nobody sees whether they did."]
    }
    assert not AttendanceTerms.objects.filter(needs_evaluation=True).exists()


@pytest.mark.parametrize(
    ("needed", "words"),
    [
        (False, "The organiser sees how many have answered, and not who."),
        (
            True,
            "The certificate of this event needs the evaluation. So the organiser sees that you have answered, and never what.",
        ),
    ],
)
def test_the_page_says_what_the_organiser_sees(client, over, evaluation, needed, words):
    AttendanceTerms.objects.create(event=over, needs_evaluation=needed)
    (registration,) = taking_part(over, 1)
    assert words in client.get(page_of(registration)).content.decode()


# --- times ---


def test_times_are_set_on_the_events_clock_and_must_be_in_order(client, over, evaluation, olga):
    client.force_login(olga)
    address = reverse("desk_evaluation", args=["over"])
    day = (timezone.now() + timedelta(days=5)).date()
    sent = {"do": "times", "closes_day": f"{day}", "closes_time": "18:00"}
    assert client.post(address, sent).status_code == 302
    evaluation.refresh_from_db()
    assert evaluation.closes_at.astimezone(timezone.get_fixed_timezone(0)).date() == day
    wrong = client.post(address, {"do": "times", "opens_day": f"{day}", "closes_day": f"{day - timedelta(days=1)}"})
    assert (wrong.status_code, wrong.context["form"].errors["closes_day"]) == (400, ["It must close after it opens."])
    past = client.post(address, {"do": "times", "closes_day": "2020-01-01"})
    assert past.context["form"].errors["closes_day"] == ["This has passed. To end it now, close the evaluation."]


# --- files, steps, API ---


def test_the_summary_is_there_as_a_table_in_which_nothing_is_a_formula(over, evaluation, olga):
    for registration in taking_part(over, 5):
        answer(registration, full(evaluation, words="=1+1"))
    close(over, olga)
    lines = summary_csv(summary_of(over)).decode("utf-8-sig").splitlines()
    assert lines[:8] == [
        "Question,Answer,Number,Per cent of those who answered",
        "The content was what I had hoped for.,1 – not at all,0,0",
        "The content was what I had hoped for.,2,0,0",
        "The content was what I had hoped for.,3,0,0",
        "The content was what I had hoped for.,4,5,100",
        "The content was what I had hoped for.,5 – fully,0,0",
        "The content was what I had hoped for.,average,4.0,",
        "The speakers and trainers explained things well.,fewer than five answers: not shown,,",
    ]
    assert lines[-1] == '"What should stay, and what should change?",\'=1+1,,'


def test_the_summary_is_there_as_an_accessible_file_whatever_people_write(over, evaluation, olga):
    from events.paper.structure import faults

    for number, registration in enumerate(taking_part(over, 5)):
        answer(registration, full(evaluation, words=f"Ευχαριστώ {number} 🎉 {'x' * 1900}"))
    close(over, olga)
    files = dict(summary_files(over))
    assert list(files) == ["evaluation.pdf", "evaluation.csv"]
    assert faults(files["evaluation.pdf"]) == []
    assert files == dict(summary_files(over))  # the same bytes again


def test_the_desks_list_says_how_many_have_answered_and_when_there_is_something_to_read(over, evaluation, olga, training):
    registrations = taking_part(over, 6)
    for registration in registrations[:5]:
        answer(registration, full(evaluation))
    steps = evaluations_wait([over, training])
    assert {key: step.text for key, step in steps.items()} == {over.pk: "Evaluation: 5 of 6 have answered"}
    close(over, olga)
    assert {key: step.text for key, step in evaluations_wait([over]).items()} == {over.pk: "Read the evaluation"}


@pytest.mark.parametrize(
    "address", ["/desk/events/over/evaluation/", "/api/v1/events/over/evaluation/", "/api/v1/events/over/evaluation/summary/"]
)
def test_the_summary_asks_the_database_as_often_for_seven_answers_as_for_five(client, over, evaluation, olga, address):
    client.force_login(olga)
    for registration in taking_part(over, 5):
        answer(registration, full(evaluation))
    close(over, olga)
    for_five = count_queries(client, address)
    sheets = EvaluationSheet.objects.all()[:2]
    EvaluationSheet.objects.bulk_create(EvaluationSheet(evaluation=evaluation, answers=sheet.answers) for sheet in sheets)
    assert count_queries(client, address) == for_five


def test_programs_see_no_more_than_pages(api, over, evaluation, olga):
    registrations = taking_part(over, 5)
    api.force_authenticate(olga)
    address = "/api/v1/events/over/evaluation/"
    for registration in registrations:
        answer(registration, full(evaluation))
    said = api.get(address).json()
    assert {name: said[name] for name in ("standing", "answered", "asked", "is_shown")} == {
        "standing": "open",
        "answered": 5,
        "asked": 5,
        "is_shown": False,
    }
    hidden = api.get(f"{address}summary/")
    assert (hidden.status_code, hidden.json()["code"]) == (409, "summary_hidden")
    assert api.post(f"{address}close/").json()["is_shown"] is True
    assert api.get(f"{address}summary/").json()["questions"][0]["bars"][3] == {"words": "4", "count": 5, "percent": 100}
    assert api.put(address, {"closes_at": "2099-01-01T00:00Z"}, format="json").json()["code"] == "summary_shown"


def test_programs_state_the_questionnaire(api, over, olga):
    api.force_authenticate(olga)
    address = "/api/v1/events/over/evaluation/"
    said = {"questions": [{"key": "content", "is_required": True}, {"kind": "text", "text": "And?"}]}
    first, second = api.put(address, said, format="json").json()["questions"]
    assert (first["key"], first["is_required"], second["text"]) == ("content", True, "And?")
    turned = {"questions": [{"id": second["id"], "kind": "text", "text": "And else?"}, {"id": first["id"], "key": "content"}]}
    again = api.put(address, turned, format="json").json()["questions"]
    assert [(one["id"], one["text"]) for one in again] == [
        (second["id"], "And else?"),
        (first["id"], "The content was what I had hoped for."),
    ]
    wrong = api.put(address, {"questions": [{"id": first["id"], "key": "trainer"}]}, format="json").json()
    assert wrong["errors"] == {"questions.0.key": ["A question keeps its key. Leave out its id to ask another."]}


def test_ones_own_pages_lead_to_it_while_it_waits(client, over, evaluation, ana):
    registration = factories.RegistrationFactory(event=over, person=ana, state="confirmed")
    client.force_login(ana)
    link = f'href="{page_of(registration)}"'
    for address in ("/my/", self_service_path(registration)):
        assert link in client.get(address).content.decode()
    answer(registration, full(evaluation))
    for address in ("/my/", self_service_path(registration)):
        assert link not in client.get(address).content.decode()


def test_my_page_asks_the_database_as_often_for_three_evaluations_as_for_one(client, over, evaluation, centre, olga, ana):
    def another():
        event = factories.EventFactory(organising_centre=centre, starts_at=over.starts_at, ends_at=over.ends_at)
        actions.switch_on(event=event, by=olga)
        factories.RegistrationFactory(event=event, person=Person.objects.get(pk=ana.pk), state="confirmed")

    client.force_login(ana)
    another()
    for_one = count_queries(client, "/my/")
    another()
    another()
    assert count_queries(client, "/my/") == for_one
