"""People from a list: read, shown with every faulty row, confirmed, registered by the worker, forgotten."""

import csv
import io
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from events.mail.models import Message
from events.programme.actions import cancel
from events.programme.models import Event, Session
from events.registrations.asking import questions
from events.registrations.asking.facts import OptionFacts, QuestionFacts
from events.registrations.lists import imports as import_actions
from events.registrations.models import Registration, RegistrationImport
from network.errors import NotAllowed
from network.models import Organisation, Person
from tests import factories
from tests.events.registrations import laws
from tests.events.registrations.lists import HEAD, TWO, at, confirm, read, states, work, wrong


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


# --- Reading a file ---------------------------------------------------------------------------------------------------


def test_a_list_is_shown_and_nothing_is_written_before_it_is_confirmed(desk, training):
    people = Person.objects.count()
    file = SimpleUploadedFile("people.csv", TWO.encode())
    page = desk.post(at("import"), {"file": file}, follow=True)
    run = RegistrationImport.objects.get()
    assert page.redirect_chain == [(at("import_list", run), 302)]
    assert (run.filename, run.total, run.good, run.faulty, str(run.state)) == ("people.csv", 2, 2, 0, "preview")
    assert [row["name"] for row in page.context["good"]] == ["Nora New", "Nick New"]
    assert (Person.objects.count(), Registration.objects.count(), Message.objects.count()) == (people, 0, 0)
    assert DBTaskResult.objects.count() == 0


# --- Ten thousand -----------------------------------------------------------------------------------------------------


def ten_thousand():
    rows = [f"Person {n},p{n}@demo.example,City of Testing {n % 50},AT" for n in range(10_000)]
    rows[4_711], rows[9_999] = "Person 4711,no address,City,AT", "Person 9999,p9999@demo.example,City,Atlantis"
    return HEAD + "\n" + "\n".join(rows)


def test_ten_thousand_rows_with_two_wrong_ones(desk, training, olga):
    read(training, TWO, olga)
    text, started = ten_thousand(), time.process_time()
    with CaptureQueriesContext(connection) as long:
        run = read(training, text, olga)
    seconds = time.process_time() - started
    assert (run.total, run.good, run.faulty) == (10_000, 9_998, 2)
    assert wrong(run) == {
        4713: ["E-mail: “no address” is no e-mail address. It looks like ana@example.eu."],
        10001: ["Country: “Atlantis” is no country. Write its code, such as AT, or its name."],
    }
    with CaptureQueriesContext(connection) as short:
        read(training, TWO, olga)
    assert len(long) == len(short)
    assert seconds < 10, f"{seconds:.1f} s"
    page = desk.get(at("import_list", RegistrationImport.objects.create(**_copy(run))))
    assert [row["line"] for row in page.context["faulty"]] == [4713, 10001]
    assert (len(page.context["good"]), page.context["good"].paginator.num_pages) == (20, 500)


def _copy(run):
    names = ("event", "person", "filename", "columns", "rows", "total", "faulty", "good")
    return {name: getattr(run, name) for name in names}


# --- Confirming -------------------------------------------------------------------------------------------------------


def test_faults_must_be_seen_before_the_good_rows_are_imported(desk, training):
    desk.post(at("import"), {"file": SimpleUploadedFile("p.csv", f"{TWO}Bad,bad,City,AT\n".encode())})
    run = RegistrationImport.objects.get()
    answer = desk.post(at("import_confirm", run), {"mode": "fit"})
    assert answer.status_code == 400
    assert answer.context["form"].errors == {
        "without_faulty": ["Say that the faulty rows are to be left out, or mend them and upload the list again."]
    }
    assert DBTaskResult.objects.count() == 0
    desk.post(at("import_confirm", run), {"mode": "fit", "without_faulty": "on"})
    run.refresh_from_db()
    assert (str(run.state), DBTaskResult.objects.count()) == ("running", 1)
    work(run)
    assert states() == {"Nora New": "confirmed", "Nick New": "confirmed"}


def test_the_people_of_a_list_are_registered_and_told(training, olga, ana):
    Person.objects.filter(pk=ana.pk).update(name="Ana As She Writes Herself")
    run = work(confirm(read(training, f"{TWO}Anna Typo,{ana.email},Other City,DE\n", olga), olga))
    assert (str(run.state), run.done) == ("done", 3)
    assert states() == {"Nora New": "confirmed", "Nick New": "confirmed", "Ana As She Writes Herself": "confirmed"}
    nora = Person.objects.get(email="nora@demo.example")
    assert (nora.organisation.name, str(nora.organisation.country), nora.language, nora.timezone) == (
        "City of Graz",
        "AT",
        "en",
        "Europe/Vienna",
    )
    ana.refresh_from_db()
    assert ana.organisation.name.startswith("City of Testing")
    assert Message.objects.filter(kind="registration-confirmed").count() == 3
    laws.check(training.pk)


