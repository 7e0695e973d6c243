"""People from a list: read, shown with every faulty row, confirmed, registered by the worker, forgotten."""

import codecs
import csv
import io
import time
import zipfile
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from events.mail.models import Message
from events.programme.actions import cancel
from events.programme.models import Event, Session
from events.registrations import actions, import_actions, questions
from events.registrations.models import Registration, RegistrationImport
from events.registrations.question_facts import OptionFacts, QuestionFacts
from network.errors import Invalid, NotAllowed
from network.models import Organisation, Person
from tests import factories
from tests.events.registrations import laws

State = Registration.State
HEAD = "Name,E-mail,Organisation,Country"
TWO = f"{HEAD}\nNora New,nora@demo.example,City of Graz,AT\nNick New,nick@demo.example,City of Graz,AT\n"


@pytest.fixture
def desk(client, olga):
    client.force_login(olga)
    return client


def at(name, run=None, **more):
    return reverse(f"desk_{name}", kwargs={"slug": "market-dialogue", **({"key": run.pk} if run else {}), **more})


def read(event, content, by, name="people.csv"):
    data = content.encode() if isinstance(content, str) else content
    return import_actions.read_list(event=event, file=io.BytesIO(data), filename=name, size=len(data), by=by)


def workbook(rows, *, change=None):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def confirm(run, by, **how):
    return import_actions.confirm(registration_import=run, by=by, **how)


def work(run):
    """What the worker does."""
    import_actions.carry_out(run.pk)
    run.refresh_from_db()
    return run


def said(run):
    return [row["said"] for row in run.rows]


def wrong(run):
    """The faults by line."""
    return {row["line"]: [f"{where}: {what}" for where, what in row["wrong"]] for row in run.rows if row["wrong"]}


def states():
    return {row.person.name: str(row.state) for row in Registration.objects.select_related("person").order_by("pk")}


def why(call, *args):
    with pytest.raises(Invalid) as caught:
        call(*args)
    assert list(caught.value.errors) == ["file"]
    return str(caught.value.errors["file"][0])


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


GERMAN = 'Vorname;Nachname;E-Mail;Behörde;Land;Art der Organisation;Anmerkung;Lieblingsfarbe\nÄnne;Müßig;a@demo.example;Stadt Köln;Deutschland;local-authority;Isst "alles";Blau\n'


@pytest.mark.parametrize(
    "data",
    [
        GERMAN.encode(),
        codecs.BOM_UTF8 + GERMAN.encode(),
        GERMAN.encode("utf-16"),
        GERMAN.encode("utf-16-le"),
        GERMAN.encode("cp1252"),
        GERMAN.replace(";", "\t").encode(),
        GERMAN.replace(";", ",").encode(),
        GERMAN.replace("\n", "\r\n").encode(),
        GERMAN.replace("\n", "\r").encode(),
        b"sep=;\r\n" + GERMAN.encode(),
    ],
    ids=["utf-8", "utf-8-mark", "utf-16", "utf-16-no-mark", "windows-1252", "tabs", "commas", "crlf", "cr", "sep"],
)
def test_every_usual_csv_is_read(training, olga, data):
    run = read(training, data, olga)
    assert said(run) == [
        {
            "first_name": "Änne",
            "last_name": "Müßig",
            "email": "a@demo.example",
            "organisation": "Stadt Köln",
            "country": "Deutschland",
            "kind": "local-authority",
            "note": 'Isst "alles"',
        }
    ]
    assert (wrong(run), [column["heading"] for column in run.columns if not column["field"]]) == ({}, ["Lieblingsfarbe"])


def test_the_delimiter_is_found_though_others_occur_in_the_cells(training, olga):
    text = 'Name;E-mail;Organisation;Country\n"Maier, Ana, Dr.";a@demo.example;City of A, B, and C;AT\n'
    assert said(read(training, text, olga))[0]["name"] == "Maier, Ana, Dr."


