"""What people answer: judged on the server, kept apart where it is sensitive, read back in words, forgotten in time."""

import json
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.core.files.storage import default_storage
from django.utils import timezone, translation
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from events.programme import actions as programme
from events.programme.models import Event
from events.registrations.asking import files as answer_files
from events.registrations.asking import retention
from events.registrations.asking.answers import answers_of, check, in_words, save
from events.registrations.asking.facts import questions_of
from events.registrations.models import Answer, AnswerFile, SpecialAnswer
from network.errors import Invalid
from tests import factories
from tests.events.registrations.questionnaires import EVERYTHING, PDF, ask, png, put, upload

NEEDED = {"track": "beginners", "rules": True}


@pytest.fixture
def event(training, olga):
    """A training that asks one question of every kind."""
    put(training, olga, *EVERYTHING)
    return Event.objects.get(pk=training.pk)


@pytest.fixture
def registration(event, ana):
    return factories.RegistrationFactory(event=event, person=ana, state="confirmed")


def wrong(event, sent, **more):
    with pytest.raises(Invalid) as caught:
        check(event, sent, **more)
    return {path: [str(message) for message in messages] for path, messages in caught.value.errors.items()}


def answer(registration, by=None, **sent):
    """Save answers as a registration or a change of one does."""
    sent = {key.replace("_", "-"): value for key, value in sent.items()}
    event = Event.objects.get(pk=registration.event_id)
    save(registration, check(event, sent, by=by, registration=registration, must=False), by=by)


def letter_from(person, event, content=PDF):
    question = next(one for one in questions_of(event) if one.key == "letter")
    return answer_files.keep(question=question, person=person, upload=upload(content))


# --- Judged -----------------------------------------------------------------------------------------------------


def test_every_kind_is_brought_into_its_normal_form(event, ana):
    file = letter_from(ana, event)
    checked = check(
        event,
        {
            "nickname": "  Annie ",
            "motivation": "Line one\r\nLine two",
            "track": "experts",
            "topics": ["pilots", "law", "law"],
            "years": "2,50",
            "arrival": "2027-05-31",
            "from": "el",
            "letter": str(file.pk),
            "rules": True,
            "allergy": "Nuts",
            "why-expert": "I wrote the book",
        },
        by=ana,
    )
    assert checked.values == {
        "nickname": "Annie",
        "motivation": "Line one\nLine two",
        "track": "experts",
        "topics": ["law", "pilots"],
        "years": 2.5,
        "arrival": "2027-05-31",
        "from": "GR",
        "letter": {"id": file.pk, "name": "letter.pdf"},
        "rules": True,
        "allergy": "Nuts",
        "why-expert": "I wrote the book",
    }


def test_what_is_wrong_is_said_with_what_works(event):
    assert wrong(
        event,
        {
            "nickname": "x" * 501,
            "motivation": 7,
            "track": "masters",
            "topics": "law",
            "years": 51,
            "arrival": "31.5.2027",
            "from": "XX",
            "letter": 12345,
            "rules": "yes",
            "allergy": "Nu\x00ts",
        },
    ) == {
        "answers.nickname": ["This has 501 characters; there is room for 500."],
        "answers.motivation": ["Answer with text."],
        "answers.track": ["“masters” is none of the answers to choose from: beginners, experts."],
        "answers.topics": ["Answer with a list of values: law, markets, pilots."],
        "answers.years": ["This is 51, and the most is 50."],
        "answers.arrival": ["Answer with a day that exists, as year, month and day: 2027-05-31."],
        "answers.from": ["Answer with a country by its code of two letters (ISO 3166), such as AT; for Greece GR or EL."],
        "answers.letter": ["There is no such file of yours for this question. Upload it, then answer with its number."],
        "answers.rules": ["Answer with true, or leave it out."],
        "answers.allergy": ["This contains control characters, which cannot be shown. Type it anew instead of pasting it."],
    }


