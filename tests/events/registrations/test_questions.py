"""What an event asks: stated by its organiser, changed without losing what people have answered."""

from decimal import Decimal

import pytest
from auditlog.models import LogEntry

from events.programme import actions as programme
from events.programme.models import Event
from events.registrations import actions
from events.registrations.asking.answers import answers_of, check, save
from events.registrations.asking.blocks import BLOCKS
from events.registrations.asking.checks import MOST_QUESTIONS
from events.registrations.asking.facts import OptionFacts, QuestionFacts, all_facts, ever_asked, questions_of
from events.registrations.asking.questions import moved, set_questions, switch_block, without
from events.registrations.asking.words import condition, label, options
from events.registrations.models import Answer, Question, SpecialAnswer
from network.errors import Invalid, NotAllowed
from tests import factories
from tests.events.registrations.questionnaires import EVERYTHING, ask, block, put


@pytest.fixture
def registration(training, ana):
    return factories.RegistrationFactory(event=training, person=ana, state="confirmed")


def answer(registration, **answers):
    """The person answers."""
    event = Event.objects.get(pk=registration.event_id)
    save(registration, check(event, {key.replace("_", "-"): value for key, value in answers.items()}, must=False), by=None)


def asked(event):
    return [question.key for question in questions_of(Event.objects.get(pk=event.pk))]


def refused(event, by, *facts):
    with pytest.raises(Invalid) as caught:
        set_questions(event=event, by=by, questions=facts)
    return {path: [str(message) for message in messages] for path, messages in caught.value.errors.items()}


def test_an_event_asks_what_its_organiser_states_in_that_order(training, olga):
    put(training, olga, *EVERYTHING)
    assert asked(training) == [one.key for one in EVERYTHING]
    assert Event.objects.get(pk=training.pk).has_questions
    assert all_facts(questions_of(training))[4] == ask("years", "number", least=Decimal(0), most=Decimal(50))


def test_stating_the_same_again_changes_nothing_and_leaves_no_trace(training, olga):
    first = put(training, olga, *EVERYTHING)
    entries = LogEntry.objects.count()
    again = set_questions(event=training, by=olga, questions=all_facts(questions_of(training)))
    assert [question.pk for question in again] == [question.pk for question in first.values()]
    assert LogEntry.objects.count() == entries


def test_questions_are_journalled_with_who_changed_them(training, olga):
    put(training, olga, ask("nickname"))
    put(training, olga, ask("nickname", label={"en": "How shall we call you?"}))
    entry = LogEntry.objects.filter(content_type__model="question").latest("pk")
    assert (entry.actor, sorted(entry.changes)) == (olga, ["label"])


def test_an_event_without_questions_has_none_to_read(training, olga, django_assert_num_queries):
    put(training, olga, ask("nickname"))
    put(training, olga)
    event = Event.objects.get(pk=training.pk)
    with django_assert_num_queries(0):
        assert questions_of(event) == []


def test_only_who_runs_the_event_changes_its_questions(training, ana, otto, sara):
    for person in (ana, otto):
        with pytest.raises(NotAllowed):
            set_questions(event=training, by=person, questions=[ask("nickname")])
    put(training, sara, ask("nickname"))
    assert asked(training) == ["nickname"]


def test_a_key_is_made_from_the_label_in_any_script(training, olga):
    facts = [
        QuestionFacts(kind="text", label={"en": "When do you arrive?"}),
        QuestionFacts(kind="text", label={"en": "When do you arrive!"}),
        QuestionFacts(kind="text", label={"el": "Διατροφή"}),
        QuestionFacts(kind="text", label={"en": "?"}),
        QuestionFacts(kind="text", label={"en": "Diet"}),
    ]
    put(training, olga, *facts)
    assert asked(training) == ["when-do-you-arrive", "when-do-you-arrive-2", "diatrofi", "question-4", "diet-2"]


def test_options_get_values_from_their_labels(training, olga):
    question = put(training, olga, ask("meal", "choice", "Soup & bread", "Fish"))["meal"]
    assert [option["value"] for option in question.options] == ["soup-and-bread", "fish"]


