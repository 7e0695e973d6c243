"""The form in which people answer: what was typed is kept, what is wrong stands at its field, files are chosen once."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.datastructures import MultiValueDict

from events.programme.models import Event
from events.registrations.asking.answers import answers_of, save
from events.registrations.asking.facts import questions_of
from events.registrations.asking.files import keep
from events.registrations.asking.forms import AnswersForm
from events.registrations.models import AnswerFile
from network.errors import Invalid
from tests import factories
from tests.events.registrations.questionnaires import EVERYTHING, PDF, ask, block, put, upload


@pytest.fixture
def event(training, olga):
    put(training, olga, *EVERYTHING)
    return Event.objects.get(pk=training.pk)


def sent(event, person=None, files=None, registration=None, **typed):
    """The form as it comes back from a browser."""
    data = QueryDict(mutable=True)
    for key, value in typed.items():
        data.setlist(f"answers-{key.replace('_', '-')}", value if isinstance(value, list) else [value])
    uploads = MultiValueDict({f"answers-{key}": [file] for key, file in (files or {}).items()})
    return AnswersForm(questions_of(event), data, uploads, person=person, registration=registration)


def shown(form):
    return render_to_string("pages/registrations/_answers.html", {"answers": form})


def test_what_a_person_fills_in_is_what_is_saved(event, ana):
    form = sent(
        event, ana, {"letter": upload()}, nickname="Annie", track="experts", topics=["pilots", "law"], years="2.5",
        arrival="2027-05-31", **{"from": "GR"}, rules="on", allergy="Nuts", why_expert="The book",
    )  # fmt: skip
    assert form.is_valid(), form.errors
    registration = factories.RegistrationFactory(event=event, person=ana)
    save(registration, form.checked, by=ana)
    assert answers_of([registration])[registration.pk] == {
        "nickname": "Annie",
        "track": "experts",
        "topics": ["law", "pilots"],
        "years": 2.5,
        "arrival": "2027-05-31",
        "from": "GR",
        "letter": {"id": AnswerFile.objects.get().pk, "name": "letter.pdf"},
        "rules": True,
        "allergy": "Nuts",
        "why-expert": "The book",
    }
    again = AnswersForm(questions_of(event), initial=answers_of([registration])[registration.pk], person=ana)
    html = shown(again)
    assert "letter.pdf" in html
    assert 'value="Annie"' in html
    assert 'value="2027-05-31"' in html


def test_what_was_typed_is_kept_and_what_is_wrong_stands_at_its_field(event, ana):
    form = sent(event, ana, nickname="Annie", years="many", arrival="soon", track="experts")
    assert {name: list(messages) for name, messages in form.errors.items()} == {
        "years": ["Answer with a number in digits, such as 12 or 2.5."],
        "arrival": ["Answer with a day that exists, as year, month and day: 2027-05-31."],
        "rules": ["This needs your consent: you can take part only if you give it."],
        "why-expert": ["Answer this question: the organiser needs it from everybody."],
    }
    html = shown(form)
    assert 'value="Annie"' in html
    assert 'value="many"' in html
    assert 'value="soon"' in html


def test_a_file_that_was_uploaded_need_not_be_chosen_again(event, ana):
    first = sent(event, ana, {"letter": upload()}, track="beginners")
    assert list(first.errors) == ["rules"]
    file = AnswerFile.objects.get()
    assert f'name="answers-letter.kept" value="{file.pk}"' in shown(first)
    second = sent(event, ana, track="beginners", rules="on", **{"letter.kept": str(file.pk)})
    assert second.is_valid()
    assert second.raw["letter"] == str(file.pk)
    assert second.checked.values["letter"] == {"id": file.pk, "name": "letter.pdf"}
    third = sent(event, ana, track="beginners", rules="on", **{"letter.kept": str(file.pk), "letter.remove": "1"})
    assert third.is_valid()
    assert "letter" not in third.checked.values


def test_nobody_sends_the_file_of_somebody_else(event, ana, ben):
    question = next(one for one in questions_of(event) if one.key == "letter")
    file = keep(question=question, person=ana, upload=upload())
    form = sent(event, ben, track="beginners", rules="on", **{"letter.kept": str(file.pk)})
    assert list(form.errors) == ["letter"]
    assert "letter.pdf" not in shown(form)


@pytest.mark.parametrize("content", [b"MZ not a letter", PDF + b"x" * 2**20, b""])
def test_a_file_that_cannot_be_taken_is_told_once_and_not_stored(event, ana, content):
    form = sent(event, ana, {"letter": SimpleUploadedFile("letter.pdf", content)}, track="beginners", rules="on")
    assert {name: len(messages) for name, messages in form.errors.items()} == {"letter": 1}
    assert not AnswerFile.objects.exists()


def test_conditions_are_said_for_who_has_no_script_and_marked_for_who_has(event):
    html = shown(AnswersForm(questions_of(event)))
    assert 'data-depends-on="answers-track" data-depends-values="experts"' in html
    assert "<span data-only-if>Only if your answer to “Track” is “Experts”.</span>" in html


def test_choices_are_grouped_and_nothing_is_ticked_beforehand(training, olga):
    put(training, olga, block("photos"), block("diet"))
    html = shown(AnswersForm(questions_of(training)))
    assert html.count("<fieldset") == 2
    assert html.count("<legend>") == 2
    assert "checked" not in html


def test_who_need_not_answer_can_take_a_choice_back(training, olga):
    put(training, olga, ask("dinner", "choice", "Yes", "No"))
    assert "No answer" in shown(AnswersForm(questions_of(training)))


def test_many_options_are_a_list_to_open(training, olga):
    put(training, olga, ask("city", "choice", *(f"City {n}" for n in range(8))))
    assert "<select" in shown(AnswersForm(questions_of(training)))


def test_special_questions_say_why_who_sees_it_and_for_how_long(training, olga):
    put(training, olga, block("diet"))
    with translation.override("en"):
        html = shown(AnswersForm(questions_of(training)))
    assert "So that there is food for you that you can eat." in html
    assert "Only those who run the event see your answer. It is deleted after" in html


def test_words_of_organisers_cannot_become_markup(training, olga):
    put(
        training,
        olga,
        ask("a", "choice", "<b>1</b>", "<i>2</i>", label={"en": "<script>x</script>"}, help={"en": "<img src=x>\n& more"}),
        ask("b", label={"en": "B"}, depends_on="a", depends_values=("b1b",)),
    )
    html = shown(AnswersForm(questions_of(training)))
    assert "<script>x" not in html
    assert "<img" not in html
    assert "<b>1" not in html
    assert "&lt;img src=x&gt;<br>&amp; more" in html


def test_it_speaks_the_readers_language_and_says_so_where_it_cannot(training, olga):
    put(training, olga, ask("a", label={"en": "Why?", "de": "Warum?"}), ask("b", label={"et": "Miks?"}))
    with translation.override("de"):
        html = shown(AnswersForm(questions_of(training)))
    assert "Warum?" in html
    assert '<div class="question" lang="et">' in html


def test_an_event_that_asks_nothing_shows_nothing(training):
    form = AnswersForm(questions_of(training), QueryDict())
    assert form.is_valid()
    assert (form.checked.values, shown(form).strip()) == ({}, "")


def test_what_an_action_finds_wrong_is_put_at_its_field(event):
    form = sent(event, track="beginners", rules="on")
    assert form.is_valid()
    form.place(Invalid({"answers.track": ["Taken"], "answers.gone": ["No longer asked"], "note": ["Too long"]}))
    assert (list(form.errors["track"]), list(form.non_field_errors())) == (["Taken"], ["No longer asked", "Too long"])


def test_building_it_takes_one_query_for_the_questions(event, django_assert_num_queries):
    with django_assert_num_queries(1):
        shown(AnswersForm(questions_of(event)))