def test_lines_are_numbered_as_the_file_has_them(training, olga):
    text = f'{HEAD},Note\n\nAna A,a@demo.example,"City\nof Graz",AT,"one\n\ntwo"\n,,,,\nBen,no address,City,AT,\n'
    run = read(training, text, olga)
    assert [(row["line"], row["state"]) for row in run.rows] == [(3, "good"), (8, "faulty")]
    assert (said(run)[0]["organisation"], said(run)[0]["note"]) == ("City\nof Graz", "one\n\ntwo")
    assert wrong(run) == {8: ["E-mail: “no address” is no e-mail address. It looks like ana@example.eu."]}


def test_every_fault_of_every_row_is_named_with_what_works(training, olga):
    rows = [
        ",,,",
        "2024-05-01,b@demo.example,City,AT",
        "c@demo.example,Cleo,City,AT",
        '"=HYPERLINK(""http://x"",""Ana"")",d@demo.example,City,AT',
        "Dora\0,d@demo.example,City,Nowhere",
        f"{'E' * 161},e@demo.example,{'C' * 201},AT",
        "Fritz,f@demo.example,City of Graz, Styria,AT",
    ]
    run = read(training, HEAD + "\n" + "\n".join(rows[1:]), olga)
    assert wrong(run) == {
        2: ["Name: “2024-05-01” is no name: it has no letters."],
        3: [
            "E-mail: “cleo” is no e-mail address. It looks like ana@example.eu.",
            "Name: “c@demo.example” is an e-mail address, not a name.",
        ],
        4: ['Name: “=HYPERLINK("http://x","Ana")” is a formula, not a name. Write the name itself.'],
        5: [
            "Name: Some letters could not be read. Save the list as XLSX, or as CSV in UTF-8.",
            "Country: “Nowhere” is no country. Write its code, such as AT, or its name.",
        ],
        6: [
            "Name: This has 161 characters; there is room for 160.",
            "Organisation: This has 201 characters; there is room for 200.",
        ],
        7: [
            "Country: “Styria” is no country. Write its code, such as AT, or its name.",
            ": This row has more cells than there are headings. Is one of its cells divided by mistake?",
        ],
    }


def test_who_is_named_twice_or_registered_already_is_no_fault(training, olga, ana):
    actions.register(event=training, person=ana, by=ana)
    rows = ["Ana,ANA.procurer@demo.example,City,AT", "Nora,nora@demo.example,City,AT", "Nora N,Nora@demo.example,City,AT"]
    run = read(training, HEAD + "\n" + "\n".join(rows), olga)
    assert [(row["line"], row["state"], row["first"]) for row in run.rows] == [
        (2, "registered", 0),
        (3, "good", 0),
        (4, "twice", 3),
    ]
    assert (run.total, run.good, run.faulty) == (3, 1, 0)


def test_a_preview_says_the_same_of_known_and_unknown_addresses(training, olga, ana):
    def lines(email):
        run = read(training, f"{HEAD}\nSomebody Else,{email},,AT\n", olga)
        return [(row["state"], row["wrong"]) for row in run.rows]

    assert lines(ana.email) == lines("nobody@demo.example")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "There is nothing in this file."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "This workbook has a password, or is of the old kind (XLS). Save it as XLSX without one, or as CSV."),
        (b"PK\x03\x04broken", "This workbook cannot be read. Open it in your spreadsheet program and save it again as XLSX, or as CSV."),
        (b"%PDF\0\0\0\0\0\0\0\0", "This is neither a CSV file nor an XLSX workbook. Save the list as one of these."),
        (HEAD.encode(), "There are headings in this file, but nobody under them."),
        (b"Ana;ana@demo.example\nBen;ben@demo.example\n", "These headings are missing in the first row: “Name”, “E-mail address”, “Organisation”, “Country”. Found are: Ana, ana@demo.example."),
        (b'Name,E-mail,Organisation,Country\nAna,"a@demo.example,City,AT\n' + b"Ben,b@demo.example,City,AT\n" * 300, "A quotation mark in line 2 is not closed: everything after it is taken for one cell."),
        ((HEAD + "," * 200 + "\n").encode(), "This table has more than 100 columns."),
    ],
)  # fmt: skip
def test_a_file_that_is_no_list_is_refused_with_what_works(training, olga, content, message):
    assert why(read, training, content, olga) == message