@pytest.mark.parametrize(
    ("sent", "value"),
    [(7, 7), (7.0, 7), ("7", 7), ("+7.5", 7.5), (0.1, 0.1), (0, 0), ("1 0", 10)],
)
def test_numbers_are_what_they_say(event, sent, value):
    assert check(event, {**NEEDED, "years": sent}).values["years"] == value


@pytest.mark.parametrize(
    "sent",
    [True, "seven", "1e3", "٣", float("inf"), float("nan"), 1e300, 10**400, "9" * 40, 0.123456, [1], {"a": 1}, "-", "--1"],
)
def test_what_is_no_number_of_ours_is_refused(event, sent):
    assert list(wrong(event, {**NEEDED, "years": sent})) == ["answers.years"]


@pytest.mark.parametrize("sent", ["2027-02-30", "20270531", "2027-5-1", "0001-01-01", 20270531, True, "2027-05-31T10:00"])
def test_what_is_no_day_is_refused(event, sent):
    assert list(wrong(event, {**NEEDED, "arrival": sent})) == ["answers.arrival"]


def test_required_questions_must_be_answered(event):
    assert wrong(event, {}) == {
        "answers.track": ["Choose one of the answers."],
        "answers.rules": ["This needs your consent: you can take part only if you give it."],
    }
    assert wrong(event, {"track": "", "rules": False}).keys() == {"answers.track", "answers.rules"}
    assert check(event, {}, must=False).values == {}


def test_a_question_is_asked_only_where_its_condition_holds(event):
    assert wrong(event, {**NEEDED, "track": "experts"}) == {
        "answers.why-expert": ["Answer this question: the organiser needs it from everybody."]
    }
    assert check(event, {**NEEDED, "why-expert": "I am none"}).values == NEEDED
    assert check(event, {**NEEDED, "why-expert": {"not": "judged"}}).values == NEEDED


def test_a_condition_of_a_question_that_is_not_asked_does_not_hold(training, olga):
    put(
        training,
        olga,
        ask("a", "choice", "Yes", "No"),
        ask("b", "choice", "Yes", "No", depends_on="a", depends_values=("yes",)),
        ask("c", depends_on="b", depends_values=("yes",), is_required=True),
    )
    assert check(training, {"a": "no", "b": "yes"}).values == {"a": "no"}
    assert list(wrong(training, {"a": "yes", "b": "yes"})) == ["answers.c"]


def test_what_is_not_asked_is_refused(event, olga, registration):
    answer(registration, nickname="Annie")
    put(event, olga, *EVERYTHING[1:3], EVERYTHING[8])
    assert wrong(event, {**NEEDED, "nickname": "Annie", "shoe": 42, "\ud800\x00": 1}) == {
        "answers.nickname": ["“Nickname” is no longer asked. Leave it out."],
        "answers.shoe": ["This is not asked. What is: motivation, rules, track."],
        "answers.��": ["This is not asked. What is: motivation, rules, track."],
    }


def test_an_event_that_asks_nothing_takes_no_answers(training):
    assert wrong(training, {"diet": "vegan"}) == {"answers.diet": ["This is not asked. What is: nothing."]}
    assert check(training, {}).values == {}


def test_a_partial_change_leaves_what_is_not_sent(event, registration, olga):
    answer(registration, **NEEDED, nickname="Annie")
    changed = check(event, {"nickname": None, "years": 3}, registration=registration, partial=True)
    save(registration, changed, by=olga)
    assert answers_of([registration])[registration.pk] == {**NEEDED, "years": 3}
    assert wrong(event, {"track": None}, registration=registration, partial=True) == {
        "answers.track": ["Choose one of the answers."]
    }
    assert list(wrong(event, {"track": "experts"}, registration=registration, partial=True)) == ["answers.why-expert"]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from([one.key for one in EVERYTHING]) | st.text(max_size=10)