def test_what_makes_no_sense_is_refused_at_its_path(training, olga):
    same = (OptionFacts({"en": "Yes"}), OptionFacts({"en": "Yes"}))
    assert refused(
        training,
        olga,
        QuestionFacts(kind="text"),
        ask("a", label={"en": "x" * 301, "xx": "?"}),
        ask("b", "choice", "Only one"),
        ask("c", "choice", options=same),
        ask("d", "number", least=Decimal(5), most=Decimal(2)),
        ask("e", "file", types=("music",), megabytes=11),
        ask("f", is_special=True),
        ask("g", "poem"),
        ask("Not a key"),
        ask("a"),
        ask("diet"),
        ask("h", options=same),
    ) == {
        "questions.0.label": ["Write the question, in one language at least."],
        "questions.1.label.en": ["This has 301 characters; there is room for 300."],
        "questions.1.label.xx": ["This is none of the network’s languages, such as “en” or “de”."],
        "questions.2.options": ["Give from 2 to 60 answers to choose from."],
        "questions.3.options.1.label.en": ["“Yes” is there already."],
        "questions.4.most": ["The most is less than the least: no number would do."],
        "questions.5.types": ["“music” is no type of file. Choose from: image, document."],
        "questions.5.megabytes": ["A file can have from 1 to 10 megabytes."],
        "questions.6.purpose": ["Say what the answers are for: people read it before they answer."],
        "questions.7.kind": ["Choose one of: text, long-text, choice, choices, number, date, country, file, consent."],
        "questions.8.key": ["Use small letters a to z, digits and hyphens, up to 40 of them: for example “arrival-day”."],
        "questions.9.key": ["Another question has this name already."],
        "questions.10.key": ["This name belongs to a ready-made block. Choose another."],
        "questions.11.options": ["Only a question where people choose has answers to choose from."],
    }
    assert asked(training) == []


def test_there_is_an_end_to_asking(training, olga):
    many = [ask(f"q-{number}") for number in range(MOST_QUESTIONS + 1)]
    assert refused(training, olga, *many) == {
        "questions": ["These are 61 questions; an event can ask 60. People give up long before."]
    }
    put(training, olga, *many[:MOST_QUESTIONS])
    assert len(asked(training)) == MOST_QUESTIONS


def test_a_condition_looks_back_to_a_choice_a_country_or_a_consent(training, olga):
    put(
        training,
        olga,
        ask("track", "choice", "Beginners", "Experts"),
        ask("from", "country"),
        ask("rules", "consent"),
        ask("a", depends_on="track", depends_values=("experts",)),
        ask("b", depends_on="from", depends_values=("EL", "AT")),
        ask("c", depends_on="rules"),
    )
    found = {question.key: question for question in questions_of(training)}
    assert [found[key].depends_values for key in "abc"] == [["experts"], ["GR", "AT"], [True]]
    assert [condition(found[key], "en") for key in "abc"] == [
        "Only if your answer to “Track” is “Experts”.",
        "Only if your answer to “From” is “Greece” or “Austria”.",
        "Only if you agreed to “Rules”.",
    ]


def test_conditions_that_cannot_hold_are_refused(training, olga):
    assert refused(
        training,
        olga,
        ask("a", depends_on="track", depends_values=("experts",)),
        ask("track", "choice", "Beginners", "Experts"),
        ask("b", depends_on="b", depends_values=("x",)),
        ask("c", depends_on="a", depends_values=("x",)),
        ask("d", depends_on="track"),
        ask("e", depends_on="track", depends_values=("masters",)),
    ) == {
        "questions.0.depends_on": ["It can depend only on a question that is asked before it. Move it further down."],
        "questions.2.depends_on": ["A question cannot depend on itself."],
        "questions.3.depends_on": ["It can depend only on a choice, a country or a consent, not on “Short text”."],
        "questions.4.depends_values": ["Say with which answers it is asked."],
        "questions.5.depends_values": ["“masters” is no answer to that question."],
    }


# --- After people have answered -----------------------------------------------------------------------------------


def test_a_question_nobody_answered_is_deleted(training, olga):
    put(
        training, olga, ask("nickname"), ask("track", "choice", "A", "B"), ask("why", depends_on="track", depends_values=("a",))
    )
    put(training, olga, ask("nickname"))
    assert list(Question.objects.values_list("key", flat=True)) == ["nickname"]