def test_too_many_rows_and_too_large_files_are_refused(desk, training, olga):
    row = "A,a{}@demo.example,C,AT\n"
    assert (
        why(read, training, HEAD + "\n" + "".join(row.format(n) for n in range(10_001)), olga)
        == "This file has more than 10,000 rows. Divide it."
    )
    large = SimpleUploadedFile("people.csv", b"x" * (5 * 2**20 + 1))
    answer = desk.post(at("import"), {"file": large})
    assert (answer.status_code, answer.context["form"].errors["file"]) == (
        400,
        ["This file has 5.0\xa0MB; there may be 5.0\xa0MB. Divide it."],
    )


# --- Workbooks --------------------------------------------------------------------------------------------------------

HEADS = ["Name", "E-mail", "Organisation", "Country", "Note"]


def test_a_workbook_is_read_with_its_types(training, olga):
    data = workbook(
        [
            HEADS,
            ["Ana A", "a@demo.example", "City", "AT", datetime(2027, 5, 1)],
            [],
            ["Ben B", "b@demo.example", 4711, "AT", 12.0],
        ]
    )
    run = read(training, data, olga, "people.xlsx")
    assert [(row["line"], row["said"]["organisation"], row["said"]["note"]) for row in run.rows] == [
        (2, "City", "2027-05-01"),
        (4, "4711", "12"),
    ]
    run = read(training, workbook([HEADS, [date(2027, 5, 1), "a@demo.example", "City", "AT"]]), olga)
    assert wrong(run) == {2: ["Name: “2027-05-01” is no name: it has no letters."]}


def test_formulas_are_read_as_what_they_came_to_or_refused_by_their_cell(training, olga):
    data = workbook(
        [HEADS, ['=CONCATENATE("Ana"," A")', "a@demo.example", "City", "AT"], ["#N/A", "b@demo.example", "City", "AT"]]
    )
    assert wrong(read(training, data, olga)) == {
        2: ["Name: A2 holds a formula whose result is not in the file. Put the value there."],
        3: ["Name: A3 holds the error #N/A."],
    }
    known = repacked(data, "xl/worksheets/sheet1.xml", b"<v></v>", b"<v>Ana A</v>")
    known = repacked(known, "xl/worksheets/sheet1.xml", b'<c r="A2"><f>', b'<c r="A2" t="str"><f>')
    assert said(read(training, known, olga))[0]["name"] == "Ana A"


def test_the_first_sheet_with_something_in_it_is_read_and_named(training, olga):
    def change(book):
        book.active.title = "Guests"
        book.create_sheet("Cover", 0)
        hidden = book.create_sheet("Secret", 0)
        hidden.append(["x"])
        hidden.sheet_state = "hidden"

    run = read(training, workbook([HEADS, ["Ana A", "a@demo.example", "City", "AT"]], change=change), olga, "people.xlsx")
    assert (run.filename, run.good) == ("people.xlsx (Guests)", 1)