def test_whatever_is_sent_it_is_judged(event, ana):
    questions = questions_of(event)

    @given(sent=st.dictionaries(KEYS, JUNK, max_size=8) | JUNK)
    @hypothesis_settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def judged(sent):
        try:
            values = check(questions, sent, by=ana).values
        except Invalid as error:
            assert all(path.startswith("answers") and messages for path, messages in error.errors.items())  # noqa: PT017
        else:
            assert json.loads(json.dumps(values, allow_nan=False)) == values

    judged()


# --- Written and read -------------------------------------------------------------------------------------------


def test_answers_are_written_changed_and_taken_away(registration):
    answer(registration, nickname="Annie", topics=["law"], allergy="Nuts")
    answer(registration, nickname="Anna", years=3, allergy="None")
    assert answers_of([registration]) == {registration.pk: {"nickname": "Anna", "years": 3, "allergy": "None"}}
    answer(registration)
    assert answers_of([registration]) == {registration.pk: {}}


def test_special_answers_are_in_a_table_of_their_own_with_their_day(registration, event):
    answer(registration, nickname="Annie", allergy="Nuts")
    assert Answer.objects.get().value == "Annie"
    kept = SpecialAnswer.objects.get()
    assert (kept.value, kept.delete_after) == ("Nuts", event.last_day + timedelta(days=30))
    assert answers_of([registration], with_special=False) == {registration.pk: {"nickname": "Annie"}}


def test_the_journal_tells_what_changed_and_nothing_sensitive(registration, ana):
    answer(registration, by=ana, nickname="Annie", topics=["law", "pilots"], allergy="Nuts")
    answer(registration, by=ana, nickname="Anna", topics=["law", "pilots"], allergy="Milk")
    first, second = LogEntry.objects.filter(content_type__model="registration", action=1).order_by("pk")
    assert first.changes == {
        "answer nickname": ["None", "Annie"],
        "answer topics": ["None", "law, pilots"],
        "answer allergy": ["None", "answered"],
    }
    assert second.changes == {"answer nickname": ["Annie", "Anna"], "answer allergy": ["answered", "changed"]}
    assert second.actor == ana
    answer(registration, by=ana, nickname="Anna", topics=["law", "pilots"], allergy="Milk")
    assert LogEntry.objects.filter(content_type__model="registration", action=1).count() == 2


def test_saving_takes_as_many_queries_for_many_questions_as_for_few(training, olga, ana, ben, django_assert_num_queries):
    put(training, olga, *(ask(f"q{n}", is_special=n % 2 == 0, purpose="Why") for n in range(40)))
    event = Event.objects.get(pk=training.pk)
    for person, number in ((ana, 2), (ben, 40)):
        registration = factories.RegistrationFactory(event=event, person=person)
        checked = check(event, {f"q{n}": "x" for n in range(number)})
        with django_assert_num_queries(6):
            save(registration, checked, by=person)


def test_reading_takes_two_queries_for_any_number(event, django_assert_num_queries):
    rows = [factories.RegistrationFactory(event=event, state="confirmed") for _ in range(5)]
    for row in rows:
        answer(row, nickname="Annie", allergy="Nuts")
    with django_assert_num_queries(2):
        assert list(answers_of(rows).values()) == [{"nickname": "Annie", "allergy": "Nuts"}] * 5


def test_a_question_that_was_removed_meanwhile_is_not_written(event, registration, olga):
    checked = check(event, {**NEEDED, "nickname": "Annie"})
    put(event, olga, *EVERYTHING[1:9])
    save(registration, checked, by=None)
    assert answers_of([registration]) == {registration.pk: NEEDED}


def test_answers_to_removed_questions_outlive_a_change(event, registration, olga):
    answer(registration, nickname="Annie")
    put(event, olga, *EVERYTHING[1:9])
    answer(registration, years=3)
    assert answers_of([registration]) == {registration.pk: {"nickname": "Annie", "years": 3}}