def test_a_question_that_was_answered_is_only_asked_no_longer(training, olga, registration):
    put(training, olga, ask("nickname"), ask("hobby"))
    answer(registration, nickname="Annie", hobby="Chess")
    put(training, olga, ask("hobby"))
    assert asked(training) == ["hobby"]
    assert [question.key for question in ever_asked(training)] == ["hobby", "nickname"]
    assert answers_of([registration]) == {registration.pk: {"nickname": "Annie", "hobby": "Chess"}}


def test_asking_it_again_brings_its_answers_back(training, olga, registration):
    before = put(training, olga, ask("nickname"))["nickname"]
    answer(registration, nickname="Annie")
    put(training, olga)
    assert put(training, olga, ask("nickname"))["nickname"].pk == before.pk
    put(training, olga)
    assert refused(training, olga, ask("nickname", "date")) == {
        "questions.0.key": ["A question of this name was asked before, as “Short text”, and has answers. Choose another name."]
    }


def test_the_kind_of_an_answered_question_stays(training, olga, registration):
    put(training, olga, ask("nickname"))
    put(training, olga, ask("nickname", "date"))
    answer(registration, nickname="2027-05-01")
    assert refused(training, olga, ask("nickname", "text")) == {
        "questions.0.kind": ["This was answered as “Date” and stays that. Remove it and add a new question instead."]
    }


def test_an_option_that_is_somebodys_answer_is_only_offered_no_longer(training, olga, registration):
    put(training, olga, ask("topics", "choices", "Law", "Markets", "Pilots"))
    answer(registration, topics=["law"])
    question = put(training, olga, ask("topics", "choices", "Pilots"))["topics"]
    assert question.options == [
        {"value": "pilots", "label": {"en": "Pilots"}},
        {"value": "law", "label": {"en": "Law"}, "removed": True},
    ]
    assert options(question, "en") == [("pilots", "Pilots")]
    assert options(question, "en", also=["law"]) == [("pilots", "Pilots"), ("law", "Law")]
    event = Event.objects.get(pk=training.pk)
    assert check(event, {"topics": ["law", "pilots"]}, registration=registration).values == {"topics": ["pilots", "law"]}
    with pytest.raises(Invalid) as caught:
        check(event, {"topics": ["law"]})
    assert caught.value.errors == {"answers.topics": ["“Law” is no longer offered. Choose another answer."]}


def test_what_turns_out_to_be_sensitive_is_moved_apart_and_never_back(training, olga, registration):
    put(training, olga, ask("remarks"))
    answer(registration, remarks="I am diabetic")
    put(training, olga, ask("remarks", is_special=True, purpose="For the kitchen"))
    assert (Answer.objects.count(), SpecialAnswer.objects.get().value) == (0, "I am diabetic")
    assert refused(training, olga, ask("remarks")) == {
        "questions.0.is_special": ["People answered on the word that this is kept apart and deletes itself. It stays so."]
    }


# --- Blocks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BLOCKS)
def test_every_block_can_be_switched_on_and_off(name, training, olga):
    Event.objects.filter(pk=training.pk).update(interpretation=["fr", "de"])
    put(training, olga, ask("nickname"))
    switch_block(event=training, block=name, on=True, by=olga)
    switch_block(event=training, block=name, on=True, by=olga)
    assert asked(training) == ["nickname", *(question.key for question in BLOCKS[name].questions)]
    switch_block(event=training, block=name, on=False, by=olga)
    assert asked(training) == ["nickname"]


def test_blocks_speak_the_language_of_their_reader(training, olga):
    put(training, olga, block("diet"))
    question = questions_of(training)[0]
    assert (question.label, label(question, "en")) == ({}, "Do you have dietary needs?")
    assert options(question, "en")[0] == ("vegetarian", "Vegetarian")
    assert (question.is_special, question.purpose) == (True, "So that there is food for you that you can eat.")


def test_interpretation_offers_the_languages_of_the_event(training, olga):
    with pytest.raises(Invalid) as caught:
        switch_block(event=training, block="interpretation", on=True, by=olga)
    assert caught.value.errors == {"block": ["State first into which languages the event is interpreted."]}
    Event.objects.filter(pk=training.pk).update(interpretation=["fr"])
    switch_block(event=training, block="interpretation", on=True, by=olga)
    question = questions_of(training)[0]
    assert options(question, "en") == [("none", "I need no interpretation"), ("fr", "French")]


