"""The organiser's page of questions, and files for who may have them."""

import pytest
from django.urls import reverse

from events.programme.models import Event
from events.registrations.asking.answers import check, save
from events.registrations.asking.blocks import BLOCKS
from events.registrations.asking.facts import questions_of
from events.registrations.asking.files import keep
from events.registrations.models import Question
from tests import factories
from tests.events.registrations.questionnaires import EVERYTHING, PDF, ask, block, put, upload
from tests.queries import count_queries


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


def at(name="desk_questions", **more):
    return reverse(name, kwargs={"slug": "market-dialogue", **more})


def asked():
    return [question.key for question in questions_of(Event.objects.get(slug="market-dialogue"))]


def said(response):
    return [str(message) for message in response.context["messages"]]


def press(desk, button):
    return desk.post(at(), {"do": button}, follow=True)


def test_blocks_are_switched_on_and_off(desk, training):
    assert said(press(desk, "on:diet")) == ["“Dietary needs” is switched on: it stands at the end of the form."]
    assert asked() == ["diet", "diet-other"]
    html = desk.get(at()).content.decode()
    assert html.count('role="switch"') == len(BLOCKS) - 1  # the event has no interpretation
    assert html.count('aria-checked="true"') == 1
    assert said(press(desk, "off:diet")) == ["“Dietary needs” is switched off."]
    assert asked() == []


def test_questions_move_up_and_down(desk, training, olga):
    put(training, olga, ask("a"), block("diet"), ask("b"))
    press(desk, "up:b")
    assert asked() == ["a", "b", "diet", "diet-other"]
    press(desk, "down:a")
    assert asked() == ["b", "a", "diet", "diet-other"]


def test_a_question_stays_below_the_one_it_depends_on(desk, training, olga):
    put(training, olga, ask("track", "choice", "A", "B"), ask("why", depends_on="track", depends_values=("a",)))
    assert said(press(desk, "up:why")) == ["A question stays below the one that it depends on."]
    assert said(press(desk, "remove:track")) == [
        "“Why” is asked only with certain answers to it. Change or remove that question first."
    ]
    assert asked() == ["track", "why"]


def test_removing_says_what_becomes_of_answers(desk, training, olga, ana):
    put(training, olga, ask("nickname"), ask("hobby"))
    event = Event.objects.get(pk=training.pk)
    registration = factories.RegistrationFactory(event=event, person=ana, state="confirmed")
    save(registration, check(event, {"nickname": "Annie"}), by=ana)
    html = desk.get(at()).content.decode()
    assert "It is no longer asked. The 1 answer stays in lists and exports." in html
    assert "Nobody has answered it. It is deleted." in html
    press(desk, "remove:nickname")
    press(desk, "remove:hobby")
    assert "No longer asked" in desk.get(at()).content.decode()
    assert list(Question.objects.values_list("key", flat=True)) == ["nickname"]


@pytest.mark.parametrize("button", ["", "on:astrology", "up:nothing", "remove:nothing", "explode", "remove:diet", "down:"])
def test_buttons_that_make_no_sense_change_nothing(desk, training, olga, button):
    put(training, olga, ask("nickname"), block("diet"))
    assert press(desk, button).status_code == 200
    assert asked() == ["nickname", "diet", "diet-other"]


def test_the_page_takes_as_many_queries_for_many_questions(desk, training, olga, other_centre):
    put(training, olga, ask("a"))
    few = count_queries(desk, at())
    put(training, olga, *EVERYTHING, *(block(name) for name in BLOCKS if name != "interpretation"))
    assert count_queries(desk, at()) == few


def test_the_history_tells_in_words_what_changed(desk, training, olga):
    put(training, olga, ask("dinner", "choice", "Yes", "No"))
    put(training, olga, ask("dinner", "choice", "Yes", "No", "Maybe", label={"en": "Dinner?", "de": "Essen?"}))
    html = desk.get(reverse("desk_history", kwargs={"slug": "market-dialogue"})).content.decode()
    assert "Question “dinner”: added" in html
    assert "Essen? / Dinner?" in html
    assert "Yes, No, Maybe" in html


# --- Writing one ------------------------------------------------------------------------------------------------


def test_a_question_is_written_in_several_languages(desk, training):
    typed = {
        "label_en": "Do you stay for dinner?",
        "label_de": "Bleiben Sie zum Essen?",
        "options_en": "Yes, gladly\nNo\n",
        "options_de": "Ja, gern\r\nNein",
        "is_required": "on",
    }
    response = desk.post(at("desk_question_new") + "?kind=choice", typed, follow=True)
    assert said(response) == ["“Do you stay for dinner?” is saved."]
    question = Question.objects.get()
    assert (question.key, question.kind, question.is_required) == ("do-you-stay-for-dinner", "choice", True)
    assert question.label == {"en": "Do you stay for dinner?", "de": "Bleiben Sie zum Essen?"}
    assert question.options == [
        {"value": "yes-gladly", "label": {"en": "Yes, gladly", "de": "Ja, gern"}},
        {"value": "no", "label": {"en": "No", "de": "Nein"}},
    ]