def test_as_many_as_fit_the_others_wait_in_the_order_of_the_list(desk, training, olga):
    Event.objects.update(places=1)
    run = work(confirm(read(training, TWO, olga), olga))
    assert states() == {"Nora New": "confirmed", "Nick New": "waiting"}
    page = desk.get(at("import_list", run))
    assert page.context["outcome"]["states"] == [("On the waiting list", 1), ("Confirmed", 1)]
    laws.check(training.pk)


def test_all_or_nobody_leaves_nothing_behind_and_can_be_tried_otherwise(desk, training, olga):
    Event.objects.update(places=1)
    run = work(confirm(read(training, TWO, olga), olga, mode="all"))
    assert (str(run.state), run.done) == ("failed", 0)
    assert run.problem == "Nobody was registered: it was to be all or nobody, and 1 person could not be."
    assert (Registration.objects.count(), Message.objects.count()) == (0, 0)
    assert not Person.objects.filter(email__in=["nora@demo.example", "nick@demo.example"]).exists()
    assert not Organisation.objects.filter(name="City of Graz").exists()
    page = desk.get(at("import_list", run))
    assert [(row["line"], row["why"]) for row in page.context["outcome"]["refused"]] == [(3, "There is no place left.")]
    desk.post(at("import_confirm", run), {"mode": "fit"})
    work(run)
    assert (str(run.state), states()) == ("done", {"Nora New": "confirmed", "Nick New": "waiting"})


def test_a_worker_that_is_killed_loses_nobody_and_registers_nobody_twice(transactional_db, training, olga, tmp_path):
    number = 1_000
    Event.objects.update(places=number - 1)
    rows = "\n".join(f"Person {n},p{n}@demo.example,City,AT" for n in range(number))
    run = confirm(read(training, f"{HEAD}\n{rows}\n", olga), olga)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.killed_worker",
        "TEST_DATABASE": str(connection.settings_dict["NAME"]),
        "DATA_DIR": str(tmp_path),
    }
    command = [sys.executable, "-c", KILLED]
    worker = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    assert worker.returncode == -signal.SIGKILL, worker.stderr
    run.refresh_from_db()
    there = Registration.objects.count()
    assert (str(run.state), there, len(run.results)) == ("running", run.done, run.done)
    assert 0 < run.done < number
    assert Person.objects.filter(email__startswith="p", name__startswith="Person").count() == there

    assert import_actions.resume() == 0  # it was heard of a moment ago
    long_ago = timezone.now() - timedelta(minutes=3)
    RegistrationImport.objects.update(beat_at=long_ago)
    tasks = DBTaskResult.objects.count()
    assert (import_actions.resume(), DBTaskResult.objects.count()) == (1, tasks + 1)
    work(run)
    assert (str(run.state), run.done, len(run.results)) == ("done", number, number)
    work(run)  # a task that comes late
    assert Registration.objects.count() == number
    assert laws.states(training.pk) == {"confirmed": number - 1, "waiting": 1}
    laws.check(training.pk)


# A worker that is killed when half of the people are registered: after it wrote them, before it committed the last of them.
KILLED = """
import os, signal
import django
django.setup()
from django.core.management import call_command
from events.registrations.signals import registration_changed
seen = []
def die(changes, **kwargs):
    seen.extend(changes)
    if len(seen) >= 500:
        os.kill(os.getpid(), signal.SIGKILL)
registration_changed.connect(die)
call_command("db_worker", interval=0.05, startup_delay=False, reload=False, verbosity=0)
"""


def test_while_the_database_is_away_a_run_stays_open(training, olga, monkeypatch):
    run = confirm(read(training, TWO, olga), olga)

    def away(**_facts):
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(import_actions, "register_colleagues", away)
        with pytest.raises(OperationalError):
            import_actions.carry_out(run.pk)
    assert str(work(run).state) == "done"