def test_answers_are_said_in_words(event, ana):
    found = {question.key: question for question in questions_of(event)}
    with translation.override("de"):
        said = [
            in_words(found["track"], "experts", "en"),
            in_words(found["topics"], ["law", "pilots"], "en"),
            in_words(found["years"], 2.5, "en"),
            in_words(found["years"], 2.5, "de"),
            in_words(found["arrival"], "2027-05-31", "en"),
            in_words(found["from"], "GR", "en"),
            in_words(found["from"], "GR", "de"),
            in_words(found["letter"], {"id": 1, "name": "letter.pdf"}, "en"),
            in_words(found["rules"], True, "en"),
            in_words(found["nickname"], None, "en"),
        ]
    assert said == [
        "Experts", "Law, Pilots", "2.5", "2,5", "31 May 2027", "Greece", "Griechenland", "letter.pdf", "Yes", "",
    ]  # fmt: skip


# --- Files ------------------------------------------------------------------------------------------------------


def test_a_file_belongs_to_who_uploaded_it_until_it_is_sent(event, ana, ben, registration):
    file = letter_from(ana, event)
    assert list(wrong(event, {**NEEDED, "letter": file.pk}, by=ben)) == ["answers.letter"]
    assert list(wrong(event, {**NEEDED, "letter": file.pk})) == ["answers.letter"]
    answer(registration, by=ana, letter={"id": file.pk, "name": "whatever"})
    file.refresh_from_db()
    assert file.registration == registration
    assert list(wrong(event, {**NEEDED, "letter": file.pk}, by=ana)) == ["answers.letter"]
    answer(registration, by=None, letter=file.pk, nickname="Annie")  # the organiser changes something else
    assert answers_of([registration])[registration.pk]["letter"] == {"id": file.pk, "name": "letter.pdf"}


@pytest.mark.django_db(transaction=True)
def test_a_file_goes_with_its_answer(event, ana, registration):
    first, second = letter_from(ana, event), letter_from(ana, event)
    answer(registration, by=ana, letter=first.pk)
    answer(registration, by=ana, letter=second.pk)
    assert (default_storage.exists(first.file.name), default_storage.exists(second.file.name)) == (False, True)
    answer(registration, by=ana)
    assert (AnswerFile.objects.count(), default_storage.exists(second.file.name)) == (0, False)


@pytest.mark.django_db(transaction=True)
def test_a_file_that_was_never_sent_is_deleted_after_a_day(event, ana, registration):
    sent, unsent = letter_from(ana, event), letter_from(ana, event)
    answer(registration, by=ana, letter=sent.pk)
    assert retention.delete_unsent_files() == 0
    AnswerFile.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert retention.delete_unsent_files() == 1
    assert list(AnswerFile.objects.all()) == [sent]
    assert not default_storage.exists(unsent.file.name)


def test_nobody_piles_up_files(event, ana, monkeypatch):
    monkeypatch.setattr(answer_files, "MOST_UNSENT", 2)
    files = [letter_from(ana, event) for _ in range(3)]
    assert list(AnswerFile.objects.order_by("pk")) == files[1:]


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "a.pdf", "This file is empty. What works: A PDF of up to 1 MB."),
        (b"<html>", "a.pdf", "This is no file that can be taken, whatever its name says. What works: A PDF of up to 1 MB."),
        (png(), "a.pdf", "This is no file that can be taken, whatever its name says. What works: A PDF of up to 1 MB."),
        (b"%PDF-" + b"x" * 2**20, "a.pdf", "This file has 1.0\xa0MB, which is too much. What works: A PDF of up to 1 MB."),
    ],
)
def test_files_are_judged_by_their_content(event, ana, content, name, message):
    question = next(one for one in questions_of(event) if one.key == "letter")
    with pytest.raises(Invalid) as caught:
        answer_files.keep(question=question, person=ana, upload=upload(content, name))
    assert caught.value.errors == {"": [message]}


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (png(), "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (PDF, "application/pdf"),
        (b"RIFF\0\0\0\0WAVE", ""),
        (b"GIF89a", ""),
        (b" %PDF-", ""),
        (b"", ""),
    ],
)
def test_what_a_file_is(head, media_type):
    assert answer_files.sniff(head[:16]) == media_type


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("letter.pdf", "letter.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("evil.html", "evil.pdf"),
        ("Brief für Ana.PDF", "Brief_für_Ana.pdf"),
        ("...", "file.pdf"),
        ("a\r\nb.pdf", "ab.pdf"),
        ("x" * 300 + ".pdf", None),
    ],
)
def test_the_name_of_a_file_is_made_harmless(event, ana, name, kept):
    question = next(one for one in questions_of(event) if one.key == "letter")
    file = answer_files.keep(question=question, person=ana, upload=upload(PDF, name))
    assert file.name == (kept or file.name)
    assert len(file.name) <= 160
    assert len(file.file.name) == len("answers/") + 32 + len(".pdf")