def test_what_was_typed_is_kept_and_what_is_wrong_stands_at_its_field(desk, training):
    typed = {"label_en": "", "options_en": "One", "is_special": "on", "help_en": "Some help"}
    response = desk.post(at("desk_question_new") + "?kind=choice", typed)
    assert response.status_code == 400
    assert response.context["form"].errors == {
        "label_en": ["Write the question, in one language at least."],
        "options_en": ["Give from 2 to 60 answers to choose from."],
        "purpose": ["Say what the answers are for: people read it before they answer."],
    }
    assert "Some help" in response.content.decode()
    assert asked() == []


def test_the_lines_of_all_languages_belong_together(desk, training):
    typed = {"label_en": "Dinner?", "options_en": "Yes\nNo", "options_de": "Ja"}
    response = desk.post(at("desk_question_new") + "?kind=choice", typed)
    assert response.context["form"].errors == {"options_de": ["Here are 1 answers, in English 2: the lines belong together."]}


def test_options_keep_their_values_when_their_words_change(desk, training, olga):
    put(training, olga, ask("dinner", "choice", "Yes", "No", "Maybe"))

    def edit(lines):
        desk.post(at("desk_question", key="dinner"), {"label_en": "Dinner", "options_en": lines})
        return [(option["value"], option["label"]["en"]) for option in Question.objects.get().options]

    assert edit("Yes, please\nNo\nMaybe") == [("yes", "Yes, please"), ("no", "No"), ("maybe", "Maybe")]
    assert edit("Maybe\nYes, please\nNo") == [("maybe", "Maybe"), ("yes", "Yes, please"), ("no", "No")]
    assert edit("Maybe\nNo\nNever\nYes, please") == [
        ("maybe", "Maybe"), ("no", "No"), ("never", "Never"), ("yes", "Yes, please"),
    ]  # fmt: skip


def test_conditions_are_ticked(desk, training, olga):
    put(training, olga, ask("track", "choice", "Beginners", "Experts"), ask("rules", "consent"), ask("why"))
    address = at("desk_question", key="why")
    desk.post(address, {"label_en": "Why", "depends": ["track=experts"]})
    why = Question.objects.get(key="why")
    assert (why.depends_on.key, why.depends_values) == ("track", ["experts"])
    assert desk.get(address).context["form"]["depends"].value() == ["track=experts"]
    response = desk.post(address, {"label_en": "Why", "depends": ["track=experts", "rules=True"]})
    assert response.context["form"].errors == {"depends": ["Tick answers to one question only."]}
    desk.post(address, {"label_en": "Why", "depends": ["rules=True"]})
    why.refresh_from_db()
    assert (why.depends_on.key, why.depends_values) == ("rules", [True])
    desk.post(address, {"label_en": "Why"})
    why.refresh_from_db()
    assert why.depends_on is None


@pytest.mark.parametrize("kind", Question.Kind.values)
def test_every_kind_can_be_written_and_opened_again(desk, training, kind):
    typed = {"label_en": "Question", "megabytes": "3", "types": ["image"], "least": "1", "options_en": "A\nB"}
    response = desk.post(at("desk_question_new") + f"?kind={kind}", typed)
    assert response.status_code == 302
    assert desk.get(at("desk_question", key="question")).status_code == 200
    again = desk.post(at("desk_question", key="question"), typed)
    assert again.status_code == 302
    assert Question.objects.get().kind == kind


def test_unknown_kinds_and_questions_do_not_exist(desk, training, olga):
    put(training, olga, block("diet"))
    assert desk.get(at("desk_question_new") + "?kind=poem").status_code == 404
    assert desk.get(at("desk_question", key="diet")).status_code == 404
    assert desk.get(at("desk_question", key="nothing")).status_code == 404


def test_the_form_is_shown_in_each_language(desk, training, olga):
    put(training, olga, ask("why", label={"en": "Why?", "de": "Warum?"}), ask("who", label={"en": "Who?"}), block("diet"))
    german = desk.get(at("desk_questions_preview") + "?language=de").content.decode()
    assert "Warum?" in german
    assert "1 question is not written in German yet: its readers get it in another language." in german
    english = desk.get(at("desk_questions_preview") + "?language=klingon").content.decode()
    assert "Why?" in english
    assert "Do you have dietary needs?" in english


# --- Files ------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(training, olga, ana):
    question = put(training, olga, ask("letter", "file"))["letter"]
    return keep(question=question, person=ana, upload=upload())


def test_a_file_is_saved_and_never_shown(client, ana, file):
    client.force_login(ana)
    response = client.get(reverse("answer_file", kwargs={"pk": file.pk}))
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"] == 'attachment; filename="letter.pdf"'
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "sandbox" in response["Content-Security-Policy"]


def test_a_file_that_is_not_stored_any_more_is_not_there(client, ana, file):
    file.file.storage.delete(file.file.name)
    client.force_login(ana)
    assert client.get(reverse("answer_file", kwargs={"pk": file.pk})).status_code == 404


def test_nobody_guesses_files(client, ben, file):
    client.force_login(ben)
    for key in (file.pk, 10**30, 0):
        assert client.get(f"/registrations/files/{key}/").status_code == 404
    assert file.file.name not in str(file.pk)