def test_interpretation_follows_the_event(training, olga):
    from dataclasses import replace

    from events.programme.facts import facts_of

    Event.objects.filter(pk=training.pk).update(interpretation=["fr"])
    switch_block(event=training, block="interpretation", on=True, by=olga)
    event = Event.objects.get(pk=training.pk)
    programme.edit(event=event, facts=replace(facts_of(event), interpretation=("fr", "it")), by=olga)
    assert [value for value, _words in options(questions_of(event)[0], "en")] == ["none", "fr", "it"]


def test_no_photo_question_is_answered_beforehand():
    photos = BLOCKS["photos"].questions[0]
    assert (photos.is_required, [value for value, _words in photos.options]) == (True, ["yes", "no"])


def test_unknown_blocks_are_refused(training, olga):
    with pytest.raises(Invalid) as caught:
        switch_block(event=training, block="astrology", on=True, by=olga)
    assert caught.value.errors == {
        "block": ["There is no block “astrology”. There are: diet, access, interpretation, travel, photos, participants-list."]
    }


# --- Order, clones, drafts ------------------------------------------------------------------------------------------


def test_a_block_moves_as_one_and_is_passed_as_one(training, olga):
    put(training, olga, ask("a"), block("diet"), ask("b"))
    facts = all_facts(questions_of(training))
    assert [one.key for one in moved(facts, "b", -1)] == ["a", "b", "diet", "diet-other"]
    assert [one.key for one in moved(facts, "diet", -1)] == ["diet", "diet-other", "a", "b"]
    assert [one.key for one in moved(facts, "a", -1)] == ["a", "diet", "diet-other", "b"]


def test_what_another_question_depends_on_is_not_removed(training, olga):
    put(training, olga, ask("track", "choice", "A", "B"), ask("why", depends_on="track", depends_values=("a",)))
    with pytest.raises(Invalid) as caught:
        without(all_facts(questions_of(training)), lambda one: one.key == "track")
    assert caught.value.errors == {
        "questions": ["“Why” is asked only with certain answers to it. Change or remove that question first."]
    }


def test_a_clone_asks_the_same_and_knows_no_answers(training, olga, registration, django_assert_max_num_queries):
    put(training, olga, *EVERYTHING, block("diet"))
    answer(registration, track="experts")
    put(training, olga, *EVERYTHING[:2], ask("track", "choice", "Masters", "Beginners"), *EVERYTHING[3:10], block("diet"))
    event = Event.objects.get(pk=training.pk)
    copy = programme.clone(event=event, starts=factories.soon(90), by=olga)
    assert asked(copy) == asked(training)
    track = Question.objects.get(event=copy, key="track")
    assert [option["value"] for option in track.options] == ["masters", "beginners"]
    other = Question.objects.get(event=copy, key="diet-other")
    assert (other.depends_on.event_id, other.depends_values) == (copy.pk, ["other"])
    assert not Answer.objects.filter(question__event=copy).exists()


def test_a_draft_is_discarded_with_its_questions(centre, olga):
    draft = factories.EventFactory(organising_centre=centre, state="draft", published_at=None)
    put(draft, olga, *EVERYTHING)
    programme.discard(event=draft, by=olga)
    assert not Question.objects.exists()


def test_the_history_forgets_what_was_answered_to_a_question_that_turns_out_special(training, olga, ana, ben):
    put(training, olga, ask("food"))
    training.refresh_from_db()
    actions.register(event=training, person=ana, by=ana, answers={"food": "No gluten: I am ill"})
    gone = actions.register(event=training, person=ben, by=ben, answers={"food": "No gluten either"})
    actions.cancel(registration=gone, by=ben)
    put(training, olga, ask("food", is_special=True, purpose="For the kitchen"))
    assert list(SpecialAnswer.objects.values_list("registration__person", flat=True)) == [ana.pk]
    told = [entry["answer food"] for entry in LogEntry.objects.values_list("changes", flat=True) if "answer food" in entry]
    assert sorted(told) == [["None", "answered"], ["None", "answered"], ["answered", "None"]]