def repacked(data, name, old, new):
    """The workbook with something else in one of its parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after:
        for part in before.namelist():
            content = before.read(part)
            after.writestr(part, content.replace(old, new) if part == name else content)
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_workbooks_that_want_to_do_harm_are_refused_quickly(training, olga):
    good = workbook([HEADS, ["Ana A", "a@demo.example", "City", "AT"]])
    broken = "This workbook cannot be read. Open it in your spreadsheet program and save it again as XLSX, or as CSV."
    started = time.monotonic()

    bomb = repacked(good, SHEET, b"</sheetData>", b"<row/>" * 8_000_000 + b"</sheetData>")
    assert len(bomb) < 200_000
    assert why(read, training, bomb, olga) == "This workbook unpacks to more than 32.0\xa0MB. Leave only the list in it."
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(1001):
            archive.writestr(f"{number}.txt", "")
    assert (
        why(read, training, many.getvalue(), olga)
        == "This workbook unpacks to more than 32.0\xa0MB. Leave only the list in it."
    )

    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet'
    assert why(read, training, repacked(good, SHEET, b"<worksheet", laughs), olga) == broken
    assert why(read, training, repacked(good, SHEET, b"</sheetData>", b"</sheet"), olga) == broken
    assert why(read, training, repacked(good, SHEET, b'r="2"', b'r="x"'), olga) == broken

    # A cell a million rows down, and one beyond all columns: what is in between does not fill the memory.
    far = (
        b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>Z</t></is></c><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    run = read(training, repacked(good, SHEET, b"</sheetData>", far), olga)
    assert [row["line"] for row in run.rows] == [2, 1048576]
    endless = b'<row r="999999999999"><c r="A2"><v>1</v></c></row></sheetData>'
    assert read(training, repacked(good, SHEET, b"</sheetData>", endless), olga).total == 1

    with zipfile.ZipFile(io.BytesIO(), "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file = archive.fp
        archive.close()
        assert why(read, training, file.getvalue(), olga) == "This is not an XLSX workbook. Save the list as XLSX or as CSV."
    assert time.monotonic() - started < 20


# --- Ten thousand -----------------------------------------------------------------------------------------------------


def ten_thousand():
    rows = [f"Person {n},p{n}@demo.example,City of Testing {n % 50},AT" for n in range(10_000)]
    rows[4_711], rows[9_999] = "Person 4711,no address,City,AT", "Person 9999,p9999@demo.example,City,Atlantis"
    return HEAD + "\n" + "\n".join(rows)


def test_ten_thousand_rows_with_two_wrong_ones(desk, training, olga):
    read(training, TWO, olga)
    text, started = ten_thousand(), time.monotonic()
    with CaptureQueriesContext(connection) as long:
        run = read(training, text, olga)
    seconds = time.monotonic() - started
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


def test_a_run_whose_worker_dies_goes_on_without_registering_anybody_twice(training, olga, monkeypatch):
    monkeypatch.setattr(import_actions, "BATCH", 2)
    rows = "\n".join(f"Person {n},p{n}@demo.example,City,AT" for n in range(5))
    run = confirm(read(training, f"{HEAD}\n{rows}\n", olga), olga)
    real, batches = import_actions.register_colleagues, []

    def dies_in_the_second_batch(**facts):
        done = real(**facts)
        batches.append(len(facts["rows"]))
        if len(batches) == 2:
            raise OperationalError("the worker was killed")
        return done

    monkeypatch.setattr(import_actions, "register_colleagues", dies_in_the_second_batch)
    with pytest.raises(OperationalError), transaction.atomic():
        import_actions.carry_out(run.pk)
    # What the first batch wrote was committed in life; here the story's own transaction keeps it.
    monkeypatch.setattr(import_actions, "register_colleagues", real)
    assert import_actions.resume() == 0  # it was heard of a moment ago
    RegistrationImport.objects.update(
        beat_at=timezone.now() - timedelta(minutes=3), confirmed_at=timezone.now() - timedelta(minutes=3)
    )
    tasks = DBTaskResult.objects.count()
    assert (import_actions.resume(), DBTaskResult.objects.count()) == (1, tasks + 1)
    work(run)
    assert (str(run.state), run.done, len(run.results)) == ("done", 5, 5)
    assert Registration.objects.count() == 5
    work(run)  # a task that comes late
    assert Registration.objects.count() == 5
    laws.check(training.pk)


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