# --- Forgotten --------------------------------------------------------------------------------------------------


def test_special_answers_delete_themselves_after_their_day(registration, event):
    answer(registration, nickname="Annie", allergy="Nuts")
    day = event.last_day + timedelta(days=30)
    assert retention.delete_due(today=day) == 0
    assert retention.delete_due(today=day + timedelta(days=1)) == 1
    assert answers_of([registration]) == {registration.pk: {"nickname": "Annie"}}
    entry = LogEntry.objects.filter(content_type__model="registration").latest("pk")
    assert (entry.changes, entry.additional_data) == (
        {"answer allergy": ["answered", "None"]},
        {"reason": "Their time is over"},
    )


def test_their_day_follows_the_event(registration, event, olga):
    answer(registration, allergy="Nuts")
    programme.move(event=event, starts=factories.soon(50), by=olga)
    assert SpecialAnswer.objects.get().delete_after == factories.soon(50).date() + timedelta(days=30)


def test_while_an_event_is_postponed_they_wait_for_its_new_end_but_not_for_ever(registration, event, olga):
    answer(registration, allergy="Nuts")
    programme.postpone(event=event, reason="Snow", by=olga)
    assert retention.delete_due(today=event.last_day + timedelta(days=100)) == 0
    assert retention.delete_due(today=event.last_day + timedelta(days=400)) == 1


def test_an_event_that_is_cancelled_needs_them_no_more(registration, event, olga):
    answer(registration, nickname="Annie", allergy="Nuts")
    programme.cancel(event=event, reason="Too few", by=olga)
    assert answers_of([registration]) == {registration.pk: {"nickname": "Annie"}}


def test_who_does_not_come_is_not_remembered_by_their_needs(registration, event, ana):
    from events.registrations.actions import cancel

    answer(registration, nickname="Annie", allergy="Nuts")
    Event.objects.filter(pk=event.pk).update(places_taken=1)
    cancel(registration=registration, by=ana)
    assert answers_of([registration]) == {registration.pk: {"nickname": "Annie"}}


@pytest.mark.django_db(transaction=True)
def test_a_special_file_is_forgotten_with_its_answer(training, olga, ana):
    question = put(training, olga, ask("letter", "file", is_special=True, purpose="Proof"))["letter"]
    registration = factories.RegistrationFactory(event=training, person=ana)
    file = answer_files.keep(question=question, person=ana, upload=upload())
    answer(registration, by=ana, letter=file.pk)
    assert retention.forget_special([registration]) == 1
    assert (AnswerFile.objects.count(), default_storage.exists(file.file.name)) == (0, False)


def test_forgetting_takes_as_many_queries_for_many(event, django_assert_max_num_queries):
    rows = [factories.RegistrationFactory(event=event, state="cancelled") for _ in range(20)]
    for row in rows:
        answer(row, allergy="Nuts")
    with django_assert_max_num_queries(6):
        assert retention.forget_special(rows) == 20