def test_what_goes_wrong_on_our_side_is_said_and_can_go_on(training, olga, monkeypatch):
    run = confirm(read(training, TWO, olga), olga)
    real = import_actions.register_colleagues
    monkeypatch.setattr(import_actions, "register_colleagues", lambda **_facts: 1 // 0)
    work(run)
    assert (str(run.state), run.problem) == ("failed", "Something went wrong on our side. Try again.")
    monkeypatch.setattr(import_actions, "register_colleagues", real)
    assert str(work(confirm(run, olga)).state) == "done"


def test_who_lost_their_role_meanwhile_registers_nobody(training, olga):
    run = confirm(read(training, TWO, olga), olga)
    olga.roles.all().delete()
    work(run)
    assert (str(run.state), run.problem) == (
        "failed",
        "Whoever confirmed this list may no longer register people at this event.",
    )
    assert Registration.objects.count() == 0


def test_an_event_that_is_called_off_takes_nobody(desk, training, olga):
    run = read(training, TWO, olga)
    cancel(event=training, reason="Ill", by=olga)
    answer = desk.post(at("import_confirm", run), {"mode": "fit"})
    assert answer.context["form"].non_field_errors() == ["This event is cancelled."]
    assert desk.post(at("import"), {"file": SimpleUploadedFile("p.csv", TWO.encode())}).status_code == 400


def test_confirming_twice_is_confirming_once(training, olga):
    run = confirm(read(training, TWO, olga), olga)
    confirm(run, olga)
    assert DBTaskResult.objects.count() == 1


def test_another_centres_organiser_can_do_nothing_here(training, olga, otto):
    run = read(training, TWO, olga)
    for verb in (
        lambda: read(training, TWO, otto),
        lambda: confirm(run, otto),
        lambda: import_actions.discard(registration_import=run, by=otto),
    ):
        with pytest.raises(NotAllowed):
            verb()


def test_sessions_are_chosen_for_all_of_them(desk, training, olga):
    first = training.sessions.get()
    one = Session.objects.create(
        event=training, title="A", is_chosen=True, starts_at=first.ends_at, ends_at=first.ends_at + timedelta(hours=1), first_day=first.last_day, last_day=first.last_day
    )  # fmt: skip
    Event.objects.update(has_choices=True)
    run = read(training, TWO, olga)
    desk.post(at("import_confirm", run), {"mode": "fit", f"sessions-slot-{one.pk}": str(one.pk)})
    work(run)
    assert [sorted(row.chosen) for row in Registration.objects.all()] == [[one.pk], [one.pk]]
    laws.check(training.pk)


def test_columns_that_answer_the_events_questions(training, olga):
    questions.set_questions(
        event=training,
        questions=[
            QuestionFacts(kind="choice", key="level", label={"en": "Your level", "de": "Ihr Stand"}, options=(OptionFacts({"en": "New", "de": "Neu"}, "new"), OptionFacts({"en": "Old hand"}, "old"))),
            QuestionFacts(kind="number", key="years", label={"en": "Years in procurement"}),
            QuestionFacts(kind="consent", key="pictures", label={"en": "Pictures"}, purpose="For our report"),
        ],
        by=olga,
    )  # fmt: skip
    training.refresh_from_db()
    rows = [
        "Ana A,a@demo.example,City,AT,Neu,7,ja",
        "Ben B,b@demo.example,City,AT,old hand,,nein",
        "Cleo C,c@demo.example,City,AT,Expert,many,",
    ]
    run = read(training, f"{HEAD},Ihr Stand,years,Pictures\n" + "\n".join(rows), olga)
    assert wrong(run) == {
        4: [
            "Your level: “Expert” is none of the answers to choose from: new, old.",
            "Years in procurement: Answer with a number in digits, such as 12 or 2.5.",
        ]
    }
    work(confirm(run, olga, without_faulty=True))
    ana, ben = Registration.objects.order_by("person__name")
    assert {answer.question.key: answer.value for answer in ana.answers.all()} == {"level": "new", "years": 7, "pictures": True}
    assert {answer.question.key: answer.value for answer in ben.answers.all()} == {"level": "old"}


# --- Afterwards -------------------------------------------------------------------------------------------------------


def test_progress_is_followed_and_the_page_is_new_when_it_is_done(desk, training, olga):
    run = confirm(read(training, TWO, olga), olga)
    part = desk.get(at("import_list", run) + "?part=progress")
    assert ("HX-Refresh" in part.headers, "0 of 2" in part.content.decode()) == (False, True)
    work(run)
    assert desk.get(at("import_list", run) + "?part=progress").headers["HX-Refresh"] == "true"


def test_what_became_of_each_row_is_a_file_that_runs_no_formula(desk, training, olga):
    run = read(training, f"{TWO}Bad,=1+1,City,AT\nNora again,nora@demo.example,City,AT\n", olga)
    answer = desk.get(at("import_results", run) + "?only=faulty")
    lines = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert lines == [
        ["Name", "E-mail", "Organisation", "Country", "Line", "Result", "Why"],
        ["Bad", "'=1+1", "City", "AT", "4", "faulty", "E-mail: “=1+1” is no e-mail address. It looks like ana@example.eu."],
    ]
    work(confirm(run, olga, without_faulty=True))
    lines = list(csv.reader(io.StringIO(desk.get(at("import_results", run)).getvalue().decode("utf-8-sig"))))
    assert [(line[0], line[5]) for line in lines[1:]] == [
        ("Nora New", "Confirmed"),
        ("Nick New", "Confirmed"),
        ("Bad", "faulty"),
        ("Nora again", "named twice"),
    ]


def test_the_empty_list_can_be_filled_in_and_uploaded(desk, training, olga):
    answer = desk.get(at("import_empty", format="csv"))
    head = answer.getvalue().decode("utf-8-sig").strip()
    assert head == "Name,E-mail address,Function,Organisation,Country,Type of organisation,Note"
    run = read(training, f"{head}\nNora,nora@demo.example,Buyer,City,AT,Local contracting authority,Hello\n", olga)
    assert (wrong(run), run.good) == ({}, 1)
    book = openpyxl.load_workbook(io.BytesIO(desk.get(at("import_empty", format="xlsx")).getvalue()))
    assert [cell.value for cell in book.active[1]] == head.split(",")
    assert desk.get(at("import_empty", format="pdf")).status_code == 404


def test_the_people_in_old_lists_are_forgotten(training, olga):
    old, new = read(training, TWO, olga), None
    RegistrationImport.objects.update(created_at=timezone.now() - timedelta(hours=25), person=factories.PersonFactory())
    done = work(confirm(read(training, TWO, olga), olga))
    RegistrationImport.objects.filter(pk=done.pk).update(ended_at=timezone.now() - timedelta(days=31))
    new = read(training, TWO, olga)
    assert import_actions.forget() == 2
    done.refresh_from_db()
    assert set(RegistrationImport.objects.values_list("pk", flat=True)) == {done.pk, new.pk} != {old.pk}
    assert (done.rows, done.results, done.total, done.done) == ([], [], 2, 2)
    assert import_actions.forget() == 0


def test_a_new_preview_takes_the_place_of_the_last(training, olga, carl):
    read(training, TWO, olga)
    mine, theirs = read(training, TWO, olga), read(training, TWO, carl)
    assert set(RegistrationImport.objects.values_list("pk", flat=True)) == {mine.pk, theirs.pk}


def test_a_list_is_deleted_but_not_while_it_is_imported(desk, training, olga):
    run = confirm(read(training, TWO, olga), olga)
    answer = desk.post(at("import_discard", run), follow=True)
    assert [str(message) for message in answer.context["messages"]] == ["This list is being imported. Wait until that is done."]
    work(run)
    desk.post(at("import_discard", run))
    assert (RegistrationImport.objects.count(), Registration.objects.count()) == (0, 2)


def test_a_list_of_another_event_is_not_found(desk, training, olga, centre):
    run = read(factories.EventFactory(organising_centre=centre), TWO, olga)
    assert desk.get(at("import_list", run)).status_code == 404


def test_a_list_forgets_health_and_diet_once_they_are_answers(training, olga):
    facts = QuestionFacts(kind="text", key="food", label={"en": "Food"}, is_special=True, purpose="For the kitchen")
    questions.set_questions(event=training, by=olga, questions=[facts])
    training.refresh_from_db()
    people = f"{HEAD},food\nNora New,nora@demo.example,City of Graz,AT,gluten\nNick New,nick,City of Graz,AT,nuts\n"
    run = read(training, people, olga)
    confirm(run, olga, without_faulty=True)
    work(run)
    assert [row["said"].get("answers.food") for row in run.rows] == [None, "nuts"]  # the faulty row is still to be mended
    RegistrationImport.objects.update(ended_at=timezone.now() - timedelta(days=1, minutes=1))
    import_actions.forget()
    run.refresh_from_db()
    assert [row["said"].get("answers.food") for row in run.rows] == [None, None]
    RegistrationImport.objects.update(state="failed")
    import_actions.forget()
    assert not RegistrationImport.objects.exists()
